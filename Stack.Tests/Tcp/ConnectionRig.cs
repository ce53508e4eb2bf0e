using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>One connection of a <see cref="SegmentRig"/>'s host, in any state, and its peer in the hand of the test.</summary>
internal sealed class ConnectionRig : IDisposable
{
    public const uint PeerIss = 1_000_000;

    private static readonly byte[] Mss1460 = [2, 4, 0x05, 0xB4];

    private readonly bool _ownsWire;

    public ConnectionRig(SegmentRig wire, ushort peerPort = 80)
    {
        Wire = wire;
        PeerPort = peerPort;
    }

    public ConnectionRig(TcpProfile? profile = null)
        : this(new SegmentRig(new NetworkStackOptions { Tcp = profile ?? TcpProfile.Linux })) => _ownsWire = true;

    public SegmentRig Wire { get; }

    public ushort PeerPort { get; }

    public ushort Port { get; private set; }

    public Tcb Tcb { get; private set; } = null!;

    public ListenQueue? Listener { get; private set; }

    public UserProbe User { get; } = new();

    public TcpSettings Settings => Wire.Stack.Core.Tcp!.Settings;

    public ConnectionOptions Options { get; set; } = ConnectionOptions.Default;

    /// <summary>What the peer's SYN says.</summary>
    public byte[]? PeerOptions { get; set; } = Mss1460;

    public ushort PeerWindow { get; set; } = 65_535;

    /// <summary>The next number that the peer sends: SND.NXT of the peer.</summary>
    public uint PeerNext { get; set; }

    /// <summary>The host's initial number.</summary>
    public uint Iss { get; private set; }

    public uint SndNxt => Tcb.Snd.Nxt.Value;

    public TcpState State => Tcb.State;

    public Timestamp Now => Wire.Stack.Core.Now;

    public static ConnectionRig In(TcpState state, TcpProfile? profile = null)
    {
        var rig = new ConnectionRig(profile);
        rig.Reach(state);
        return rig;
    }

    public void Dispose()
    {
        if (_ownsWire) Wire.Dispose();
    }

    /// <summary>Runs inside the gate.</summary>
    public void Do(Action<Tcb> what)
    {
        using (Wire.Stack.Core.Enter()) what(Tcb);
    }

    /// <summary>Opens actively; the SYN is out.</summary>
    public SeenSegment Connect()
    {
        NetworkSocket socket = Wire.Socket();
        using (Wire.Stack.Core.Enter())
        {
            BindOutcome outcome = Wire.Stack.Core.Connect(socket.Binding, new InetEndpoint(Wire.Family.B, PeerPort), Options, out Tcb? tcb);
            Assert.True(outcome.IsGranted);
            Tcb = tcb!;
            socket.Binding.Owner = tcb;
            Tcb.GiveTo(User);
        }

        Port = Tcb.Binding.Port;
        SeenSegment syn = Wire.TakeSent()[^1];
        Iss = syn.Seq;
        PeerNext = PeerIss;
        return syn;
    }

    /// <summary>Opens passively; the SYN-ACK is out, and <see cref="Tcb"/> is the child.</summary>
    public SeenSegment Call(ushort port = 80)
    {
        Listen(port);
        Wire.Receive(PeerPort, port, TcpFlags.Syn, PeerIss, window: PeerWindow, options: PeerOptions);
        PeerNext = PeerIss + 1;
        SeenSegment answer = Wire.TakeSent()[^1];
        Iss = answer.Seq;
        Tcb = ((ITcpEndpoint)Wire.Stack.Core.Engine.Table.Tcp.Find(Wire.Family.A, port, Wire.Family.B, PeerPort, 0)!.Owner!).Connection!;
        return answer;
    }

    public void Listen(ushort port = 80)
    {
        Port = port;
        var there = Wire.Stack.Core.Engine.Table.Tcp.Find(Wire.Family.A, port, Wire.Family.B, 1, 0)?.Owner as ITcpEndpoint;
        if (there?.Listener is { } known)
        {
            Listener = known;
            return;
        }

        NetworkSocket socket = Wire.Socket();
        socket.Bind(new InetEndpoint(Wire.Family.Any, port));
        socket.Listen();
        Listener = new ListenQueue(Wire.Stack.Core.Tcp!, socket.Binding, Options) { Backlog = 100 };
        using (Wire.Stack.Core.Enter()) socket.Binding.Owner = Listener;
    }

    /// <summary>Brings the connection to a state by segments and calls alone, and takes all that was sent meanwhile.</summary>
    public void Reach(TcpState state, bool crossed = false)
    {
        if (state == TcpState.Closed) return;
        if (state == TcpState.Listen)
        {
            Listen();
            return;
        }

        if (state == TcpState.SynReceived && !crossed)
        {
            Call();
            return;
        }

        Connect();
        if (state == TcpState.SynSent) return;
        if (state == TcpState.SynReceived)
        {
            Send(TcpFlags.Syn, PeerIss, options: PeerOptions);
            PeerNext = PeerIss + 1;
        }
        else
        {
            Establish();
            Go(state);
        }

        Wire.TakeSent();
        Assert.Equal(state, State);
    }

    public void Establish()
    {
        Send(TcpFlags.Syn | TcpFlags.Ack, PeerIss, Iss + 1, options: PeerOptions);
        PeerNext = PeerIss + 1;
    }

    private void Go(TcpState state)
    {
        bool closesFirst = state is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.TimeWait;
        if (closesFirst) Do(tcb => tcb.ShutdownSend());
        if (state is TcpState.FinWait2 or TcpState.TimeWait) Send(TcpFlags.Ack, PeerNext, SndNxt);
        if (state is TcpState.CloseWait or TcpState.LastAck or TcpState.TimeWait) SendFin(SndNxt);
        if (state is TcpState.Closing) SendFin(SndNxt - 1);
        if (state is TcpState.LastAck) Do(tcb => tcb.ShutdownSend());
    }

    public void SendFin(uint ack)
    {
        Send(TcpFlags.Fin | TcpFlags.Ack, PeerNext, ack);
        PeerNext++;
    }

    /// <summary>A segment from the peer.</summary>
    public DropReason Send(TcpFlags flags, uint seq, uint ack = 0, int length = 0, byte[]? options = null, ushort? window = null) =>
        Wire.Receive(PeerPort, Port, flags, seq, ack, window ?? PeerWindow, length, options);

    /// <summary>Data from the peer in order.</summary>
    public DropReason SendData(int length, TcpFlags more = TcpFlags.None)
    {
        DropReason reason = Send(TcpFlags.Ack | more, PeerNext, SndNxt, length);
        PeerNext += (uint)length;
        return reason;
    }

    public SeenSegment[] Take() => Wire.TakeSent();

    /// <summary>The one segment that was sent.</summary>
    public SeenSegment TakeOne() => Assert.Single(Wire.TakeSent());

    public int Read(int most)
    {
        int read = 0;
        Do(tcb => read = tcb.Read(new byte[most], peek: false));
        return read;
    }

    internal sealed class UserProbe : ITcpUser
    {
        public TcpNews News { get; private set; }

        public void OnNews(TcpNews news) => News |= news;
    }
}
