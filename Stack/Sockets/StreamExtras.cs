using UserNet.Tcp;
using UserNet.Time;

namespace UserNet.Sockets;

/// <summary>How SO_TIMESTAMP and its like tell when octets came.</summary>
internal enum StampForm : byte
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>SO_TIMESTAMP: struct timeval.</summary>
    Micros,
    /// <summary>SO_TIMESTAMPNS: struct timespec.</summary>
    Nanos,
}

/// <summary>What few streams have beside the rest; made when the first of it is set.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class StreamExtras
{
    private Dictionary<(int Level, int Name), long>? _idle;
    private ErrorQueue? _errors;

    /// <summary>TCP_INFO of the connection that was given up; null for none.</summary>
    public Tcp.TcpInfo? LastInfo { get; set; }

    /// <summary>SO_RCVTIMEO; zero for none.</summary>
    public TimeSpan ReceiveTimeout { get; set; }

    /// <summary>SO_SNDTIMEO; zero for none.</summary>
    public TimeSpan SendTimeout { get; set; }

    /// <summary>SO_TIMESTAMPING: SOF_TIMESTAMPING_ flags.</summary>
    public int Timestamping { get; set; }

    /// <summary>What SOF_TIMESTAMPING_OPT_ID counts from.</summary>
    public SequenceNumber FirstStamped { get; set; }

    /// <summary>SO_TIMESTAMP, SO_TIMESTAMPNS.</summary>
    public StampForm Form { get; set; }

    /// <summary>True when the control messages are to have the numbers of the options whose names end with _NEW.</summary>
    public bool HasNewForm { get; set; }

    /// <summary>SO_ZEROCOPY: MSG_ZEROCOPY is looked at.</summary>
    public bool LendsMemory { get; set; }

    /// <summary>The number of the next call with MSG_ZEROCOPY.</summary>
    public uint NextLent { get; set; }

    /// <summary>TCP_INQ: a receive tells how much is left.</summary>
    public bool TellsWhatIsLeft { get; set; }

    /// <summary>When the last octet came that was received last.</summary>
    public Timestamp? LastReceived { get; set; }

    /// <summary>What MSG_ERRQUEUE reads.</summary>
    public ErrorQueue Errors => _errors ??= new ErrorQueue();

    /// <summary>True while something waits there.</summary>
    public bool HasErrors => _errors is { Count: > 0 };

    /// <summary>True when receives are to tell when octets came.</summary>
    public bool WantsReceiveStamps => Form != StampForm.None || (Timestamping & StampFlags.ReceiveSoftware) != 0;

    /// <summary>An option that is kept to be read; null where it was never set.</summary>
    public long? Idle(int level, int name) => _idle is not null && _idle.TryGetValue((level, name), out long value) ? value : null;

    /// <summary>Keeps an option to be read.</summary>
    public void SetIdle(int level, int name, long value) => (_idle ??= [])[(level, name)] = value;

    /// <summary>Those of a listener's that its connections have, too.</summary>
    public StreamExtras ForChild() => new()
    {
        ReceiveTimeout = ReceiveTimeout,
        SendTimeout = SendTimeout,
        Timestamping = Timestamping,
        Form = Form,
        HasNewForm = HasNewForm,
        LendsMemory = LendsMemory,
        TellsWhatIsLeft = TellsWhatIsLeft,
        _idle = _idle is null ? null : new(_idle),
    };
}

/// <summary>SOF_TIMESTAMPING_, of linux/net_tstamp.h.</summary>
internal static class StampFlags
{
    public const int SendHardware = 1, SendSoftware = 2, ReceiveHardware = 4, ReceiveSoftware = 8, Software = 16, OptionId = 128;
    public const int SendScheduled = 256, SendAcknowledged = 512, OptionControl = 1024, OptionTimeOnly = 2048, OptionStatistics = 4096;
    public const int BindClock = 1 << 15, OptionIdTcp = 1 << 16, OptionReceiveFilter = 1 << 17, SendCompletion = 1 << 18, All = (SendCompletion << 1) - 1;

    /// <summary>Those that say what is noted of what is sent.</summary>
    public const int Sends = SendHardware | SendSoftware | SendScheduled | SendAcknowledged | SendCompletion;

    /// <summary>Which moments they ask for. There is no hardware that would know the time.</summary>
    public static SendMoments MomentsOf(int flags) =>
        ((flags & SendScheduled) != 0 ? SendMoments.Scheduled : 0) | ((flags & SendSoftware) != 0 ? SendMoments.Sent : 0)
        | ((flags & SendAcknowledged) != 0 ? SendMoments.Acknowledged : 0);
}
