namespace UserNet.Tests.Drill.Duel;

/// <summary>A peer that receives, as scripts about senders need one: it knows what arrived, and tells it as RFC 2018 and 2883 say.</summary>
internal sealed class DuelReceiver(DuelScript script)
{
    private const string FromSynAck = "--tcp_ts_ecr_scaled";
    private const int FirstStamp = 1000, FirstEcho = 100;      // of the peer's clock, and of the record's
    private const int MostBlocks = 4, StampLength = 12;

    private readonly List<long> _sentAt = [];           // by segment: when it was written
    private readonly List<bool> _has = [];
    private readonly List<(int From, int To)> _blocks = [];      // of segments, the newest first
    private long _answeredAt, _echoed;
    private bool _hasFin;

    /// <summary>Octets of a segment's payload.</summary>
    public int Size { get; private set; }

    /// <summary>SACK and timestamps are on.</summary>
    public bool HasSack { get; private set; }

    /// <inheritdoc cref="HasSack"/>
    public bool HasTimestamps { get; private set; }

    /// <summary>Tells of what came twice.</summary>
    public bool HasDsack { get; set; } = true;

    /// <summary>The peer's window field.</summary>
    public int Window { get; set; } = 1000;

    /// <summary>How long a packet takes there and back, microseconds.</summary>
    public int RoundTrip { get; private set; }

    /// <summary>Segments that were written, and those that are acknowledged.</summary>
    public int Written => _sentAt.Count;

    /// <inheritdoc cref="Written"/>
    public int Acked { get; private set; }

    /// <summary>The first segment that is missing, though one behind it came; -1 for none.</summary>
    public int FirstHole => _blocks.Count > 0 ? Acked : -1;

    /// <summary>True when a segment came.</summary>
    public bool Has(int segment) => _has[segment];

    /// <summary>Makes the connection: descriptor 4.</summary>
    public void Open(double sack = 1, double timestamps = 0.35)
    {
        script.Option(FromSynAck);
        int mss = script.Pick(1000, 1000, 1460);
        HasSack = script.Chance(sack);
        HasTimestamps = script.Chance(timestamps);
        Size = HasTimestamps ? mss - StampLength : mss;
        RoundTrip = script.Pick(20_000, 40_000, 60_000, 100_000, 100_000);
        string rest = (HasTimestamps, HasSack) switch
        {
            (true, true) => $"sackOK,TS val {FirstStamp} ecr 0,nop,wscale 7",
            (true, false) => $"nop,nop,TS val {FirstStamp} ecr 0,nop,wscale 7",
            (false, true) => "nop,nop,sackOK,nop,wscale 7",
            _ => "nop,wscale 7",
        };
        script.Know("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        script.Know("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
        script.Know("bind(3, ..., ...) = 0");
        script.Know("listen(3, 1) = 0");
        script.Wait(10_000);
        script.In($"S 0:0(0) win 65535 <mss {mss},{rest}>");
        _answeredAt = _echoed = script.Now;
        script.Wait(RoundTrip);
        Tell();
        script.Know("accept(3, ..., ...) = 4");
        script.Wait(10_000, 30_000);
    }

    /// <summary>The program writes so many segments.</summary>
    public void Write(int segments)
    {
        script.Call($"write(4, ..., {segments * Size})");
        for (int i = 0; i < segments; i++)
        {
            _sentAt.Add(script.Now);
            _has.Add(false);
        }
    }

    /// <summary>The program closes; the FIN is one more segment.</summary>
    public void Fin()
    {
        script.Call(script.Random.Next(2) == 0 ? "close(4)" : "shutdown(4, SHUT_WR)");
        _sentAt.Add(script.Now);
        _has.Add(false);
        _hasFin = true;
    }

    /// <summary>A segment comes, and is answered.</summary>
    /// <param name="segment">Which, from 0.</param>
    /// <param name="isAgain">It was sent again, a round trip ago.</param>
    /// <param name="isTold">False for an acknowledgment that is held back, or lost.</param>
    public void Arrive(int segment, bool isAgain = false, bool isTold = true)
    {
        if (_has[segment])
        {
            if (isTold) Tell(segment);
            return;
        }

        _has[segment] = true;
        if (segment == Acked)
        {
            _echoed = isAgain ? script.Now - RoundTrip : _sentAt[segment];
            while (Acked < Written && _has[Acked]) Acked++;
            _blocks.RemoveAll(block => block.To <= Acked);
        }
        else
        {
            (int from, int to) = (segment, segment + 1);
            while (from > 0 && _has[from - 1]) from--;
            while (to < Written && _has[to]) to++;
            _blocks.RemoveAll(block => block.From >= from && block.To <= to);
            _blocks.Insert(0, (from, to));
        }

        if (isTold) Tell();
    }

    /// <summary>All before a segment are acknowledged, however they came.</summary>
    public void AckTo(int segment, bool isAgain = false, bool isTold = true)
    {
        while (Acked < segment) Arrive(Acked, isAgain, isTold: false);
        if (isTold) Tell();
    }

    /// <summary>Acknowledges, and tells of what is there out of order.</summary>
    /// <param name="duplicate">A segment that came twice; -1 for none.</param>
    public void Tell(int duplicate = -1)
    {
        List<(int From, int To)> told = [];
        if (duplicate >= 0 && HasDsack) told.Add((duplicate, duplicate + 1));
        told.AddRange(_blocks);
        string sack = "";
        if (HasSack && told.Count > 0)
            sack = "sack " + string.Join(' ', told.Take(HasTimestamps ? MostBlocks - 1 : MostBlocks).Select(block => $"{NumberOf(block.From)}:{NumberOf(block.To)}"));
        script.In($". 1:1(0) ack {NumberOf(Acked)} win {Window}{Options(sack)}");
    }

    // Where a segment begins; the FIN has one number.
    private int NumberOf(int segment) => _hasFin && segment == Written ? 2 + ((segment - 1) * Size) : 1 + (segment * Size);

    private string Options(string sack)
    {
        if (!HasTimestamps) return sack.Length == 0 ? "" : $" <nop,nop,{sack}>";
        string stamps = $"nop,nop,TS val {FirstStamp + (script.Now / 1000)} ecr {FirstEcho + ((_echoed - _answeredAt) / 1000)}";
        return $" <{stamps}{(sack.Length == 0 ? "" : ",nop,nop," + sack)}>";
    }
}
