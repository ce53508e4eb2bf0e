using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace UserNet.Wire;

/// <summary>Domain names as labels behind their lengths, not compressed. RFC 1035 §3.1, RFC 8106 §5.2.</summary>
/// <remarks>Any thread.</remarks>
public static class DomainNames
{
    private const int LongestLabel = 63, LongestName = 255;

    /// <summary>Reads a name, as in lab.example, and goes on to what is behind it.</summary>
    /// <param name="octets">Where it begins; where the next one may, when the answer is true.</param>
    /// <param name="name">The name, without the dot at the end.</param>
    /// <returns>
    /// False at padding, at the end, and where there is no name: cut off, too long, or with octets that no name in text can have.
    /// </returns>
    public static bool TryRead(ref ReadOnlySpan<byte> octets, [NotNullWhen(true)] out string? name)
    {
        name = null;
        int at = 0;
        while (at < octets.Length && octets[at] != 0)
        {
            int length = octets[at];
            if (length > LongestLabel || at + 1 + length >= octets.Length || at + 1 + length >= LongestName) return false;
            if (!IsText(octets.Slice(at + 1, length))) return false;
            at += 1 + length;
        }

        if (at == 0 || at == octets.Length) return false;
        var text = new StringBuilder(at);
        for (int label = 0; label < at; label += 1 + octets[label])
        {
            if (label > 0) text.Append('.');
            foreach (byte octet in octets.Slice(label + 1, octets[label])) text.Append((char)octet);
        }

        octets = octets[(at + 1)..];
        name = text.ToString();
        return true;
    }

    /// <summary>How many octets a name takes on the wire.</summary>
    /// <exception cref="ArgumentException">It is no name: empty, too long, or with characters that a name can't have.</exception>
    public static int LengthOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] labels = name.TrimEnd('.').Split('.');
        bool isRight = Array.TrueForAll(labels, static label =>
            label.Length is > 0 and <= LongestLabel && Ascii.IsValid(label) && IsText(Encoding.ASCII.GetBytes(label)));
        int length = name.TrimEnd('.').Length + 2;
        return isRight && length <= LongestName ? length : throw new ArgumentException($"'{name}' is no domain name.", nameof(name));
    }

    /// <summary>Writes a name, and answers how many octets it took.</summary>
    /// <exception cref="ArgumentException">It is no name.</exception>
    public static int Write(string name, Span<byte> octets)
    {
        int length = LengthOf(name), at = 0;
        foreach (string label in name.TrimEnd('.').Split('.'))
        {
            octets[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, octets[at..]);
        }

        octets[at] = 0;
        return length;
    }

    private static bool IsText(ReadOnlySpan<byte> label)
    {
        foreach (byte octet in label)
            if (octet is <= (byte)' ' or >= 0x7F or (byte)'.') return false;
        return true;
    }
}
