using UserNet.Capture;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>A copy of a packet that passed a point of a virtual network.</summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed class SeenPacket
{
    private readonly byte[] _octets;

    internal SeenPacket(byte[] octets, bool isEthernet) => (_octets, IsEthernet) = (octets, isEthernet);

    /// <summary>Its number among those that the watch saw, from 0.</summary>
    public required long Number { get; init; }

    /// <summary>When it passed: the network's time.</summary>
    public required Timestamp Time { get; init; }

    /// <summary>Where: an interface, as in client/eth0, or a link, as in client-router, that dropped or changed it.</summary>
    public required string Point { get; init; }

    /// <summary>
    /// At an interface, sent (outbound) or received (inbound); at a link, from its first end to the second (outbound), or back.
    /// </summary>
    public required PacketDirection Direction { get; init; }

    /// <summary>Why the host that received it dropped it; None when it did not.</summary>
    public required DropReason Verdict { get; init; }

    /// <summary>
    /// What a link did to it, as in "lost on the way there", or why a host that was down or paused missed it; mostly
    /// empty.
    /// </summary>
    public required string Remark { get; init; }

    /// <summary>True when it went no further: a link lost it, or the host that it was for missed or dropped it.</summary>
    public bool IsDropped => Verdict != DropReason.None || PacketWatchMemory.IsLoss(Remark);

    /// <summary>True when it is an Ethernet frame; else it is a bare IP packet.</summary>
    public bool IsEthernet { get; }

    /// <summary>All of it.</summary>
    public ReadOnlyMemory<byte> Octets => _octets;

    /// <summary>It with all its layers.</summary>
    public FrameView View => new(_octets, IsEthernet);

    /// <summary>
    /// When, where, which way, what, and why it went no further, in a line; what as <see cref="PacketPrinter"/> has it.
    /// </summary>
    public override string ToString() => ToString(0);

    /// <summary>The same, with room for points of some width.</summary>
    internal string ToString(int width)
    {
        string way = Remark.Length > 0 ? IsDropped ? "lost" : "changed" : Direction == PacketDirection.Outbound ? "sent" : "received";
        string why = Verdict != DropReason.None ? $" (dropped: {Verdict})" : Remark.Length > 0 ? $" ({Remark})" : "";
        return $"{Time} {Point.PadRight(width)} {way,-8} {View.ToString()}{why}";
    }
}
