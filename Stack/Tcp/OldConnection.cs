using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>What a connection in TIME-WAIT has to know, so that the rest of it can go. RFC 9293 §3.6.1, RFC 6191, RFC 1337.</summary>
/// <remarks>It owns the connection's place in the bind table as soon as no socket has that open. Gate held.</remarks>
internal sealed class OldConnection(TcpContext context, SocketBinding binding, ITcpPath path) : ITcpEndpoint, IExpires
{
    // The number after the old connection's last, and no scaled-down window between them, as in Linux.
    private const int ReopeningGap = 65_537;

    // A sender's clock has ticked since, so that its new timestamps are newer than all old ones, as in Linux.
    private static readonly TimeSpan s_reuseAfter = TimeSpan.FromSeconds(1);

    private Tcb? _connection;             // while a socket has it open
    private RecentTimestamp _recent;
    private Timestamp _due;
    private Deadline _queued;             // no later than when it is due
    private Timestamp _lastOddAnswer;     // when a segment without text was answered last; Zero for never
    private bool _isHalfClosed;           // the peer's FIN is still to come: FIN-WAIT-2, without a socket

    /// <summary>SND.NXT: all before it is acknowledged.</summary>
    public required SequenceNumber SendNext { get; init; }

    /// <summary>RCV.NXT, the number after the peer's FIN.</summary>
    public required SequenceNumber ReceiveNext { get; set; }

    /// <summary>RCV.WND, octets.</summary>
    public required int ReceiveWindow { get; init; }

    /// <summary>The window field of what is sent.</summary>
    public required ushort WindowField { get; init; }

    /// <summary>The flags of what is sent.</summary>
    public required TcpFlags Flags { get; init; }

    /// <summary>What the SYNs agreed on: segments have timestamps.</summary>
    public required bool Timestamps { get; init; }

    /// <summary>DSCP of what is sent.</summary>
    public required byte TrafficClass { get; init; }

    /// <summary>What is added to the clock for TS.Val.</summary>
    public required uint TimestampOffset { get; init; }

    /// <summary>What is sent is signed by; null for nothing.</summary>
    public required SignatureKeys? Signatures { get; init; }

    Tcb? ITcpEndpoint.Connection => _connection;

    ListenQueue? ITcpEndpoint.Listener => null;

    OldConnection? ITcpEndpoint.Old => this;

    /// <summary>Begins, and takes over what the connection knew.</summary>
    public void Begin(Tcb connection, in RecentTimestamp recent, Timestamp now)
    {
        _connection = connection;
        _recent = recent;
        Restart(now);
    }

    /// <summary>Begins before the peer's FIN has come, for which it waits so long.</summary>
    public void BeginHalfClosed(in RecentTimestamp recent, TimeSpan wait, Timestamp now)
    {
        _recent = recent;
        _isHalfClosed = true;
        _due = now + wait;
        _queued = context.Deadlines.Add(_due, this);
    }

    /// <summary>No socket has the connection open any more.</summary>
    public void Orphan()
    {
        _connection = null;
        binding.Owner = this;
    }

    /// <summary>Waits no longer.</summary>
    public void Stop()
    {
        if (_queued.IsSet) context.Deadlines.Cancel(_queued);
        _queued = default;
    }

    /// <summary>SEGMENT ARRIVES in TIME-WAIT: nothing should but the peer's FIN again. RFC 9293 §3.10.7.4.</summary>
    public DropReason OnSegment(in TcpSegment segment, Timestamp now)
    {
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (context.Settings.IsFreeBsd) return OnSegmentAsFreeBsd(segment, options, now);
        return _isHalfClosed ? OnSegmentInFinWait2(segment, options, now) : OnSegmentInTimeWait(segment, options, now);
    }

    private DropReason OnSegmentInTimeWait(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        bool isOutdated = IsOutdated(segment, options, now), isReset = segment.Has(TcpFlags.Rst);
        if (!isOutdated && seq == ReceiveNext && (isReset || segment.SequenceLength == 0))      // the peer's ACK of the ACK, as it were
        {
            if (isReset && !context.Settings.TimeWaitIgnoresResets)
            {
                End();      // too early (RFC 1337), which RFC 9293 has it do all the same
                return DropReason.None;
            }

            if (!isReset) Restart(now);
            if (options.HasTimestamps) _recent.Take(options.TimestampValue, now);
            return isReset ? DropReason.TcpUnacceptableReset : DropReason.None;
        }

        if (isReset) return DropReason.TcpUnacceptableReset;
        if (isOutdated || segment.Has(TcpFlags.Ack)) Restart(now);
        AnswerUnacceptable(segment, now);
        return isOutdated ? DropReason.TcpOutdated : segment.Has(TcpFlags.Syn) ? DropReason.TcpUnacceptableSyn : DropReason.TcpOutOfWindow;
    }

    /// <summary>Nobody has it open, and the peer's FIN is all that it waits for: text is answered by a reset.</summary>
    private DropReason OnSegmentInFinWait2(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        SequenceNumber end = seq + segment.SequenceLength, edge = ReceiveNext + ReceiveWindow;
        bool isOutdated = IsOutdated(segment, options, now);
        bool isInWindow = seq == ReceiveNext || (end > ReceiveNext && seq < edge) || (seq == edge && end == seq);
        if (isOutdated || !isInWindow)
        {
            AnswerUnacceptable(segment, now);
            return isOutdated ? DropReason.TcpOutdated : DropReason.TcpOutOfWindow;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            End();
            return DropReason.None;
        }

        bool isSyn = segment.Has(TcpFlags.Syn) && seq >= ReceiveNext;
        bool isNothing = !segment.Has(TcpFlags.Ack) || end <= ReceiveNext || end == seq;
        if (!isSyn && isNothing) return DropReason.None;
        if (isSyn || !segment.Has(TcpFlags.Fin) || end != ReceiveNext + 1)
        {
            InetAddress remote = binding.RemoteAddress;
            TcpReply.Reset(context, segment, binding.LocalAddress.Unmap(), remote.Unmap(), remote.NeedsScope ? binding.Device : 0, now, Signatures);
            End();
            return DropReason.TcpUnexpected;
        }

        _isHalfClosed = false;
        ReceiveNext = end;
        binding.Ports.SetState(binding, TcpState.TimeWait);
        if (options.HasTimestamps) _recent.Take(options.TimestampValue, now);
        Restart(now);
        SendAck(now);
        return DropReason.None;
    }

    /// <summary>FreeBSD's way: resets say nothing (RFC 1337), nor does what has no ACK; all but the last ACK again is answered.</summary>
    private DropReason OnSegmentAsFreeBsd(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        if (segment.Has(TcpFlags.Rst)) return DropReason.TcpUnacceptableReset;
        if (segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Fin) && context.Settings.DropsSynFin) return DropReason.TcpUnexpected;
        if (path.UdpPort != context.UdpPort)      // it travels otherwise than the connection's segments did
        {
            Refuse(segment, now);
            return DropReason.TcpUnexpected;
        }

        if (!segment.Has(TcpFlags.Ack)) return DropReason.TcpNoAck;
        if (Timestamps && !options.HasTimestamps && !context.Settings.ToleratesMissingTimestamps) return DropReason.TcpOutdated;
        var seq = new SequenceNumber(segment.SequenceNumber);
        if (segment.Has(TcpFlags.Fin) && seq + segment.SequenceLength == ReceiveNext) Restart(now);
        bool isLastAck = segment.Flags == TcpFlags.Ack && segment.Payload.IsEmpty && seq == ReceiveNext
            && new SequenceNumber(segment.AckNumber) == SendNext;
        if (isLastAck) return DropReason.None;
        SendAck(now);
        return DropReason.TcpOutOfWindow;
    }

    private void Refuse(in TcpSegment segment, Timestamp now)
    {
        uint scope = binding.RemoteAddress.NeedsScope ? binding.Device : 0;
        TcpReply.Reset(
            context, segment, binding.LocalAddress.Unmap(), binding.RemoteAddress.Unmap(), scope, now, Signatures,
            Timestamps ? (TcpClock.At(now) + TimestampOffset, _recent.Value) : null);
    }

    /// <summary>True when a SYN opens a new connection in place of this one. RFC 6191 §2, RFC 9293 §3.10.7.4 (MAY-2).</summary>
    public bool YieldsTo(in TcpSegment segment, Timestamp now)
    {
        if (_isHalfClosed || (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return false;
        if (context.Settings.IsFreeBsd)
        {
            bool isDropped = segment.Has(TcpFlags.Fin) && context.Settings.DropsSynFin;
            return !isDropped && new SequenceNumber(segment.SequenceNumber) > ReceiveNext;
        }

        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (IsOutdated(segment, options, now)) return false;
        bool isNewer = Timestamps && options.HasTimestamps && (int)(options.TimestampValue - _recent.Value) > 0;
        return isNewer || new SequenceNumber(segment.SequenceNumber) > ReceiveNext;
    }

    /// <summary>
    /// True when this host may connect anew between the same ends: the clocks keep old segments from being taken for new ones.
    /// net.ipv4.tcp_tw_reuse, RFC 6191 §2.
    /// </summary>
    /// <param name="isAsked">The port is one that its socket holds; else it is one that the connect search would choose.</param>
    /// <param name="now">The time.</param>
    public bool MayBeReplaced(bool isAsked, Timestamp now) =>
        !_isHalfClosed && Timestamps && (isAsked || (IsReusable && now - _recent.TakenAt > s_reuseAfter));

    /// <summary>Makes room for a new connection between the same ends, whose numbers begin beyond this one's.</summary>
    public void Yield()
    {
        context.Reopening = SendNext + ReopeningGap;
        End();
    }

    /// <summary>TIME-WAIT ends at once.</summary>
    public void Drop() => End();

    void IExpires.OnExpired(Timestamp now)
    {
        _queued = default;
        if (now < _due) _queued = context.Deadlines.Add(_due, this);
        else End();
    }

    private bool IsReusable => context.Settings.TimeWaitReuse switch
    {
        TcpTimeWaitReuse.Never => false,
        TcpTimeWaitReuse.Always => true,
        _ => binding.LocalAddress.IsLoopback || binding.RemoteAddress.IsLoopback,
    };

    private void Restart(Timestamp now)
    {
        Timestamp due = now + context.Settings.TimeWait;
        if (due < _due) Stop();
        _due = due;
        if (!_queued.IsSet) _queued = context.Deadlines.Add(_due, this);
    }

    private void End()
    {
        Stop();
        if (_connection is { } connection) connection.OnTimeWaitOver();
        else BindEngine.Close(binding);
    }

    // PAWS: an older timestamp than the last one is from an earlier turn of the numbers.
    private bool IsOutdated(in TcpSegment segment, in TcpOptionValues options, Timestamp now) =>
        Timestamps && options.HasTimestamps && _recent.IsBehind(options.TimestampValue, 0, now);

    private void AnswerUnacceptable(in TcpSegment segment, Timestamp now)
    {
        bool isData = segment.SequenceLength > 0 && !segment.Has(TcpFlags.Syn);
        if (!isData && !context.ChallengeAcks.TryTakeOwn(ref _lastOddAnswer, now)) return;
        SendAck(now);      // without SACK: what was held to tell of it is gone
    }

    private void SendAck(Timestamp now)
    {
        Span<byte> octets = stackalloc byte[TcpOptionWriter.MaxLength];
        var options = new TcpOptionWriter(octets);
        if (Timestamps) options.AddAlignedTimestamps(TcpClock.At(now) + TimestampOffset, _recent.Value);
        if (Signatures?.Sign(binding.LocalAddress, binding.RemoteAddress) is true)
        {
            options.FillTo(2);
            options.Signature();
        }

        var header = new TcpHeader(binding.Port, binding.RemotePort, SendNext.Value, ReceiveNext.Value, Flags, WindowField, 0);
        var pseudo = new PseudoHeader(binding.LocalAddress.Unmap(), binding.RemoteAddress.Unmap(), IpProtocol.Tcp, 0);
        PacketBuffer packet = context.Packets.Rent(0);
        header.PrependUnsealed(packet, options.Written, pseudo);
        if (Signatures is not null && !SegmentSignature.Seal(context.Packets, Signatures, packet, binding.LocalAddress, binding.RemoteAddress)) return;
        context.Counters.Count(Counter.TcpOutSegs);
        _ = path.Send(packet, TrafficClass, now);
    }
}
