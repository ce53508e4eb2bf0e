using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What an option of a Neighbor Discovery message says. RFC 4861 §4.6, IANA ICMPv6 parameters.</summary>
public enum DiscoveryOptionType : byte
{
    /// <summary>The station of the sender. RFC 4861 §4.6.1.</summary>
    SourceLinkAddress = 1,
    /// <summary>The station of the target. RFC 4861 §4.6.1.</summary>
    TargetLinkAddress = 2,
    /// <summary>A prefix that is on the link, or from which addresses are made. RFC 4861 §4.6.2.</summary>
    PrefixInformation = 3,
    /// <summary>The packet that a redirect is about. RFC 4861 §4.6.3.</summary>
    RedirectedHeader = 4,
    /// <summary>The MTU of the link. RFC 4861 §4.6.4.</summary>
    Mtu = 5,
    /// <summary>A number that the sender knows its own messages by. RFC 3971 §5.3.2, RFC 7527.</summary>
    Nonce = 14,
    /// <summary>A route by way of the sender. RFC 4191 §2.3.</summary>
    RouteInformation = 24,
    /// <summary>Name servers. RFC 8106 §5.1.</summary>
    RecursiveDnsServer = 25,
    /// <summary>Domains to look names up in. RFC 8106 §5.2.</summary>
    DnsSearchList = 31,
}

/// <summary>The options of a Neighbor Discovery message, to be walked by <c>foreach</c>. RFC 4861 §4.6.</summary>
/// <remarks>Parsed when no option is without length or longer than what is left. RFC 4861 §4.6: such messages are dropped.</remarks>
public readonly ref struct DiscoveryOptions : IWireView<DiscoveryOptions>
{
    /// <summary>Lengths of options count in these, octets.</summary>
    internal const int Unit = 8;

    private readonly ReadOnlySpan<byte> _octets;

    private DiscoveryOptions(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out DiscoveryOptions view)
    {
        view = default;
        for (ReadOnlySpan<byte> left = octets; !left.IsEmpty; left = left[(left[1] * Unit)..])
            if (left.Length < 2 || left[1] == 0 || left[1] * Unit > left.Length) return false;
        view = new DiscoveryOptions(octets);
        return true;
    }

    /// <summary>Walks the options.</summary>
    public Enumerator GetEnumerator() => new(_octets);

    /// <summary>The station that the first option of a type names; null where there is none. RFC 2464 §6.</summary>
    /// <param name="type">SourceLinkAddress or TargetLinkAddress.</param>
    public MacAddress? Station(DiscoveryOptionType type)
    {
        foreach (DiscoveryOption option in this)
            if (option.Type == type) return option.Station;
        return null;
    }

    /// <summary>The first nonce of six octets; null where there is none. RFC 7527 §4.2.</summary>
    public ulong? Nonce
    {
        get
        {
            foreach (DiscoveryOption option in this)
                if (option.Type == DiscoveryOptionType.Nonce && option.Octets.Length == Unit) return option.Station.Bits;
            return null;
        }
    }

    /// <summary>Walks options.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _left;
        private int _length;

        internal Enumerator(ReadOnlySpan<byte> octets) => _left = octets;

        /// <summary>The option it has come to. Only after <see cref="MoveNext"/> was true.</summary>
        public readonly DiscoveryOption Current => new(_left[.._length]);

        /// <summary>Goes on to the next option; false at the end.</summary>
        public bool MoveNext()
        {
            _left = _left[_length..];
            _length = _left.IsEmpty ? 0 : _left[1] * Unit;
            return _length > 0;
        }
    }
}

/// <summary>One option of a Neighbor Discovery message, in place.</summary>
/// <remarks>Which of the readings is right, its type says; each answers zero where the option is too short for it.</remarks>
public readonly ref struct DiscoveryOption
{
    private const int PrefixLengthOctets = 32;

    internal DiscoveryOption(ReadOnlySpan<byte> octets) => Octets = octets;

    /// <summary>All of it, type and length included: a multiple of eight.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>What it says.</summary>
    public DiscoveryOptionType Type => (DiscoveryOptionType)Octets[0];

    /// <summary>A station; also the six octets of a nonce.</summary>
    public MacAddress Station => MacAddress.FromOctets(Octets[2..8]);

    /// <summary>The MTU of the link, octets. RFC 4861 §4.6.4.</summary>
    public uint Mtu => ReadUInt32BigEndian(Octets[4..]);

    /// <summary>What follows the first eight octets: the packet of a redirect.</summary>
    public ReadOnlySpan<byte> Data => Octets[DiscoveryOptions.Unit..];

    /// <summary>Prefix information. RFC 4861 §4.6.2.</summary>
    public bool TryReadPrefix(out PrefixInformation prefix)
    {
        prefix = default;
        if (Type != DiscoveryOptionType.PrefixInformation || Octets.Length != PrefixLengthOctets || Octets[2] > 128) return false;
        prefix = new PrefixInformation(
            new InetPrefix(InetAddress.FromOctets(Octets[16..32]), Octets[2]),
            IsOnLink: (Octets[3] & 0x80) != 0, IsAutonomous: (Octets[3] & 0x40) != 0,
            ReadUInt32BigEndian(Octets[4..]), ReadUInt32BigEndian(Octets[8..]));
        return true;
    }

    /// <summary>A more specific route. RFC 4191 §2.3.</summary>
    public bool TryReadRoute(out RouteInformation route)
    {
        route = default;
        if (Type != DiscoveryOptionType.RouteInformation || Octets.Length > 24 || Octets[2] > 128) return false;
        if (Octets.Length < 8 + (((Octets[2] + 63) / 64) * 8)) return false;
        Span<byte> prefix = stackalloc byte[16];
        prefix.Clear();
        Octets[8..].CopyTo(prefix);
        route = new RouteInformation(
            new InetPrefix(InetAddress.FromOctets(prefix), Octets[2]),
            RouterPreferences.FromBits(Octets[3] >> 3), ReadUInt32BigEndian(Octets[4..]));
        return true;
    }

    /// <summary>How many name servers there are, and how long they may be used, seconds. RFC 8106 §5.1.</summary>
    /// <returns>0 when the option is no list of servers.</returns>
    public int ServerCount(out uint lifetime)
    {
        lifetime = ReadUInt32BigEndian(Octets[4..]);
        bool isRight = Type == DiscoveryOptionType.RecursiveDnsServer && Octets.Length >= 24 && Octets.Length % 16 == 8;
        return isRight ? (Octets.Length - 8) / 16 : 0;
    }

    /// <summary>A name server.</summary>
    /// <param name="index">0 and up, below <see cref="ServerCount"/>.</param>
    public InetAddress Server(int index) => InetAddress.FromOctets(Octets.Slice(8 + (16 * index), 16));

    /// <summary>Domains to look names up in, and how long they may be used, seconds. RFC 8106 §5.2.</summary>
    /// <param name="names">Gets the domains, as in lab.example; none of what is behind one that can't be read.</param>
    /// <param name="lifetime">Seconds; <see cref="PrefixInformation.Infinite"/> for ever.</param>
    /// <returns>False when the option is no such list, or names nothing.</returns>
    public bool TryReadDomains(ICollection<string> names, out uint lifetime)
    {
        ArgumentNullException.ThrowIfNull(names);
        lifetime = ReadUInt32BigEndian(Octets[4..]);
        if (Type != DiscoveryOptionType.DnsSearchList) return false;
        int before = names.Count;
        for (ReadOnlySpan<byte> left = Data; DomainNames.TryRead(ref left, out string? name);) names.Add(name);
        return names.Count > before;
    }
}

/// <summary>A prefix that a router advertises. RFC 4861 §4.6.2.</summary>
/// <param name="Prefix">The prefix.</param>
/// <param name="IsOnLink">The L flag: whoever has an address of it is on the link.</param>
/// <param name="IsAutonomous">The A flag: hosts make themselves addresses of it. RFC 4862.</param>
/// <param name="ValidLifetime">Seconds; <see cref="Infinite"/> for ever.</param>
/// <param name="PreferredLifetime">Seconds; <see cref="Infinite"/> for ever.</param>
public readonly record struct PrefixInformation(
    InetPrefix Prefix, bool IsOnLink, bool IsAutonomous, uint ValidLifetime, uint PreferredLifetime)
{
    /// <summary>A lifetime without an end.</summary>
    public const uint Infinite = uint.MaxValue;
}

/// <summary>A route that a router advertises. RFC 4191 §2.3.</summary>
/// <param name="Prefix">The destinations.</param>
/// <param name="Preference">How much it is preferred to those of other routers; null for the reserved value, with which it is ignored.</param>
/// <param name="Lifetime">Seconds; 0 when it is no longer one.</param>
public readonly record struct RouteInformation(InetPrefix Prefix, RouterPreference? Preference, uint Lifetime);

/// <summary>Which of several routers is taken. RFC 4191 §2.1; the values are those of the wire.</summary>
public enum RouterPreference : sbyte
{
    /// <summary>Only when there is no other.</summary>
    Low = -1,
    /// <summary>As usual.</summary>
    Medium = 0,
    /// <summary>Before others.</summary>
    High = 1,
}

internal static class RouterPreferences
{
    /// <summary>Two bits, the lowest ones; null for the reserved value.</summary>
    public static RouterPreference? FromBits(int bits) => (bits & 3) switch
    {
        0 => RouterPreference.Medium,
        1 => RouterPreference.High,
        3 => RouterPreference.Low,
        _ => null,
    };

    public static int ToBits(RouterPreference preference) => (int)preference & 3;
}

/// <summary>Writes options behind what a packet has already, to be preceded by the message that they belong to.</summary>
public static class DiscoveryOptionWriter
{
    /// <summary>A station: SourceLinkAddress or TargetLinkAddress. RFC 4861 §4.6.1.</summary>
    public static void AppendStation(PacketBuffer packet, DiscoveryOptionType type, MacAddress station) =>
        station.WriteOctets(Append(packet, type, 1)[2..]);

    /// <summary>A nonce of 48 bits. RFC 7527 §4.2.</summary>
    public static void AppendNonce(PacketBuffer packet, ulong nonce) =>
        MacAddress.FromBits(nonce).WriteOctets(Append(packet, DiscoveryOptionType.Nonce, 1)[2..]);

    /// <summary>The MTU of the link, octets. RFC 4861 §4.6.4.</summary>
    public static void AppendMtu(PacketBuffer packet, int mtu) =>
        WriteUInt32BigEndian(Append(packet, DiscoveryOptionType.Mtu, 1)[4..], (uint)mtu);

    /// <summary>A prefix. RFC 4861 §4.6.2.</summary>
    public static void AppendPrefix(PacketBuffer packet, in PrefixInformation prefix)
    {
        Span<byte> option = Append(packet, DiscoveryOptionType.PrefixInformation, 4);
        option[2] = (byte)prefix.Prefix.Length;
        option[3] = (byte)((prefix.IsOnLink ? 0x80 : 0) | (prefix.IsAutonomous ? 0x40 : 0));
        WriteUInt32BigEndian(option[4..], prefix.ValidLifetime);
        WriteUInt32BigEndian(option[8..], prefix.PreferredLifetime);
        prefix.Prefix.Address.WriteOctets(option[16..]);
    }

    /// <summary>A route. RFC 4191 §2.3.</summary>
    public static void AppendRoute(PacketBuffer packet, in RouteInformation route)
    {
        int units = (route.Prefix.Length + 63) / 64;
        Span<byte> option = Append(packet, DiscoveryOptionType.RouteInformation, 1 + units), prefix = stackalloc byte[16];
        option[2] = (byte)route.Prefix.Length;
        option[3] = (byte)(RouterPreferences.ToBits(route.Preference ?? RouterPreference.Medium) << 3);
        WriteUInt32BigEndian(option[4..], route.Lifetime);
        route.Prefix.Address.WriteOctets(prefix);
        prefix[..(units * 8)].CopyTo(option[8..]);
    }

    /// <summary>Name servers and how long they may be used, seconds. RFC 8106 §5.1.</summary>
    public static void AppendServers(PacketBuffer packet, ReadOnlySpan<InetAddress> servers, uint lifetime)
    {
        Span<byte> option = Append(packet, DiscoveryOptionType.RecursiveDnsServer, 1 + (2 * servers.Length));
        WriteUInt32BigEndian(option[4..], lifetime);
        for (int i = 0; i < servers.Length; i++) servers[i].WriteOctets(option[(8 + (16 * i))..]);
    }

    /// <summary>Domains to look names up in, and how long they may be used, seconds. RFC 8106 §5.2.</summary>
    /// <exception cref="ArgumentException">One is no domain name, or all do not fit an option of 2,040 octets.</exception>
    public static void AppendDomains(PacketBuffer packet, IReadOnlyList<string> names, uint lifetime)
    {
        ArgumentNullException.ThrowIfNull(names);
        int length = 8;
        for (int i = 0; i < names.Count; i++) length += DomainNames.LengthOf(names[i]);
        int units = (length + DiscoveryOptions.Unit - 1) / DiscoveryOptions.Unit;
        if (units > byte.MaxValue) throw new ArgumentException("So many domains do not fit an option.", nameof(names));
        Span<byte> option = Append(packet, DiscoveryOptionType.DnsSearchList, units);
        WriteUInt32BigEndian(option[4..], lifetime);
        int at = 8;
        for (int i = 0; i < names.Count; i++) at += DomainNames.Write(names[i], option[at..]);
    }

    /// <summary>The packet that a redirect is about, as much of it as fits; what does not fill eight octets is left off. RFC 4861 §4.6.3.</summary>
    public static void AppendRedirected(PacketBuffer packet, ReadOnlySpan<byte> octets)
    {
        int units = octets.Length / DiscoveryOptions.Unit;
        Span<byte> option = Append(packet, DiscoveryOptionType.RedirectedHeader, 1 + units);
        octets[..(units * DiscoveryOptions.Unit)].CopyTo(option[8..]);
    }

    private static Span<byte> Append(PacketBuffer packet, DiscoveryOptionType type, int units)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> option = packet.Append(units * DiscoveryOptions.Unit);
        option.Clear();
        option[0] = (byte)type;
        option[1] = (byte)units;
        return option;
    }
}
