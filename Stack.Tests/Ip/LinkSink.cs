using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Tests.Ip;

/// <summary>The way in of a packet, without what a test's own link and gate allocate.</summary>
internal sealed class LinkSink(InputRig rig)
{
    private readonly LinkPort _port = rig.Stack.Host.Interfaces.Find("left")!.Port!;

    /// <summary>True when the packet is whole and for the host.</summary>
    public bool Receive(byte[] packet)
    {
        var content = new FrameContent { Type = EtherType.Ipv4, Payload = packet };
        DropReason reason = rig.Core.Input!.Receive(_port, content, true, rig.Core.Now, out IpArrival arrival, out bool isWhole);
        if (reason != DropReason.None) throw new InvalidOperationException(reason.ToString());
        arrival.Reassembled?.Return();
        return isWhole;
    }

    /// <summary>Has the packet forwarded, and takes it from the queue of the link.</summary>
    public void Forward(byte[] packet)
    {
        var content = new FrameContent { Type = EtherType.Ipv4, Payload = packet };
        rig.Core.Input!.Receive(_port, content, true, rig.Core.Now, out IpArrival arrival, out bool isWhole);
        DropReason reason = isWhole ? rig.Core.Forwarding!.Forward(arrival, rig.Core.Now) : DropReason.IpNotForUs;
        if (reason != DropReason.None) throw new InvalidOperationException(reason.ToString());
        LinkPort right = rig.Stack.Host.Interfaces.Find("right")!.Port!;
        while (right.Queue.Count > 0) right.Queue.Take().Return();
    }
}
