using UserNet.Emulation;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>What stands before a lane: the partitions of the network.</summary>
internal sealed class PartitionBarrier(VirtualNetwork network, LinkMedium medium) : IFrameBarrier
{
    /// <summary>The host at the end of the lane; null for a switch.</summary>
    public VirtualHost? Receiver { get; set; }

    /// <inheritdoc/>
    public bool Bars(in LinkFrame frame)
    {
        List<VirtualPartition> partitions = network.Partitions;
        if (partitions.Count == 0) return false;
        ReadOnlySpan<byte> packet = frame.Octets.Span;
        EtherType type = !packet.IsEmpty && packet[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4;
        bool isForAll = false;
        if (medium == LinkMedium.Ethernet)
        {
            if (!EthernetFrame.TryParse(packet, out EthernetFrame ethernet)) return false;
            (isForAll, type) = (ethernet.Destination.IsMulticast, ethernet.Type);
            packet = ethernet.Payload;
        }

        foreach (VirtualPartition partition in partitions)
        {
            if (partition.Bars(packet, type, isForAll, Receiver)) return true;
        }

        return false;
    }
}
