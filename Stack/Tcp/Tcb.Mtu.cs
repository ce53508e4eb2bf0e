using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// How large a segment gets through. RFC 9293 §3.7.1, RFC 1191, RFC 4821.
internal sealed partial class Tcb
{
    private int _followedMtu;      // the path's MTU when Mss was found

    /// <summary>Routers may break its packets up: IP_MTU_DISCOVER, net.inet.tcp.path_mtu_discovery.</summary>
    private bool MayBeFragmented(ConnectionOptions options) =>
        options.Discovery is 0 or 5 || _context.Settings is { IsFreeBsd: true, FindsPathMtu: false };

    /// <summary>Takes notice of the path's MTU when it has changed.</summary>
    private void FollowPath(Timestamp now)
    {
        if (_context.Settings.IsFreeBsd || _path.MtuAt(now) != _followedMtu) Resize(now);
    }

    /// <summary>Finds anew how large segments may be: by the path's MTU, the peer's largest window, and what was found by trying.</summary>
    /// <remarks>When Linux does so shows: an MTU that changes, or a window that grows beyond all before. RFC 9293 §3.7.1.</remarks>
    private void Resize(Timestamp now)
    {
        _followedMtu = _path.MtuAt(now);
        int mss = SegmentLimit(now);
        if (mss == Mss) return;
        Mss = mss;
        if (_octets is null) _recovery.Mss = mss;
    }

    /// <summary>What left in segments that were too large goes again, in smaller ones.</summary>
    private void ResendSmaller(Timestamp now)
    {
        int before = Mss;
        FollowPath(now);
        if (_octets is not null) SendAgainAsFreeBsd();
        else if (Mss < before) _recovery.OnMtuReduced(Mss);
    }

    /// <summary>True when a report of a path's MTU is taken: over IPv6, Linux takes none that would let larger segments through than are sent.</summary>
    public bool IsSmaller(int mtu) => _context.Settings.IsFreeBsd || !IsSynchronized || Binding.RemoteAddress.IsV4OrMapped || SegmentIn(mtu) < Mss;

    /// <summary>Octets of payload in a full segment.</summary>
    private int SegmentLimit(Timestamp now)
    {
        // Linux has TCP_MAXSEG count in the handshake, and no more afterwards.
        int mss = Math.Min(_agreed.Mss, _context.Settings.IsFreeBsd ? LinkMss(now) : PathMss(now));
        if (_context.Settings is { IsFreeBsd: true, FindsPathMtu: false }) mss = Math.Min(mss, DefaultMss);
        if (_octets is { MssCeiling: > 0 and var ceiling }) mss = Math.Min(mss, ceiling);
        mss = Math.Max(mss, _context.Settings.MinSendMss);
        if (_agreed.Timestamps) mss -= TimestampsLength;
        mss -= SignatureLength;
        if (_context.Settings.IsFreeBsd) return mss;      // how much of a small window is used is settled as segments leave
        mss = HalfOfWindow(mss);
        if (_recovery.Search is not { } search) return mss;
        search.High = Math.Min(search.High, _path.MtuAt(now));
        return Math.Min(mss, SegmentIn(search.Low));
    }

    /// <summary>The largest segment that the link to the peer, and TCP_MAXSEG, allow: what is offered in a SYN.</summary>
    private int LinkMss(Timestamp now)
    {
        int mss = PathMss(now);
        return Options.MaxSegment > 0 ? Math.Min(mss, Options.MaxSegment) : mss;
    }

    private int PathMss(Timestamp now) => Math.Min(_path.MtuAt(now) - _path.IpHeaderLength - TcpHeader.Length, ushort.MaxValue);

    private const int TimestampsLength = 12, SmallestMss = 28;
}
