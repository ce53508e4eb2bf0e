using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>Labels by which routers can tell flows: the same for all packets of one, and not to be foreseen. RFC 6437 §3.</summary>
/// <remarks>A keyed hash of addresses, protocol and ports, as in Linux (net.ipv6.auto_flowlabels 1). Gate held.</remarks>
internal sealed class FlowLabels(RandomBuffer random)
{
    private const uint Mask = 0xF_FFFF;

    private KeyedHash _hash;
    private bool _hasKey;       // made when first asked: many stacks never speak IPv6
    private Flow _last;         // packets go in runs, and the hash costs more than the rest
    private uint _lastLabel;

    /// <summary>The label of a flow; 0 for what is none: how routers and neighbors talk.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="protocol">What the packet begins with.</param>
    /// <param name="unit">The transport's octets.</param>
    public uint Of(InetAddress source, InetAddress destination, IpProtocol protocol, ReadOnlySpan<byte> unit)
    {
        uint ports = 0;
        if (protocol is IpProtocol.Tcp or IpProtocol.Udp && unit.Length >= sizeof(uint))
            ports = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(unit);
        else if (Ipv6Extensions.IsExtension(protocol) || (protocol == IpProtocol.Icmpv6 && IsOfLink(unit)))
            return 0;
        var flow = new Flow(source, destination, protocol, ports);
        if (flow == _last) return _lastLabel;
        if (!_hasKey) (_hash, _hasKey) = (KeyedHash.FromRandom(random), true);
        ulong hash = _hash.Of(source.High, source.Low, destination.High, destination.Low, ((ulong)protocol << 32) | ports);
        (_last, _lastLabel) = (flow, Math.Max(1, (uint)(hash >> 44) & Mask));
        return _lastLabel;
    }

    private static bool IsOfLink(ReadOnlySpan<byte> message) =>
        !message.IsEmpty && (Icmpv6Type)message[0] is > Icmpv6Type.EchoReply;

    private readonly record struct Flow(InetAddress Source, InetAddress Destination, IpProtocol Protocol, uint Ports);
}
