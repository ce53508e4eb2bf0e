using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What all connections of a stack share.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class TcpContext
{
    private readonly Queue<Tcb> _waiting = new();      // for room in their links' queues
    private Tcb? _firstTouched, _lastTouched;
    private ConnectionOptions _shared = ConnectionOptions.Default;      // those that were set last

    public TcpContext(
        ITcpHost host, PacketPool packets, DeadlineQueue<IExpires> deadlines, RandomBuffer random, DropCounters drops,
        Counters counters, TcpSettings settings)
    {
        Host = host;
        Packets = packets;
        Deadlines = deadlines;
        Random = random;
        Drops = drops;
        Counters = counters;
        Settings = settings;
        Isns = new IsnGenerator(random);
        Cookies = new SynCookies(random);
        FastOpenCookies = new FastOpenCookies(random);
        ChallengeAcks = new ChallengeAckLimit(settings, random);
    }

    public ITcpHost Host { get; }

    public PacketPool Packets { get; }

    public DeadlineQueue<IExpires> Deadlines { get; }

    public RandomBuffer Random { get; }

    public DropCounters Drops { get; }

    public Counters Counters { get; }

    public TcpSettings Settings { get; }

    /// <summary>Where the octets of all streams lie.</summary>
    public ChunkPool Chunks { get; } = new();

    /// <summary>Where the records of segments in flight lie.</summary>
    public SentQueuePool SentQueues { get; } = new();

    public IsnGenerator Isns { get; }

    /// <summary>What sockets sign their segments by with FreeBSD's rules.</summary>
    public HostKeys Keys { get; } = new();

    /// <summary>What listeners make of SYNs that they have no room for.</summary>
    public SynCookies Cookies { get; }

    /// <summary>What listeners grant to callers that may send data with their next SYN.</summary>
    public FastOpenCookies FastOpenCookies { get; }

    /// <summary>What this host has learnt of peers that take data with a SYN.</summary>
    public FastOpenCache FastOpenPeers { get; } = new();

    /// <summary>Whether Fast Open gets through at all.</summary>
    public FastOpenHoles FastOpenHoles { get; } = new();

    /// <summary>How many segments are answered that prove nothing. RFC 5961 §7.</summary>
    public ChallengeAckLimit ChallengeAcks { get; }

    /// <summary>
    /// The initial number of a connection that takes the place of one in TIME-WAIT, until it is opened: beyond all that the
    /// old one has sent, so that nothing of it is taken for the new one's. RFC 9293 §3.4.3, RFC 6191.
    /// </summary>
    public SequenceNumber? Reopening { get; set; }

    /// <summary>The port of the datagram that the segment came in which is looked at; 0 when it came in none.</summary>
    public ushort UdpPort { get; set; }

    /// <summary>Octets in each of the peer's segments that the link made one of, of the segment that is looked at; 0 for one that came as it is.</summary>
    public int MergedSize { get; set; }

    /// <summary>The headers of the SYN that is looked at, for a listener that keeps them; null for others.</summary>
    public byte[]? SynHeaders { get; set; }

    /// <summary>Takes <see cref="Reopening"/>.</summary>
    public SequenceNumber? TakeReopening()
    {
        SequenceNumber? number = Reopening;
        Reopening = null;
        return number;
    }

    /// <summary>Options equal to these, as one object where they were set before: the sockets of a program often have the same.</summary>
    public ConnectionOptions Share(ConnectionOptions options)
    {
        if (options != _shared) _shared = options;
        return _shared;
    }

    /// <summary>True when a connection may have something to send.</summary>
    public bool HasTouched => _firstTouched is not null;

    /// <summary>Notes that a connection may have something to send; it is asked once, before the gate is left.</summary>
    public void Touch(Tcb connection)
    {
        if (connection.IsTouched) return;
        connection.IsTouched = true;
        if (_lastTouched is null) _firstTouched = connection;
        else _lastTouched.NextTouched = connection;
        _lastTouched = connection;
    }

    /// <summary>Has all that were touched send what they may, in the order in which they were.</summary>
    public void Flush(Timestamp now)
    {
        while (_firstTouched is { } connection)
        {
            _firstTouched = connection.NextTouched;
            if (_firstTouched is null) _lastTouched = null;
            connection.NextTouched = null;
            connection.IsTouched = false;
            connection.Output(now);
        }
    }

    /// <summary>True when a connection has more to send than its link's queue had room for.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Notes that a connection has more to send than its link's queue has room for.</summary>
    public void WaitForLink(Tcb connection)
    {
        if (connection.WaitsForLink) return;
        connection.WaitsForLink = true;
        _waiting.Enqueue(connection);
    }

    /// <summary>Has those that wait for room go on, first come first, until one finds none; it is then the last.</summary>
    public void Resume(Timestamp now)
    {
        while (_waiting.TryDequeue(out Tcb? connection))
        {
            connection.WaitsForLink = false;
            connection.MayPush();
            connection.Output(now);
            if (connection.WaitsForLink) return;
        }
    }
}
