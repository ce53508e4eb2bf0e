using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Opening: active, passive, and both at once. RFC 9293 §3.5.
internal sealed partial class Tcb
{
    private AgreedOptions _agreed;
    private SynOffer _peerOffer;          // what the peer's SYN said
    private byte _synRetries;
    private bool _isSynDue;               // a SYN or SYN-ACK is to be sent
    private Timestamp _synSentAt;

    /// <summary>What both sides agreed on.</summary>
    public ref readonly AgreedOptions Agreed => ref _agreed;

    /// <summary>Active open: the bind table has both ends already, in state SYN-SENT. RFC 9293 §3.10.1.</summary>
    public void Connect(Timestamp now)
    {
        ChooseIss(now);
        _isSynDue = true;
        _context.Touch(this);
    }

    private void ChooseIss(Timestamp now)
    {
        Snd.Iss = _context.TakeReopening() ?? _context.Isns.Next(LocalEnd, RemoteEnd, now);
        Snd.Una = Snd.Nxt = Snd.Up = Snd.Iss;
        _sendRing.Start(Snd.Iss + 1);
        _sendRing.Capacity = InitialSendCapacity;
        _timestampOffset = _context.Isns.TimestampOffset(LocalEnd, RemoteEnd);
        ChooseWindow();
    }

    /// <summary>Takes the peer's initial number and options.</summary>
    private void TakeSyn(SequenceNumber isn, in SynOffer offer, in TcpOptionValues options, Timestamp now)
    {
        Rcv.Irs = isn;
        Rcv.Nxt = Rcv.Irs + 1;
        Rcv.Up = Rcv.Nxt;
        Rcv.Edge = Rcv.Nxt + FirstWindow;
        _lastAckSent = Rcv.Nxt;
        _receiveRing.Limit = int.MaxValue;      // what exceeds the window is cut off before
        _receiveRing.Start(Rcv.Nxt);
        _peerOffer = offer;
        if (options.HasTimestamps) TakeTimestamp(options.TimestampValue, now);
    }

    private void Agree()
    {
        _agreed = AgreedOptions.Of(Offer, _peerOffer);
        Mss = SendMss;
    }

    /// <summary>SEGMENT ARRIVES in SYN-SENT. RFC 9293 §3.10.7.3.</summary>
    private DropReason OnSegmentInSynSent(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        var ack = new SequenceNumber(segment.AckNumber);
        bool hasAck = segment.Has(TcpFlags.Ack);
        if (hasAck && (ack <= Snd.Iss || ack > Snd.Nxt))
        {
            if (!segment.Has(TcpFlags.Rst)) SendReset(ack, now);
            return DropReason.TcpUnacceptableAck;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (!hasAck) return DropReason.TcpUnacceptableReset;
            Fail(Errno.ECONNREFUSED);
            return DropReason.None;
        }

        if (!segment.Has(TcpFlags.Syn)) return DropReason.TcpUnexpected;
        TakeSyn(new SequenceNumber(segment.SequenceNumber), SynOffer.From(options, segment.Flags), options, now);
        Agree();
        Snd.Wnd = Snd.MaxWnd = segment.Window;      // never scaled in a SYN
        (Snd.Wl1, Snd.Wl2) = (Rcv.Irs, ack);
        if (!hasAck)
        {
            Happened(TcpEvent.SynArrived);
            _isSynDue = true;
            _synRetries = 0;
            return DropReason.None;
        }

        Snd.Una = ack;
        Happened(TcpEvent.SynAckArrived);
        Establish(now);
        _ackNow = true;
        return OnContent(segment, options, Rcv.Nxt, now);
    }

    /// <summary>The handshake is over: data may flow.</summary>
    private void Establish(Timestamp now)
    {
        _timers.Stop(TcpTimer.Retransmission);
        if (!_isFastOpened) _recovery.Start(RecoveryOptionsOf(), Snd.Una, now);
        if (_synRetries == 0) _recovery.SampleHandshake(now - _synSentAt, now);
        StartReceiving(now);
        _path.Confirm(now);
        RestartKeepAlive(now);
        Tell(TcpNews.Connected | TcpNews.Writable);
    }

    private RecoveryOptions RecoveryOptionsOf() => new()
    {
        Sack = _agreed.Sack,
        Timestamps = _agreed.Timestamps,
        Mss = Mss,
        Algorithm = Options.Congestion ?? CongestionAlgorithm.Cubic,
    };

    private void EmitSyn(Timestamp now)
    {
        _isSynDue = false;
        bool isAnswer = State == SynReceived;
        Span<byte> options = stackalloc byte[TcpOptionWriter.MaxLength];
        SynOffer offer = isAnswer ? Offer.AnswerTo(_peerOffer) with { FastOpen = _grantedKind, Cookie = _granted } : Offer;
        int length = offer.Write(options, _context.Settings.Profile, Clock(now), isAnswer ? _recentTimestamp : 0);
        PacketBuffer packet = _context.Packets.Rent(0);
        TcpFlags flags = isAnswer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn;
        Snd.Nxt = Snd.Iss + 1;
        _synSentAt = now;
        Seal(packet, Snd.Iss, flags, FirstWindow, options[..length], now);
        _timers[TcpTimer.Retransmission] = now + _context.Settings.SynTimeout(_synRetries, isAnswer);
    }

    /// <summary>A SYN or SYN-ACK was not answered.</summary>
    private void OnSynTimeout(Timestamp now)
    {
        int limit = State == SynSent ? Options.SynRetries ?? _context.Settings.SynRetries : _context.Settings.SynAckRetries;
        if (_synRetries >= limit)
        {
            Fail(TimeoutError);
            return;
        }

        _synRetries++;
        _context.Counters.Count(Counter.TcpRetransSegs);
        _isSynDue = true;
    }

    private InetEndpoint LocalEnd => new(Binding.LocalAddress, Binding.Port);

    private InetEndpoint RemoteEnd => new(Binding.RemoteAddress, Binding.RemotePort);
}
