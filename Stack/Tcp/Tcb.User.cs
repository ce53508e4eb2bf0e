using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What a socket needs beside reading and writing: memory that is lent, options that change, urgent data, letting go.
internal sealed partial class Tcb
{
    private bool _isMoreToCome;      // the last write said so: MSG_MORE
    /// <summary>The hop limit with which the segment came that ended the handshake; 0 before, and for who asked for the connection.</summary>
    public byte HopLimitOfPeer { get; set; }

    /// <summary>The peer's port of the datagrams that segments travel in; 0 when they need none.</summary>
    public ushort UdpPort => _path.UdpPort;

    /// <summary>The interface by which it came.</summary>
    public uint DeviceOfPeer { get; set; }

    /// <summary>The peer of a connection that ended before it was accepted: accept names it still.</summary>
    public StrongBox<InetEndpoint>? LastPeer { get; private set; }

    private int _examined;           // octets that a reader has looked at and left, waiting for more

    /// <summary>Takes as many octets as there is room for.</summary>
    /// <param name="octets">What is to be sent.</param>
    /// <param name="more">More follows at once: a segment that would not be full waits for it.</param>
    /// <param name="now">The time, when what fills a burst may leave before all is taken.</param>
    public int Write(ReadOnlySpan<byte> octets, bool more, Timestamp? now = null)
    {
        _isMoreToCome = more;
        return Write(octets, now);
    }

    /// <summary>Octets were put into memory that <see cref="Written"/> lent: they may leave.</summary>
    public void Flush()
    {
        if (!IsWritable) return;
        _isMoreToCome = false;
        if (!_context.Settings.IsFreeBsd) CoverWritten();
        else Snd.PushEnd = _sendRing.End;
        AskOutput();
    }

    /// <summary>Takes back what <see cref="Received"/> lent.</summary>
    /// <param name="consumed">How many octets of it are read, and go.</param>
    /// <param name="examined">How many more the reader has looked at; they do not fill the window, since it waits for what follows.</param>
    public void Consume(int consumed, int examined)
    {
        SequenceNumber first = _receiveRing.First;
        _receiveRing.Consume(consumed);
        NoteRead(first);
        int before = _examined;
        _examined = examined;
        if (consumed > 0 || examined > before) OnRead();
    }

    /// <summary>The socket's options have changed: what of them has an effect at once has it now.</summary>
    public void Set(ConnectionOptions options, Timestamp now)
    {
        ConnectionOptions old = Options;
        Options = options;
        if (IsGone) return;
        _path.TimeToLive = options.TimeToLive;
        _path.SendsNoFlowLabel = options.SendsNoFlowLabel;
        _path.MayBeFragmented = MayBeFragmented(options);
        bool letsGo = (options.NoDelay && !old.NoDelay && !_context.Settings.IsFreeBsd) || (old.Cork && !options.Cork);      // FreeBSD's TCP_NODELAY waits for the next occasion
        if (letsGo) LetGo();
        if (_octets is not null) SetAsFreeBsd(old, now);
        else if (State is Established or CloseWait or FinWait1 or FinWait2 && HasOtherKeepAlive(old, options))
        {
            RestartKeepAlive(now);
            _context.Touch(this);
        }

        if (options.SendBuffer is not null && options.SendBuffer != old.SendBuffer)
        {
            TuneSendBuffer();
            _context.Touch(this);
        }

        if (options.LongestTimeout != old.LongestTimeout || options.ShortestTimeout != old.ShortestTimeout || options.LinearWhenThin != old.LinearWhenThin)
            _recovery.Tune(RecoveryFor(_context.Settings, options, _path.Metrics?.ShortestTimeout));
        if (options.ReceiveBuffer != old.ReceiveBuffer) OnReceiveBufferSet();
        if (options.ReceiveLowWater != old.ReceiveLowWater && CountsPackets && options.ReceiveBuffer is null) _tuning.MakeRoomFor(options.ReceiveLowWater);
        if (options.WindowClamp != old.WindowClamp) OnWindowClampSet();
    }

    /// <summary>TCP_NODELAY is set, or TCP_CORK taken off, be it again: what waits may leave.</summary>
    public void LetGo()
    {
        if (IsGone) return;
        _isMoreToCome = false;
        _isPushed |= Options.NoDelay;
        AskOutput();
    }

    /// <summary>The socket gives the connection up by force, and goes on without it. Its place in the bind table stays the socket's.</summary>
    public void Disown(Timestamp now)
    {
        Abort(now);
        _user = null;
        ClearReceived();
    }

    private static bool HasOtherKeepAlive(ConnectionOptions a, ConnectionOptions b) =>
        a.KeepAlive != b.KeepAlive || a.KeepAliveIdle != b.KeepAliveIdle || a.KeepAliveInterval != b.KeepAliveInterval
        || a.KeepAliveCount != b.KeepAliveCount;
}
