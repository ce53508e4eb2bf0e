using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// What is too big for its link is cut. RFC 791 §3.2.
public sealed partial class Ipv4Output
{
    private const int OffsetUnit = 8;      // offsets count in these, octets

    /// <summary>True when even a fragment with the longest header could carry something.</summary>
    private static bool CanFragment(int mtu) => mtu >= PathMtuCache.SmallestMtu;

    /// <summary>Hands a packet to its link, cut into fragments where it is too big.</summary>
    private void Transmit(PacketBuffer packet, LinkPort port, InetAddress nextHop, LinkCast cast, bool fits, int mtu, Timestamp now)
    {
        if (!fits) Complete(packet);
        if (fits || !Ipv4Packet.TryParse(packet.Span, out Ipv4Packet whole))
        {
            port.Send(packet, EtherType.Ipv4, nextHop, cast, now);
            return;
        }

        Span<byte> copied = stackalloc byte[Ipv4Options.MaxLength];
        scoped ReadOnlySpan<byte> options = whole.Options;
        ReadOnlySpan<byte> laterOptions = copied[..Ipv4Options.CopyForFragments(options, copied)];
        ReadOnlySpan<byte> left = whole.Payload;
        int offset = whole.FragmentOffset, fragments = 0;
        while (true)
        {
            int room = mtu - Ipv4Header.Length - options.Length;
            bool isLast = left.Length <= room;
            int size = isLast ? left.Length : room & ~(OffsetUnit - 1);
            PacketBuffer fragment = Context.Packets.RentCopy(left[..size]);
            var header = new Ipv4Header(
                whole.Source, whole.Destination, whole.Protocol, whole.TimeToLive, whole.TrafficClass, whole.Identification,
                DontFragment: false, MoreFragments: !isLast || whole.MoreFragments, offset);
            header.PrependTo(fragment, options);
            fragments++;
            if (isLast) packet.GiveOwnerTo(fragment);      // who hears of it once the last fragment has left
            port.Send(fragment, EtherType.Ipv4, nextHop, cast, now);
            if (isLast) break;
            left = left[size..];
            offset += size;
            options = laterOptions;
        }

        Context.Counters.Count(Counter.IpFragmented);
        Context.Counters.Count(Counter.IpFragmentsCreated, fragments);
        packet.Return();
    }
}
