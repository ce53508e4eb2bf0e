using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>A listener: connections that are being opened, and those that wait to be accepted. RFC 9293 §3.10.7.2.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class ListenQueue(TcpContext context, SocketBinding binding, ConnectionOptions options) : ITcpEndpoint
{
    private readonly Queue<Tcb> _ready = new();
    private readonly List<Tcb> _opening = [];
    private ITcpUser? _user;

    public SocketBinding Binding { get; } = binding;

    public ConnectionOptions Options { get; set; } = options;

    /// <summary>How many may wait to be accepted.</summary>
    public int Backlog { get; set; }

    /// <summary>How many wait to be accepted.</summary>
    public int Count => _ready.Count;

    Tcb? ITcpEndpoint.Connection => null;

    ListenQueue? ITcpEndpoint.Listener => this;

    public void GiveTo(ITcpUser user) => _user = user;

    /// <summary>A segment for the listener that belongs to no connection.</summary>
    public DropReason OnSegment(in TcpSegment segment, InetAddress local, InetAddress remote, Timestamp now)
    {
        if (segment.Has(TcpFlags.Rst)) return DropReason.TcpUnexpected;                 // first: RST
        if (segment.Has(TcpFlags.Ack))                                                  // second: ACK
        {
            TcpReply.Reset(context, segment, local, remote, now);
            return DropReason.TcpUnacceptableAck;
        }

        if (!segment.Has(TcpFlags.Syn)) return DropReason.TcpUnexpected;                // third: SYN
        if (_ready.Count > Backlog) return DropReason.TcpAcceptQueueFull;
        if (_opening.Count > Backlog) return DropReason.TcpSynQueueFull;
        if (context.Host.CreateChild(this, local, new InetEndpoint(remote, segment.SourcePort), now) is not { } child)
            return DropReason.TcpNoRoute;
        TcpOptionValues.Read(segment.Options, out TcpOptionValues values);
        _opening.Add(child);
        context.Counters.Count(Counter.TcpPassiveOpens);
        child.Accept(this, segment, values, now);
        return DropReason.None;
    }

    /// <summary>True when there is room for a connection whose handshake is over.</summary>
    public bool Admits(Tcb child, bool hasData) => _ready.Count <= Backlog;

    public void OnEstablished(Tcb child)
    {
        _opening.Remove(child);
        _ready.Enqueue(child);
        _user?.OnNews(TcpNews.Readable);
    }

    public void OnChildGone(Tcb child) => _opening.Remove(child);

    public bool TryAccept(out Tcb? child)
    {
        if (!_ready.TryDequeue(out child)) return false;
        child.LeaveListener();
        return true;
    }

    /// <summary>The listener is closed: what nobody has accepted is reset.</summary>
    public void Close(Timestamp now)
    {
        _user = null;
        while (_ready.TryDequeue(out Tcb? child)) child.Abort(now);
        foreach (Tcb child in _opening.ToArray()) child.Abort(now);
        _opening.Clear();
    }
}
