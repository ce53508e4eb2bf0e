using UserNet.Addressing;
using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>The sockets of a script, and which of them a packet belongs to: one is under test at a time.</summary>
internal sealed class SocketTable(ScriptSettings settings)
{
    private const ushort FirstPeerPort = 49152;

    private readonly List<SocketUnderTest> _all = [];
    private readonly InetAddress _local = InetAddress.From(settings.Addresses.Local);
    private readonly InetAddress _remote = InetAddress.From(settings.Addresses.Remote);
    private ushort _peers;

    /// <summary>The socket under test; null before the first.</summary>
    public SocketUnderTest? Current { get; private set; }

    /// <summary>socket()</summary>
    public void OnSocket(int descriptor) => Add(new SocketUnderTest { Descriptor = descriptor });

    /// <summary>listen()</summary>
    public void OnListen(int descriptor)
    {
        if (Find(descriptor) is { } socket) socket.Phase = SocketPhase.Listening;
    }

    /// <summary>connect(), or a send that connects.</summary>
    public void OnConnect(int descriptor)
    {
        if (Find(descriptor) is not { } socket || socket.IsChild || socket.Phase == SocketPhase.Listening) return;
        // Of one that connects already the numbers stay, unless a SYN shows that it began anew.
        socket.MayBeginAnew = socket.Phase == SocketPhase.Connecting;
        socket.Phase = SocketPhase.Connecting;
        if (socket.RemotePort == 0) socket.RemotePort = settings.ConnectPort;
    }

    /// <summary>connect() to nobody</summary>
    public void OnDisconnect(int descriptor)
    {
        if (Find(descriptor) is not { } socket) return;
        socket.Phase = SocketPhase.New;
        socket.Forget();
    }

    /// <summary>accept(): the oldest child that nobody has.</summary>
    public void OnAccept(int descriptor)
    {
        SocketUnderTest? child =
            _all.Find(socket => socket.Phase >= SocketPhase.ChildAnswered && socket.Descriptor is null && !socket.IsGivenOut)
            ?? _all.Find(socket => socket.IsChild && socket.Descriptor is null && !socket.IsGivenOut);
        if (child is null) return;
        child.Descriptor = descriptor;
        child.IsGivenOut = true;
    }

    /// <summary>close()</summary>
    public void OnClose(int descriptor)
    {
        if (Find(descriptor) is { } socket) socket.Descriptor = null;
    }

    /// <summary>The socket that a segment into the stack is for; a child of its own where none has a peer.</summary>
    public SocketUnderTest ForInbound(TcpSpec segment)
    {
        SocketUnderTest socket = Current is { Phase: not SocketPhase.Listening, RemotePort: not 0 } known ? known : MakeChild(segment);
        TcpFlags opening = segment.Flags & (TcpFlags.Syn | TcpFlags.Ack);
        bool isFirst = socket.Phase == SocketPhase.Connecting
            ? opening == (TcpFlags.Syn | TcpFlags.Ack)
            : (opening & TcpFlags.Syn) != 0 && !socket.LocalIsKnown;
        if (isFirst && !socket.RemoteIsKnown)
        {
            socket.Sequence.Remote = segment.Sequence;
            socket.RemoteIsKnown = true;
        }
        if (socket.Phase == SocketPhase.ChildAnswered && (segment.Flags & TcpFlags.Ack) != 0) socket.Phase = SocketPhase.ChildOpen;
        return socket;
    }

    /// <summary>The socket that a datagram into the stack is for.</summary>
    public SocketUnderTest ForDatagram()
    {
        if (Current is null) Add(new SocketUnderTest());
        SocketUnderTest socket = Current!;
        if (socket.LocalPort == 0) socket.LocalPort = settings.BindPort;
        if (socket.RemotePort == 0) socket.RemotePort = settings.ConnectPort;
        return socket;
    }

    /// <summary>The script expects a segment of the stack: its first SYN gives the script's initial number.</summary>
    public void OnExpected(TcpSpec segment)
    {
        if (Current is not { Phase: SocketPhase.Connecting } socket || (socket.LocalIsKnown && !socket.MayBeginAnew)) return;
        socket.AwaitsSyn |= (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
    }

    /// <summary>True for a packet of the socket under test; a first SYN or SYN-ACK gives its ports and initial numbers.</summary>
    public bool IsOfCurrent(SeenPacket packet, PacketSpec? expected)
    {
        if (Current is not { } socket || packet.Source != _local || packet.Destination != _remote) return false;
        if (packet.Tcp is not { } segment) return expected?.Body is not TcpSpec && IsOfDatagrams(packet, socket);
        if (socket.AwaitsSyn && segment.IsBareSyn && segment.DestinationPort == socket.RemotePort && expected?.Body is TcpSpec syn)
            Open(socket, segment, syn.Sequence);
        if (expected?.Body is TcpSpec { Ports: { } ports } && ports == (segment.SourcePort, segment.DestinationPort)) return true;
        if (segment.SourcePort != socket.LocalPort || segment.DestinationPort != socket.RemotePort) return false;
        if (socket.Phase == SocketPhase.Child && IsAnswer(segment.Flags) && expected?.Body is TcpSpec answer && IsAnswer(answer.Flags))
        {
            SetLocal(socket, segment.Sequence, answer.Sequence);
            socket.Phase = SocketPhase.ChildAnswered;
        }
        return true;
    }

    /// <summary>True for the SYN of a socket that connects, where the script has no line for it.</summary>
    public bool IsUnaskedSyn(SeenPacket packet) =>
        Current is { Phase: SocketPhase.Connecting, LocalIsKnown: false } && packet.Tcp is { IsBareSyn: true }
        && packet.Source == _local && packet.Destination == _remote;

    private static bool IsAnswer(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack);

    private static void Open(SocketUnderTest socket, SeenSegment segment, uint script)
    {
        (socket.AwaitsSyn, socket.MayBeginAnew) = (false, false);
        if (socket.LocalIsKnown)
        {
            if (socket.LocalPort == segment.SourcePort && socket.Sequence.LiveLocal == segment.Sequence) return;
            ushort remote = socket.RemotePort;
            socket.Forget();
            socket.RemotePort = remote;
        }
        socket.LocalPort = segment.SourcePort;
        SetLocal(socket, segment.Sequence, script);
    }

    private static void SetLocal(SocketUnderTest socket, uint live, uint script)
    {
        socket.Sequence.LiveLocal = live;
        socket.Sequence.ScriptLocal = script;
        socket.LocalIsKnown = true;
    }

    private static bool IsOfDatagrams(SeenPacket packet, SocketUnderTest socket)
    {
        if (packet.UdpPorts is not { } ports) return true;
        if (socket.LocalPort == 0) socket.LocalPort = ports.Source;
        if (socket.RemotePort == 0) socket.RemotePort = ports.Destination;
        return ports == (socket.LocalPort, socket.RemotePort);
    }

    private SocketUnderTest MakeChild(TcpSpec first)
    {
        var child = new SocketUnderTest
        {
            Phase = SocketPhase.Child,
            LocalPort = first.Ports?.Destination ?? settings.BindPort,
            RemotePort = first.Ports?.Source ?? (ushort)(FirstPeerPort + _peers++),
        };
        if (first.Ports is { } ports) child.ScriptPorts = (ports.Destination, ports.Source);
        Add(child);
        return child;
    }

    private void Add(SocketUnderTest socket)
    {
        _all.Add(socket);
        Current = socket;
    }

    // The newest: descriptors are used again.
    private SocketUnderTest? Find(int descriptor) => _all.FindLast(socket => socket.Descriptor == descriptor);
}
