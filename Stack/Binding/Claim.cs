using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What a socket is willing to share.</summary>
[Flags]
public enum Sharing : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>SO_REUSEADDR.</summary>
    ReuseAddress = 1,
    /// <summary>SO_REUSEPORT, as Linux means it.</summary>
    ReusePort = 2,
    /// <summary>SO_EXCLUSIVEADDRUSE, as Windows means it.</summary>
    Exclusive = 4,
    /// <summary>SO_REUSE_UNICASTPORT or SO_PORT_SCALABILITY: a port that connect chose serves other destinations of such sockets, too.</summary>
    UnicastPort = 8,
}

/// <summary>Which traffic a local address stands for: a part of IPv4, of IPv6, or of both.</summary>
[Flags]
public enum Coverage : byte
{
    /// <summary>Nothing: no address yet.</summary>
    None = 0,
    /// <summary>One IPv4 address, plain or mapped.</summary>
    OneV4 = 1,
    /// <summary>All of IPv4.</summary>
    AllV4 = 2,
    /// <summary>One IPv6 address.</summary>
    OneV6 = 4,
    /// <summary>All of IPv6.</summary>
    AllV6 = 8,
    /// <summary>
    /// What Linux leaves of IPv4 when a connect, not a bind, gave a dual-stack socket its IPv6 address: the address
    /// 127.0.0.6, and that for IPv4 sockets only.
    /// </summary>
    RestV4 = 16,
    /// <summary>The same of a stream: only the wildcard of an IPv4 socket collides with it, since Linux looks for an address elsewhere.</summary>
    RestOfStream = 32,
}

/// <summary>
/// What a socket claims of a port: a local address with what it covers, on which device, for whom, and shared with
/// whom.
/// </summary>
/// <remarks>The rules (<see cref="BindRules"/>) see claims and nothing else. Immutable; any thread.</remarks>
public readonly record struct Claim
{
    private const Coverage V4 = Coverage.OneV4 | Coverage.AllV4;
    private const Coverage V6 = Coverage.OneV6 | Coverage.AllV6;
    private const Coverage Rests = Coverage.RestV4 | Coverage.RestOfStream;
    private const uint RestAddress = 0x7F000006;      // LOOPBACK4_IPV6

    /// <summary>A claim on <paramref name="address"/>.</summary>
    /// <param name="address">The local address, possibly a wildcard.</param>
    /// <param name="v6Only">IPV6_V6ONLY: whether an IPv6 wildcard leaves IPv4 alone.</param>
    /// <param name="sharing">The socket's sharing options.</param>
    /// <param name="device">SO_BINDTODEVICE as an interface index, 0 for none.</param>
    /// <param name="uid">The socket's owner.</param>
    public Claim(
        InetAddress address, bool v6Only = false, Sharing sharing = Sharing.None, uint device = 0, uint uid = 0)
    {
        Address = address;
        V6Only = v6Only;
        Sharing = sharing;
        Device = device;
        Uid = uid;
        Covers = CoverageOf(address, v6Only);
    }

    /// <summary>The local address, possibly a wildcard.</summary>
    public InetAddress Address { get; init; }

    /// <summary>The interface index that the socket is bound to, 0 for none.</summary>
    public uint Device { get; init; }

    /// <summary>The socket's owner.</summary>
    public uint Uid { get; init; }

    /// <summary>The socket's sharing options.</summary>
    public Sharing Sharing { get; init; }

    /// <summary>IPV6_V6ONLY.</summary>
    public bool V6Only { get; }

    /// <summary>What the address covers.</summary>
    public Coverage Covers { get; private init; }

    /// <summary>SO_REUSEADDR.</summary>
    public bool ReusesAddress => (Sharing & Sharing.ReuseAddress) != 0;

    /// <summary>SO_REUSEPORT.</summary>
    public bool ReusesPort => (Sharing & Sharing.ReusePort) != 0;

    /// <summary>SO_REUSE_UNICASTPORT or SO_PORT_SCALABILITY.</summary>
    public bool SharesUnicastPort => (Sharing & Sharing.UnicastPort) != 0;

    /// <summary>SO_EXCLUSIVEADDRUSE.</summary>
    public bool IsExclusive => (Sharing & Sharing.Exclusive) != 0;

    /// <summary>True when some packet would belong to both claims, devices aside.</summary>
    public bool Overlaps(in Claim other) =>
        Meet(other, V4, Coverage.AllV4) || Meet(other, V6, Coverage.AllV6) ||
        other.MeetsRest(Covers) || MeetsRest(other.Covers);

    /// <summary>True when the claim collides with what is left of IPv4 in a coverage.</summary>
    internal bool MeetsRest(Coverage covers) => (covers & Rests) != 0 && !Address.IsV6 &&
        (Address.V4Bits == 0 || ((covers & Coverage.RestV4) != 0 && Address.V4Bits == RestAddress));

    /// <summary>The claim as it is after a connect chose the address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="rest">What of IPv4 a dual-stack socket keeps, as on Linux; or None.</param>
    internal Claim NarrowedTo(InetAddress address, Coverage rest)
    {
        Claim narrowed = this with { Address = address, Covers = CoverageOf(address, V6Only) };
        bool hasRest = rest != Coverage.None && !V6Only && narrowed.Covers == Coverage.OneV6;
        return hasRest ? narrowed with { Covers = Coverage.OneV6 | rest } : narrowed;
    }

    /// <summary>True unless both are bound to devices, and to different ones.</summary>
    public bool MeetsDevice(in Claim other) => Device == other.Device || Device == 0 || other.Device == 0;

    private bool Meet(in Claim other, Coverage part, Coverage all)
    {
        Coverage mine = Covers & part, theirs = other.Covers & part;
        if (mine == 0 || theirs == 0) return false;
        return ((mine | theirs) & all) != 0 || Address.HasSameOctets(other.Address);
    }

    private static Coverage CoverageOf(InetAddress address, bool v6Only)
    {
        if (address.IsV4OrMapped) return address.V4Bits == 0 ? Coverage.AllV4 : Coverage.OneV4;
        if (!address.IsWildcard) return Coverage.OneV6;
        return v6Only ? Coverage.AllV6 : Coverage.AllV4 | Coverage.AllV6;
    }
}
