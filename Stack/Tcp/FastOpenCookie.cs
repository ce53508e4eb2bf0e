using System.Buffers.Binary;

namespace UserNet.Tcp;

/// <summary>Which of the two options carries a Fast Open cookie.</summary>
internal enum FastOpenKind : byte
{
    /// <summary>None: no Fast Open.</summary>
    None,
    /// <summary>Kind 34. RFC 7413 §4.1.1.</summary>
    Standard,
    /// <summary>Kind 254 with the number F989, as it was in use before. RFC 7413 §7.</summary>
    Experimental,
}

/// <summary>A Fast Open cookie as a value: 4 to 16 octets, an even number; empty where one is asked for. RFC 7413 §4.1.1.</summary>
internal readonly record struct FastOpenCookie
{
    /// <summary>The longest there is, octets.</summary>
    public const int MaxLength = 16;

    private const int MinLength = 4;

    private readonly ulong _first, _second;      // as they stand in the option, little-endian, zero behind the end

    private FastOpenCookie(ulong first, ulong second, int length)
    {
        _first = first;
        _second = second;
        Length = (byte)length;
    }

    /// <summary>A cookie of 8 octets.</summary>
    public FastOpenCookie(ulong value) : this(value, 0, sizeof(ulong))
    {
    }

    public byte Length { get; }

    public bool IsEmpty => Length == 0;

    /// <summary>The cookie of an option; empty for a request.</summary>
    /// <returns>False when its length can't be.</returns>
    public static bool TryFrom(ReadOnlySpan<byte> octets, out FastOpenCookie cookie)
    {
        cookie = default;
        if (octets.IsEmpty) return true;
        if (octets.Length is < MinLength or > MaxLength || (octets.Length & 1) != 0) return false;
        Span<byte> padded = stackalloc byte[MaxLength];
        octets.CopyTo(padded);
        cookie = new FastOpenCookie(
            BinaryPrimitives.ReadUInt64LittleEndian(padded), BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]), octets.Length);
        return true;
    }

    /// <summary>Writes the octets and returns them.</summary>
    /// <param name="target">At least 16 octets.</param>
    public ReadOnlySpan<byte> Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, _first);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], _second);
        return target[..Length];
    }

    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        return Convert.ToHexStringLower(Write(octets));
    }
}
