namespace UserNet.Addressing;

/// <summary>
/// The addresses that begin with the same bits, as in 10.1.0.0/24 or 2001:db8::/32. RFC 4632, RFC 4291 §2.3.
/// </summary>
/// <remarks>Bits after the prefix are zero in <see cref="Address"/>. Any thread.</remarks>
public readonly partial record struct InetPrefix
{
    /// <summary>The prefix of the given length that <paramref name="address"/> lies in.</summary>
    /// <param name="address">Any address of it.</param>
    /// <param name="length">How many leading bits count: 0 to 32 for IPv4, 0 to 128 for IPv6.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length does not suit the family.</exception>
    public InetPrefix(InetAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.IsV6 ? 128 : 32);
        Length = length;
        Address = address.IsV6
            ? InetAddress.FromV6(address.High & Mask(length), address.Low & Mask(length - 64))
            : InetAddress.FromV4(address.V4Bits & (uint)(Mask(length) >> 32));
    }

    /// <summary>The first address of the prefix.</summary>
    public InetAddress Address { get; }

    /// <summary>How many leading bits count.</summary>
    public int Length { get; }

    /// <summary>
    /// The directed broadcast address of an IPv4 prefix shorter than /31; null where there is none. RFC 919, RFC 3021.
    /// </summary>
    public InetAddress? Broadcast =>
        Address.IsV6 || Length > 30 ? null : InetAddress.FromV4(Address.V4Bits | ~(uint)(Mask(Length) >> 32));

    /// <summary>True when the address is of the same family and begins with the same bits.</summary>
    public bool Contains(InetAddress address) =>
        address.IsV6 == Address.IsV6 && new InetPrefix(address, Length).Address == Address;

    private static ulong Mask(int bits) => bits <= 0 ? 0 : bits >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - bits);
}
