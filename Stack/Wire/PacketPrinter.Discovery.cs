using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// What neighbors and routers say to each other. RFC 4861, 4191, 8106.
public static partial class PacketPrinter
{
    private const string UnknownOption = "unknown";

    private static void PrintDiscovery(StringBuilder line, in Icmpv6Message message, in Transport transport)
    {
        line.Append(message.Type switch
        {
            Icmpv6Type.RouterSolicitation => "router solicitation",
            Icmpv6Type.RouterAdvertisement => "router advertisement",
            Icmpv6Type.NeighborSolicitation => "neighbor solicitation",
            Icmpv6Type.NeighborAdvertisement => "neighbor advertisement",
            _ => "redirect",
        });
        if (transport.IsVerbose) line.Append(Invariant($", length {transport.Length}"));
        if (!PrintDiscoveryBody(line, message, transport.IsVerbose, out ReadOnlySpan<byte> options))
        {
            line.Append(Icmpv6CutOff);
            return;
        }

        if (!transport.IsVerbose) line.Append(Invariant($", length {transport.Length}"));
        else if (!PrintDiscoveryOptions(line, options)) line.Append(Icmpv6CutOff);
    }

    // False when it is cut off; without details that shows only where an address is.
    private static bool PrintDiscoveryBody(StringBuilder line, in Icmpv6Message message, bool isVerbose, out ReadOnlySpan<byte> options)
    {
        ReadOnlySpan<byte> octets = message.Octets;
        options = default;
        switch (message.Type)
        {
            case Icmpv6Type.RouterSolicitation:
                options = message.Payload;
                return true;
            case Icmpv6Type.RouterAdvertisement:
                if (!isVerbose) return true;
                if (octets.Length < RouterAdvertisementHeader.Length) return false;
                PrintRouterAdvertisement(line, octets);
                options = octets[RouterAdvertisementHeader.Length..];
                return true;
            case Icmpv6Type.Redirect:
                if (octets.Length < RedirectHeader.Length) return false;
                line.Append(Invariant($", {InetAddress.FromOctets(octets[24..40])} to {InetAddress.FromOctets(octets[8..24])}"));
                options = octets[RedirectHeader.Length..];
                return true;
            default:
                if (octets.Length < NeighborHeader.Length) return false;
                string verb = message.Type == Icmpv6Type.NeighborSolicitation ? "who has" : "tgt is";
                line.Append(Invariant($", {verb} {InetAddress.FromOctets(octets[8..24])}"));
                if (isVerbose && message.Type == Icmpv6Type.NeighborAdvertisement)
                    line.Append(Invariant($", Flags [{NamesOf(octets[4], "router", "solicited", "override")}]"));
                options = octets[NeighborHeader.Length..];
                return true;
        }
    }

    private static void PrintRouterAdvertisement(StringBuilder line, ReadOnlySpan<byte> octets)
    {
        string flags = NamesOf(octets[5], "managed", "other stateful", "home agent");
        line.Append(Invariant($" hop limit {octets[4]}, Flags [{flags}], pref {NameOfPreference(octets[5])}"));
        line.Append(Invariant($", router lifetime {ReadUInt16BigEndian(octets[6..])}s"));
        line.Append(Invariant($", reachable time {ReadUInt32BigEndian(octets[8..])}ms, retrans timer {ReadUInt32BigEndian(octets[12..])}ms"));
    }

    // False where an option is cut off or can't be.
    private static bool PrintDiscoveryOptions(StringBuilder line, ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            if (rest.Length < 2 || rest[1] == 0) return false;
            int length = rest[1] * DiscoveryOptions.Unit;
            if (length > rest.Length) return false;
            line.Append(Invariant($" {NameOf((DiscoveryOptionType)rest[0])} option ({rest[0]}), length {length} ({rest[1]}): "));
            if (!PrintDiscoveryOption(line, (DiscoveryOptionType)rest[0], rest[..length], rest)) return false;
            if (NameOf((DiscoveryOptionType)rest[0]) == UnknownOption) return true;      // there tcpdump dumps the octets, and ends
            rest = rest[length..];
        }

        return true;
    }

    // rest: from the option on, since a field may be where a shorter option has ended.
    private static bool PrintDiscoveryOption(StringBuilder line, DiscoveryOptionType type, ReadOnlySpan<byte> option, ReadOnlySpan<byte> rest)
    {
        const int interval = 7, homeAgent = 8;
        switch (type)
        {
            case DiscoveryOptionType.SourceLinkAddress or DiscoveryOptionType.TargetLinkAddress:
                PrintStation(line, option[2..]);
                return true;
            case DiscoveryOptionType.PrefixInformation:
                return PrintPrefix(line, rest);
            case DiscoveryOptionType.Mtu:
                line.Append(Invariant($" {ReadUInt32BigEndian(option[4..])}{(option.Length == DiscoveryOptions.Unit ? "" : "bad option length")}"));
                return true;
            case (DiscoveryOptionType)interval:
                line.Append(Invariant($" {ReadUInt32BigEndian(option[4..])}ms"));
                return true;
            case (DiscoveryOptionType)homeAgent:
                line.Append(Invariant($" preference {ReadUInt16BigEndian(option[4..])}, lifetime {ReadUInt16BigEndian(option[6..])}"));
                return true;
            case DiscoveryOptionType.RouteInformation:
                return PrintRouteInformation(line, option);
            case DiscoveryOptionType.RecursiveDnsServer:
                line.Append(Invariant($" lifetime {ReadUInt32BigEndian(option[4..])}s,"));
                for (int at = 8; at + 16 <= option.Length; at += 16) line.Append(Invariant($" addr: {InetAddress.FromOctets(option.Slice(at, 16))}"));
                return true;
            case DiscoveryOptionType.DnsSearchList:
                line.Append(Invariant($" lifetime {ReadUInt32BigEndian(option[4..])}s, domain(s):"));
                for (ReadOnlySpan<byte> left = option[8..]; DomainNames.TryRead(ref left, out string? name);) line.Append(Invariant($" {name}."));
                return true;
            default:
                return true;
        }
    }

    private static void PrintStation(StringBuilder line, ReadOnlySpan<byte> station)
    {
        for (int i = 0; i < station.Length; i++) line.Append(Invariant($"{(i == 0 ? "" : ":")}{station[i]:x2}"));
    }

    private static bool PrintPrefix(StringBuilder line, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 32) return false;
        string flags = NamesOf(octets[3], "onlink", "auto", "router");
        line.Append(Invariant($"{InetAddress.FromOctets(octets[16..32])}/{octets[2]}, Flags [{flags}]"));
        line.Append(Invariant($", valid time {Lifetime(octets[4..])}, pref. time {Lifetime(octets[8..])}"));
        return true;
    }

    private static bool PrintRouteInformation(StringBuilder line, ReadOnlySpan<byte> option)
    {
        if (option.Length > 24) return false;
        Span<byte> prefix = stackalloc byte[16];
        prefix.Clear();
        option[8..].CopyTo(prefix);
        line.Append(Invariant($" {InetAddress.FromOctets(prefix)}/{option[2]}, pref={NameOfPreference(option[3])}, lifetime={Lifetime(option[4..])}"));
        return true;
    }

    private static string Lifetime(ReadOnlySpan<byte> octets) =>
        ReadUInt32BigEndian(octets) is var seconds && seconds == PrefixInformation.Infinite ? "infinity" : Invariant($"{seconds}s");

    private static string NameOfPreference(byte flags) => RouterPreferences.FromBits(flags >> 3) switch
    {
        RouterPreference.High => "high",
        RouterPreference.Medium => "medium",
        RouterPreference.Low => "low",
        _ => "rsv",
    };

    private static string NamesOf(byte flags, string first, string second, string third)
    {
        var names = new StringBuilder();
        if ((flags & 0x80) != 0) names.Append(first);
        if ((flags & 0x40) != 0) names.Append(names.Length > 0 ? ", " : "").Append(second);
        if ((flags & 0x20) != 0) names.Append(names.Length > 0 ? ", " : "").Append(third);
        return names.Length > 0 ? names.ToString() : "none";
    }

    private static string NameOf(DiscoveryOptionType type) => (int)type switch
    {
        1 => "source link-address",
        2 => "destination link-address",
        3 => "prefix info",
        4 => "redirected header",
        5 => "mtu",
        7 => "advertisement interval",
        8 => "homeagent information",
        24 => "route info",
        25 => "rdnss",
        31 => "dnssl",
        _ => UnknownOption,
    };
}
