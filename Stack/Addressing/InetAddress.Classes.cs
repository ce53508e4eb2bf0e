namespace UserNet.Addressing;

// What kind of address it is. A mapped address is of the kind of the IPv4 address that it stands for.
public readonly partial struct InetAddress
{
    /// <summary>0.0.0.0, :: or ::ffff:0.0.0.0: any address of its family.</summary>
    public bool IsWildcard => IsV4OrMapped ? V4Bits == 0 : (_high | _low) == 0;

    /// <summary>127/8 or ::1. RFC 1122 §3.2.1.3, RFC 4291 §2.5.3.</summary>
    public bool IsLoopback => IsV4OrMapped ? V4Bits >> 24 == 127 : _high == 0 && _low == 1;

    /// <summary>169.254/16 or fe80::/10. RFC 3927, RFC 4291 §2.5.6.</summary>
    public bool IsLinkLocal => IsV4OrMapped ? V4Bits >> 16 == 0xA9FE : _high >> 54 == 0xFE80 >> 6;

    /// <summary>224/4 or ff00::/8. RFC 1112, RFC 4291 §2.7.</summary>
    public bool IsMulticast => IsV4OrMapped ? V4Bits >> 28 == 0xE : _high >> 56 == 0xFF;

    /// <summary>
    /// 255.255.255.255. The directed broadcast of a subnet is known to its prefix: <see cref="InetPrefix.Broadcast"/>.
    /// </summary>
    public bool IsLimitedBroadcast => IsV4OrMapped && V4Bits == uint.MaxValue;

    /// <summary>
    /// True for an IPv6 address that means nothing without a scope id: fe80::/10, and multicast of scope 1 or 2.
    /// </summary>
    public bool NeedsScope => !IsV4OrMapped && (IsLinkLocal || (IsMulticast && MulticastScope is 1 or 2));

    /// <summary>
    /// The scope field of an IPv6 multicast address, 0 to 15 (RFC 4291 §2.7); 0 of any other address.
    /// </summary>
    public int MulticastScope => _isV6 && _high >> 56 == 0xFF ? (int)(_high >> 48) & 0xF : 0;
}
