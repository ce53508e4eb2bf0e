using UserNet.Addressing;

namespace UserNet.Multicast;

/// <summary>One group on one interface, of which a socket is a member, and what it takes of the socket's memory, as Linux reckons it.</summary>
internal sealed class SocketMembership(InetAddress group, uint device, InetAddress localAddress)
{
    // Octets; a list grows by some places at once, and both are there for a moment.
    private const int GroupCharge = 48, GroupChargeV6 = 56, ListCharge = 24, PlacesAtOnce = 10;

    public InetAddress Group { get; } = group;

    public uint Device { get; } = device;

    /// <summary>The address by which an IPv4 group was joined, or the wildcard.</summary>
    public InetAddress LocalAddress { get; } = localAddress;

    public SourceFilter Filter { get; set; } = SourceFilter.Nobody;

    /// <summary>For how many sources the list has room; 0 without a list.</summary>
    public int Places { get; set; }

    /// <summary>True when it has, or had, sources: the mode stays then.</summary>
    public bool HasList => Places > 0;

    /// <summary>What it takes, octets.</summary>
    public int Charge => ChargeOf(Group) + ChargeOfList(Places);

    /// <summary>For how many sources the list has to have room that another one may be added.</summary>
    public int PlacesForAnother => Filter.Sources.Length < Places ? Places : Places + PlacesAtOnce;

    /// <summary>What another source takes for a moment, octets; 0 where there is a place for it.</summary>
    public int ChargeOfAnother => PlacesForAnother == Places ? 0 : ChargeOfList(PlacesForAnother);

    /// <summary>What a membership without a list takes, octets.</summary>
    public static int ChargeOf(InetAddress group) => group.IsV6 ? GroupChargeV6 : GroupCharge;

    /// <summary>What a list with so many places takes, octets.</summary>
    public int ChargeOfList(int places) => places == 0 ? 0 : ListCharge + ((Group.IsV6 ? 16 : 4) * places);
}
