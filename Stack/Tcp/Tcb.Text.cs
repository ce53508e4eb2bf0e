using System.Net.NetworkInformation;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// The seventh step: the octets themselves, when they are acknowledged, and how many more may come.
internal sealed partial class Tcb
{
    private readonly ReceiveRing _receiveRing;
    private SequenceNumber _lastAckSent;      // Last.ACK.sent of RFC 7323 §4.3
    private bool _isReadEnded;                // the peer's FIN, or an error, came
    private bool _isReadShut;                 // the user wants no more
    private bool _ackNow;
    private int _windowSpace;                 // octets that the user may leave unread

    /// <summary>What was received and not yet read.</summary>
    public ReceiveRing Received => _receiveRing;

    /// <summary>True when nothing more will come once <see cref="Received"/> is empty.</summary>
    public bool IsReadEnded => _isReadEnded || _isReadShut;

    private DropReason OnText(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        ReadOnlySpan<byte> text = segment.Payload;
        if (text.IsEmpty) return DropReason.None;
        if (_isReadEnded || State is not (Established or FinWait1 or FinWait2)) return DropReason.TcpUnexpected;
        if (!HasUser && !IsPending)      // RFC 9293 §3.10.7.4, RFC 2525 §2.17: nobody will ever read it
        {
            Abort(now);
            return DropReason.TcpNobodyReads;
        }

        int excess = (seq + text.Length) - Rcv.Edge;
        if (excess > 0) text = text[..Math.Max(0, text.Length - excess)];
        InsertResult result = _receiveRing.Insert(seq, text);
        Rcv.Nxt = _receiveRing.Next;
        if (result.HasFilledGap) _ackNow = true;
        else if (result.Advanced == 0 || _receiveRing.HasGap) AckAtOnce(now);      // RFC 5681 §4.2: the sender counts them
        else OnInOrder(result.Advanced, now);
        if (result.Advanced > 0) Tell(TcpNews.Readable);
        return DropReason.None;
    }

    /// <summary>At least every second segment is acknowledged, and none waits for long. RFC 9293 §3.8.6.3.</summary>
    private void OnInOrder(int octets, Timestamp now)
    {
        int unacked = Rcv.Nxt - _lastAckSent;
        if (unacked > Mss || octets > Mss) _ackNow = true;
        else if (!_timers.IsSet(TcpTimer.DelayedAck)) _timers[TcpTimer.DelayedAck] = now + _context.Settings.Profile.DelayedAckMin;
    }

    /// <summary>The user has read octets: the window may open. RFC 9293 §3.8.6.2.2.</summary>
    public void OnRead()
    {
        if (State is not (Established or FinWait1 or FinWait2)) return;
        int gain = OfferedWindow() - Rcv.Wnd;
        if (gain < Math.Min(Mss, _windowSpace / 2) || gain < Rcv.Wnd / 2) return;
        _ackNow = true;
        _context.Touch(this);
    }

    /// <summary>What may be offered: the space that is free, at least what was offered before.</summary>
    private int OfferedWindow()
    {
        int free = Math.Max(0, _windowSpace - _receiveRing.Count);
        int scale = _agreed.ReceiveScale;
        free = Math.Min(free, ushort.MaxValue << scale) >> scale << scale;
        if (free < Math.Min(Mss, _windowSpace / 2)) free = 0;
        return Math.Max(free, Rcv.Wnd);
    }

    private void ChooseWindow() => _windowSpace = _context.Settings.ReceiveBuffer.Default / 2;
}
