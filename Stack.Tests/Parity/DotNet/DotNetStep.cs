using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>One call of a script, which a socket of .NET and one of the stack are given alike.</summary>
/// <param name="Text">The call, as it is written in the test.</param>
/// <param name="Do">Makes it; the sockets are dynamic, so the same source is bound to the members of either.</param>
internal sealed record DotNetStep(string Text, Func<DotNetWorld, object?> Do)
{
    private const string Done = "ok";

    /// <summary>A call without a result.</summary>
    public static DotNetStep Call(Action<DotNetWorld> call, [CallerArgumentExpression(nameof(call))] string text = "") => new(Plain(text), w =>
    {
        call(w);
        return Done;
    });

    /// <summary>A call with a result, or a property.</summary>
    public static DotNetStep Get(Func<DotNetWorld, object?> get, [CallerArgumentExpression(nameof(get))] string text = "") => new(Plain(text), get);

    /// <summary>The same call, before which the socket is told not to block: what .NET opens in its stead blocks until it is told again.</summary>
    public DotNetStep Unblocked() => this with
    {
        Do = w =>
        {
            try
            {
                w.S.Blocking = true;
                w.S.Blocking = false;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The call will say so itself.
            }

            return Do(w);
        },
    };

    /// <summary>What the call answers in a world, as text: a value, or the exception with its code.</summary>
    public string AnswerIn(DotNetWorld world)
    {
        try
        {
            return TextOf(Do(world), world);
        }
        catch (KeyNotFoundException)
        {
            return "no such socket";
        }
        catch (SocketException e)
        {
            return $"SocketException {e.SocketErrorCode} ({e.ErrorCode})";
        }
        catch (ArgumentException e)
        {
            return $"{e.GetType().Name} {e.ParamName}";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A call that can't be made in one of them is a fault of the test or of the face, though both should say so.
            return e is Microsoft.CSharp.RuntimeBinder.RuntimeBinderException ? $"not to be called of {world.GetType().Name}: {e.Message}" : e.GetType().Name;
        }
    }

    public override string ToString() => Text;

    private static string TextOf(object? value, DotNetWorld world) => value switch
    {
        null => "null",
        IPEndPoint endpoint => $"{endpoint.Address}:{world.NameOf(endpoint.Port)}",
        LingerOption linger => $"{linger.Enabled}, {linger.LingerTime} s",
        byte[] octets => Convert.ToHexString(octets),
        ITuple tuple => string.Join(" | ", Enumerable.Range(0, tuple.Length).Select(i => TextOf(tuple[i], world))),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Plain(string text)
    {
        int arrow = text.IndexOf("=>", StringComparison.Ordinal);
        return string.Join(' ', text[(arrow + 2)..].Split(['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries)).Replace("w.", "", StringComparison.Ordinal);
    }
}
