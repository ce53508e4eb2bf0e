using System.Globalization;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>
/// A connection that was opened by this host and whose peer is the test: what it sends is read as lines such as "P. 1:1001(1000)",
/// numbers counted from the initial ones.
/// </summary>
internal sealed class SendRig : IDisposable
{
    private const ushort PeerPort = 80;
    private const uint PeerIss = 5000;

    private readonly bool _timestamps;
    private uint _peerNext = PeerIss + 1;

    public SendRig(SendRigOptions? options = null)
    {
        Setup = options ?? new SendRigOptions();
        _timestamps = Setup.Timestamps;
        Rig = new SegmentRig(new NetworkStackOptions { Tcp = Setup.Profile }, Setup.Mtu, Setup.Features);
        TcpSettings settings = Rig.Stack.Core.Tcp!.Settings;
        settings.SlowStartAfterIdle = false;
        Setup.Configure?.Invoke(settings);
        NetworkSocket socket = Rig.Socket();
        using (Rig.Stack.Core.Enter())
        {
            Assert.True(Rig.Stack.Core.Connect(socket.Binding, new InetEndpoint(SegmentRig.Peer, PeerPort), Setup.Connection, out Tcb? tcb).IsGranted);
            Tcb = tcb!;
            Tcb.GiveTo(User);
            socket.Binding.Owner = Tcb;
        }

        Rig.Lab.Run();
        Iss = Tcb.Snd.Iss.Value;
        Socket = socket;
    }

    public SendRigOptions Setup { get; }

    public SegmentRig Rig { get; }

    public NetworkSocket Socket { get; }

    public Tcb Tcb { get; }

    public NewsOfTest User { get; } = new();

    public uint Iss { get; }

    /// <summary>What every segment of the peer's offers.</summary>
    public ushort Window { get; set; } = 65_535;

    public Timestamp Now => Rig.Stack.Core.Now;

    /// <summary>A connection whose handshake took a round trip.</summary>
    public static SendRig Established(SendRigOptions? options = null)
    {
        var rig = new SendRig(options);
        Assert.Equal(["S 0:0(0)"], rig.Flags().Select(s => s.Replace("SEW", "S", StringComparison.Ordinal)));
        rig.Pass(rig.Setup.RoundTrip);
        rig.SynAck();
        Assert.Equal([". 1:1(0)"], rig.Sent());
        return rig;
    }

    public void Dispose()
    {
        Rig.Dispose();
    }

    public void SynAck(uint ack = 1, TcpFlags more = TcpFlags.None, uint? echo = null, Action<TcpOptionSink>? extra = null)
    {
        Rig.Receive(PeerPort, Tcb.Binding.Port, TcpFlags.Syn | TcpFlags.Ack | more, PeerIss, Iss + ack, Setup.SynWindow ?? Window, 0, SynOptions(echo, extra));
    }

    private byte[] SynOptions(uint? echo, Action<TcpOptionSink>? extra)
    {
        var sink = new TcpOptionSink();
        sink.Add(2, [(byte)(Setup.Mss >> 8), (byte)Setup.Mss]);
        if (Setup.Sack) sink.Add(4, []);
        if (_timestamps) sink.AddTimestamps(PeerClock, echo ?? LastTimestamp);
        if (Setup.Scale is { } scale) sink.Add(3, [scale]);
        extra?.Invoke(sink);
        return sink.ToArray();
    }

    /// <summary>What our last segment with timestamps said.</summary>
    public uint LastTimestamp { get; private set; }

    private uint PeerClock => (uint)(Now.Ticks / TimeSpan.TicksPerMillisecond) + 1;

    /// <summary>A bare acknowledgment, with SACK blocks when some are given.</summary>
    public DropReason Ack(uint ack, params (uint Left, uint Right)[] blocks) => Segment(TcpFlags.Ack, ack, 0, blocks);

    public DropReason Segment(TcpFlags flags, uint ack, int length = 0, (uint Left, uint Right)[]? blocks = null, byte ecn = 0)
    {
        var sink = new TcpOptionSink();
        if (_timestamps) sink.AddTimestamps(PeerClock, LastTimestamp);
        if (blocks is { Length: > 0 }) sink.AddSack([.. blocks.Select(b => (b.Left + Iss, b.Right + Iss))]);
        uint seq = _peerNext;
        _peerNext += (uint)length + ((flags & TcpFlags.Fin) != 0 ? 1u : 0u);
        return Rig.Receive(PeerPort, Tcb.Binding.Port, flags, seq, Iss + ack, Window, length, sink.ToArray(), ecn: ecn);
    }

    /// <summary>The peer sent so many octets that were lost.</summary>
    public void Ahead(uint octets) => _peerNext += octets;

    public int Write(int octets, bool more = false)
    {
        int taken;
        using (Rig.Stack.Core.Enter()) taken = Tcb.Write(new byte[octets], more);
        Rig.Lab.Run();
        return taken;
    }

    public void Do(Action<Tcb> action)
    {
        using (Rig.Stack.Core.Enter()) action(Tcb);
        Rig.Lab.Run();
    }

    public void Pass(TimeSpan time) => Rig.Pass(time);

    public void PassMs(double milliseconds) => Rig.Pass(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>What was sent, a line a segment.</summary>
    public string[] Sent() => [.. Take().Select(Line)];

    /// <summary>What was sent, with the segments of one instant that follow each other joined into one.</summary>
    public string[] Bursts()
    {
        var lines = new List<string>();
        SeenSegment? open = null;
        foreach (SeenSegment s in Take())
        {
            bool joins = open is not null && s.Payload.Length > 0 && open.Payload.Length > 0 && open.Seq + (uint)open.Payload.Length == s.Seq;
            if (open is not null && !joins) lines.Add(Line(open));
            open = joins ? open! with { Payload = [.. open!.Payload, .. s.Payload], Flags = s.Flags } : s;
        }

        if (open is not null) lines.Add(Line(open));
        return [.. lines];
    }

    public string[] Flags() => Sent();

    public SeenSegment[] Take()
    {
        SeenSegment[] sent = Rig.TakeSent();
        foreach (SeenSegment s in sent)
        {
            TcpOptionValues.Read(s.Options, out TcpOptionValues options);
            if (options.HasTimestamps) LastTimestamp = options.TimestampValue;
        }

        return sent;
    }

    private string Line(SeenSegment s)
    {
        uint seq = s.Seq - Iss;
        return string.Create(
            CultureInfo.InvariantCulture, $"{Letters(s.Flags)} {(int)seq}:{(int)seq + s.Payload.Length}({s.Payload.Length}){(s.Ecn == 2 ? " ect0" : "")}");
    }

    private static string Letters(TcpFlags flags)
    {
        string letters = "";
        foreach ((TcpFlags flag, string letter) in Names)
        {
            if ((flags & flag) != 0) letters += letter;
        }

        return letters;
    }

    private static readonly (TcpFlags Flag, string Letter)[] Names =
    [
        (TcpFlags.Syn, "S"), (TcpFlags.Fin, "F"), (TcpFlags.Rst, "R"), (TcpFlags.Psh, "P"), (TcpFlags.Ece, "E"), (TcpFlags.Cwr, "W"),
        (TcpFlags.Urg, "U"), (TcpFlags.Ack, "."),
    ];
}

/// <summary>How a <see cref="SendRig"/> is set up.</summary>
internal sealed record SendRigOptions
{
    public TcpProfile Profile { get; init; } = TcpProfile.Linux;
    public Action<TcpSettings>? Configure { get; init; }
    public ConnectionOptions Connection { get; init; } = ConnectionOptions.Default;
    public TimeSpan RoundTrip { get; init; } = TimeSpan.FromMilliseconds(100);
    public ushort Mss { get; init; } = 1000;
    public byte? Scale { get; init; } = 7;
    public bool Sack { get; init; } = true;
    public bool Timestamps { get; init; }
    public ushort? SynWindow { get; init; }
    public int Mtu { get; init; } = 1500;
    public LinkFeatures Features { get; init; }
}

/// <summary>Collects options, padded.</summary>
internal sealed class TcpOptionSink
{
    private readonly List<byte> _octets = [];

    public void Add(byte kind, byte[] value)
    {
        _octets.Add(kind);
        _octets.Add((byte)(value.Length + 2));
        _octets.AddRange(value);
    }

    public void AddTimestamps(uint value, uint echo) => Add(8, [.. Big(value), .. Big(echo)]);

    public void AddSack((uint Left, uint Right)[] blocks) => Add(5, [.. blocks.SelectMany(b => (byte[])[.. Big(b.Left), .. Big(b.Right)])]);

    public byte[] ToArray()
    {
        while (_octets.Count % 4 != 0) _octets.Add(1);
        return [.. _octets];
    }

    private static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}

/// <summary>Remembers what a connection told.</summary>
internal sealed class NewsOfTest : ITcpUser
{
    public TcpNews All { get; private set; }

    public int Writable { get; private set; }

    public void OnNews(TcpNews news)
    {
        All |= news;
        if ((news & TcpNews.Writable) != 0) Writable++;
    }
}
