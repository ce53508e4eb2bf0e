namespace UserNet.Drill.Running;

/// <summary>A packet that left while a script was played.</summary>
/// <param name="Before">The event that was next, from 0.</param>
/// <param name="Time">When it left, microseconds.</param>
/// <param name="Text">The packet in the script's syntax and numbers.</param>
internal readonly record struct RecordedPacket(int Before, long Time, string Text);

/// <summary>What a machine did while a script was played that expects nothing.</summary>
/// <param name="tail">How long the machine is listened to behind the last event, microseconds.</param>
internal sealed class ScriptRecord(long tail)
{
    private readonly List<RecordedPacket> _packets = [];
    private readonly Dictionary<int, string> _answers = [];
    private readonly Dictionary<(int Index, string Part), string> _parts = [];
    private readonly Dictionary<int, long> _returns = [];

    /// <summary>How long the machine is listened to behind the last event, microseconds.</summary>
    public long Tail => tail;

    /// <summary>How late anything was at its worst, microseconds; 0 where time is not real.</summary>
    public long Lateness { get; set; }

    /// <summary>A packet was ECN-capable: what the others say of it is written down too.</summary>
    public bool TellsEcn { get; set; }

    /// <summary>A packet had a DSCP: what the others have is written down too.</summary>
    public bool TellsTypeOfService { get; set; }

    /// <summary>The packets in their order.</summary>
    public IReadOnlyList<RecordedPacket> Packets => _packets;

    /// <summary>By event: what a call answered that was not as the script said, or what its Python printed.</summary>
    public IReadOnlyDictionary<int, string> Answers => _answers;

    /// <summary>By event and part of it: all that a call answered, as scripts write it, such as its "result", "value" or "revents0".</summary>
    public IReadOnlyDictionary<(int Index, string Part), string> Parts => _parts;

    /// <summary>By event: when a call returned that may wait, microseconds.</summary>
    public IReadOnlyDictionary<int, long> Returns => _returns;

    /// <summary>A packet left.</summary>
    public void Add(RecordedPacket packet) => _packets.Add(packet);

    /// <summary>A call answered something else, or Python printed something.</summary>
    public void Answer(int index, string text) => _answers[index] = text;

    /// <summary>A part of what a call answered.</summary>
    public void Part(int index, string part, string text) => _parts[(index, part)] = text;

    /// <summary>A call that may wait returned.</summary>
    public void Return(int index, long time) => _returns[index] = time;
}
