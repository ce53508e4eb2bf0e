using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Tcp;
using UserNet.Time;

namespace UserNet.Sockets;

// The options of a stream, by Linux's numbers. Nothing is taken that has no effect.
internal sealed partial class StreamChannel
{
    private const int MostKeepAliveSeconds = 32_767, MostProbes = 127, MostFinWait2Seconds = 120, MostDiscovery = 5;
    private const int LeastSegment = 88, MostSegment = 32_767, UsualSegment = 536;

    /// <summary>What is set for the connection, or for those to come.</summary>
    public ConnectionOptions Options { get; private set; } = ConnectionOptions.Default;

    /// <summary>SO_RCVLOWAT: how many octets make the socket readable.</summary>
    public int ReceiveLowWater => Options.ReceiveLowWater;

    private TcpSettings Settings => Core.Tcp?.Settings ?? new TcpSettings();

    private bool IsFresh => (Connection is null || IsOver) && Listener is null;

    /// <summary>Sets options for the connection, or for those to come.</summary>
    public BindRule Set(ConnectionOptions options)
    {
        Options = options = Core.Tcp?.Share(options) ?? options;
        if (Listener is { } queue) queue.Options = options;
        Connection?.Set(options, Core.Now);
        return BindRule.Granted;
    }

    /// <summary>Sets an option that is a number.</summary>
    /// <returns>Granted, InvalidOption (not with this value or in this state), UnknownOption, NotSupported, NotPermitted.</returns>
    public BindRule SetNumber(int level, int name, int value) => level switch
    {
        RawOptionLevel.Socket => SetSocketNumber(name, value),
        RawOptionLevel.Ip => SetIpNumber(name, value),
        RawOptionLevel.IpV6 when binding.Family == AddressFamily.InterNetworkV6 => SetIpV6Number(name, value),
        RawOptionLevel.Tcp => SetTcpNumber(name, value),
        _ => BindRule.UnknownOption,
    };

    /// <summary>The value of an option that is a number; null when it is none of a stream's.</summary>
    public int? Number(int level, int name) => level switch
    {
        RawOptionLevel.Socket => SocketNumber(name),
        RawOptionLevel.Ip => IpNumber(name),
        RawOptionLevel.IpV6 when binding.Family == AddressFamily.InterNetworkV6 => IpV6Number(name),
        RawOptionLevel.Tcp => TcpNumber(name),
        _ => null,
    };

    /// <summary>Sets SO_RCVBUF or SO_SNDBUF; what is kept of it the profile says.</summary>
    public BindRule SetBuffer(bool isSend, int octets, bool isForced)
    {
        if (Settings.IsFreeBsd)
        {
            const int Cluster = 2048, Buffer = 256;      // FreeBSD counts what the octets' buffers cost beside them
            int most = (int)((long)(isSend ? Settings.MaxSendBuffer : Settings.MaxReceiveBuffer) * Cluster / (Cluster + Buffer));
            if (octets < 1) return BindRule.InvalidOption;
            if (octets > most) return BindRule.TableFull;
        }

        if (octets < 0) octets = int.MaxValue;      // a negative number is a very large one
        return Set(isSend
            ? Options with { SendBuffer = WindowMath.KeptSendBuffer(Settings, octets, isForced) }
            : Options with { ReceiveBuffer = WindowMath.KeptReceiveBuffer(Settings, octets, isForced) });
    }

    /// <summary>SK_MEMINFO: what the socket's memory is, in the order of SO_MEMINFO.</summary>
    public void WriteMemory(Span<int> numbers)
    {
        numbers.Clear();
        numbers[0] = Connection is { } tcb ? Math.Max(tcb.Held, tcb.Received.Count + tcb.Received.Beyond) : 0;      // SK_MEMINFO_RMEM_ALLOC
        numbers[1] = Number(RawOptionLevel.Socket, RawOption.ReceiveBuffer)!.Value;             // SK_MEMINFO_RCVBUF
        numbers[2] = Connection is { } sender ? Math.Min(sender.Snd.InFlight, Unsent) : 0;      // SK_MEMINFO_WMEM_ALLOC
        numbers[3] = Number(RawOptionLevel.Socket, RawOption.SendBuffer)!.Value;                // SK_MEMINFO_SNDBUF
        numbers[5] = Connection is { } queued && !Settings.IsFreeBsd ? queued.MemoryQueued : Unsent;                                                                    // SK_MEMINFO_WMEM_QUEUED
    }

    private BindRule SetSocketNumber(int name, int value)
    {
        switch (name)
        {
            case RawOption.KeepAlive: return Set(Options with { KeepAlive = value != 0 });
            case RawOption.SendBuffer: return SetBuffer(isSend: true, value, isForced: false);
            case RawOption.ReceiveBuffer: return SetBuffer(isSend: false, value, isForced: false);
            case RawOption.ReceiveLowWater:
                int most = (Options.ReceiveBuffer ?? Settings.ReceiveBuffer.Max) / 2;      // more would never be there
                Set(Options with { ReceiveLowWater = value < 0 ? most : Math.Clamp(value, 1, Math.Max(most, 1)) });
                ServeAll();
                return BindRule.Granted;
            case RawOption.UrgentInline: return Set(Options with { UrgentInline = value != 0 });
            default: return BindRule.UnknownOption;
        }
    }

    private int? SocketNumber(int name) => name switch
    {
        RawOption.KeepAlive => Flag(Options.KeepAlive),
        RawOption.SendBuffer when Settings.IsFreeBsd && Connection is { IsSynchronized: true } tcb => tcb.WholeSendBuffer,
        RawOption.SendBuffer => Options.SendBuffer ?? (Connection is { IsSynchronized: true } grown && !Settings.IsFreeBsd ? grown.Written.Capacity : Settings.SendBuffer.Default),
        RawOption.ReceiveBuffer when Settings.IsFreeBsd && Connection is { IsSynchronized: true, Tuning.Buffer: > 0 and var buffer } => buffer,
        RawOption.ReceiveBuffer => Options.ReceiveBuffer ?? Connection?.Tuning.Buffer ?? Settings.ReceiveBuffer.Default,
        RawOption.ReceiveLowWater => ReceiveLowWater,
        RawOption.SendLowWater => 1,
        RawOption.UrgentInline => Flag(Options.UrgentInline),
        _ => null,
    };

    private BindRule SetIpNumber(int name, int value) => name switch
    {
        RawOption.TimeToLive when value is -1 or (>= 1 and <= 255) => Set(Options with { TimeToLive = value == -1 ? null : (byte)value }),
        RawOption.TimeToLive => BindRule.InvalidOption,
        RawOption.TypeOfService => Set(Options with { TrafficClass = (byte)(value & ~3) }),      // ECN is TCP's
        RawOption.ReceiveErrors => Set(Options with { ReportsErrors = value != 0 }),
        RawOption.MtuDiscover => value is >= 0 and <= MostDiscovery ? Set(Options with { Discovery = (byte)value }) : BindRule.InvalidOption,
        RawOption.MinTimeToLive => value is >= 0 and <= byte.MaxValue ? Set(Options with { MinTimeToLive = (byte)value }) : BindRule.InvalidOption,
        _ => BindRule.UnknownOption,
    };

    private int? IpNumber(int name) => name switch
    {
        RawOption.TimeToLive => Options.TimeToLive ?? DatagramChannel.DefaultTimeToLive,
        RawOption.TypeOfService => Options.TrafficClass,
        RawOption.ReceiveErrors => Flag(Options.ReportsErrors),
        RawOption.MtuDiscover => Options.Discovery,
        RawOption.MinTimeToLive => Options.MinTimeToLive,
        RawOption.Mtu => Connection is { } tcb ? tcb.PathMtu(Core.Now) : null,
        _ => null,
    };

    private BindRule SetIpV6Number(int name, int value) => name switch
    {
        RawOption.V6UnicastHops when value is >= -1 and <= 255 => Set(Options with { TimeToLive = value == -1 ? null : (byte)value }),
        RawOption.V6TrafficClass when value is >= -1 and <= 255 => Set(Options with { TrafficClass = value == -1 ? (byte)0 : (byte)(value & ~3) }),
        RawOption.V6UnicastHops or RawOption.V6TrafficClass => BindRule.InvalidOption,
        RawOption.V6ReceiveErrors => Set(Options with { ReportsErrors = value != 0 }),
        RawOption.V6MtuDiscover => value is >= 0 and <= MostDiscovery ? Set(Options with { DiscoveryV6 = (byte)value }) : BindRule.InvalidOption,
        RawOption.V6AutoFlowLabel => Set(Options with { SendsNoFlowLabel = value == 0 }),
        RawOption.V6MinHopLimit => value is >= 0 and <= byte.MaxValue ? Set(Options with { MinHopLimit = (byte)value }) : BindRule.InvalidOption,
        _ => BindRule.UnknownOption,
    };

    private int? IpV6Number(int name) => name switch
    {
        RawOption.V6UnicastHops => Options.TimeToLive ?? DatagramChannel.DefaultTimeToLive,
        RawOption.V6TrafficClass => Options.TrafficClass,
        RawOption.V6ReceiveErrors => Flag(Options.ReportsErrors),
        RawOption.V6MtuDiscover => Options.DiscoveryV6,
        RawOption.V6AutoFlowLabel => Flag(!Options.SendsNoFlowLabel),
        RawOption.V6MinHopLimit => Options.MinHopLimit,
        RawOption.V6Mtu or RawOption.V6PathMtu => Connection is { IsGone: false } tcb && !binding.RemoteAddress.IsV4OrMapped ? tcb.PathMtu(Core.Now) : null,
        _ => null,
    };

    private BindRule SetTcpNumber(int name, int value)
    {
        if (Settings.IsFreeBsd && SetFreeBsdNumber(name, value) is { } rule) return rule;
        switch (name)
        {
            case RawTcpOption.NoDelay: return SetHold(Options with { NoDelay = value != 0 }, letsGo: value != 0);
            case RawTcpOption.Cork: return SetHold(Options with { Cork = value != 0 }, letsGo: value == 0);
            case RawTcpOption.MaxSegment when value is 0 or (>= LeastSegment and <= MostSegment): return Set(Options with { MaxSegment = value });
            case RawTcpOption.KeepAliveIdle when value is >= 1 and <= MostKeepAliveSeconds:
                return Set(Options with { KeepAliveIdle = TimeSpan.FromSeconds(value) });
            case RawTcpOption.KeepAliveInterval when value is >= 1 and <= MostKeepAliveSeconds:
                return Set(Options with { KeepAliveInterval = TimeSpan.FromSeconds(value) });
            case RawTcpOption.KeepAliveCount when value is >= 1 and <= MostProbes: return Set(Options with { KeepAliveCount = value });
            case RawTcpOption.SynRetries when value is >= 1 and <= MostProbes: return Set(Options with { SynRetries = value });
            case RawTcpOption.FinWait2: return Set(Options with { FinWait2 = FinWait2Of(value) });
            case RawTcpOption.DeferAccept: return Set(Options with { DeferAccept = RoundedUp(value) });
            case RawTcpOption.WindowClamp when value != 0 || IsFresh:
                BindRule clamped = Set(Options with { WindowClamp = value == 0 ? 0 : Math.Max(value, Settings.Profile.MinReceiveBuffer / 2) });
                Connection?.OnWindowClampSet();      // the same once more counts where the window has grown beyond it since
                return clamped;
            case RawTcpOption.UserTimeout when value >= 0: return Set(Options with { UserTimeout = TimeSpan.FromMilliseconds(value) });
            case RawTcpOption.NotSentLowWater: return Set(Options with { NotSentLowWater = value });      // without a sign
            case RawTcpOption.QuickAck: return SetQuickAck(value);
            default: return SetFastOpen(name, value);
        }
    }

    // Who says again that nothing is to wait has what waits sent, as on Linux.
    private BindRule SetHold(ConnectionOptions options, bool letsGo)
    {
        Set(options);
        if (letsGo && !Settings.IsFreeBsd) Connection?.LetGo();
        return BindRule.Granted;
    }

    private BindRule SetFastOpen(int name, int value)
    {
        bool isFlag = value is 0 or 1;
        switch (name)
        {
            case RawTcpOption.FastOpen when value >= 0 && (Connection is null || IsOver): return Set(Options with { FastOpenQueue = Math.Min(value, Settings.MaxBacklog) });
            case RawTcpOption.FastOpenConnect when isFlag && !Settings.FastOpen.HasFlag(TcpFastOpenModes.Client): return BindRule.NotSupported;
            case RawTcpOption.FastOpenConnect when isFlag && IsFresh: return Set(Options with { FastOpenConnect = value != 0 });
            case RawTcpOption.FastOpenNoCookie when isFlag && (Connection is null || IsOver): return Set(Options with { FastOpenNoCookie = value != 0 });
            case RawTcpOption.Timestamp: return BindRule.NotPermitted;      // as in Linux without TCP_REPAIR
            case RawTcpOption.RemoteUdpPort or RawTcpOption.KeepInit: return BindRule.UnknownOption;      // FreeBSD's alone
            default: return IsKnownTcp(name) ? BindRule.InvalidOption : BindRule.UnknownOption;
        }
    }

    /// <summary>True when SOL_TCP has an option of that number that can be set.</summary>
    public static bool IsKnownTcp(int name) => name is RawTcpOption.RemoteUdpPort or RawTcpOption.KeepInit
        or (>= RawTcpOption.NoDelay and <= RawTcpOption.WindowClamp) or RawTcpOption.QuickAck or RawTcpOption.Congestion
            or (>= RawTcpOption.FastOpen and <= RawTcpOption.NotSentLowWater) or RawTcpOption.UserTimeout or RawTcpOption.FastOpenConnect
            or RawTcpOption.FastOpenKey or RawTcpOption.FastOpenNoCookie;

    private int? TcpNumber(int name) => name switch
    {
        // Its flags are told as the bits that they are.
        RawTcpOption.NoDelay when Settings.IsFreeBsd => Options.NoDelay ? 4 : 0,
        RawTcpOption.Cork when Settings.IsFreeBsd => Options.Cork ? 0x1000 : 0,
        RawTcpOption.NoOptions when Settings.IsFreeBsd => Options.NoOptions ? 8 : 0,
        RawTcpOption.HostSignature when Settings.IsFreeBsd => Flag(Options.Signatures is not null),
        RawTcpOption.RemoteUdpPort when Settings.IsFreeBsd => Connection?.UdpPort ?? Options.UdpPort,
        RawTcpOption.KeepInit when Settings.IsFreeBsd => (int)(Options.SynTimeLimit ?? Settings.SynTimeLimit ?? default).TotalSeconds,
        RawTcpOption.MaxSegment when Settings.IsFreeBsd => LargestSegment,
        RawTcpOption.UserTimeout when Settings.IsFreeBsd => (int)(Options.UserTimeout > TimeSpan.Zero ? Options.UserTimeout : Settings.UserTimeout).TotalSeconds,
        RawTcpOption.NoDelay => Flag(Options.NoDelay),
        RawTcpOption.Cork => Flag(Options.Cork),
        RawTcpOption.MaxSegment when IsOver && Options.MaxSegment != 0 => Options.MaxSegment,
        RawTcpOption.MaxSegment => Connection is { } tcb ? tcb.MssForInfo : Options.MaxSegment != 0 ? Options.MaxSegment : LastInfo?.SendMss ?? UsualSegment,
        RawTcpOption.KeepAliveIdle => (int)(Options.KeepAliveIdle ?? Settings.KeepAliveIdle).TotalSeconds,
        RawTcpOption.KeepAliveInterval => (int)(Options.KeepAliveInterval ?? Settings.KeepAliveInterval).TotalSeconds,
        RawTcpOption.KeepAliveCount => Options.KeepAliveCount ?? Settings.KeepAliveCount,
        RawTcpOption.SynRetries => Options.SynRetries ?? Settings.SynRetries,
        RawTcpOption.FinWait2 => (int)(Options.FinWait2 ?? Settings.FinTimeout).TotalSeconds,
        RawTcpOption.DeferAccept => (int)Options.DeferAccept.TotalSeconds,
        RawTcpOption.WindowClamp when !Settings.IsFreeBsd && Connection is { Snd.MaxWnd: > 0 } tcb => tcb.Tuning.Clamp,
        RawTcpOption.WindowClamp => Options.WindowClamp,
        RawTcpOption.QuickAck => Flag(Connection is not { } tcb || !tcb.Acks.IsInteractive),
        RawTcpOption.UserTimeout => (int)Options.UserTimeout.TotalMilliseconds,
        RawTcpOption.FastOpen => Options.FastOpenQueue,
        RawTcpOption.Timestamp => (int)(Connection?.TimestampAt(Core.Now) ?? (uint)(Core.Now.Ticks / TimeSpan.TicksPerMillisecond)),
        RawTcpOption.NotSentLowWater => Options.NotSentLowWater ?? 0,
        RawTcpOption.FastOpenConnect => Flag(Options.FastOpenConnect),
        RawTcpOption.FastOpenNoCookie => Flag(Options.FastOpenNoCookie),
        _ => null,
    };

    /// <summary>FreeBSD's t_maxseg: what TCP_MAXSEG can make less, options of every segment included.</summary>
    private int LargestSegment => Connection is { IsSynchronized: true } tcb ? Math.Min(tcb.WholeSegment, Options.MaxSegment > 0 ? Options.MaxSegment : int.MaxValue)
        : Options.MaxSegment > 0 ? Options.MaxSegment : binding.IsV6 ? Settings.DefaultMssV6 : Settings.DefaultMss;

    // FreeBSD has them under numbers of its own; null for what is the same on both.
    private BindRule? SetFreeBsdNumber(int name, int value)
    {
        switch (name)
        {
            case RawTcpOption.NoOptions:
                return Set(Options with { NoOptions = value != 0 });
            case RawTcpOption.MaxSegment:
                bool isLess = value > 0 && value <= LargestSegment && value + Wire.Ipv4Header.Length + Wire.TcpHeader.Length >= Settings.MinSendMss;
                return isLess ? Set(Options with { MaxSegment = value }) : BindRule.InvalidOption;
            case RawTcpOption.KeepInit or RawTcpOption.KeepAliveIdle or RawTcpOption.KeepAliveInterval or RawTcpOption.UserTimeout when (uint)value > MostFreeBsdSeconds:
                return BindRule.InvalidOption;
            case RawTcpOption.KeepInit: return Set(Options with { SynTimeLimit = SecondsOrDefault(value) });
            case RawTcpOption.KeepAliveIdle: return Set(Options with { KeepAliveIdle = SecondsOrDefault(value) });
            case RawTcpOption.KeepAliveInterval: return Set(Options with { KeepAliveInterval = SecondsOrDefault(value) });
            case RawTcpOption.KeepAliveCount: return Set(Options with { KeepAliveCount = value == 0 ? null : value });
            case RawTcpOption.UserTimeout: return Set(Options with { UserTimeout = TimeSpan.FromSeconds(value) });      // TCP_MAXUNACKTIME
            case RawTcpOption.RemoteUdpPort:
                bool isPossible = value is >= 0 and <= ushort.MaxValue && Settings.UdpTunnelingPort != 0 && IsFresh;
                return isPossible ? Set(Options with { UdpPort = (ushort)value }) : BindRule.InvalidOption;
            default:
                return null;
        }
    }

    // 0 is what the settings say.
    private static TimeSpan? SecondsOrDefault(int seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);

    private const int MostFreeBsdSeconds = 4_294_967;      // what 32 bits hold of milliseconds

    private bool _isInteractive;      // TCP_QUICKACK was turned off, perhaps before there was a connection

    private BindRule SetQuickAck(int value)
    {
        Connection?.SetQuickAck(value);
        _isInteractive = (value & 1) == 0;      // of a socket without a connection there is nothing to hurry yet
        return BindRule.Granted;
    }

    private static TimeSpan? FinWait2Of(int seconds) => seconds switch
    {
        < 0 => TimeSpan.FromSeconds(-1),
        0 => null,
        _ => TimeSpan.FromSeconds(Math.Min(seconds, MostFinWait2Seconds)),
    };

    /// <summary>Linux counts how often the SYN-ACK would be sent: 1, 3, 7, 15... seconds.</summary>
    private static TimeSpan RoundedUp(int seconds)
    {
        const int Longest = 120, MostTimes = 255;
        int period = 0, wait = 1;
        for (int times = 0; period < seconds && times < MostTimes; times++)
        {
            period += wait;
            wait = Math.Min(2 * wait, Longest);
        }

        return TimeSpan.FromSeconds(period);
    }

    private static int Flag(bool isOn) => isOn ? 1 : 0;
}
