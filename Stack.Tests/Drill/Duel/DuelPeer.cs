using System.Globalization;

namespace UserNet.Tests.Drill.Duel;

/// <summary>The peer of a random script: it counts its numbers, and has timestamps where they were agreed on.</summary>
internal sealed class DuelPeer(DuelScript script)
{
    private const int FirstStamp = 1000, FirstEcho = 100;

    private long _begun;

    /// <summary>Its segments have timestamps.</summary>
    public bool Stamps { get; set; }

    /// <summary>It echoes the first timestamp of the stack, and no later one.</summary>
    public bool EchoesSyn { get; set; }

    /// <summary>The next number that it sends.</summary>
    public long Next { get; set; } = 1;

    /// <summary>What it acknowledges.</summary>
    public long Ack { get; set; } = 1;

    /// <summary>Its window field.</summary>
    public int Window { get; set; } = 30000;

    /// <summary>What its packets' IP headers say, as in [ect0], with a blank behind it.</summary>
    public string Marks { get; set; } = "";

    /// <summary>Its clock, as its timestamps show it.</summary>
    public long Clock => FirstStamp + (script.Now / 1000);

    /// <summary>A SYN of its own with options.</summary>
    public void Syn(string options, string flags = "S", int length = 0)
    {
        if (script.Chance(0.9)) _begun = script.Now;
        script.In($"{Marks}{flags} 0:{length}({length}) win {script.Pick(65535, 32792, 1000)}{(options.Length > 0 ? $" <{options}>" : " <>")}");
    }

    /// <summary>A segment from its next number on, which it counts.</summary>
    public void Send(int length = 0, string flags = ".")
    {
        Put(flags, Next, length);
        Next += length;
        if (flags.Contains('F', StringComparison.Ordinal)) Next++;
    }

    /// <summary>A segment with any number; nothing is counted.</summary>
    public void Put(string flags, long seq, int length = 0, long? ack = null, string more = "")
    {
        bool isReset = flags[0] == 'R';
        string acked = flags.Contains('.', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $" ack {ack ?? Ack}") : "";
        string options = Stamps && !isReset ? $"nop,nop,TS val {Clock} ecr {(acked.Length > 0 ? Echo : 0)}" : "";
        if (more.Length > 0) options = options.Length > 0 ? $"{options},{more}" : more;
        script.In(string.Create(CultureInfo.InvariantCulture, $"{Marks}{flags} {seq}:{seq + length}({length}){acked} win {Window}{(options.Length > 0 ? $" <{options}>" : "")}"));
    }

    // What the stack's clock showed a while ago, and not before it sent anything.
    private long Echo => EchoesSyn ? FirstEcho : FirstEcho + Math.Max(0, ((script.Now - _begun) / 1000) - 15);
}
