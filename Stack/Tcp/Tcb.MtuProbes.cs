using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Trying larger segments, and smaller ones where nothing gets through and nobody says why. RFC 4821, as Linux does it.
internal sealed partial class Tcb
{
    private int Headers => _path.IpHeaderLength + TcpHeader.Length + (_agreed.Timestamps ? TimestampsLength : 0) + SignatureLength;

    private int LargestPacket => _agreed.Mss + _path.IpHeaderLength + TcpHeader.Length;

    private int SegmentIn(int mtu) =>
        Math.Max(Math.Min(mtu - _path.IpHeaderLength - TcpHeader.Length, _agreed.Mss), _context.Settings.MinSendMss) - (Headers - _path.IpHeaderLength - TcpHeader.Length);

    private void BeginMtuSearch(Timestamp now)
    {
        if (_context.Settings.MtuProbing == TcpMtuProbing.Always && !_context.Settings.IsFreeBsd) _recovery.Search = NewSearch(now);
    }

    private MtuSearch NewSearch(Timestamp now)
    {
        int headers = Headers;
        return new MtuSearch { Headers = headers, Low = _context.Settings.BaseMss + headers, High = Math.Min(LargestPacket, _path.MtuAt(now)), Since = now };
    }

    /// <summary>Full segments vanish, and nobody says why: smaller ones may get through. RFC 4821 §7.7.</summary>
    private void SuspectBlackHole(Timestamp now)
    {
        if (_context.Settings.MtuProbing == TcpMtuProbing.Off) return;
        if (_recovery.Search is not { } search)
        {
            _recovery.Search = NewSearch(now);
        }
        else
        {
            int mss = Math.Min(SegmentIn(search.Low) >> 1, _context.Settings.BaseMss);
            search.Low = Math.Max(mss, Math.Max(_context.Settings.MtuProbeFloor, _context.Settings.MinSendMss)) + search.Headers;
        }

        Resize(now);
    }

    /// <summary>Sends a segment that is larger than those before, when all is well and enough is there to follow it.</summary>
    /// <returns>False when nothing else is to be sent either, until there is room for it.</returns>
    private bool ProbeMtu(Timestamp now)
    {
        if (_recovery.Search is not { Probing: 0 } search || _recovery.State != CongestionState.Open || _recovery.Window < LeastForProbe) return true;
        if (_agreed.Sack && (_receiveRing.HasGap || _duplicate.Length > 0)) return true;
        int size = SegmentIn((search.High + search.Low) >> 1), needed = size + ((_recovery.Reordering + 1) * Mss);
        if (size > SegmentIn(search.High) || search.High - search.Low < _context.Settings.MtuProbeThreshold)
        {
            SearchAgain(search, now);
            return true;
        }

        if (Unsent + (_isFinQueued ? 1 : 0) < needed || Snd.Wnd < needed) return true;
        if (Snd.Usable < needed) return false;
        if (_recovery.InFlight + 2 > _recovery.Window) return _recovery.InFlight == 0;
        if (MayJoin(size)) EmitMtuProbe(search, size, now);
        return true;
    }

    // The path may have changed.
    private void SearchAgain(MtuSearch search, Timestamp now)
    {
        if (now - search.Since < _context.Settings.MtuProbeInterval) return;
        (search.Probing, search.High, search.Low, search.Since) = (0, LargestPacket, Mss + search.Headers, now);
    }

    // No record ends within the first octets.
    private bool MayJoin(int octets) => _marks is not { HasRecords: true } || _marks.RecordEndAfter(Snd.Nxt) is not { } end || end - Snd.Nxt >= octets;

    private void EmitMtuProbe(MtuSearch search, int size, Timestamp now)
    {
        SequenceNumber end = Snd.Nxt + size;
        bool isPushed = false;
        while (_pieces.Count > 0 && _pieces.Head.End <= end)
        {
            isPushed |= _pieces.Head.Has(PieceMarks.Push);
            _pieces.RemoveHead();
        }

        (search.First, search.End, search.Probing) = (Snd.Nxt, end, size + search.Headers);
        EmitText(Snd.Nxt, size, isRetransmission: false, size, now, isPushed);
        _recovery.OnMtuProbeSent();
    }

    private const int LeastForProbe = 11;
}
