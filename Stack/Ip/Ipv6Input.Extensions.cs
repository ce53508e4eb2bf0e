using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// What stands between an IPv6 header and the transport. RFC 8200 §4.
public sealed partial class Ipv6Input
{
    private const int OptionsOffset = 2, SegmentsLeftOffset = 3;

    /// <summary>
    /// Goes through the extension headers in their order, and has the arrival say what is behind them. No option is known but padding;
    /// a router alert asks nothing of a host.
    /// </summary>
    private DropReason ReadExtensions(ref IpArrival arrival, Timestamp now)
    {
        var walk = new Ipv6Extensions(arrival.PacketV6);
        while (walk.MoveNext())
        {
            DropReason reason = ReadHeader(arrival, walk, now);
            if (reason != DropReason.None) return reason;
        }

        if (walk.IsCutOff) return DropReason.Ip6BadExtension;
        arrival = arrival with
        {
            UpperProtocol = walk.Next,
            UpperOffset = walk.Offset,
            NextHeaderOffset = walk.NextHeaderOffset,
        };
        return DropReason.None;
    }

    private DropReason ReadHeader(in IpArrival arrival, in Ipv6Extensions header, Timestamp now)
    {
        switch (header.Current)
        {
            case IpProtocol.HopByHop when header.Offset != Ipv6Header.Length:      // RFC 8200 §4: directly behind the header alone
                return Refuse(arrival, Icmpv6ParameterCode.NextHeader, NextHeaderBefore(arrival, header.Offset), DropReason.Ip6BadExtension, now);
            case IpProtocol.HopByHop or IpProtocol.DestinationOptions:
                return ReadOptions(arrival, header, now);
            // RFC 8200 §4.4: no type is known; one that has come to its end may be passed over. RFC 5095 for type 0.
            case IpProtocol.Routing when header.Octets[SegmentsLeftOffset] != 0:
                return Refuse(arrival, Icmpv6ParameterCode.Field, header.Offset + 2, DropReason.Ip6SourceRoute, now);
            // RFC 6946: what is a whole packet in spite of its fragment header is taken as one.
            case IpProtocol.Fragment when header.IsFragment:
                return DropReason.Ip6Fragment;
            default:
                return DropReason.None;
        }
    }

    private DropReason ReadOptions(in IpArrival arrival, in Ipv6Extensions header, Timestamp now)
    {
        int offset = header.Offset + OptionsOffset;
        Ipv6Options.Enumerator options = Ipv6Options.Walk(header.Options);
        while (options.MoveNext())
        {
            Ipv6Option option = options.Current;
            bool isRouterAlert = option.Type == RouterAlert && header.Current == IpProtocol.HopByHop;
            if (isRouterAlert || option.Action == Ipv6OptionAction.Skip) continue;
            if (option.Action == Ipv6OptionAction.Drop) return DropReason.Ip6BadOption;
            if (option.Action == Ipv6OptionAction.ReportUnlessToMany && arrival.IsToMany) return DropReason.Ip6BadOption;
            return Refuse(arrival, Icmpv6ParameterCode.Option, offset + option.Offset, DropReason.Ip6BadOption, now);
        }

        return options.FaultOffset < 0
            ? DropReason.None
            : Refuse(arrival, Icmpv6ParameterCode.Field, offset + options.FaultOffset, DropReason.Ip6BadOption, now);
    }

    /// <summary>Where the field stands that names the extension header that begins at an offset.</summary>
    private static int NextHeaderBefore(in IpArrival arrival, int offset)
    {
        var walk = new Ipv6Extensions(arrival.PacketV6);
        int at = walk.NextHeaderOffset;
        while (walk.MoveNext() && walk.Offset < offset) at = walk.NextHeaderOffset;
        return at;
    }

    private DropReason Refuse(in IpArrival arrival, Icmpv6ParameterCode code, int pointer, DropReason reason, Timestamp now)
    {
        _icmp.SendError(arrival, Icmpv6Type.ParameterProblem, (byte)code, (uint)pointer, now);
        return reason;
    }

    private const byte RouterAlert = 5;      // RFC 2711
}
