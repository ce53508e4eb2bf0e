namespace UserNet.Tests.Parity.Calls;

/// <summary>A call that both sides were made, and what each answered.</summary>
/// <param name="Call">The call.</param>
/// <param name="Socket">Domain, type and protocol of the socket that it is about; zeros where it is about none.</param>
/// <param name="Kernel">What the C library answered.</param>
/// <param name="Here">What the POSIX face answered.</param>
internal readonly record struct AnsweredCall(Call Call, SocketKind Socket, CallAnswer Kernel, CallAnswer Here);

/// <summary>What a socket was opened as.</summary>
internal readonly record struct SocketKind(int Domain, int Type, int Protocol)
{
    public override string ToString() => $"{Domain}/{Type}/{Protocol}";
}

/// <summary>A kind of difference between the C library and the POSIX face that is meant.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Why">Why it is left.</param>
/// <param name="Is">Whether what the kernel and the face answered to a call is of this kind.</param>
/// <param name="Ends">Whether the two sides go different ways from there.</param>
internal sealed record KnownDifference(string Name, string Why, Func<AnsweredCall, bool> Is, Func<AnsweredCall, bool> Ends);

/// <summary>The kinds of differences that are meant: four, each with a test of its own in <see cref="KnownDifferencesTests"/>.</summary>
internal static class KnownDifferences
{
    private const int Granted = 0, Fault = -14, NoSuchOption = -92, Invalid = -22, NotSupported = -95, NotConnected = -107, NoSuchType = -94, NoSuchProtocol = -93, NoSuchFamily = -97;
    private const int More = 0x8000, UnsentOctets = 0x5411, SocketLevel = 1, ReceiveTimeout = 20, SendTimeout = 21;
    private const int Unix = 1, Inet = 2, Inet6 = 10, Stream = 1, Datagram = 2, Raw = 3, Tcp = 6, Sequenced = 5, Dccp = 6, Packet = 10;

    /// <summary>An option that would do nothing here is refused.</summary>
    public static KnownDifference Options { get; } = new(
        "options without effect", "An option that is not here is refused; what Linux only keeps is kept.",
        static seen => IsOption(seen) && seen.Here.Value == NoSuchOption && OptionsNotHere.Contains(seen.Socket, seen.Call.A, seen.Call.B), Never);

    /// <summary>MSG_MORE is refused of datagrams.</summary>
    public static KnownDifference Corking { get; } = new(
        "nothing is corked", "Datagrams are not put together by MSG_MORE.",
        static seen => IsSend(seen.Call.Kind) && (seen.Call.Flags & More) != 0 && seen.Socket is { Domain: Inet or Inet6, Type: not Stream } && seen.Here.Value == NotSupported,
        static _ => true);      // octets are kept there for the next call, or an error is told

    /// <summary>Sockets that can't be opened here.</summary>
    public static KnownDifference Protocols { get; } = new(
        "other protocols", "Of AF_INET and AF_INET6 there are TCP, UDP, ICMP echoes and raw sockets; other families than these and AF_UNIX are not here.",
        static seen => seen.Call.Kind is CallKind.Socket or CallKind.SocketPair && IsOtherProtocol(seen.Call.A, seen.Call.B & 0xF, seen.Call.C)
            && seen.Here.Value is NoSuchType or NoSuchProtocol or NoSuchFamily or Invalid, Never);

    /// <summary>Numbers that say something of the host, and nothing of the call.</summary>
    public static KnownDifference Numbers { get; } = new(
        "numbers of a host's own",
        "Identifications of packets and echoes and all that a raw socket sees of TCP are drawn; a stream's segment size, window clamp, unacknowledged octets and, once it is over, path MTU are what its own TCP makes of them; "
        + "limits of waiting are kept to the microsecond, where the kernel rounds them up to a tick.",
        IsNumber, Never);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownDifference> All { get; } = [Options, Corking, Protocols, Numbers];

    /// <summary>The kind that a difference is of, or null.</summary>
    public static KnownDifference? Find(AnsweredCall seen) => All.FirstOrDefault(known => known.Is(seen));

    private static bool Never(AnsweredCall seen) => false;

    private static bool IsOption(AnsweredCall seen) => seen.Call.Kind is CallKind.SetSockOpt or CallKind.GetSockOpt;

    private static bool IsSend(CallKind kind) => kind is CallKind.Send or CallKind.SendTo or CallKind.SendMsg;

    private static bool IsReceive(CallKind kind) => kind is CallKind.Recv or CallKind.RecvFrom or CallKind.Read or CallKind.RecvMsg;

    private static bool IsOtherProtocol(int domain, int type, int protocol) => (domain, type, protocol) switch
    {
        (Unix, _, _) => false,
        (not (Inet or Inet6), _, _) => true,
        (Inet, Packet, _) => true,      // how AF_PACKET was once called
        (_, Stream or Sequenced, 132) => true,      // SCTP
        (_, Stream, 262) => true,       // MPTCP
        (_, Datagram, 136) => true,     // UDP-Lite
        (_, Dccp, 33) => true,
        (_, Raw, > byte.MaxValue) => true,      // protocols that no packet can carry
        _ => false,
    };

    private static bool IsNumber(AnsweredCall seen)
    {
        (Call call, SocketKind socket, CallAnswer kernel, CallAnswer here) = seen;
        if (call.Kind == CallKind.GetSockOpt && (call.A, call.B) is (SocketLevel, ReceiveTimeout or SendTimeout))
            return kernel.Value == Granted && here.Value == Granted && AreOfOneTick(kernel.Written, here.Written);
        if (socket.Type == Stream)
        {
            if (call.Kind == CallKind.IoControl) return call.A == UnsentOctets && kernel.Value == Granted && here.Value == Granted;
            if (call.Kind != CallKind.GetSockOpt || kernel.Value is not (Granted or Fault)) return false;      // of which a part is written, too
            return (call.A, call.B) switch
            {
                (6, 2 or 10) => here.Value == kernel.Value,
                (0, 14) or (41, 24 or 61) => here.Value == NotConnected,
                _ => false,
            };
        }

        return IsReceive(call.Kind) && kernel.Value == here.Value && Masked(kernel.Written, socket) is { } known && known == Masked(here.Written, socket);
    }

    /// <summary>Whether two answers of a struct timeval, or of the first octets of one, are as long, and less than a tick apart.</summary>
    private static bool AreOfOneTick(string kernel, string here)
    {
        const long LongestTick = 10_000, Second = 1_000_000;      // microseconds: no kernel counts less than 100 a second
        (long Micros, string Length) one = Read(kernel), other = Read(here);
        long apart = one.Micros - other.Micros;
        return one.Length == other.Length && (apart is >= 0 and < LongestTick || (apart == Second && one.Length != "len 16"));

        static (long, string) Read(string written)
        {
            string[] parts = written.Split(' ', 2);
            byte[] octets = new byte[2 * sizeof(long)];
            byte[] some = Convert.FromHexString(parts[0]);
            int whole = Math.Min(some.Length, octets.Length) & -sizeof(long);      // of a number that is cut off nothing is read
            some.AsSpan(0, whole).CopyTo(octets);
            return ((BitConverter.ToInt64(octets) * 1_000_000) + BitConverter.ToInt64(octets, sizeof(long)), parts[1]);
        }
    }

    /// <summary>What is left of a packet's hexadecimal digits without identification and checksum, of an echo's without checksum and identifier; null of what is neither.</summary>
    private static string? Masked(string written, SocketKind socket)
    {
        // A raw socket of TCP sees segments, with their ports, sequence numbers and time stamps.
        if (socket is { Type: Raw, Protocol: Tcp }) return written[written.IndexOf(' ', StringComparison.Ordinal)..];
        (int From, int To)[] own = socket switch
        {
            { Domain: Inet, Type: Raw } when written is ['4', _, ..] => [(8, 12), (20, 24)],
            { Type: Datagram, Protocol: 1 or 58 } when written.Length >= 4 && written[..4] is "0000" or "8100" or "0800" or "8000" => [(4, 12)],
            _ => [],
        };
        if (own.Length == 0) return null;
        char[] digits = written.ToCharArray();
        int end = written.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var space ? space : written.Length;
        foreach ((int from, int to) in own)
            for (int i = from; i < Math.Min(to, end); i++) digits[i] = '?';
        return new string(digits);
    }
}
