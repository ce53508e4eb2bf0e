using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a cookie kept of the SYN that nobody remembers.</summary>
/// <param name="Mss">The largest segment that the peer takes, rounded down to one of the few that a cookie can tell.</param>
/// <param name="PeerScale">The peer's window scale; null for none.</param>
/// <param name="Sack">Selective acknowledgments were agreed on.</param>
/// <param name="Ecn">ECN was agreed on.</param>
internal readonly record struct CookieContent(int Mss, byte? PeerScale, bool Sack, bool Ecn);

/// <summary>
/// Initial sequence numbers that hold what a listener would have to remember of a SYN: a flood of them costs no memory.
/// RFC 4987 §3.6.
/// </summary>
/// <remarks>
/// <code>
///  31      24 23                     0
/// | minutes  | MAC + which MSS        |  all of it + a keyed hash of both ends + the peer's number
/// </code>
/// The sum keeps the numbers of one pair of ends going up. Of numbers that are made up one in 2²⁸ passes. What
/// else was agreed on stands in the low bits of the first timestamp, which the peer echoes; without timestamps there is
/// nothing else.
/// Gate held.
/// </remarks>
internal sealed partial class SynCookies(RandomBuffer random)
{
    /// <summary>How many low bits of a timestamp are not the clock's.</summary>
    public const int TimestampBits = 6;

    private const uint ScaleMask = 0xF, NoScale = 0xF, SackBit = 0x10, EcnBit = 0x20, OptionsMask = (1 << TimestampBits) - 1;
    private const uint MacMask = 0xFF_FFFF;
    private const int MinutesShift = 24, Lifetime = 2;      // periods

    // Those of Linux: of IPv4, of IPv6.
    private static readonly ushort[] s_sizes = [536, 1300, 1440, 1460], s_sizesV6 = [1220, 1420, 1440, 8940];

    private readonly SipHash _where = SipHash.FromRandom(random), _what = SipHash.FromRandom(random);

    /// <summary>How long one period lasts; a cookie is good in that which made it, and in the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>The initial sequence number of a SYN-ACK.</summary>
    /// <param name="local">This host's end.</param>
    /// <param name="remote">The peer's.</param>
    /// <param name="peerIsn">The number of its SYN.</param>
    /// <param name="mss">The largest segment it takes, octets.</param>
    /// <param name="now">The time.</param>
    public SequenceNumber Make(in InetEndpoint local, in InetEndpoint remote, SequenceNumber peerIsn, int mss, Timestamp now)
    {
        uint period = PeriodOf(now);
        uint body = (Mac(local, remote, peerIsn, period) + IndexOf(mss, SizesFor(remote))) & MacMask;
        return new SequenceNumber(Where(local, remote) + peerIsn.Value + (period << MinutesShift) + body);
    }

    /// <summary>Judges the number that a peer acknowledges: one that was made for it and is not too old?</summary>
    /// <param name="cookie">The number of the SYN-ACK: SEG.ACK - 1.</param>
    /// <param name="local">This host's end.</param>
    /// <param name="remote">The peer's.</param>
    /// <param name="peerIsn">The number of the peer's SYN: SEG.SEQ - 1.</param>
    /// <param name="now">The time.</param>
    /// <param name="mss">The largest segment that the peer takes, or a little less.</param>
    public bool TryCheck(
        SequenceNumber cookie, in InetEndpoint local, in InetEndpoint remote, SequenceNumber peerIsn, Timestamp now, out int mss)
    {
        mss = 0;
        uint bare = cookie.Value - Where(local, remote) - peerIsn.Value, current = PeriodOf(now);
        uint age = (byte)(current - (bare >> MinutesShift));
        if (age >= Lifetime) return false;
        uint index = (bare - Mac(local, remote, peerIsn, current - age)) & MacMask;
        if (index >= s_sizes.Length) return false;
        mss = SizesFor(remote)[index];
        return true;
    }

    /// <summary>The timestamp of a SYN-ACK: not later than the clock, with what was agreed on in its low bits.</summary>
    /// <param name="clock">The connection's clock, its offset included.</param>
    /// <param name="peerScale">The window scale that the peer offered; null for none.</param>
    /// <param name="sack">Selective acknowledgments were agreed on.</param>
    /// <param name="ecn">ECN was agreed on.</param>
    public static uint Timestamp(uint clock, byte? peerScale, bool sack, bool ecn)
    {
        uint options = Math.Min(peerScale ?? NoScale, NoScale);
        if (sack) options |= SackBit;
        if (ecn) options |= EcnBit;
        uint stamp = (clock & ~OptionsMask) | options;
        return (int)(stamp - clock) > 0 ? stamp - OptionsMask - 1 : stamp;
    }

    /// <summary>What a checked cookie and the timestamp that came back with it say.</summary>
    /// <param name="mss">By <see cref="TryCheck"/>.</param>
    /// <param name="echo">TSecr; null when the segment has no timestamps.</param>
    public static CookieContent Read(int mss, uint? echo) => echo is not { } stamp
        ? new CookieContent(mss, null, false, false)
        : new CookieContent(
            mss, (stamp & ScaleMask) == NoScale ? null : (byte)(stamp & ScaleMask), (stamp & SackBit) != 0, (stamp & EcnBit) != 0);

    private static ushort[] SizesFor(in InetEndpoint remote) => remote.Address.IsV4OrMapped ? s_sizes : s_sizesV6;

    private static uint IndexOf(int mss, ushort[] sizes)
    {
        int index = sizes.Length - 1;
        while (index > 0 && sizes[index] > mss) index--;
        return (uint)index;
    }

    private static uint PeriodOf(Timestamp now) => (uint)(now.Ticks / Period.Ticks);

    private uint Where(in InetEndpoint local, in InetEndpoint remote) => (uint)_where.Of(
        local.Address.High, local.Address.Low, remote.Address.High, remote.Address.Low, ((uint)local.Port << 16) | remote.Port);

    private uint Mac(in InetEndpoint local, in InetEndpoint remote, SequenceNumber peerIsn, uint period) => (uint)_what.Of(
        local.Address.High, local.Address.Low, remote.Address.High, remote.Address.Low, ((uint)local.Port << 16) | remote.Port,
        ((ulong)period << 32) | peerIsn.Value);
}
