using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Ip;

/// <summary>Sends packets on that are for other hosts, where the settings say so. RFC 1812 §5.2, §5.3.</summary>
/// <remarks>
/// What is for many, for or from this link alone (169.254/16) or 240/4 goes no further. Fragments go on as they are. Redirects are neither
/// sent, which RFC 1812 §5.2.7.2 leaves open, nor heeded. Gate held.
/// </remarks>
public sealed class Ipv4Forwarding
{
    private readonly HostAddressing _host;
    private readonly Ipv4Output _output;
    private readonly Icmpv4 _icmp;
    private readonly LinkContext _context;

    /// <summary>The forwarding of a host.</summary>
    /// <param name="host">Addresses, routes and settings.</param>
    /// <param name="output">Who sends, in fragments where it must be.</param>
    /// <param name="icmp">Who tells senders of errors.</param>
    /// <param name="context">Buffers and counters.</param>
    public Ipv4Forwarding(HostAddressing host, Ipv4Output output, Icmpv4 icmp, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(icmp);
        ArgumentNullException.ThrowIfNull(context);
        _host = host;
        _output = output;
        _icmp = icmp;
        _context = context;
    }

    /// <summary>Sends a packet on, or tells its sender why not.</summary>
    /// <param name="arrival">A packet, or a fragment of one, that <see cref="Ipv4Input"/> says is to be forwarded.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it goes no further.</returns>
    public DropReason Forward(in IpArrival arrival, Timestamp now)
    {
        Ipv4Packet packet = arrival.Packet;
        if (StaysHere(arrival.Source)) return DropReason.IpMartianSource;
        if (StaysHere(arrival.Destination)) return DropReason.IpMartianDestination;
        if (packet.TimeToLive <= 1)
        {
            _icmp.SendError(arrival, Icmpv4Type.TimeExceeded, 0, 0, now);
            return DropReason.IpTimeToLiveExceeded;
        }

        Route? route = _host.Routes.Find(arrival.Destination);
        if (route is not { Type: RouteType.Unicast } || route.Device == HostAddressing.LoopbackIndex)
            return Refuse(arrival, route, now);
        if (_host.Interfaces.Find(route.Device) is not { IsUp: true, Port: { IsClosed: false } port } outgoing)
        {
            SendUnreachable(arrival, UnreachableCode.Host, 0, now);
            return DropReason.InterfaceDown;
        }

        if (packet.TotalLength > port.Mtu && (packet.DontFragment || port.Mtu < PathMtuCache.SmallestMtu))
        {
            SendUnreachable(arrival, UnreachableCode.FragmentationNeeded, (uint)port.Mtu, now);      // RFC 1191 §4
            return DropReason.IpTooBig;
        }

        PacketBuffer onward = _context.Packets.RentCopy(packet.Octets);
        OpenChecksum.Complete(arrival, onward.Span);
        Update(onward.Span, packet.HeaderLength, outgoing, now);
        _context.Counters.Count(Counter.IpForwarded);
        var way = new RouteAnswer(BindRule.Granted, Device: route.Device, NextHop: route.Gateway ?? InetAddress.AnyV4);
        _output.SendPacket(onward, way, now);      // what it could refuse has been looked at
        return DropReason.None;
    }

    private static bool StaysHere(InetAddress address) => address.IsLinkLocal || address.IsWildcard || address.V4Bits >> 28 == 0xF;

    private DropReason Refuse(in IpArrival arrival, Route? route, Timestamp now)
    {
        UnreachableCode? code = route?.Type switch
        {
            null => UnreachableCode.Network,
            RouteType.Unreachable => UnreachableCode.Host,
            RouteType.Prohibit => UnreachableCode.Prohibited,
            _ => null,
        };
        if (code is { } known) SendUnreachable(arrival, known, 0, now);
        return DropReason.IpNoRoute;
    }

    private void SendUnreachable(in IpArrival about, UnreachableCode code, uint rest, Timestamp now) =>
        _icmp.SendError(about, Icmpv4Type.DestinationUnreachable, (byte)code, rest, now);

    /// <summary>One hop less to go, and this host in the options that record who was on the way. RFC 1812 §5.3.1, RFC 1624.</summary>
    private void Update(Span<byte> packet, int headerLength, InterfaceEntry outgoing, Timestamp now)
    {
        Span<byte> header = packet[..headerLength];
        ushort before = ReadUInt16BigEndian(header[8..]);
        header[8]--;
        ushort after = ReadUInt16BigEndian(header[8..]), checksum = ReadUInt16BigEndian(header[10..]);
        WriteUInt16BigEndian(header[10..], InternetChecksum.Update(checksum, before, after));
        if (headerLength == Ipv4Header.Length) return;
        InetAddress address = outgoing.V4.Count > 0 ? outgoing.V4[0].Address : InetAddress.AnyV4;
        Ipv4OptionProcessing.Record(header[Ipv4Header.Length..], _host, address, now);
        WriteUInt16BigEndian(header[10..], 0);
        WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
    }
}
