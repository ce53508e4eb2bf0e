using System.Globalization;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>A connection with Accurate ECN whose peer is the test: what it sends is read as lines such as "[ect0] P5. 1:1001(1000) ECN 1 0 1".</summary>
internal sealed class AccurateEcnRig : IDisposable
{
    private const ushort Port = 80, PeerPort = 1000;
    private const uint PeerIss = 5000;

    private readonly SegmentRig _wire;
    private readonly ListenQueue? _listener;
    private readonly bool _timestamps;
    private readonly ushort _own = Port, _peer = PeerPort;
    private uint _peerNext = PeerIss;

    /// <param name="isServer">It waits for a SYN; else its own has left.</param>
    /// <param name="mode">net.ipv4.tcp_ecn.</param>
    /// <param name="timestamps">Both sides have timestamps.</param>
    /// <param name="configure">Sets more.</param>
    public AccurateEcnRig(bool isServer, TcpEcnMode mode = TcpEcnMode.OfferAccurate, bool timestamps = false, Action<TcpSettings>? configure = null)
    {
        _timestamps = timestamps;
        _wire = new SegmentRig();
        TcpSettings settings = _wire.Stack.Core.Tcp!.Settings;
        settings.Ecn = mode;
        settings.Timestamps = timestamps;
        settings.WindowScaling = false;
        settings.SlowStartAfterIdle = false;
        configure?.Invoke(settings);
        if (isServer)
        {
            _listener = _wire.Listen(Port);
            return;
        }

        NetworkSocket socket = _wire.Socket();
        using (_wire.Stack.Core.Enter())
        {
            Assert.True(_wire.Stack.Core.Connect(socket.Binding, new InetEndpoint(SegmentRig.Peer, Port), ConnectionOptions.Default, out Tcb? tcb).IsGranted);
            Tcb = tcb!;
            Tcb.GiveTo(new NotingUser());
            socket.Binding.Owner = Tcb;
        }

        _wire.Lab.Run();
        (_own, _peer) = (Tcb.Binding.Port, Port);
        Iss = Tcb.Snd.Iss.Value;
    }

    public Tcb Tcb { get; private set; } = null!;

    public uint Iss { get; private set; }

    public EcnCounters Marks => Tcb.Ecn!;

    public TcpInfo Info => Tcb.Snapshot(_wire.Stack.Core.Now);

    public void Dispose() => _wire.Dispose();

    /// <summary>A segment of the peer's, next in order.</summary>
    /// <param name="flags">Its control bits beside the three.</param>
    /// <param name="ace">AE, CWR and ECE as a number.</param>
    /// <param name="ack">What it acknowledges, counted from this host's initial number.</param>
    /// <param name="length">Octets of payload.</param>
    /// <param name="ecn">The ECN field.</param>
    /// <param name="options">Options beside the timestamps, padded.</param>
    /// <param name="seq">Its number, counted from the peer's initial one; the next by default.</param>
    public DropReason Receive(TcpFlags flags, int ace, uint ack = 0, int length = 0, byte ecn = 0, string options = "", uint? seq = null)
    {
        var sink = new TcpOptionSink();
        if (_timestamps)
        {
            sink.AddTimestamps((uint)(_wire.Stack.Core.Now.Ticks / TimeSpan.TicksPerMillisecond) + 1, LastTimestamp);
        }

        byte[] all = [.. sink.ToArray(), .. Convert.FromHexString(options)];
        bool hasAck = (flags & TcpFlags.Ack) != 0;
        uint first = seq is { } given ? PeerIss + given : _peerNext;
        if (seq is null) _peerNext += (uint)length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u);
        return _wire.Receive(_peer, _own, flags | EcnCodes.FlagsOf((uint)ace), first, hasAck ? Iss + ack : 0, 65_535, length, all, ecn: ecn);
    }

    /// <summary>The peer's SYN; the child's initial number is learnt from the answer.</summary>
    public string Call(int ace = 7, byte ecn = 0, string options = "020405b4")
    {
        Receive(TcpFlags.Syn, ace, ecn: ecn, options: options);
        SeenSegment answer = Assert.Single(_wire.TakeSent());
        Iss = answer.Seq;
        return Line(answer);
    }

    /// <summary>The handshake is over, and the user has the connection.</summary>
    public AccurateEcnRig Accept()
    {
        Tcb = _wire.Accept(_listener!)!;
        return this;
    }

    /// <summary>A server's handshake, or a client's, that both went through it as the RFC has it, the option on board.</summary>
    public static AccurateEcnRig Established(bool isServer, bool timestamps = false, Action<TcpSettings>? configure = null)
    {
        var rig = new AccurateEcnRig(isServer, timestamps: timestamps, configure: configure);
        if (isServer)
        {
            rig.Call(options: "020405b401010402");
            rig.Receive(TcpFlags.Ack, 2, 1, options: FirstOption);
            rig.Accept();
        }
        else
        {
            rig.Sent();
            rig.Pass(100);
            rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, options: "020405b401010402" + FirstOption);
        }

        rig.Sent();
        return rig;
    }

    public const string FirstOption = "ae0b00000100000000000101";

    public void Write(int octets)
    {
        using (_wire.Stack.Core.Enter()) Tcb.Write(new byte[octets], more: false);
        _wire.Lab.Run();
    }

    public void Pass(int milliseconds) => _wire.Pass(TimeSpan.FromMilliseconds(milliseconds));

    public string[] Sent() => [.. Take().Select(Line)];

    public SeenSegment[] Take()
    {
        SeenSegment[] sent = _wire.TakeSent();
        foreach (SeenSegment s in sent)
        {
            TcpOptionValues.Read(s.Options, out TcpOptionValues options);
            if (options.HasTimestamps) LastTimestamp = options.TimestampValue;
        }

        return sent;
    }

    private uint LastTimestamp { get; set; }

    private string Line(SeenSegment s)
    {
        TcpOptionValues.Read(s.Options, out TcpOptionValues options);
        string option = "";
        if (options.AccurateEcn is { IsPresent: true } e)
        {
            uint[] counters = [e.First, e.Second, e.Third];
            option = " ECN" + string.Concat(counters.Take(e.Count).Select(c => " " + c.ToString(CultureInfo.InvariantCulture)));
        }

        string mark = s.Ecn switch { 0 => "", 1 => "[ect1] ", 2 => "[ect0] ", _ => "[ce] " };
        bool hasSyn = (s.Flags & TcpFlags.Syn) != 0;
        string letters = string.Concat("FSRP".Where((_, bit) => ((int)s.Flags >> bit & 1) != 0));
        string bits = hasSyn
            ? string.Concat("EWA".Where((_, bit) => (EcnCodes.Ace(s.Flags) >> bit & 1) != 0))
            : EcnCodes.Ace(s.Flags) is > 0 and var ace ? ace.ToString(CultureInfo.InvariantCulture) : "";
        string dot = (s.Flags & TcpFlags.Ack) != 0 ? "." : "";
        uint seq = s.Seq - Iss;
        string sack = options.SackCount > 0 ? $" sack{options.SackCount}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{mark}{letters}{bits}{dot} {(int)seq}:{(int)seq + s.Payload.Length}({s.Payload.Length}){option}{sack}");
    }
}
