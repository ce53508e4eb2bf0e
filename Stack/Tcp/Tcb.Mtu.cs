using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// How large a segment gets through. RFC 9293 §3.7.1, RFC 1191, RFC 4821.
internal sealed partial class Tcb
{
    private int _mssCeiling;               // what was found by trying, where routers tell nothing; 0 for no limit
    private Timestamp _mssCeilingUntil;

    /// <summary>Takes notice of the path's MTU, of the peer's largest window, and of what was found by trying.</summary>
    private void FollowPath(Timestamp now)
    {
        if (_mssCeiling != 0 && now >= _mssCeilingUntil) _mssCeiling = 0;      // perhaps the path has changed
        int mss = SegmentLimit(now);
        if (mss == Mss) return;
        bool isLess = mss < Mss;
        Mss = mss;
        if (isLess) _recovery.OnMtuReduced(mss);
        else _recovery.Mss = mss;
    }

    /// <summary>Octets of payload in a full segment.</summary>
    private int SegmentLimit(Timestamp now)
    {
        int mss = Math.Min(_agreed.Mss, LinkMss(now));
        if (_mssCeiling != 0) mss = Math.Min(mss, _mssCeiling);
        mss = Math.Max(mss, _context.Settings.MinSendMss);
        if (_agreed.Timestamps) mss -= TimestampsLength;
        mss -= SignatureLength;
        if (_context.Settings.IsFreeBsd) return mss;      // how much of a small window is used is settled as segments leave
        // Half of the largest window that the peer ever offered, so that two segments fit. RFC 9293 §3.8.6.2.1.
        int most = Snd.MaxWnd > AgreedOptions.DefaultMssV4 ? Snd.MaxWnd / 2 : Snd.MaxWnd;
        return most > 0 ? Math.Min(mss, Math.Max(most, SmallestMss)) : mss;
    }

    /// <summary>The largest segment that the link to the peer, and TCP_MAXSEG, allow: what is offered in a SYN.</summary>
    private int LinkMss(Timestamp now)
    {
        int mss = Math.Min(_path.MtuAt(now) - _path.IpHeaderLength - TcpHeader.Length, ushort.MaxValue);
        return Options.MaxSegment > 0 ? Math.Min(mss, Options.MaxSegment) : mss;
    }

    /// <summary>Full segments vanish, and nobody says why: smaller ones may get through. RFC 4821 §7.7, as Linux does it.</summary>
    private void SuspectBlackHole(Timestamp now)
    {
        if (_context.Settings.MtuProbing == TcpMtuProbing.Off) return;
        int next = _mssCeiling == 0 ? _context.Settings.BaseMss : Math.Max(_mssCeiling / 2, _context.Settings.MinSendMss);
        _mssCeiling = _mssCeiling == 0 ? Math.Min(next, Mss) : next;
        _mssCeilingUntil = now + _context.Settings.MtuProbeInterval;
    }

    private const int TimestampsLength = 12, SmallestMss = 28;
}
