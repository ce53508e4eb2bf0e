using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Text and FIN as FreeBSD takes them, and when it acknowledges. RFC 9293 §3.8.6.3.
internal sealed partial class Tcb
{
    /// <summary>Octets of a full segment, options of every segment included: FreeBSD's t_maxseg.</summary>
    public int WholeSegment => Mss + (_agreed.Timestamps ? TimestampsLength : 0) + SignatureLength;

    /// <summary>SO_SNDBUF of a connection: whole segments, as soon as it is known how large these are.</summary>
    public int WholeSendBuffer
    {
        get
        {
            TcpSettings settings = _context.Settings;
            int buffer = Options.SendBuffer ?? settings.SendBuffer.Default, whole = WholeSegment;
            if (_octets!.HasUnknownMss || buffer < whole) return buffer;
            return (int)Math.Min((buffer + (long)whole - 1) / whole * whole, Math.Max(settings.MaxSendBuffer, buffer));
        }
    }

    /// <param name="segment">The segment, for its flags.</param>
    /// <param name="seq">The number of what is left of it.</param>
    /// <param name="text">What is new of its text, and lies in the window.</param>
    /// <param name="hasFin">Its FIN is new, and lies in the window.</param>
    /// <param name="isPredicted">It is what was to come next: what was to be said at once for another reason waits as its acknowledgment does.</param>
    /// <param name="now">The time.</param>
    private DropReason OnTextAsFreeBsd(
        in TcpSegment segment, SequenceNumber seq, ReadOnlySpan<byte> text, bool hasFin, bool isPredicted, Timestamp now)
    {
        if (text.IsEmpty && !hasFin) return DropReason.None;
        if (!TakesText)      // text behind the FIN is passed over; before the handshake is over it has to come again
        {
            _ackNow |= State == SynReceived;
            return DropReason.TcpUnexpected;
        }

        if (HasFinBeyond && seq + text.Length > Rcv.Fin) text = text[..Math.Max(0, Rcv.Fin - seq)];
        bool isNext = seq == Rcv.Nxt && !_receiveRing.HasGap && !HasFinBeyond;
        if (isNext && MayDelayAck(text.Length))
        {
            _timers[TcpTimer.DelayedAck] = now + _context.Settings.DelayedAckTime;
            if (isPredicted) _ackNow = false;
        }
        else
        {
            _ackNow = true;
        }

        _acks.OnOther();
        if (seq != Rcv.Nxt && !HoldsMore(seq, text.Length)) return DropReason.TcpOutOfWindow;
        if (hasFin && _receiveRing.HasGap && seq + text.Length < _receiveRing.LastHeld) return DropReason.TcpUnexpected;      // an end before what came
        if (hasFin && (!_hasFin || Rcv.Fin > seq + text.Length)) (_hasFin, Rcv.Fin) = (true, seq + text.Length);
        if (!text.IsEmpty) TakeTextAsFreeBsd(segment, seq, text, isPredicted, now);
        if (HasFinBeyond && Rcv.Nxt == Rcv.Fin) TakeFin(isAckedNow: true, now);
        return DropReason.None;
    }

    /// <summary>What comes with a SYN-ACK is taken, as far as it fits, and acknowledged with it.</summary>
    private DropReason OnTextOfSynAck(in TcpSegment segment, Timestamp now)
    {
        SequenceNumber seq = Rcv.Nxt;
        ReadOnlySpan<byte> text = segment.Payload;
        bool hasFin = segment.Has(TcpFlags.Fin);
        if (text.Length > ReceiveSpace)
        {
            text = text[..ReceiveSpace];
            hasFin = false;
        }

        if (segment.Has(TcpFlags.Urg)) OnUrgent(segment, seq);
        DropReason reason = OnTextAsFreeBsd(segment, seq, text, hasFin, isPredicted: false, now);
        _ackNow = true;
        return reason;
    }

    /// <summary>A round trip is what an echo tells; where there are no timestamps, what a SYN took that was sent once.</summary>
    private void SampleAsFreeBsd(in TcpOptionValues options, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (WhenSent(options, now) is { } echoed)
        {
            SampleOctets(now - echoed, 1, now);
        }
        else if (_pendingIn is null && _synRetries == 0)
        {
            SampleOctets(now - Notes.SynSentAt, 0, now);
        }
        else if (_pendingIn is null)
        {
            sender.Backoff = _synRetries;
            sender.Rtt.BackOffOpening(_synRetries, _context.Settings);
            _recovery.Rtt.KeepBackoff(_synRetries);
        }
    }

    /// <summary>
    /// One acknowledgment waits for a second segment, whatever its size; none for a segment that is larger than any should be, or where
    /// the peer was stopped by a window of zero.
    /// </summary>
    private bool MayDelayAck(int length) =>
        _context.Settings.DelaysAcks && !_timers.IsSet(TcpTimer.DelayedAck) && !_octets!.SaidZero && length <= WholeSegment;

    private void TakeTextAsFreeBsd(in TcpSegment segment, SequenceNumber seq, ReadOnlySpan<byte> text, bool isPredicted, Timestamp now)
    {
        InsertResult result = _receiveRing.Insert(seq, text);
        _received.DataSegments++;
        Rcv.Nxt = _receiveRing.Next;
        if (Rcv.Edge < Rcv.Nxt) Rcv.Edge = Rcv.Nxt;
        if (result.Advanced == 0)
        {
            if (result.Taken > 0) _received.OutOfOrder++;
            return;
        }

        _received.Octets += result.Advanced;
        bool mayGrow = isPredicted && _context.Settings.TunesReceiveBuffer && Options.ReceiveBuffer is null;
        if (mayGrow) _tuning.OnTextAsFreeBsd(_context.Settings, text.Length, _recovery.Rtt.Smoothed, now);
        if (_isReadShut) _receiveRing.Discard();      // nobody will read it
        Tell(TcpNews.Readable);
    }

    /// <summary>
    /// What lies beyond a gap waits in as many pieces as the buffer has segments, and one more: net.inet.tcp.reass.maxqueuelen at most. A
    /// socket that was shut for reading has no buffer, and keeps nothing.
    /// </summary>
    private bool HoldsMore(SequenceNumber seq, int length)
    {
        if (_isReadShut) return false;
        int most = Math.Min((_tuning.Space / Math.Max(1, WholeSegment)) + 1, MostPieces);
        return _receiveRing.Pieces < most || _receiveRing.Joins(new SackBlock(seq, seq + length));
    }

    private const int MostPieces = 100;

    /// <summary>
    /// The window opens by so much that the peer is told at once: by two segments, if that is a quarter of the buffer or little was open,
    /// or by half of the buffer. RFC 9293 §3.8.6.2.2.
    /// </summary>
    private bool OpensWindowAsFreeBsd
    {
        get
        {
            int scale = _agreed.ReceiveScale, buffer = _tuning.Space, most = ushort.MaxValue << scale;
            int open = Math.Min(Math.Max(0, buffer - Unread), most), offered = Rcv.Wnd;
            int more = open - offered;
            if (open <= 0 || more <= 0 || offered >> scale >= open >> scale) return false;
            bool isWorth = more >= buffer >> 2 || open <= buffer >> 3 || buffer <= 8 * WholeSegment || more >= most;
            return (more >= 2 * WholeSegment && isWorth) || 2L * more >= buffer;
        }
    }
}
