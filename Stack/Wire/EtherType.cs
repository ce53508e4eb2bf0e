namespace UserNet.Wire;

/// <summary>What an Ethernet frame carries. IANA, IEEE 802 numbers.</summary>
public enum EtherType : ushort
{
    /// <summary>RFC 791.</summary>
    Ipv4 = 0x0800,
    /// <summary>RFC 826.</summary>
    Arp = 0x0806,
    /// <summary>A customer VLAN tag, IEEE 802.1Q.</summary>
    Vlan = 0x8100,
    /// <summary>RFC 8200.</summary>
    Ipv6 = 0x86DD,
    /// <summary>A service VLAN tag, IEEE 802.1ad.</summary>
    ServiceVlan = 0x88A8,
}
