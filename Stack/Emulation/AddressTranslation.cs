using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>
/// The outer link of a router, with network address and port translation for IPv4: packets from inside leave with the
/// outer address and a port of its own, and the answers find back.
/// </summary>
/// <remarks>
/// <para>
/// Attach it to a stack that forwards (<see cref="Ip.IpInputSettings.Forwards"/>) as its outer interface. What the
/// router itself sends and receives passes as it is, and so do ARP and IPv6. Mappings do not depend on who is spoken to
/// (RFC 4787 REQ-1, RFC 5382 REQ-1); who may answer is an option. The page on address translation in the documentation
/// says which requirements are kept.
/// </para>
/// <para>
/// Frames may have their checksums open, and stand for many: the checksums are corrected, not computed, and the link
/// does what the outer one does. Ports are chosen by a bind table of its own, with the chance of the door; the time is
/// that of the clock; so a run repeats itself. What is over is dropped when the next packet passes. Any thread.
/// </para>
/// </remarks>
public sealed partial class AddressTranslation : ILink
{
    private readonly ILink _outer;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();             // of all that follows; never held while a link or a sink is called
    private readonly AddressTranslationEngine _engine;
    private readonly DropCounters _drops = new();
    private readonly PacketPool _pool = new();
    private readonly AddressTranslationBatch _outgoing = new(), _incoming = new();
    private AddressTranslationCounts _counts;
    private IFrameSink? _sink;

    /// <summary>A link with translation.</summary>
    /// <param name="outer">The link towards the world, not started; this one owns it.</param>
    /// <param name="options">What is translated to what.</param>
    /// <param name="time">The clock.</param>
    /// <param name="randomness">Where the choice of ports gets its chance.</param>
    /// <exception cref="ArgumentException">Addresses, prefixes or ports that do not go together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A timeout or a limit that is none.</exception>
    public AddressTranslation(ILink outer, AddressTranslationOptions options, TimeProvider time, FillRandom randomness)
    {
        ArgumentNullException.ThrowIfNull(outer);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(randomness);
        options.Check();
        _outer = outer;
        _time = time;
        _start = time.GetTimestamp();
        _engine = new AddressTranslationEngine(options, randomness);
        Options = options;
        _timer = time.CreateTimer(
            static link => ((AddressTranslation)link!).DeliverTurned(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What is translated to what.</summary>
    public AddressTranslationOptions Options { get; }

    /// <inheritdoc/>
    public LinkMedium Medium => _outer.Medium;

    /// <inheritdoc/>
    public int Mtu => _outer.Mtu;

    /// <inheritdoc/>
    public LinkFeatures Features => _outer.Features;

    /// <inheritdoc/>
    public int LargestBurst => _outer.LargestBurst;

    /// <inheritdoc/>
    public MacAddress? Address => _outer.Address;

    /// <summary>What happened so far, and what is known now.</summary>
    public AddressTranslationCounts Counts
    {
        get
        {
            lock (_lock)
            {
                _engine.Table.Expire(Now());
                return _counts with { Mappings = _engine.Table.Mappings, Sessions = _engine.Table.Sessions };
            }
        }
    }

    /// <summary>All sessions as they are now, to be printed as <c>conntrack -L</c> does.</summary>
    public TranslationSnapshot Mappings
    {
        get
        {
            lock (_lock)
            {
                Timestamp now = Now();
                _engine.Table.Expire(now);
                List<TranslatedSession> rows = [];
                foreach (Holder holder in _engine.Table.Holders())
                    if (holder is AddressTranslationSession session) rows.Add(RowOf(session, now));
                return new TranslationSnapshot(rows);
            }
        }
    }

    /// <summary>How many frames were dropped here for a reason.</summary>
    public long DropsOf(DropReason reason)
    {
        lock (_lock) return _drops[reason];
    }

    /// <summary>Forgets all mappings, as a router does that starts anew.</summary>
    public void Clear()
    {
        lock (_lock) _engine.Clear();
    }

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_lock)
        {
            if (_sink is not null) throw new InvalidOperationException("The link was started before.");
            _sink = sink;
        }

        _outer.Start(new OuterSink(this, sink));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outer.Dispose();
        _timer.Dispose();
        lock (_lock)
        {
            while (_turned.TryDequeue(out PacketBuffer? frame)) frame.Return();
        }
    }

    private static TranslatedSession RowOf(AddressTranslationSession session, Timestamp now)
    {
        AddressTranslationMapping mapping = session.Mapping;
        return new TranslatedSession(
            (ProtocolType)(byte)mapping.Protocol,
            mapping.Protocol == IpProtocol.Tcp ? AddressTranslationTracking.StateOf(session.Seen) : null,
            session.Expires - now,
            new InetEndpoint(InetAddress.FromV4(mapping.InsideAddress), mapping.InsidePort),
            new InetEndpoint(session.LocalAddress, session.Port),
            new InetEndpoint(session.RemoteAddress, session.RemotePort),
            session.IsAnswered);
    }

    private Timestamp Now() => Timestamp.FromStart(_time.GetElapsedTime(_start));
}
