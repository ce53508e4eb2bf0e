using System.Globalization;
using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Samples.TapHost;

/// <summary>
/// The small services of old, over UDP: echo (RFC 862), discard (RFC 863), daytime (RFC 867) and chargen (RFC 864).
/// </summary>
/// <remarks>
/// A forged source must make no weapon of them. So none answers a datagram from a port below 1024, where another such service may
/// live, and the two would answer each other for ever; none hears broadcasts, since each socket has one address of the host;
/// and chargen, whose answers are longer than what it is asked, answers the host's own networks alone.
/// </remarks>
public sealed class SmallServers
{
    /// <summary>Where the services are.</summary>
    public const int EchoPort = 7, DiscardPort = 9, DaytimePort = 13, ChargenPort = 19;

    internal const int LongestPattern = 512;

    private const int LowestAnsweredPort = 1024, LargestDatagram = 65_527, LineLength = 72;
    private const int FirstPrintable = ' ', Printables = 95;

    private readonly NetworkStack _stack;
    private readonly TimeProvider _time;
    private readonly Random _chance;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile InetPrefix[] _networks = [];
    private readonly List<NetworkSocket> _sockets = [];
    private readonly List<Task> _loops = [];
    private bool _isClosed;
    private int _pattern;

    /// <summary>Services that serve no address yet.</summary>
    /// <param name="stack">The host.</param>
    /// <param name="time">What daytime tells.</param>
    /// <param name="seed">Where the lengths of chargen's answers begin; null for the machine's chance.</param>
    public SmallServers(NetworkStack stack, TimeProvider time, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(stack);
        (_stack, _time) = (stack, time);
        _chance = seed is { } from ? new Random(from) : new Random();
    }

    /// <summary>Serves an address of the host, from now on.</summary>
    /// <param name="address">The address, of either family.</param>
    /// <param name="prefixLength">How many bits of it are those of its network.</param>
    /// <param name="device">The interface that has it: a link-local address means nothing without.</param>
    /// <exception cref="NetworkException">The host does not have the address, or a port is taken.</exception>
    public void Serve(InetAddress address, int prefixLength, uint device = 0)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _networks = [.. _networks, new InetPrefix(address, prefixLength)];
            InetEndpoint host = new(address, 0, address.NeedsScope ? device : 0);
            Serve(host, EchoPort, static (_, length) => length);
            Serve(host, DiscardPort, static (_, _) => null);
            Serve(host, DaytimePort, (buffer, _) => WriteTime(_time, buffer));
            Serve(host, ChargenPort, (buffer, _) => WritePattern(buffer), isForNeighbors: true);
        }
    }

    /// <summary>Waits until it is told to stop; then closes the sockets.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenRegistration closing = stop.Register(Close);
        await _closed.Task;
        await Task.WhenAll(_loops);
    }

    // An answer is written over the question; null is no answer.
    private void Serve(in InetEndpoint host, ushort port, Func<byte[], int, int?> answer, bool isForNeighbors = false)
    {
        NetworkSocket socket = _stack.CreateSocket(
            host.Address.IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram);
        _sockets.Add(socket);
        socket.Bind(new InetEndpoint(host.Address, port, host.ScopeId));
        _loops.Add(LoopAsync(socket, answer, isForNeighbors));
    }

    private async Task LoopAsync(NetworkSocket socket, Func<byte[], int, int?> answer, bool isForNeighbors)
    {
        byte[] buffer = new byte[LargestDatagram];
        while (true)
        {
            try
            {
                DatagramInfo question = await socket.ReceiveFromAsync(buffer);
                if (question.Source.Port < LowestAnsweredPort || (isForNeighbors && !IsNeighbor(question.Source.Address))) continue;
                if (answer(buffer, question.Length) is { } length) await socket.SendToAsync(buffer.AsMemory(0, length), question.Source);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
            {
                return;    // closed while it waited
            }
            catch (SocketException)
            {
                // An answer that could not be sent, or that its receiver did not want, says nothing of the next one.
            }
        }
    }

    private bool IsNeighbor(InetAddress address)
    {
        foreach (InetPrefix network in _networks)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>The time, in the form that RFC 867 suggests: Tuesday, February 22, 1982 17:37:43-UTC.</summary>
    internal static int WriteTime(TimeProvider time, Span<byte> buffer)
    {
        string text = time.GetUtcNow().ToString("dddd, MMMM d, yyyy HH:mm:ss'-UTC'\r\n", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(text, buffer);
    }

    /// <summary>A line of RFC 864's pattern; each begins one character later than the one before.</summary>
    internal static int WriteLine(Span<byte> buffer, int line)
    {
        for (int column = 0; column < LineLength; column++) buffer[column] = (byte)(FirstPrintable + ((uint)(line + column) % Printables));
        buffer[LineLength] = (byte)'\r';
        buffer[LineLength + 1] = (byte)'\n';
        return LineLength + 2;
    }

    // RFC 864: 0 to 512 octets of the pattern.
    private int WritePattern(byte[] buffer)
    {
        Span<byte> text = stackalloc byte[LongestPattern + LineLength + 2];
        int length = _chance.Next(LongestPattern + 1), line = _pattern++;
        for (int i = 0; i < length;) i += WriteLine(text[i..], line++);
        text[..length].CopyTo(buffer);
        return length;
    }

    private void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (NetworkSocket socket in _sockets) socket.Dispose();
        }

        _closed.TrySetResult();
    }
}
