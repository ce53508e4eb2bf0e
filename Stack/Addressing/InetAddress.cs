using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UserNet.Addressing;

/// <summary>An IPv4 or IPv6 address as a value: a family and 16 octets.</summary>
/// <remarks>
/// 10.0.0.1 and ::ffff:10.0.0.1 have the same 16 octets but not the same family: they are two addresses, unequal, that
/// cover
/// the same packets, which is what <see cref="HasSameOctets"/> tells. The default value is the IPv4 wildcard 0.0.0.0.
/// Immutable; any thread. RFC 4291.
/// </remarks>
public readonly partial struct InetAddress : IEquatable<InetAddress>
{
    private const ulong MappedPrefix = 0xFFFF_0000_0000;      // ::ffff:0:0/96, in the low half

    private readonly ulong _high;        // octets 0..7, big-endian
    private readonly ulong _low;         // octets 8..15; of IPv4 xor the mapped prefix, so that default is 0.0.0.0
    private readonly bool _isV6;

    private InetAddress(ulong high, ulong low, bool isV6)
    {
        _high = high;
        _low = low;
        _isV6 = isV6;
    }

    /// <summary>The IPv4 wildcard, 0.0.0.0 (INADDR_ANY).</summary>
    public static InetAddress AnyV4 => default;

    /// <summary>The IPv6 wildcard, :: (in6addr_any).</summary>
    public static InetAddress AnyV6 => new(0, 0, isV6: true);

    /// <summary>127.0.0.1.</summary>
    public static InetAddress LoopbackV4 => FromV4(0x7F000001);

    /// <summary>::1.</summary>
    public static InetAddress LoopbackV6 => new(0, 1, isV6: true);

    /// <summary>255.255.255.255, the limited broadcast address.</summary>
    public static InetAddress Broadcast => FromV4(uint.MaxValue);

    /// <summary>InterNetwork or InterNetworkV6.</summary>
    public AddressFamily Family => _isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    /// <summary>True for an IPv6 address, mapped ones included.</summary>
    public bool IsV6 => _isV6;

    /// <summary>True for an IPv6 address of ::ffff:0:0/96.</summary>
    public bool IsV4Mapped => _isV6 && _high == 0 && _low >> 32 == 0xFFFF;

    /// <summary>True for an IPv4 address and for a mapped one: what it covers is IPv4 traffic.</summary>
    public bool IsV4OrMapped => !_isV6 || IsV4Mapped;

    /// <summary>Octets 0 to 7 as a big-endian number; of an IPv4 address, those of its mapped form.</summary>
    public ulong High => _high;

    /// <summary>Octets 8 to 15 as a big-endian number; of an IPv4 address, those of its mapped form.</summary>
    public ulong Low => _isV6 ? _low : _low ^ MappedPrefix;

    /// <summary>The IPv4 address as a big-endian number. Only of an address that <see cref="IsV4OrMapped"/>.</summary>
    public uint V4Bits => (uint)_low;

    /// <summary>An IPv4 address from its 32 bits, 127.0.0.1 being 0x7F000001.</summary>
    public static InetAddress FromV4(uint bits) => new(0, bits, isV6: false);

    /// <summary>An IPv6 address from its two halves, big-endian.</summary>
    public static InetAddress FromV6(ulong high, ulong low) => new(high, low, isV6: true);

    /// <summary>An address from 4 octets (IPv4) or 16 (IPv6), in network byte order.</summary>
    /// <exception cref="ArgumentException">There are neither 4 octets nor 16.</exception>
    public static InetAddress FromOctets(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        4 => FromV4(BinaryPrimitives.ReadUInt32BigEndian(octets)),
        16 => FromV6(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..])),
        _ => throw new ArgumentException($"An address has 4 octets or 16, not {octets.Length}.", nameof(octets)),
    };

    /// <summary>The same address without its scope id.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
    public static InetAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out int length);
        return FromOctets(octets[..length]);
    }

    /// <summary>The same address as a heap object, with scope id 0.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        return new IPAddress(octets[..WriteOctets(octets)]);
    }

    /// <summary>Writes 4 octets (IPv4) or 16 (IPv6) in network byte order and returns how many.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The octets do not fit.</exception>
    public int WriteOctets(Span<byte> destination)
    {
        if (!_isV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, V4Bits);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>The IPv4 address that a mapped one stands for; any other address unchanged.</summary>
    public InetAddress Unmap() => IsV4Mapped ? FromV4((uint)_low) : this;

    /// <summary>::ffff:a.b.c.d for the IPv4 address a.b.c.d; an IPv6 address unchanged.</summary>
    public InetAddress MapToV6() => _isV6 ? this : FromV6(0, Low);

    /// <summary>
    /// True when both stand for the same 16 octets, whatever their family: they cover the same packets.
    /// </summary>
    public bool HasSameOctets(InetAddress other) => _high == other._high && Low == other.Low;

    /// <inheritdoc/>
    public bool Equals(InetAddress other) => _high == other._high && _low == other._low && _isV6 == other._isV6;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is InetAddress other && Equals(other);

    /// <summary>A hash of family and octets, the same in every process.</summary>
    public override int GetHashCode()
    {
        ulong mixed = (_high * 0x9E37_79B9_7F4A_7C15) ^ (Low * 0xC2B2_AE3D_27D4_EB4F) ^ (_isV6 ? 1UL : 0UL);
        return (int)(mixed ^ (mixed >> 32));
    }

    /// <summary>True when family and octets are equal.</summary>
    public static bool operator ==(InetAddress left, InetAddress right) => left.Equals(right);

    /// <summary>True when family or octets differ.</summary>
    public static bool operator !=(InetAddress left, InetAddress right) => !left.Equals(right);

    /// <summary>The same address without its scope id.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
    public static explicit operator InetAddress(IPAddress address) => From(address);

    /// <summary>The same address as a heap object, with scope id 0.</summary>
    public static explicit operator IPAddress(InetAddress address) => address.ToIPAddress();
}
