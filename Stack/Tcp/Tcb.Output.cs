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
    private bool _mayPush;                 // a write, or a segment that was taken, is a reason to send what was held back before, as in Linux
    private bool _isRoomy = true;          // the user was told last that there is room

    /// <summary>What was written and is not acknowledged yet.</summary>
    public ref SendRing Written => ref _sendRing;

    /// <summary>Octets of payload that one segment carries at most, options of every segment taken off.</summary>
    public int Mss { get; private set; }

    /// <summary>The next output sends what was held back before, as far as it may leave.</summary>
    internal void MayPush() => _mayPush = true;

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
        _mayPush = false;
        CheckInvariants();
    }

    private bool MaySendText => State is Established or CloseWait or FinWait1 or Closing or LastAck || (_isFastOpened && State == SynReceived);

    private int Unsent => _sendRing.End - Snd.Nxt;

    /// <summary>True when octets or a FIN were never sent.</summary>
    private bool HasUnsent => !_isFinSent && (_isFinQueued || _sendRing.End > Snd.Nxt);

    private void SendText(Timestamp now)
    {
        _mayPush |= _context.Settings.IsFreeBsd;
        if (_mayPush) _hold = SendHold.None;
        if (_recovery.IsEmpty && !HasUnsent) return;
        FollowPath(now);
        if (_recovery.IsEmpty) _recovery.OnIdle(now);
        SequenceNumber before = Snd.Nxt;
        SendLost(now);
        SendNew(now);
        if (_newDataNow && Snd.Nxt == before && _recovery.EndTest()) SendLost(now);      // RFC 5682 §2.1, step 2b
        (_newDataNow, _isMoreToCome) = (false, _isMoreToCome && _context.Settings.IsFreeBsd);
        if (_mayPush) _saysThisTime = false;
        if (!_isTooBig) return;
        _isTooBig = false;      // the path's MTU is known better now: what was refused goes again, in pieces
        ResendSmaller(now);
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
            SequenceNumber edge = Snd.Una + Snd.Wnd;
            while (_recovery.JointOfNext(edge) is { } joint && _marks?.IsRecordEnd(joint) != true) _recovery.JoinNext();
            if (!_recovery.TryNextRetransmission(Math.Min(quota, most), out SequenceNumber seq, out int length, out int size, edge)) return;
            if (_path.DropsAll)
            {
                _recovery.OnDropped(seq, length, now);
                return;
            }

            EmitText(seq, length, isRetransmission: true, size, now);
        }
    }

    private void SendNew(Timestamp now)
    {
        if (!HasUnsent || !_mayPush) return;
        if (!_context.Settings.IsFreeBsd)
        {
            CoverWritten();
            SendPieces(_newDataNow ? SmallSegments.Leave : _saysThisTime ? _thisTime : Small, isOne: false, isProbe: false, now);
            return;
        }
        _wasIdle = _context.Settings.IsFreeBsd && _recovery.IsEmpty;
        int most = SegmentsPerBurst(), mss = MssAt(now);
        while (HasUnsent && !_isTooBig)
        {
            if (WaitsForPace(now)) return;
            int quota = Math.Min(_recovery.Quota, Math.Max(1, _recovery.Window / 2)), length = 0;
            _hold = quota == 0 ? SendHold.Congestion : PlanBurst(quota, most, mss, out length);
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
    /// <param name="length">The sequence length to send, the FIN included, when nothing holds it.</param>
    private SendHold PlanBurst(int quota, int most, int mss, out int length)
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
        int largest = LargestOfBurst;
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
