using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>The ECN field of the IP header, the three control bits of TCP that tell of it, and what the handshake makes of both.</summary>
/// <remarks>RFC 3168 §5, RFC 9768 §3.1 and §3.2.2: the bits AE, CWR and ECE as one number of three bits are ACE.</remarks>
internal static class EcnCodes
{
    /// <summary>The four values of the ECN field.</summary>
    public const byte NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3;

    /// <summary>All three bits, as an offer of Accurate ECN has them.</summary>
    public const TcpFlags Bits = TcpFlags.Ae | TcpFlags.Cwr | TcpFlags.Ece;

    private const int Shift = 6;      // ECE is the lowest of the three

    /// <summary>The number that the three bits make.</summary>
    public static int Ace(TcpFlags flags) => (int)(flags & Bits) >> Shift;

    /// <summary>The three bits of a number, which is taken modulo 8.</summary>
    public static TcpFlags FlagsOf(uint ace) => (TcpFlags)((ace << Shift) & (uint)Bits);

    /// <summary>The handshake's encoding of an ECN field that was seen. RFC 9768, tables 2 and 3.</summary>
    public static TcpFlags Reflect(byte seen) => FlagsOf(seen == Ce ? 6u : seen + 2u);

    /// <summary>Which ECN field the handshake's encoding tells of; null for a number that it does not use.</summary>
    public static byte? Reflected(int ace) => ace switch
    {
        2 => NotEct,
        3 => Ect1,
        4 => Ect0,
        6 => Ce,
        _ => null,
    };

    /// <summary>True when a SYN offers Accurate ECN, or a SYN-ACK agrees to it. RFC 9768 §3.1.2 and §3.1.3.</summary>
    /// <param name="flags">Its control bits. Combinations without a meaning yet count as an offer, or a consent.</param>
    public static bool MeansAccurate(TcpFlags flags) =>
        (flags & TcpFlags.Ack) == 0 ? Ace(flags) is not (0 or 3) : Ace(flags) is not (0 or 1 or 7);

    /// <summary>False when no router would have made the one ECN field of the other. RFC 3168 §18, RFC 9768 §3.2.2.3.</summary>
    public static bool MayBecome(byte sent, byte seen) => sent == seen || (sent is Ect0 or Ect1 && seen != NotEct);
}
