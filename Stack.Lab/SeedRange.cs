using System.Collections;
using System.Globalization;

namespace UserNet.Lab;

/// <summary>Seeds from one to another, both included.</summary>
public sealed record SeedRange : IReadOnlyList<ulong>
{
    /// <summary>The seeds from one to another.</summary>
    /// <param name="first">The first.</param>
    /// <param name="last">The last, not below the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The last is below the first, or there are more than 2³¹−1 of them.
    /// </exception>
    public SeedRange(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last - first, (ulong)int.MaxValue - 1, nameof(last));
        (First, Last) = (first, last);
    }

    /// <summary>The first seed.</summary>
    public ulong First { get; }

    /// <summary>The last seed.</summary>
    public ulong Last { get; }

    /// <summary>How many they are.</summary>
    public int Count => (int)(Last - First + 1);

    /// <inheritdoc/>
    public ulong this[int index] =>
        (uint)index < (uint)Count ? First + (ulong)index : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Reads "7", or "1..10000".</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static SeedRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split("..", 2);
        return ulong.TryParse(parts[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong first)
            && ulong.TryParse(parts[^1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong last)
            && last >= first && last - first < int.MaxValue
                ? new SeedRange(first, last)
                : throw new FormatException($"'{text}' is no range of seeds; expected one such as 7 or 1..10000.");
    }

    /// <inheritdoc/>
    public IEnumerator<ulong> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return First + (ulong)i;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => First == Last ? $"{First}" : $"{First}..{Last}";
}
