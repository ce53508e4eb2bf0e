using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>One connection: what RFC 9293 §3.3.1 calls its transmission control block.</summary>
/// <remarks>
/// Pure: it takes segments, calls and the time, changes its own fields, and sends by its <see cref="ITcpPath"/>. Its state is
/// the one that the bind table shows. Gate held.
/// </remarks>
internal sealed partial class Tcb : ITcpEndpoint
{
    private readonly TcpContext _context;
    private readonly ITcpPath _path;
    private ITcpUser? _user;
    private Errno _error;                // the pending error, which the next call takes: SO_ERROR

    /// <summary>A connection that is neither opened nor called yet.</summary>
    /// <param name="context">What it shares with the others.</param>
    /// <param name="binding">Its place in the bind table, both ends included.</param>
    /// <param name="path">The way to its peer.</param>
    /// <param name="options">What its owner has set.</param>
    public Tcb(TcpContext context, SocketBinding binding, ITcpPath path, ConnectionOptions options)
    {
        _context = context;
        _path = path;
        Binding = binding;
        Options = options;
        path.TimeToLive = options.TimeToLive;
        path.SendsNoFlowLabel = options.SendsNoFlowLabel;
        path.UdpPort = options.UdpPort;
        path.MayBeFragmented = MayBeFragmented(options);
        _sendRing = new SendRing(context.Chunks);
        _receiveRing = new ReceiveRing(context.Chunks);
        _recovery = new LossRecovery(RecoveryFor(context.Settings, options), context.SentQueues);
        if (context.Settings.IsFreeBsd) _octets = new OctetSender(context.Settings);
    }

    /// <summary>Its place in the bind table: its socket's, until TIME-WAIT parts the two.</summary>
    public SocketBinding Binding { get; private set; }

    public ConnectionOptions Options { get; private set; }

    /// <summary>The state, as the bind table shows it.</summary>
    public TcpState State => Binding.State;

    /// <summary>True once both sides have agreed on their initial numbers. RFC 9293 §3.3.2.</summary>
    public bool IsSynchronized => State >= TcpState.Established;

    /// <summary>True when the connection is over: it holds no port and takes no segment; in TIME-WAIT, no socket has it open.</summary>
    public bool IsGone { get; private set; }

    /// <summary>True while the socket that owns it is open.</summary>
    public bool HasUser => _user is not null;

    /// <summary>The error that a call is to be told next; it stays until taken.</summary>
    public Errno Error => _error;

    Tcb? ITcpEndpoint.Connection => this;

    ListenQueue? ITcpEndpoint.Listener => null;

    internal bool IsTouched { get; set; }

    /// <summary>It has more to send than its link's queue had room for. <see cref="TcpContext.WaitForLink"/>.</summary>
    internal bool WaitsForLink { get; set; }

    internal Tcb? NextTouched { get; set; }

    /// <summary>A socket takes the connection over.</summary>
    public void GiveTo(ITcpUser user) => _user = user;

    public Errno TakeError()
    {
        Errno error = _error;
        _error = Errno.Success;
        return error;
    }

    /// <summary>Goes from state to state as figure 5 of RFC 9293 has it.</summary>
    private void Happened(TcpEvent what)
    {
        TcpState next = TcpStateMachine.Next(State, what);
        if (next == State) return;
        if (next == TcpState.Closed) Leave();
        else Binding.Ports.SetState(Binding, next);
    }

    private void Tell(TcpNews news) => _user?.OnNews(news);

    /// <summary>The connection breaks: its user is told, and nothing is left of it but the error.</summary>
    private void Fail(Errno errno)
    {
        _error = errno;
        _isReadEnded = true;
        Leave();
        Tell(TcpNews.Failed | TcpNews.Readable | TcpNews.Writable | TcpNews.Closed);
    }

    /// <summary>Gives the port, the octets in flight and the timers back. What was received stays to be read while there is a user.</summary>
    private void Leave()
    {
        if (IsGone) return;
        JudgeFastOpen();
        IsGone = true;
        _timers.StopAll();
        Unqueue();
        Old?.Stop();
        Old = null;
        bool hasReader = _user is not null || IsPending;
        if (IsPending && Binding.RemoteEndpoint is { } peer) LastPeer = new StrongBox<InetEndpoint>(peer);
        _pendingIn?.OnChildGone(this);
        _pendingIn = null;
        _marks?.OnGone(_user);
        _sendRing.Clear();
        _pieces.Clear();
        _recovery.Forget();
        if (!hasReader) ClearReceived();
        _user?.OnLeaving();
        if (hasReader) BindEngine.EndConnection(Binding);      // a port that its socket was bound to stays the socket's
        else BindEngine.Close(Binding);
        Debug.Assert(!Binding.IsConnected, "A connection that is gone has no peer.");
    }
}
