namespace UserNet.Tests.Drill.Duel;

/// <summary>A peer that sends, as scripts about receivers need one: it knows its options, its numbers and its clock.</summary>
internal sealed class DuelSender(DuelScript script)
{
    private const string FromSynAck = "--tcp_ts_ecr_scaled";
    private const int FirstStamp = 1000, FirstEcho = 100;      // of the peer's clock, and of the record's

    private long _answeredAt;

    /// <summary>Octets of a full segment's payload.</summary>
    public int Size { get; private set; } = 1000;

    /// <summary>The next number that the peer has not sent, from 1.</summary>
    public int Next { get; set; } = 1;

    /// <summary>What the peer acknowledges.</summary>
    public int Ack { get; set; } = 1;

    /// <summary>The peer's window field.</summary>
    public int Window { get; set; } = 30_000;

    /// <summary>Timestamps are on.</summary>
    public bool HasTimestamps { get; private set; }

    /// <summary>SACK is on.</summary>
    public bool HasSack { get; private set; }

    /// <summary>The peer's shift.</summary>
    public int? Scale { get; private set; }

    /// <summary>The flags of the peer's SYN, and of its answer to one.</summary>
    public string SynFlags { get; set; } = "S";

    /// <inheritdoc cref="SynFlags"/>
    public string SynAckFlags { get; set; } = "S.";

    /// <summary>How long a packet takes there and back, microseconds.</summary>
    public int RoundTrip { get; private set; } = 20_000;

    /// <summary>Chooses what the peer offers.</summary>
    public void Choose(double timestamps = 0.35, double sack = 0.75, double scale = 0.75)
    {
        script.Option(FromSynAck);
        Size = script.Pick(1000, 1000, 1460, 1460, 536, 100);
        HasTimestamps = script.Chance(timestamps);
        HasSack = script.Chance(sack);
        Scale = script.Chance(scale) ? script.Pick(7, 7, 8, 8, 0, 10, 14, 2) : null;
        RoundTrip = script.Pick(10_000, 20_000, 20_000, 50_000, 100_000);
    }

    /// <summary>The connection is made; the socket is descriptor 4, and never waits.</summary>
    /// <param name="before">What is done with the listener, or the socket that connects, before: descriptor 3 or 4.</param>
    /// <param name="active">How often the connection is asked for, and not answered.</param>
    public void Open(Action<int>? before = null, double active = 0.2)
    {
        if (script.Chance(active)) Connect(before);
        else Accept(before);
    }

    /// <summary>A segment: flags, numbers relative to 1, octets.</summary>
    public void Segment(string flags, int from, int length, string ip = "", string extra = "") =>
        script.In($"{ip}{flags} {unchecked((uint)from)}:{unchecked((uint)(from + length))}({length}) ack {unchecked((uint)Ack)} win {Window}{extra}{Options()}");

    /// <summary>The next octets in order.</summary>
    public void Send(int length, string flags = ".", string ip = "")
    {
        Segment(flags, Next, length, ip);
        Next += length;
    }

    /// <summary>A call that sends, which is acknowledged soon: timeouts are another theme's.</summary>
    /// <param name="call">Its beginning: write(4, ...</param>
    /// <param name="octets">How much it gives.</param>
    /// <param name="end">Its end.</param>
    public void Written(string call, int octets, string end = ")")
    {
        octets = Math.Min(octets, 5 * Size);
        script.Call($"{call}, {octets}{end}");
        script.Wait(16_000);
        Ack += octets;
        Segment(".", Next, 0);
    }

    /// <summary>The options of a segment, with further ones in front of their end.</summary>
    public string Options(string sack = "", int late = 0)
    {
        if (!HasTimestamps) return sack.Length == 0 ? "" : $" <nop,nop,{sack}>";
        long value = FirstStamp + (script.Now / 1000) - late, echo = FirstEcho + Math.Max(0, (script.Now - RoundTrip - _answeredAt) / 1000);
        return $" <nop,nop,TS val {value} ecr {echo}{(sack.Length == 0 ? "" : ",nop,nop," + sack)}>";
    }

    private void Accept(Action<int>? before)
    {
        script.Know("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        script.Know("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
        before?.Invoke(3);
        script.Know("bind(3, ..., ...) = 0");
        script.Know("listen(3, 1) = 0");
        script.Wait(10_000);
        script.In($"{SynFlags} 0:0(0) win {script.Pick(65535, 65535, 32792, 1000)} {SynOptions(0)}");
        _answeredAt = script.Now;
        script.Wait(RoundTrip);
        Segment(".", 1, 0);
        script.Know("accept(3, ..., ...) = 4");
        script.Know("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        script.Wait(10_000);
    }

    private void Connect(Action<int>? before)
    {
        script.Know("socket(..., SOCK_STREAM, IPPROTO_TCP) = 4");
        script.Know("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        before?.Invoke(4);
        script.Wait(10_000);
        script.Know("connect(4, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
        _answeredAt = script.Now;
        script.Wait(RoundTrip);
        script.In($"{SynAckFlags} 0:0(0) ack 1 win {script.Pick(65535, 65535, 32792, 1000)} {SynOptions(FirstEcho)}");
        script.Wait(10_000);
    }

    private string SynOptions(int echo)
    {
        string mss = Size == 536 && script.Chance(0.3) ? "" : $"mss {Size}";
        string rest = (HasTimestamps, HasSack, Scale) switch
        {
            (true, true, { } scale) => $"sackOK,TS val {FirstStamp} ecr {echo},nop,wscale {scale}",
            (true, true, null) => $"sackOK,TS val {FirstStamp} ecr {echo}",
            (true, false, { } scale) => $"nop,nop,TS val {FirstStamp} ecr {echo},nop,wscale {scale}",
            (true, false, null) => $"nop,nop,TS val {FirstStamp} ecr {echo}",
            (false, true, { } scale) => $"nop,nop,sackOK,nop,wscale {scale}",
            (false, true, null) => "nop,nop,sackOK",
            (false, false, { } scale) => $"nop,wscale {scale}",
            _ => "",
        };
        string all = mss.Length == 0 ? rest : rest.Length == 0 ? mss : $"{mss},{rest}";
        return all.Length == 0 ? "" : $"<{all}>";
    }
}
