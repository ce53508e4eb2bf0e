namespace UserNet.Drill.Calls;

/// <summary>
/// The numbers that stand for socket options of FreeBSD that Linux does not have: beyond all of Linux's, so that a machine can tell them
/// apart. Their values are numbers of four octets unless something else is said.
/// </summary>
/// <remarks>tcp(4), setsockopt(2) of FreeBSD 15.</remarks>
internal static class FreeBsdOptions
{
    /// <summary>The first of them.</summary>
    public const int First = 0x10000;

    // SOL_SOCKET
    public const int UseLoopback = First + 0x001, NoSignal = First + 0x002, AcceptFilter = First + 0x003, BinTime = First + 0x004;
    public const int NoOffload = First + 0x005, NoDirectPlacement = First + 0x006, ReusePortBalanced = First + 0x007, ReceiveErrors = First + 0x008;
    public const int ListenLimit = First + 0x009, ListenLength = First + 0x00A, ListenIncomplete = First + 0x00B, Fib = First + 0x00C;
    public const int UserCookie = First + 0x00D, TimestampClock = First + 0x00E, Label = First + 0x00F, PeerLabel = First + 0x010;

    // IPPROTO_TCP
    public const int NoPush = First + 0x100, NoOptions = First + 0x101, Signature = First + 0x102, Statistics = First + 0x103;

    /// <summary>The first option of logging, which changes nothing that is sent: TCP_LOG.</summary>
    public const int Log = First + 0x110;

    public const int LogBuffer = Log + 1, LogId = Log + 2, LogDump = Log + 3, LogDumpId = Log + 4, LogTag = Log + 5, LogIdCount = Log + 6;
    public const int LogLimit = Log + 7;

    public const int AlgorithmOption = First + 0x120, MaxUnackedTime = First + 0x121, IdleReduce = First + 0x122, DelayedAck = First + 0x123;

    /// <summary>TCP_REMOTE_UDP_ENCAPS_PORT: segments ride in UDP datagrams to that port.</summary>
    public const int RemoteUdpPort = First + 0x124;

    public const int FinIsReset = First + 0x125, SharedWindow = First + 0x126, Accounting = First + 0x127, CompressedAcks = First + 0x128;
    public const int Performance = First + 0x129, RecordingOut = First + 0x12A, RecordingIn = First + 0x12B;

    /// <summary>TCP_KEEPINIT: how long a connection may take to be made, seconds.</summary>
    public const int KeepInit = First + 0x12C;

    /// <summary>TCP_FASTOPEN: a flag, of listeners and of those that connect.</summary>
    public const int FastOpen = First + 0x12D;

    /// <summary>TCP_FUNCTION_BLK: struct tcp_function_set, 32 octets of name and a number of four.</summary>
    public const int FunctionBlock = First + 0x12E;

    public const int FunctionAlias = First + 0x12F, ReusePortNuma = First + 0x130;

    // IPPROTO_IP and IPPROTO_IPV6
    public const int DontFragment = First + 0x200, PortRange = First + 0x201, BindAny = First + 0x202, OnlyDestinationAddress = First + 0x203;
    public const int ReceiveInterface = First + 0x204, UseMinMtu = First + 0x205;

    /// <summary>The name of TCP_FUNCTION_BLK's value, octets: TCP_FUNCTION_NAME_LEN_MAX.</summary>
    public const int FunctionNameLength = 32;
}
