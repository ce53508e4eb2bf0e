using UserNet.Addressing;

namespace UserNet.Wire;

/// <summary>The one's complement sum over 16-bit words that IP, ICMP, IGMP, UDP and TCP share. RFC 1071.</summary>
public static partial class InternetChecksum
{
    /// <summary>
    /// The checksum to be put into a header whose checksum field is zero; 0 over octets that include a right one.
    /// </summary>
    public static ushort Of(ReadOnlySpan<byte> octets) => Finish(Sum(octets));

    /// <summary>
    /// The checksum of a transport unit and its pseudo-header; 0 over a unit that includes a right one.
    /// </summary>
    public static ushort Of(ReadOnlySpan<byte> unit, in PseudoHeader pseudo) => Finish(Sum(unit) + pseudo.Sum);

    /// <summary>
    /// The sum of all words, not yet folded: several may be added up. An odd octet counts as the high half of a word,
    /// so only the last of several parts may be of odd length.
    /// </summary>
    public static ulong Sum(ReadOnlySpan<byte> octets) =>
        octets.Length < ShortLength ? SumShort(octets) : InWireOrder(SumVectors(octets));

    /// <summary>The checksum of a header in which one word changes, from the checksum it had.</summary>
    /// <param name="checksum">The checksum in the header, as it was.</param>
    /// <param name="oldWord">The word, at an even offset, as it was.</param>
    /// <param name="newWord">The word as it is going to be.</param>
    /// <remarks>RFC 1624 §3, equation 3. A wrong checksum stays wrong.</remarks>
    public static ushort Update(ushort checksum, ushort oldWord, ushort newWord) =>
        Finish((ulong)(ushort)~checksum + (ushort)~oldWord + newWord);

    /// <summary>Folds a sum to 16 bits and complements it.</summary>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>Folds a sum to 16 bits.</summary>
    public static ushort Fold(ulong sum)
    {
        while (sum > 0xFFFF) sum = (sum >> 16) + (sum & 0xFFFF);
        return (ushort)sum;
    }
}

/// <summary>What a transport's checksum covers beside its own octets. RFC 768, RFC 9293 §3.1, RFC 8200 §8.1.</summary>
public readonly record struct PseudoHeader(InetAddress Source, InetAddress Destination, IpProtocol Protocol, int Length)
{
    /// <summary>The sum of its words, not yet folded.</summary>
    public ulong Sum => (ulong)Protocol + (uint)Length + SumOf(Source) + SumOf(Destination);

    private static ulong SumOf(InetAddress address) => address.IsV6
        ? (address.High >> 32) + (uint)address.High + (address.Low >> 32) + (uint)address.Low
        : address.V4Bits;
}
