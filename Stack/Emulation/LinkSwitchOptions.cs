using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>What a <see cref="LinkSwitch"/> may keep, and what its cables are.</summary>
public sealed record LinkSwitchOptions
{
    /// <summary>How many stations it knows at most; frames for others go to all ports. 8,192.</summary>
    public int StationLimit { get; init; } = 8192;

    /// <summary>How long a station is known that sends nothing; five minutes, as IEEE 802.1Q §8.8.3 has it.</summary>
    public TimeSpan Ageing { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The cables of <see cref="LinkSwitch.AddPort"/>; the switch has their ends A. Their queues are those of the
    /// ports.
    /// </summary>
    public LinkPairOptions Cable { get; init; } = new();
}
