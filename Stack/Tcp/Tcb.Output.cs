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
    private bool _newDataNow;              // whatever Nagle says: RFC 5682 §2.1, step 2b
    private bool _mayPush;                 // a write, or a segment that was taken, is a reason to send what was held back before, as in Linux
    private bool _isRoomy = true;          // the user was told last that there is room
    private bool _wantsRoom;               // a write found too little since then

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
        if (_octets is null)
        {
            if (MaySendText) SendText(now);
        }
        else if (IsSynchronized && Old is null && (_ackNow || _octets.IsAsked))
        {
            OutputAsFreeBsd(now);
        }

        if (_ackNow && State != SynSent) EmitAck(now);
        ArmTimers(now);
        _mayPush = false;      // who hears that there is room may write at once
        NoteWaiting(now);
        CheckInvariants();
    }

    private bool MaySendText => State is Established or CloseWait or FinWait1 or Closing or LastAck || (_isFastOpened && State == SynReceived);

    private int Unsent => _sendRing.End - Snd.Nxt;

    /// <summary>True when octets or a FIN were never sent.</summary>
    private bool HasUnsent => !_isFinSent && (_isFinQueued || _sendRing.End > Snd.Nxt);

    private void SendText(Timestamp now)
    {
        if (_mayPush) _hold = SendHold.None;
        if (_recovery.IsEmpty && !HasUnsent) return;
        FollowPath(now);
        if (_recovery.IsEmpty) _recovery.OnIdle(now);
        SequenceNumber before = Snd.Nxt;
        SendLost(now);
        SendNew(now);
        if (_newDataNow && Snd.Nxt == before && _recovery.EndTest()) SendLost(now);      // RFC 5682 §2.1, step 2b
        (_newDataNow, _isMoreToCome) = (false, false);
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
            for (bool isJoined = false; _recovery.JointOfNext(edge, isJoined) is { } joint && _marks?.KeepsApart(joint) != true; isJoined = true) _recovery.JoinNext();
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
        CoverWritten();
        SendPieces(_newDataNow ? SmallSegments.Leave : _saysThisTime ? _thisTime : Small, isOne: false, isProbe: false, now);
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
        if (!isRoomy) return;
        _wantsRoom = false;
        Tell(TcpNews.Writable);
    }

    private SendWait WaitingFor(bool isRoomy)
    {
        if (_sendRing.Count == 0 && IsAllAcked) return SendWait.Nothing;
        if (_hold == SendHold.Window) return SendWait.PeerWindow;
        return !isRoomy && !HasUnsent ? SendWait.SendBuffer : SendWait.Network;
    }

    private const int RateShift = 10, RttShift = 9;

    private static readonly TimeSpan DeferralLimit = TimeSpan.FromMilliseconds(1);
}
