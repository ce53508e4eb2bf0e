using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Tcp;

/// <content>
/// Cookies as FreeBSD makes them: what both ends agreed on stands in the number itself, so that it needs no timestamps.
/// <code>
///  31                    8 7        5 4        2   1        0
/// |         MAC           | which MSS | which   | SACK | odd   |   the low octet + the MAC's high one
/// |                       |           | scale   |      | period|
/// </code>
/// </content>
internal sealed partial class SynCookies
{
    private const int FreeBsdLifetime = 15;      // seconds that a secret is in use
    private const int MssShift = 5, WindowScaleShift = 2, IndexMask = 7;
    private const uint SackFlag = 2, OddFlag = 1, LowOctet = 0xFF;

    private static readonly ushort[] FreeBsdSizes = [216, 536, 1200, 1360, 1400, 1440, 1452, 1460];

    private static ReadOnlySpan<byte> FreeBsdScales => [0, 0, 1, 2, 4, 6, 7, 8];      // the first stands for none

    /// <summary>The initial sequence number of a SYN-ACK.</summary>
    /// <param name="local">This host's end.</param>
    /// <param name="remote">The peer's.</param>
    /// <param name="peerIsn">The number of its SYN.</param>
    /// <param name="content">What was agreed on.</param>
    /// <param name="now">The time.</param>
    public SequenceNumber MakeAsFreeBsd(in InetEndpoint local, in InetEndpoint remote, SequenceNumber peerIsn, in CookieContent content, Timestamp now)
    {
        uint period = FreeBsdPeriodOf(now);
        int size = FreeBsdSizes.Length - 1, scale = 0;
        while (size > 0 && FreeBsdSizes[size] > content.Mss) size--;
        if (content.PeerScale is { } shift)
        {
            scale = FreeBsdScales.Length - 1;
            while (scale > 1 && FreeBsdScales[scale] > shift) scale--;
        }

        uint flags = ((uint)size << MssShift) | ((uint)scale << WindowScaleShift) | (period & OddFlag) | (content.Sack ? SackFlag : 0);
        uint mac = Mac(local, remote, peerIsn + (int)flags, period);
        return new SequenceNumber((mac & ~LowOctet) | (flags ^ (mac >> 24)));
    }

    /// <summary>Judges the number that a peer acknowledges, and reads it.</summary>
    /// <returns>False when it was not made for this peer, or too long ago.</returns>
    public bool TryReadAsFreeBsd(
        SequenceNumber cookie, in InetEndpoint local, in InetEndpoint remote, SequenceNumber peerIsn, Timestamp now, out CookieContent content)
    {
        uint flags = (cookie.Value ^ (cookie.Value >> 24)) & LowOctet, period = FreeBsdPeriodOf(now);
        if ((period & OddFlag) != (flags & OddFlag)) period--;
        int size = (int)(flags >> MssShift) & IndexMask, scale = (int)(flags >> WindowScaleShift) & IndexMask;
        content = new CookieContent(FreeBsdSizes[size], scale == 0 ? null : FreeBsdScales[scale], (flags & SackFlag) != 0, false);
        return ((Mac(local, remote, peerIsn + (int)flags, period) ^ cookie.Value) & ~LowOctet) == 0;
    }

    private static uint FreeBsdPeriodOf(Timestamp now) => (uint)(now.Ticks / TimeSpan.TicksPerSecond / FreeBsdLifetime) + 1;
}
