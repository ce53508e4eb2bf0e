using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// FreeBSD's rules for a listener's child until the ACK of its SYN-ACK comes, and the segments that it sends by themselves.
internal sealed partial class Tcb
{
    private bool IsHalfOpenChild => State == SynReceived && _pendingIn is not null && !_isFastOpened;

    /// <summary>Looks at a segment for a connection that is half open: an ACK of the SYN-ACK goes on, nothing else does.</summary>
    /// <returns>True when the segment is the one that ends the handshake.</returns>
    private bool PassesSynCache(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now, out DropReason reason)
    {
        reason = DropReason.TcpUnexpected;
        switch (segment.Flags & (TcpFlags.Rst | TcpFlags.Ack | TcpFlags.Syn))
        {
            case TcpFlags.Ack:
                reason = OnAckInSynCache(segment, options, now);
                return reason == DropReason.None;
            case TcpFlags.Syn:
                OnSynInSynCache(segment, options, ecn, now);
                reason = DropReason.None;
                return false;
            case var flags when (flags & TcpFlags.Rst) != 0:
                reason = OnResetInSynCache(new SequenceNumber(segment.SequenceNumber), now);
                return false;
            case TcpFlags.Syn | TcpFlags.Ack:
                if (!TcpReply.IsSilent(_context.Settings)) RefuseWith(segment, now);
                Leave();
                reason = DropReason.TcpUnacceptableAck;
                return false;
            default:
                return false;
        }
    }

    private DropReason OnAckInSynCache(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        if (_agreed.Timestamps && options.HasTimestamps && _recent.IsBehind(options.TimestampValue, 0, now)) return DropReason.TcpOutdated;
        if (LacksTimestamps(segment, options)) return DropReason.TcpOutdated;
        // As RFC 9293 §3.10.7.4 has it: the sequence number first, then the acknowledgment; neither ends what is half open.
        SequenceNumber ack = new(segment.AckNumber), seq = new(segment.SequenceNumber);
        if (!seq.IsIn(Rcv.Irs + 1, FirstWindow))
        {
            EmitChallenge(now);
            return DropReason.TcpOutOfWindow;
        }

        if (ack == Snd.Iss + 1) return DropReason.None;
        if (!TcpReply.IsSilent(_context.Settings)) RefuseWith(segment, now);
        return DropReason.TcpUnacceptableAck;
    }

    /// <summary>The handshake is over, and the accept queue has no room: net.inet.tcp.syncache.rst_on_sock_fail.</summary>
    private void LeaveFullQueue(in TcpSegment segment, Timestamp now)
    {
        if (_context.Settings.AbortsOnOverflow && !TcpReply.IsSilent(_context.Settings)) RefuseWith(segment, now);
        Leave();
    }

    /// <summary>The SYN again, whatever its number: the SYN-ACK goes again, and its timer begins anew.</summary>
    /// <remarks>What it says of ECN now counts, as long as ECN was not given up.</remarks>
    private void OnSynInSynCache(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        if (_agreed.Ecn || _agreed.AccurateEcn)
        {
            SynOffer again = SynOffer.From(options, segment.Flags);
            bool isGivenUp = _synRetries > _context.Settings.EcnRetries;
            Notes.PeerOffer = Notes.PeerOffer with { Ecn = again.Ecn && !isGivenUp, AccurateEcn = again.AccurateEcn && !isGivenUp };
            Agree();
            OnEcnOfSyn(segment, ecn);
        }

        if (_agreed.Timestamps && options.HasTimestamps) _recent.Replace(options.TimestampValue, now);
        else if (_agreed.Timestamps)
        {
            Notes.PeerOffer = Notes.PeerOffer with { Timestamps = false };
            Agree();
        }

        _synRetries = 0;
        _isSynDue = true;
    }

    private DropReason OnResetInSynCache(SequenceNumber seq, Timestamp now)
    {
        ushort window = FirstWindow;
        bool isExact = seq == Rcv.Irs + 1;
        if (!seq.IsIn(Rcv.Irs + 1, window) && !(window == 0 && isExact)) return DropReason.TcpUnacceptableReset;
        if (isExact || _context.Settings.TrustsResetsInWindow)
        {
            Leave();
            return DropReason.None;
        }

        EmitChallenge(now);
        return DropReason.TcpUnacceptableReset;
    }

    /// <summary>A segment that travels otherwise than the connection's, in datagrams or not, is for a port that is closed. FreeBSD's TCP over UDP.</summary>
    /// <returns>False for a half-open connection's SYN: wherever it comes from, the answer goes where the first one went.</returns>
    public bool RefusesOtherWay(in TcpSegment segment, Timestamp now)
    {
        if (IsHalfOpenChild)
        {
            if ((segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn) return false;
            if (segment.Has(TcpFlags.Ack) && !TcpReply.IsSilent(_context.Settings)) RefuseWith(segment, now);
            return true;
        }

        if (TcpReply.IsSwallowed(_context.Settings, segment)) return true;
        uint scope = Binding.RemoteAddress.NeedsScope ? Binding.Device : 0;
        TcpReply.Reset(
            _context, segment, Binding.LocalAddress.Unmap(), Binding.RemoteAddress.Unmap(), scope, now, Options.Signatures,
            _agreed.Timestamps ? (Clock(now), _recent.Value) : null);
        return true;
    }

    /// <summary>Asks the peer, if it was the peer, to prove that it knows the connection: a few times in a second. RFC 5961 §7.</summary>
    private void EmitChallenge(Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        if (settings.ChallengePeriod > TimeSpan.Zero && settings.ChallengesPerPeriod > 0)
        {
            if (_lastOddAnswer < now) (_octets!.Challenges, _lastOddAnswer) = (0, now + settings.ChallengePeriod);
            if (_octets!.Challenges >= settings.ChallengesPerPeriod) return;
            if (_octets.Challenges < byte.MaxValue) _octets.Challenges++;
        }

        if (IsHalfOpenChild) Respond(Snd.Iss + 1, TcpFlags.Ack, FirstWindow, now);
        else Respond(SendNext, TcpFlags.Ack, RespondWindow, now);
    }

    /// <summary>What FreeBSD's answers to single segments offer: the window of the moment, and no more than its field can say.</summary>
    private ushort RespondWindow
    {
        get
        {
            int scale = _agreed.ReceiveScale;
            return (ushort)(Math.Min(Math.Max(0, ReceiveRoom), ushort.MaxValue << scale) >> scale);
        }
    }

    /// <summary>A segment beside the stream: it has timestamps and no other option, and what is offered with it is not kept to.</summary>
    private void Respond(SequenceNumber seq, TcpFlags flags, ushort window, Timestamp now)
    {
        bool isAckDue = _ackNow;
        Timestamp delayed = _timers[TcpTimer.DelayedAck];
        Span<byte> options = stackalloc byte[TcpOptionWriter.MaxLength];
        var writer = new TcpOptionWriter(options);
        if (_agreed.Timestamps) writer.AddAlignedTimestamps(Clock(now), _recent.Value);
        AddSignature(ref writer);
        if (!IsHalfOpenChild && flags != (TcpFlags.Rst | TcpFlags.Ack))      // a reset that the user asked for says nothing of ECN
        {
            if (_agreed.AccurateEcn) flags |= EcnMade.Ace;
            else if (_echoesCe) flags |= TcpFlags.Ece;
        }

        Seal(_context.Packets.Rent(0), seq, flags, window, writer.Written, now);
        (_ackNow, _timers[TcpTimer.DelayedAck]) = (isAckDue, delayed);
    }

    /// <summary>A reset for a segment that acknowledges what was never sent. RFC 9293 §3.5.2.</summary>
    private void EmitRefusal(SequenceNumber seq, Timestamp now)
    {
        _context.Counters.Count(Counter.TcpOutRsts);
        Respond(seq, TcpFlags.Rst, 0, now);
    }

    /// <summary>An ICMP error came. RFC 5461; FreeBSD's icmp_may_rst.</summary>
    /// <param name="errno">What it comes to; success for one that says nothing.</param>
    /// <param name="mayReset">It is of those that may end a connect.</param>
    /// <param name="now">The time.</param>
    public void OnErrorAsFreeBsd(Errno errno, bool mayReset, Timestamp now)
    {
        if (IsHalfOpenChild)
        {
            // The second error after the third try of the SYN-ACK: nobody there will answer.
            if (_softError != Errno.Success && _synRetries >= TriesBeforeErrorsCount) Leave();
            else if (errno != Errno.Success) _softError = errno;
            return;
        }

        if (errno == Errno.Success) return;
        if (mayReset && _context.Settings.IcmpMayReset)
        {
            if (State != SynSent) return;
            if (_synOption != FastOpenKind.None) _context.FastOpenPeers.Disable(PeerAddress, now, _context.Settings.FastOpenRest);
            Fail(errno);
            return;
        }

        bool isUnreachable = errno is Errno.EHOSTUNREACH or Errno.ENETUNREACH or Errno.EHOSTDOWN;
        if (State == Established && isUnreachable) return;
        bool isOpening = State is SynSent or SynReceived;
        if (isOpening && _synRetries > 3 && _softError != Errno.Success) Break(errno, now);
        else _softError = errno;
    }

    private const int TriesBeforeErrorsCount = 3;
}
