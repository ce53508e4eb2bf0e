using System.Buffers.Binary;
using UserNet.Drill.Language;
using UserNet.Errors;
using UserNet.Facades.Posix;
using IPAddress = System.Net.IPAddress;

namespace UserNet.Drill.Calls;

// How sockets come, meet peers, and go.
internal sealed partial class ScriptCalls
{
    private const int KindMask = 0xF;      // of a socket's type, without SOCK_NONBLOCK and SOCK_CLOEXEC

    private CallVerdict Socket(in CallArguments arguments)
    {
        arguments.Require(3);
        bool isV4 = _context.IpVersion == DrillIpVersion.IPv4;
        int domain = arguments[0] is EllipsisExpression ? isV4 ? PosixConstants.AF_INET : PosixConstants.AF_INET6 : arguments.Int(0);
        int type = arguments.Int(1);
        int live = System.Socket(domain, type, arguments.Int(2));
        CallVerdict verdict = CheckDescriptor(arguments, live, out int? script);
        if (live >= 0) _sockets[live] = new SocketFacts { IsStream = (type & KindMask) == PosixConstants.SOCK_STREAM };
        if (script is { } number) _context.OnSocket(number);
        return verdict;
    }

    private CallVerdict Bind(in CallArguments arguments)
    {
        arguments.Require(3);
        byte[] address = Address(arguments, 1, 2, _context.BindAddress) ?? [];
        return Check(arguments, System.Bind(Descriptor(arguments, 0), address));
    }

    private CallVerdict Listen(in CallArguments arguments)
    {
        arguments.Require(2);
        int answer = System.Listen(Descriptor(arguments, 0), arguments.Int(1));
        if (answer == 0) _context.OnListen(arguments.Int(0));
        return Check(arguments, answer);
    }

    private CallVerdict Accept(in CallArguments arguments)
    {
        bool hasFlags = arguments.Call.Name == "accept4";
        arguments.Require(hasFlags ? 4 : 3);
        arguments.RequireUsual(1);
        if (arguments[2] is not ListExpression) arguments.RequireUsual(2);
        int live = System.Accept(Descriptor(arguments, 0), hasFlags ? arguments.Int(3) : 0);
        CallVerdict verdict = CheckDescriptor(arguments, live, out int? script);
        if (live >= 0) _sockets[live] = new SocketFacts { IsStream = true, HasBegun = true };
        if (script is { } number) _context.OnAccept(arguments.Int(0), number);
        return verdict;
    }

    private CallVerdict Connect(in CallArguments arguments)
    {
        arguments.Require(3);
        int live = Descriptor(arguments, 0), script = arguments.Int(0);
        byte[] address = Address(arguments, 1, 2, _context.ConnectAddress) ?? [];
        bool isDisconnect = address.Length >= sizeof(ushort) && BinaryPrimitives.ReadUInt16LittleEndian(address) == PosixConstants.AF_UNSPEC;
        SocketFacts? facts = FactsOf(live);
        if (!isDisconnect) Begin(script, facts);
        int answer = System.Connect(live, address);
        Note(facts, answer);
        if (isDisconnect && answer == 0)
        {
            if (facts is not null) facts.HasBegun = false;
            _context.OnDisconnect(script);
        }

        return Check(arguments, answer);
    }

    private CallVerdict Close(in CallArguments arguments)
    {
        arguments.Require(1);
        int script = arguments.Int(0), live = Descriptor(arguments, 0);
        int answer = System.Close(live);
        if (live != NeverOpen && !Failed(answer, Errno.EBADF)) Forget(script, live);
        return Check(arguments, answer);
    }

    private void Forget(int script, int live)
    {
        _live.Remove(script);
        _open.Remove(live);
        _sockets.Remove(live);
        _context.OnClose(script);
    }

    private CallVerdict Shutdown(in CallArguments arguments)
    {
        arguments.Require(2);
        return Check(arguments, System.Shutdown(Descriptor(arguments, 0), arguments.Int(1)));
    }

    private CallVerdict GetName(in CallArguments arguments)
    {
        arguments.Require(3);
        if (arguments[2] is not ListExpression) arguments.RequireUsual(2);
        byte[] name = new byte[SocketAddress.StorageLength];
        byte[]? wanted = arguments[1] is StructExpression ? AddressOf(arguments, arguments[1], _context.BindAddress) : null;
        if (wanted is null) arguments.RequireUsual(1);
        int length = name.Length;
        CallVerdict verdict = Check(arguments, System.GetName(Descriptor(arguments, 0), name, ref length));
        if (verdict.Field is not null || wanted is null || name.AsSpan(0, Math.Min(wanted.Length, length)).SequenceEqual(wanted)) return verdict;
        return new CallVerdict("name", Convert.ToHexString(wanted), Convert.ToHexString(name.AsSpan(0, Math.Clamp(length, 0, name.Length))));
    }

    /// <summary>Tells that a peer is about to be spoken to, if it is not so already.</summary>
    private void Begin(int script, SocketFacts? facts)
    {
        if (facts is null or { HasBegun: true } or { IsStream: false }) return;
        facts.HasBegun = true;
        _context.OnConnect(script);
    }

    /// <summary>A connection that was never made may be tried again.</summary>
    private static void Note(SocketFacts? facts, int answer)
    {
        if (facts is null || answer >= 0) return;
        if ((Errno)(-answer) is Errno.ECONNREFUSED or Errno.ETIMEDOUT or Errno.EHOSTUNREACH or Errno.ENETUNREACH or Errno.ECONNRESET) facts.HasBegun = false;
    }

    /// <summary>The address that two arguments name, the address and its length.</summary>
    /// <param name="arguments">All of them.</param>
    /// <param name="index">Which is the address: <c>...</c>, a family's name, a struct, or a null pointer.</param>
    /// <param name="lengthIndex">Which is its length: <c>...</c> for the usual one.</param>
    /// <param name="usual">What <c>...</c> stands for.</param>
    /// <returns>Null for a null pointer.</returns>
    private static byte[]? Address(in CallArguments arguments, int index, int lengthIndex, byte[] usual)
    {
        byte[]? address = AddressOf(arguments, arguments[index], usual);
        if (address is null || arguments[lengthIndex] is EllipsisExpression) return address;
        byte[] cut = new byte[Math.Clamp(arguments.Int(lengthIndex), 0, SocketAddress.StorageLength)];
        address.AsSpan(0, Math.Min(address.Length, cut.Length)).CopyTo(cut);
        return cut;
    }

    private static byte[]? AddressOf(in CallArguments arguments, Expression expression, byte[] usual)
    {
        if (expression is EllipsisExpression) return usual;
        if (CallArguments.IsNull(expression)) return null;
        byte[] address = new byte[usual.Length];
        if (expression is NameExpression)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(address, (ushort)arguments.NumberOf(expression));
            return address;
        }

        var fields = new StructReader(arguments, expression);
        BinaryPrimitives.WriteUInt16LittleEndian(address, (ushort)fields.TakeNeeded("sa_family"));
        if (fields.Take("sin_port", "sin6_port") is { } port) BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), Port(arguments, port.Value));
        if (fields.Take("sin_addr", "sin6_addr") is { } place) WriteAddress(arguments, place.Value, address);
        fields.End();
        return address;
    }

    private static ushort Port(in CallArguments arguments, Expression expression) =>
        (ushort)arguments.NumberOf(expression is FunctionExpression { Name: "htons" } function ? function.Argument : expression);

    private static void WriteAddress(in CallArguments arguments, Expression expression, Span<byte> address)
    {
        if (expression is FunctionExpression { Name: "inet_addr" } function) expression = function.Argument;
        if (expression is not TextExpression text || !IPAddress.TryParse(text.Text, out IPAddress? place))
            throw arguments.Unsupported($"{CallArguments.FormOf(expression)} where an address belongs", expression.At);
        byte[] octets = place.GetAddressBytes();
        int from = octets.Length == 4 ? 4 : 8;
        if (from + octets.Length > address.Length) throw arguments.Unsupported("an address of another family", expression.At);
        octets.CopyTo(address[from..]);
    }
}
