using System.Net.NetworkInformation;
using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What is sent next: what was lost, then what is new, then a bare acknowledgment.
internal sealed partial class Tcb
{
    public SendSequenceSpace Snd;

    private SendRing _sendRing;
    private SendHold _hold;                // what kept the last output from sending all there is
    private bool _isFinQueued, _isFinSent;
    private bool _wasIdle;                 // nothing was in flight as the sending began: FreeBSD's Nagle looks at that alone
    private bool _newDataNow;              // whatever Nagle says: RFC 5682 §2.1, step 2b
    private bool _sendsOnlyAgain;          // a timer, or a segment that is dropped, is no reason to send what was held back before: Linux
    private bool _isRoomy = true;          // the user was told last that there is room

    /// <summary>What was written and is not acknowledged yet.</summary>
    public ref SendRing Written => ref _sendRing;

    /// <summary>Octets of payload that one segment carries at most, options of every segment taken off.</summary>
    public int Mss { get; private set; }

    /// <summary>Sends what may be sent. Asked once, before the gate is left, whatever happened meanwhile.</summary>
    public void Output(Timestamp now)
    {
        if (IsGone || State == Listen) return;
        OnReadBefore(now);
        if (_isSynDue) EmitSyn(now);
        if (MaySendText) SendText(now);
        if (_ackNow && State != SynSent) EmitAck(now);
        ArmTimers(now);
        NoteWaiting(now);
        _sendsOnlyAgain = false;
        CheckInvariants();
    }

    private bool MaySendText => State is Established or CloseWait or FinWait1 or Closing or LastAck || (_isFastOpened && State == SynReceived);

    private int Unsent => _sendRing.End - Snd.Nxt;

    /// <summary>True when octets or a FIN were never sent.</summary>
    private bool HasUnsent => !_isFinSent && (_isFinQueued || _sendRing.End > Snd.Nxt);

    private void SendText(Timestamp now)
    {
        if (!_sendsOnlyAgain) _hold = SendHold.None;
        if (_recovery.IsEmpty && !HasUnsent) return;
        FollowPath(now);
        if (_recovery.IsEmpty) _recovery.OnIdle(now);
        SequenceNumber before = Snd.Nxt;
        SendLost(now);
        SendNew(now);
        if (_newDataNow && Snd.Nxt == before && _recovery.EndTest()) SendLost(now);      // RFC 5682 §2.1, step 2b
        _newDataNow = false;
        if (!_isTooBig) return;
        _isTooBig = false;      // the path's MTU is known better now: what was refused goes again, in pieces
        FollowPath(now);
        SendLost(now);
        SendNew(now);
    }

    private void SendLost(Timestamp now)
    {
        int most = 0;
        while (_recovery.Quota is > 0 and var quota)
        {
            if (WaitsForRoom || WaitsForPace(now)) return;
            if (most == 0) most = SegmentsPerBurst();
            JoinSmall();
            if (!_recovery.TryNextRetransmission(Math.Min(quota, most), out SequenceNumber seq, out int length, out int size)) return;
            // What a shrunken window does not cover any more is not sent; the oldest segment is, as a probe. RFC 9293 §3.8.6.
            if (seq != Snd.Una && seq + length > Snd.Una + Snd.Wnd) return;
            if (_path.DropsAll)
            {
                _recovery.OnDropped(seq, length, now);
                return;
            }

            EmitText(seq, length, isRetransmission: true, size, now);
        }
    }

    private void JoinSmall()
    {
        int most = Math.Min(Mss, Snd.Wnd);
        while (_recovery.JointOfOldest(most) is { } joint && _marks?.IsRecordEnd(joint) != true) _recovery.JoinOldest();
    }

    private void SendNew(Timestamp now)
    {
        if (!HasUnsent || _sendsOnlyAgain) return;
        _wasIdle = _context.Settings.IsFreeBsd && _recovery.IsEmpty;
        int most = SegmentsPerBurst(), mss = MssAt(now);
        while (HasUnsent && !_isTooBig)
        {
            if (WaitsForPace(now)) return;
            int quota = Math.Min(_recovery.Quota, Math.Max(1, _recovery.Window / 2)), length = 0;
            _hold = quota == 0 ? SendHold.Congestion : PlanBurst(quota, most, mss, now, out length);
            if (_hold == SendHold.Congestion) _recovery.OnQuotaExhausted(now);
            if (_hold != SendHold.None) return;
            if (WaitsForRoom) return;
            if (_path.DropsAll)
            {
                _hold = SendHold.Drop;
                _recovery.OnDropped(Snd.Nxt, 0, now);
                return;
            }

            EmitText(Snd.Nxt, length, isRetransmission: false, mss, now);
        }
    }

    /// <summary>True when the link's queue is full: the rest is sent once it is not.</summary>
    private bool WaitsForRoom
    {
        get
        {
            if (_path.HasRoom) return false;
            _hold = SendHold.Link;
            _context.WaitForLink(this);
            return true;
        }
    }

    /// <summary>How much leaves next, in one burst, by the windows and without needlessly small segments.</summary>
    /// <param name="quota">Segments that the congestion window still takes; half of it at most, so that two bursts are under way.</param>
    /// <param name="most">Segments that make a burst.</param>
    /// <param name="mss">Octets of a full segment.</param>
    /// <param name="now">The time.</param>
    /// <param name="length">The sequence length to send, the FIN included, when nothing holds it.</param>
    private SendHold PlanBurst(int quota, int most, int mss, Timestamp now, out int length)
    {
        int unsent = Unsent, window = Snd.Usable;
        bool isWhole = false;      // a record that ends before the last octet does not wait to be filled up
        if (_marks is { HasRecords: true } && _marks.RecordEndAfter(Snd.Nxt) is { } end && end < _sendRing.End) (unsent, isWhole) = (end - Snd.Nxt, true);
        length = unsent;
        if (_context.Settings.IsFreeBsd && FitsAsFreeBsd(unsent, window, mss, out length)) return SendHold.None;
        // Sender's silly window avoidance, RFC 9293 §3.8.6.2.1: mss is at most half of the largest window ever offered.
        if (window < Math.Clamp(unsent, 1, mss)) return SendHold.Window;
        if (unsent <= mss)
        {
            if (unsent < mss && !isWhole && !_isFinQueued && !IsUrgent && WhatHoldsSmall is not SendHold.None and var held) return held;
        }
        else
        {
            if (!_context.Settings.IsFreeBsd && Defers(quota, most, mss, unsent, now, out SendHold reason)) return reason;
            length = Math.Min(mss * Math.Min(quota, most), Math.Min(unsent, window));
            int partial = length % mss;
            if (partial != 0 && length > mss && !isWhole && !_isFinQueued && WhatHoldsSmall != SendHold.None) length -= partial;
        }

        if (_isFinQueued && length == unsent && !isWhole && (window > unsent || _context.Settings.IsFreeBsd)) length++;
        return SendHold.None;
    }

    /// <summary>What FreeBSD sends though no full segment fits: a FIN, for which the window counts nothing, and half of the largest window ever.</summary>
    private bool FitsAsFreeBsd(int unsent, int window, int mss, out int length)
    {
        length = unsent;
        if (unsent == 0 && _isFinQueued)
        {
            length = 1;
            return true;
        }

        if (window >= Math.Min(unsent, mss) || window == 0 || window < Snd.MaxWnd >> 1) return false;
        length = window;
        return true;
    }

    /// <summary>
    /// A burst that the window makes shorter than it could be waits for the next acknowledgment, if that is likely to come
    /// soon, as in Linux: fewer, larger bursts cost less.
    /// </summary>
    private bool Defers(int quota, int most, int mss, int unsent, Timestamp now, out SendHold reason)
    {
        reason = SendHold.None;
        if (_newDataNow || _recovery.State >= CongestionState.Recovery) return false;
        if (now - _recovery.LastSentAt > DeferralLimit || _recovery.HeadSentAt == Timestamp.Never) return false;
        long congestion = (long)_recovery.Quota * mss, window = Snd.Usable, room = Math.Min(congestion, window);
        if (room >= (long)most * mss) return false;
        int divisor = _context.Settings.BurstWindowDivisor;
        long enough = divisor > 0 ? Math.Min(Snd.Wnd, (long)_recovery.Window * mss) / divisor : 3L * mss + 1;
        if (room >= enough) return false;
        TimeSpan roundTrip = _recovery.Rtt.Smoothed, untilAck = _recovery.HeadSentAt + roundTrip - now;
        if (untilAck > DeferralLimit || untilAck > roundTrip / 2) return false;      // too long a wait
        bool isCongestion = congestion < window;
        if (room > unsent && _isFinQueued) return false;
        reason = room > unsent ? SendHold.Deferral : isCongestion ? SendHold.Congestion : SendHold.Window;
        return true;
    }

    /// <summary>Why a segment that is not full may not leave yet: TCP_CORK, or Nagle's rule. RFC 9293 §3.7.4.</summary>
    private SendHold WhatHoldsSmall
    {
        get
        {
            if (_newDataNow) return SendHold.None;
            if (IsCorked) return SendHold.Cork;
            if (Options.NoDelay || _recovery.IsEmpty || _wasIdle) return SendHold.None;
            bool isSmallOut = Snd.SmallEnd > Snd.Una && Snd.SmallEnd <= Snd.Nxt;
            return isSmallOut || _context.Settings.Profile.WaitsForAllAcked ? SendHold.Nagle : SendHold.None;
        }
    }

    private bool IsCorked => (Options.Cork || _isMoreToCome) && _sendRing.End > Snd.UncorkedEnd;

    private bool IsUrgent => Snd.Up > Snd.Una;

    /// <summary>Segments of one burst: about a millisecond's worth at the rate of the window, more on a short path, as in Linux.</summary>
    private int SegmentsPerBurst()
    {
        if (IsUrgent || IsSigned) return 1;
        int largest = Math.Min(_path.LargestBurst, ushort.MaxValue) - _path.IpHeaderLength - Wire.TcpHeader.MaxLength;
        int fitting = Math.Max(1, largest / Mss);
        if (_recovery.MinRtt is not { } rtt || _recovery.Rate is not (> 0 and var rate)) return fitting;
        long octets = (rate >> RateShift) + (largest >> (int)Math.Min(31, rtt.Ticks / TimeSpan.TicksPerMicrosecond >> RttShift));
        return (int)Math.Clamp(octets / Mss, Math.Min(_context.Settings.MinBurst, fitting), fitting);
    }

    /// <summary>The user hears that there is room once a third is free again; and what the sender waits for is kept account of.</summary>
    private void NoteWaiting(Timestamp now)
    {
        bool isRoomy = HasRoom;
        _accounts.Switch(WaitingFor(isRoomy), now);
        if (isRoomy == _isRoomy) return;
        _isRoomy = isRoomy;
        if (isRoomy) Tell(TcpNews.Writable);
    }

    private SendWait WaitingFor(bool isRoomy)
    {
        if (_sendRing.Count == 0 && _recovery.IsEmpty) return SendWait.Nothing;
        if (_hold == SendHold.Window) return SendWait.PeerWindow;
        return !isRoomy && !HasUnsent ? SendWait.SendBuffer : SendWait.Network;
    }

    private const int RateShift = 10, RttShift = 9;

    private static readonly TimeSpan DeferralLimit = TimeSpan.FromMilliseconds(1);
}
