using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>A listener: connections that are being opened, and those that wait to be accepted. RFC 9293 §3.10.7.2.</summary>
/// <remarks>
/// <code>
/// SYN -> opening (SYN queue) -> ready (accept queue) -> accepted
///     \-> cookie: nothing is kept until the ACK comes back
/// </code>
/// Both queues are as long as the backlog, and one more, as in Linux. When the first is full, SYNs are answered with cookies
/// (RFC 4987 §3.6) or dropped; when the second is full, SYNs are dropped, and an ACK that would end a handshake is passed over:
/// the SYN-ACK is sent again later, and by then there may be room. Gate held.
/// </remarks>
internal sealed partial class ListenQueue(TcpContext context, SocketBinding binding, ConnectionOptions options) : ITcpEndpoint
{
    private readonly Queue<Tcb> _ready = new();
    private readonly List<Tcb> _opening = [];      // each knows its place
    private ITcpUser? _user;
    private int _backlog;

    public SocketBinding Binding { get; } = binding;

    public ConnectionOptions Options { get; set; } = options;

    /// <summary>How many may wait to be accepted; no more than the settings allow. Negative is the most there is.</summary>
    public int Backlog
    {
        get => _backlog;
        set => _backlog = (int)Math.Min((uint)value, (uint)context.Settings.MaxBacklog);
    }

    /// <summary>How many wait to be accepted.</summary>
    public int Count => _ready.Count;

    /// <summary>How many are being opened.</summary>
    public int Opening => _opening.Count;

    Tcb? ITcpEndpoint.Connection => null;

    ListenQueue? ITcpEndpoint.Listener => this;

    OldConnection? ITcpEndpoint.Old => null;

    /// <summary>No more may wait to be accepted. FreeBSD has room for half as many again, before anybody accepts.</summary>
    public bool IsFull => _ready.Count > (context.Settings.IsFreeBsd ? 3L * _backlog / 2 : _backlog);

    /// <summary>How often a SYN-ACK is sent again: less where many half-open connections are old, as those who come have to have room.</summary>
    public int TriesWhenCrowded(int most)
    {
        const int AlwaysRoom = 8, LeastTries = 2;
        if (2 * _opening.Count <= Math.Max(AlwaysRoom, _backlog)) return most;
        int young = 0;
        foreach (Tcb child in _opening)
            if (child.IsYoung) young++;
        for (young *= 2; most > LeastTries && _opening.Count >= young; young *= 2) most--;
        return most;
    }

    // Without cookies a last quarter is for callers that are known to exist, as in Linux; here none is. In FreeBSD all listeners share a cache.
    private bool SynQueueIsFull => context.Settings.IsFreeBsd ? _opening.Count >= SynCacheLimit : _opening.Count > _backlog
        || (!context.Settings.SynCookies && _opening.Count > context.Settings.MaxSynBacklog - (context.Settings.MaxSynBacklog >> 2));

    public void GiveTo(ITcpUser user) => _user = user;

    /// <summary>A segment for the listener that belongs to no connection.</summary>
    /// <param name="segment">The segment, found right.</param>
    /// <param name="local">The address that it was sent to.</param>
    /// <param name="remote">Who sent it.</param>
    /// <param name="scope">The interface that a link-local sender is on, else 0.</param>
    /// <param name="ecn">The ECN field of its IP header.</param>
    /// <param name="now">The time.</param>
    public DropReason OnSegment(in TcpSegment segment, InetAddress local, InetAddress remote, uint scope, byte ecn, Timestamp now)
    {
        TcpOptionValues.Read(segment.Options, out TcpOptionValues values);
        DropReason unproven = CheckSignature(segment, values, local, remote);
        if (unproven != DropReason.None) return unproven;
        if (segment.Has(TcpFlags.Rst)) return DropReason.TcpUnexpected;                                       // first: RST
        if (segment.Has(TcpFlags.Ack)) return OnAck(segment, local, remote, scope, ecn, now);                             // second: ACK
        if (!segment.Has(TcpFlags.Syn)) return DropReason.TcpUnexpected;                                      // third: SYN
        if (segment.Has(TcpFlags.Fin) && context.Settings.DropsSynFin) return DropReason.TcpUnexpected;
        if (IsFull && !context.Settings.IsFreeBsd) return DropReason.TcpAcceptQueueFull;
        if (SynQueueIsFull || context.Settings.SynCookiesOnly) return OnFlood(segment, values, local, remote, scope, ecn, now);
        var caller = new InetEndpoint(remote, segment.SourcePort, scope);
        if (context.Host.CreateChild(this, local, caller, now) is not { } child) return DropReason.TcpNoRoute;
        context.Counters.Count(Counter.TcpPassiveOpens);
        Add(child);
        child.SavedSyn = context.SynHeaders;
        if (TakesText(segment, values, child)) AcceptFast(child, segment, values, ecn, now);
        else child.Accept(this, segment, values, ecn, now);
        return DropReason.None;
    }

    /// <summary>Says whether a segment is the peer's, as far as its signature, or the want of one, tells. RFC 2385.</summary>
    /// <remarks>FreeBSD looks at SYNs alone, and takes those without of peers whose key it does not know.</remarks>
    public DropReason CheckSignature(in TcpSegment segment, in TcpOptionValues values, InetAddress local, InetAddress remote)
    {
        SignatureKeys? keys = Options.Signatures;
        if (keys is null && !values.HasMd5) return DropReason.None;
        if (context.Settings.IsFreeBsd)
        {
            if ((segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return DropReason.None;
            if (!values.HasMd5 && keys!.Find(remote, local, isLeaving: false) is null) return DropReason.None;
        }

        return SegmentSignature.Check(context.Packets, keys, segment, values.HasMd5, local, remote);
    }

    /// <summary>True when there is room for a connection whose handshake is over, and its user wants it as it is.</summary>
    /// <param name="child">The connection.</param>
    /// <param name="hasText">Its last segment carries text.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why its ACK is passed over.</returns>
    public DropReason Admits(Tcb child, bool hasText, Timestamp now)
    {
        if (child.IsReady) return DropReason.None;      // Fast Open: it is in the queue already
        if (Options.DeferAccept > TimeSpan.Zero && !hasText && now - child.SynArrivedAt < Options.DeferAccept)
            return DropReason.TcpDeferred;
        if (!IsFull) return DropReason.None;
        if (context.Settings.AbortsOnOverflow && !context.Settings.IsFreeBsd) child.Abort(now);
        return DropReason.TcpAcceptQueueFull;
    }

    /// <summary>A handshake is over: the connection waits for its user.</summary>
    public void OnEstablished(Tcb child)
    {
        Remove(child);
        if (child.IsReady) return;
        MakeReady(child);
    }

    /// <summary>A connection that was being opened is no more. One that waits to be accepted stays: its user hears of the end.</summary>
    public void OnChildGone(Tcb child) => Remove(child);

    /// <summary>True when the socket was shut before it listened: its connections send nothing, as on Linux.</summary>
    public bool EndsSending { get; init; }

    /// <summary>Takes the connection that has waited longest.</summary>
    public Tcb? TryAccept()
    {
        if (!_ready.TryDequeue(out Tcb? child)) return null;
        child.LeaveQueue();
        return child;
    }

    /// <summary>The listener is closed: what nobody has accepted is reset.</summary>
    public void Close(Timestamp now)
    {
        _user = null;
        while (_ready.TryDequeue(out Tcb? child))
        {
            child.LeaveQueue();
            child.Abort(now);
        }

        while (_opening.Count > 0)
        {
            Tcb child = _opening[^1];
            if (child.HasUser) Remove(child);      // Fast Open: accepted before its handshake is over
            else child.Forget();      // the peer hears of it when it answers
        }
    }

    private const int SynCacheLimit = 512 * 30;

    private void MakeReady(Tcb child)
    {
        child.IsReady = true;
        if (EndsSending) child.ShutdownSend();
        _ready.Enqueue(child);
        _user?.OnNews(TcpNews.Readable);
    }

    private void Add(Tcb child)
    {
        child.PlaceInQueue = _opening.Count;
        _opening.Add(child);
    }

    private void Remove(Tcb child)
    {
        int place = child.PlaceInQueue;
        if (place < 0) return;
        Tcb last = _opening[^1];
        _opening[place] = last;
        last.PlaceInQueue = place;
        _opening.RemoveAt(_opening.Count - 1);
        child.PlaceInQueue = -1;
        if (child.IsReady) _fastOpening--;
    }
}
