namespace UserNet.Tcp;

/// <summary>A TCP sequence number: an octet's place in a stream, counted modulo 2³².</summary>
/// <remarks>Order holds between numbers less than 2³¹ apart. RFC 9293 3.4.</remarks>
internal readonly record struct SequenceNumber(uint Value)
{
    /// <summary>The later of two.</summary>
    public static SequenceNumber Max(SequenceNumber a, SequenceNumber b) => a - b >= 0 ? a : b;

    /// <summary>The earlier of two.</summary>
    public static SequenceNumber Min(SequenceNumber a, SequenceNumber b) => a - b <= 0 ? a : b;

    /// <summary>The number so many octets on.</summary>
    public static SequenceNumber operator +(SequenceNumber number, int octets) => new(number.Value + (uint)octets);

    /// <summary>The number so many octets back.</summary>
    public static SequenceNumber operator -(SequenceNumber number, int octets) => new(number.Value - (uint)octets);

    /// <summary>How many octets the first lies beyond the second; negative when it lies before it.</summary>
    public static int operator -(SequenceNumber a, SequenceNumber b) => (int)(a.Value - b.Value);

    /// <summary>True when the first is earlier.</summary>
    public static bool operator <(SequenceNumber a, SequenceNumber b) => a - b < 0;

    /// <summary>True when the first is later.</summary>
    public static bool operator >(SequenceNumber a, SequenceNumber b) => a - b > 0;

    /// <summary>True when the first is not later.</summary>
    public static bool operator <=(SequenceNumber a, SequenceNumber b) => a - b <= 0;

    /// <summary>True when the first is not earlier.</summary>
    public static bool operator >=(SequenceNumber a, SequenceNumber b) => a - b >= 0;

    /// <summary>True when this number lies in [first, first + length).</summary>
    public bool IsIn(SequenceNumber first, int length) => (uint)(this - first) < (uint)length;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
