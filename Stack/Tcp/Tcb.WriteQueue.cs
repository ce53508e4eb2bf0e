using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What becomes of a segment that is not full, this time.</summary>
[Flags]
internal enum SmallSegments : byte
{
    /// <summary>It waits while one before it is unacknowledged. RFC 9293 §3.7.4.</summary>
    Wait = 0,

    /// <summary>It leaves: TCP_NODELAY.</summary>
    Leave = 1,

    /// <summary>It waits to be filled up: TCP_CORK, MSG_MORE.</summary>
    Fill = 2,

    /// <summary>It leaves although it may be said that it waits.</summary>
    Push = 4,
}

// What is written goes into pieces, and pieces into bursts, as in Linux: what each write has, how much memory is in use, and what may leave.
internal sealed partial class Tcb
{
    private WriteQueue _pieces;
    private SmallSegments _thisTime;        // what the call that is over said of small segments: for the next output alone
    private bool _saysThisTime;
    private bool _isPushed;                 // TCP_NODELAY, or the end of TCP_CORK, lets go of what is there, until more is queued

    /// <summary>Octets of memory that what was written takes up, packets' own share included: SK_MEMINFO_WMEM_QUEUED.</summary>
    public int MemoryQueued => _sendRing.Count + (PieceCost * (_pieces.Count + _recovery.Bursts));

    // SO_SNDBUF as Linux counts it.
    private bool IsMemoryFree => MemoryQueued < _sendRing.Capacity && (uint)Math.Max(0, Unsent) < NotSentLowWater;

    /// <summary>Takes as many octets as there is memory for, and sends meanwhile what full pieces there are.</summary>
    private int WriteAsLinux(ReadOnlySpan<byte> octets, Timestamp? now)
    {
        CoverWritten();
        int taken = 0, goal = PieceGoal;
        while (taken < octets.Length)
        {
            int room = _pieces.Count > 0 && !_pieces.Tail.Has(PieceMarks.EndsRecord) ? goal - (_sendRing.End - _pieces.TailStart(Snd.Nxt)) : 0;
            if (room <= 0)
            {
                if (!IsMemoryFree) break;
                _pieces.Add(_sendRing.End);
                _isPushed = false;
                room = goal;
            }

            int length = Math.Min(room, octets.Length - taken);
            _sendRing.Take(octets.Slice(taken, length));
            if (taken == 0) _pieces.Tail.Marks &= ~PieceMarks.Push;
            _pieces.Tail.End = _sendRing.End;
            taken += length;
            if (length == room && taken < octets.Length) PushFullPiece(now);
        }

        if (taken == 0) return 0;
        // What is not all there does not wait for more.
        bool isShort = taken < octets.Length;
        if (!_isMoreToCome || isShort || IsPushForced) MarkPush();
        SayThisTime(isShort ? SmallSegments.Push : _isMoreToCome ? SmallSegments.Fill : Small);
        return taken;
    }

    private void SayThisTime(SmallSegments what) => (_thisTime, _saysThisTime) = (what, true);

    private void PushFullPiece(Timestamp? now)
    {
        bool isForced = IsPushForced, mayLeave = now is not null && MaySendText;
        if (isForced) MarkPush();
        if (!mayLeave || (!isForced && _pieces.Count > 1)) return;
        FollowPath(now.GetValueOrDefault());
        SendPieces(SmallSegments.Push, isOne: !isForced, isProbe: false, now.GetValueOrDefault());
    }

    // Half of the largest window was written since the last PSH.
    private bool IsPushForced => _sendRing.End > Snd.PushEnd + (Snd.MaxWnd >> 1);

    private void MarkPush()
    {
        if (_pieces.Count > 0) _pieces.Tail.Marks |= PieceMarks.Push;
        Snd.PushEnd = _sendRing.End;
    }

    // What is in the ring and in no piece: it went with a SYN, or was written into lent memory. And the FIN.
    private void CoverWritten()
    {
        while (_pieces.Count > 0 && _pieces.Head.End <= Snd.Nxt && !_pieces.Head.Has(PieceMarks.Fin)) _pieces.RemoveHead();
        SequenceNumber covered = _pieces.Count > 0 ? SequenceNumber.Max(_pieces.End, Snd.Nxt) : Snd.Nxt;
        if (_sendRing.End > covered)
        {
            int goal = PieceGoal;
            if (_pieces.Count > 0 && !_pieces.Tail.Has(PieceMarks.EndsRecord))
            {
                int fill = Math.Min(_sendRing.End - covered, goal - (covered - _pieces.TailStart(Snd.Nxt)));
                if (fill > 0) covered = _pieces.Tail.End = covered + fill;
            }

            for (; _sendRing.End > covered; covered = _pieces.End) _pieces.Add(covered + Math.Min(goal, _sendRing.End - covered));
            MarkPush();
        }

        if (!_isFinQueued || _isFinSent || (_pieces.Count > 0 && _pieces.Tail.Has(PieceMarks.Fin))) return;
        if (_pieces.Count == 0) _pieces.Add(_sendRing.End);
        _pieces.Tail.Marks |= PieceMarks.Fin;
        SayThisTime(SmallSegments.Leave);
    }

    /// <summary>Octets of a piece: what makes the largest burst, and half of the largest window ever offered.</summary>
    private int PieceGoal
    {
        get
        {
            int mss = Math.Max(1, Mss);
            return Math.Max(HalfOfWindow(LargestOfBurst) / mss * mss, mss);
        }
    }

    private int LargestOfBurst => Math.Min(MostOfBurst, Math.Min(_path.LargestBurst, ushort.MaxValue) - _path.IpHeaderLength - Wire.TcpHeader.MaxLength);

    // So that two fit into the largest window that the peer ever offered. RFC 9293 §3.8.6.2.1.
    private int HalfOfWindow(int octets)
    {
        int most = Snd.MaxWnd > AgreedOptions.DefaultMssV4 ? Snd.MaxWnd / 2 : Snd.MaxWnd;
        return most > 0 && octets > most ? Math.Max(most, SmallestMss) : octets;
    }

    private SmallSegments Small => (Options.NoDelay ? SmallSegments.Leave : default) | (Options.Cork ? SmallSegments.Fill : default)
        | (_isPushed ? SmallSegments.Push : default);

    /// <summary>Sends what pieces may leave.</summary>
    /// <param name="small">What becomes of small segments.</param>
    /// <param name="isOne">One burst alone.</param>
    /// <param name="isProbe">Whatever the congestion window says: the tail loss probe.</param>
    /// <param name="now">The time.</param>
    private void SendPieces(SmallSegments small, bool isOne, bool isProbe, Timestamp now)
    {
        if (!isOne && !ProbeMtu(now)) return;
        int most = SegmentsPerBurst(), mss = MssAt(now);
        while (_pieces.Count > 0 && !_isTooBig)
        {
            if (WaitsForPace(now)) return;
            int quota = Math.Min(_recovery.Quota, Math.Max(1, _recovery.Window / 2)), length = 0;
            if (isProbe) quota = Math.Max(1, quota);
            _hold = quota == 0 ? SendHold.Congestion : PlanPiece(Math.Min(quota, most), mss, small, isOne, now, out length);
            if (_hold == SendHold.Congestion) _recovery.OnQuotaExhausted(now);
            if (_hold != SendHold.None || WaitsForRoom) return;
            if (_path.DropsAll)
            {
                _hold = SendHold.Drop;
                _recovery.OnDropped(Snd.Nxt, 0, now);
                return;
            }

            EmitPiece(length, mss, now);
            if (isOne) return;
        }
    }

    // The beginning of the head leaves, or all of it.
    private void EmitPiece(int length, int mss, Timestamp now)
    {
        WrittenPiece head = _pieces.Head;
        bool isAll = Snd.Nxt + length == head.End;
        if (isAll) _pieces.RemoveHead();
        EmitText(Snd.Nxt, length + (isAll && head.Has(PieceMarks.Fin) ? 1 : 0), isRetransmission: false, mss, now, isAll && head.Has(PieceMarks.Push));
    }

    /// <summary>How much of the head leaves in one burst.</summary>
    /// <param name="segments">At most so many segments.</param>
    /// <param name="mss">Octets of a full segment.</param>
    /// <param name="small">What becomes of small segments.</param>
    /// <param name="isOne">It does not wait for a larger burst to become possible.</param>
    /// <param name="now">The time.</param>
    /// <param name="length">Octets, when nothing holds it.</param>
    private SendHold PlanPiece(int segments, int mss, SmallSegments small, bool isOne, Timestamp now, out int length)
    {
        int most = segments * mss;
        length = _pieces.Head.End - Snd.Nxt;
        if (length < most && _pieces.Count > 1 && !_pieces.Head.Has(PieceMarks.EndsRecord))
        {
            _pieces.Join(most - length);
            length = _pieces.Head.End - Snd.Nxt;
        }

        bool hasFin = _pieces.Head.Has(PieceMarks.Fin), isLast = _pieces.Count == 1;
        int window = Snd.Usable;
        if ((length > mss ? mss : length + (hasFin ? 1 : 0)) > window) return SendHold.Window;
        if (length <= mss) return isLast && !hasFin && !IsUrgent && (small & SmallSegments.Push) == 0 ? WhatHolds(length < mss, small) : SendHold.None;
        if (!isOne && Defers(SegmentsPerBurst(), length, now, out SendHold reason)) return reason;
        if (IsUrgent)
        {
            length = mss;
            return SendHold.None;
        }

        if (most <= window && !isLast)
        {
            length = Math.Min(length, most);
            return SendHold.None;
        }

        int needed = Math.Min(length, window);
        if (most <= needed) needed = most;
        else if (needed % mss is > 0 and var partial && WhatHolds(true, small) != SendHold.None) needed -= partial;
        length = needed;
        return SendHold.None;
    }

    private SendHold WhatHolds(bool isPartial, SmallSegments small)
    {
        if (!isPartial) return SendHold.None;
        if ((small & SmallSegments.Fill) != 0) return SendHold.Cork;
        bool isSmallOut = Snd.SmallEnd > Snd.Una && Snd.SmallEnd <= Snd.Nxt;
        return small == SmallSegments.Wait && !_recovery.IsEmpty && isSmallOut ? SendHold.Nagle : SendHold.None;
    }

    /// <summary>
    /// A burst that the window makes shorter than it could be waits for the next acknowledgment, if that is likely to come
    /// soon, as in Linux: fewer, larger bursts cost less.
    /// </summary>
    private bool Defers(int most, int length, Timestamp now, out SendHold reason)
    {
        reason = SendHold.None;
        if (_recovery.State >= CongestionState.Recovery) return false;
        Timestamp last = _recovery.Pacer is { } pacer ? Timestamp.Max(_recovery.LastSentAt, pacer.Next) : _recovery.LastSentAt;
        if (now - last > DeferralLimit || _recovery.HeadSentAt == Timestamp.Never) return false;
        long congestion = (long)_recovery.Quota * Mss, window = Snd.Usable, room = Math.Min(congestion, window);
        if (room >= (long)most * Mss) return false;
        if (_pieces.Count > 1 && room >= length) return false;
        int divisor = _context.Settings.BurstWindowDivisor;
        if (divisor > 0 ? room >= Math.Min(Snd.Wnd, (long)_recovery.Window * Mss) / divisor : room > 3L * Mss) return false;
        TimeSpan roundTrip = _recovery.Rtt.Smoothed, untilAck = _recovery.HeadSentAt + roundTrip - now;
        if (untilAck > DeferralLimit || untilAck > roundTrip / 2) return false;      // too long a wait
        reason = congestion < window ? SendHold.Congestion : SendHold.Window;
        if (Math.Min(congestion, window) <= length) return true;
        if (_pieces.Head.Has(PieceMarks.Fin | PieceMarks.EndsRecord)) return false;
        reason = SendHold.Deferral;
        return true;
    }

    private const int MostOfBurst = 65_279;      // octets that leave headers room in the largest packet that Linux has cut up
    private const int PieceCost = 832;      // octets that Linux's memory accounts count for a packet beside its payload
}
