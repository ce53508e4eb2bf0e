using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What a host has to know of the options of a packet that arrived.</summary>
public readonly record struct Ipv4OptionFacts
{
    /// <summary>Which octet of the header is in error, when the options are bad: the pointer of a parameter problem.</summary>
    public byte FaultAt { get; init; }

    /// <summary>True when every router on the way is asked to look at the packet.</summary>
    public bool HasRouterAlert { get; init; }

    /// <summary>True when an option records addresses or times of those on the way.</summary>
    public bool Records { get; init; }

    /// <summary>True when the options name addresses that the packet has yet to pass by.</summary>
    public bool HasWayToGo { get; init; }
}

/// <summary>What hosts and routers do about IPv4 options. RFC 791 §3.1, RFC 1122 §3.2.1.8, RFC 7126.</summary>
/// <remarks>
/// Options that are not known are ignored, and passed on. Source routes are refused, as RFC 7126 §4.3 has it. Pure functions.
/// </remarks>
public static class Ipv4OptionProcessing
{
    private const int LengthAt = 1, PointerAt = 2, OverflowAt = 3;
    private const int RouterAlertLength = 4, MaxOverflow = 15;

    /// <summary>Looks at all options.</summary>
    /// <param name="options">As they are in the header.</param>
    /// <param name="facts">What is to be known of them.</param>
    /// <returns>None, IpBadOption (a length or pointer that can't be, or an option that came twice), IpSourceRoute.</returns>
    public static DropReason Check(ReadOnlySpan<byte> options, out Ipv4OptionFacts facts)
    {
        facts = default;
        bool hasAlert = false, hasRoute = false, hasTimes = false;
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
        {
            Ipv4Option option = walk.Current;
            int fault = -1;
            switch (option.Type)
            {
                case Ipv4OptionType.RecordRoute:
                    fault = hasRoute ? 0 : FaultInRoute(option.Octets);
                    hasRoute = true;
                    break;
                case Ipv4OptionType.Timestamp:
                    fault = hasTimes ? 0 : FaultInTimes(option.Octets);
                    hasTimes = true;
                    break;
                case Ipv4OptionType.RouterAlert:
                    fault = option.Length == RouterAlertLength ? -1 : LengthAt;
                    hasAlert = true;
                    break;
                case Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute:
                    facts = new Ipv4OptionFacts { HasWayToGo = Ipv4RouteOption.RoomLeft(option.Octets) > 0 };
                    return DropReason.IpSourceRoute;
            }

            if (fault < 0) continue;
            facts = new Ipv4OptionFacts { FaultAt = (byte)(Ipv4Header.Length + option.Offset + fault) };
            return DropReason.IpBadOption;
        }

        facts = walk.FaultOffset >= 0
            ? new Ipv4OptionFacts { FaultAt = (byte)(Ipv4Header.Length + walk.FaultOffset) }
            : new Ipv4OptionFacts { HasRouterAlert = hasAlert, Records = hasRoute || hasTimes };
        return walk.FaultOffset >= 0 ? DropReason.IpBadOption : DropReason.None;
    }

    /// <summary>Writes the host into those options that record who was on the way. RFC 1122 §3.2.1.8 (d) and (e).</summary>
    /// <param name="options">Options that <see cref="Check"/> has found right; a full one stays as it is.</param>
    /// <param name="host">The host, of which the sender may have asked for a certain address.</param>
    /// <param name="address">The host's address: where the packet leaves, or where it has arrived.</param>
    /// <param name="now">
    /// The time, which is not counted from midnight: the highest bit of what is written says so. RFC 791 §3.1.
    /// </param>
    public static void Record(Span<byte> options, HostAddressing host, InetAddress address, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(host);
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
        {
            Span<byte> option = options.Slice(walk.Current.Offset, walk.Current.Length);
            if (walk.Current.Type == Ipv4OptionType.RecordRoute)
            {
                Ipv4RouteOption.Record(option, address);
            }
            else if (walk.Current.Type == Ipv4OptionType.Timestamp)
            {
                bool isAsked = Ipv4TimestampOption.TryNextAddress(option, out InetAddress next)
                    && host.RoleOf(next, 0) == AddressRole.Local;
                Ipv4TimestampOption.Record(option, isAsked ? next : address, TimeOf(now));
            }
        }
    }

    /// <summary>
    /// Writes the options that the reply to an echo request carries: record route and timestamp, as far as they have come; padded with
    /// zeros to a multiple of 4. RFC 1122 §3.2.2.6.
    /// </summary>
    /// <param name="arrived">The request's <see cref="IpArrival.Options"/>, which this host has been written into.</param>
    /// <param name="destination">40 octets at least.</param>
    /// <returns>How many octets there are; 0 mostly.</returns>
    public static int CopyForEcho(ReadOnlySpan<byte> arrived, Span<byte> destination)
    {
        int length = 0;
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(arrived);
        while (walk.MoveNext())
        {
            if (walk.Current.Type is not (Ipv4OptionType.RecordRoute or Ipv4OptionType.Timestamp)) continue;
            walk.Current.Octets.CopyTo(destination[length..]);
            length += walk.Current.Length;
        }

        int padded = (length + 3) & ~3;
        destination[length..padded].Clear();
        return padded;
    }

    private static int FaultInRoute(ReadOnlySpan<byte> option) =>
        option.Length < Ipv4RouteOption.HeaderLength ? LengthAt : Ipv4RouteOption.RoomLeft(option) < 0 ? PointerAt : -1;

    private static int FaultInTimes(ReadOnlySpan<byte> option)
    {
        if (option.Length < Ipv4TimestampOption.HeaderLength) return LengthAt;
        if (Ipv4TimestampOption.Kind(option) is not
            (TimestampOptionKind.TimeOnly or TimestampOptionKind.AddressAndTime or TimestampOptionKind.Prespecified)) return OverflowAt;
        int room = Ipv4TimestampOption.RoomLeft(option);
        if (room < 0) return PointerAt;
        return room == 0 && Ipv4TimestampOption.Overflow(option) == MaxOverflow ? OverflowAt : -1;
    }

    private static uint TimeOf(Timestamp now) => 0x8000_0000 | (uint)(now.Ticks / TimeSpan.TicksPerMillisecond);
}
