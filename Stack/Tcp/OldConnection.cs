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
    private Timestamp _lastOddAnswer;     // as the connection's

    /// <summary>SND.NXT: all before it is acknowledged.</summary>
    public required SequenceNumber SendNext { get; init; }

    /// <summary>RCV.NXT, the number after the peer's FIN.</summary>
    public required SequenceNumber ReceiveNext { get; init; }

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
    public void Begin(Tcb connection, in RecentTimestamp recent, Timestamp lastOddAnswer, Timestamp now)
    {
        _connection = connection;
        _recent = recent;
        _lastOddAnswer = lastOddAnswer;
        Restart(now);
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
        var seq = new SequenceNumber(segment.SequenceNumber);
        bool isOutdated = IsOutdated(segment, options, now);
        if (segment.Has(TcpFlags.Rst)) return OnReset(seq, now);
        if (segment.Has(TcpFlags.Syn))
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableSyn;
        }

        if (isOutdated || segment.Has(TcpFlags.Ack)) Restart(now);
        if (!isOutdated && seq == ReceiveNext && segment.SequenceLength == 0)      // the peer's ACK of the ACK, as it were
        {
            if (options.HasTimestamps) _recent.Take(options.TimestampValue, now);
            return DropReason.None;
        }

        AnswerUnacceptable(segment, seq, now);
        return isOutdated ? DropReason.TcpOutdated : DropReason.TcpOutOfWindow;
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
        if ((segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return false;
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
        Timestamps && (isAsked || (IsReusable && now - _recent.TakenAt > s_reuseAfter));

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
        _due = now + context.Settings.TimeWait;
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
        Timestamps && options.HasTimestamps && !segment.Has(TcpFlags.Rst) && _recent.IsBehind(options.TimestampValue, Tcb.MaxBehind, now);

    /// <summary>A reset ends TIME-WAIT too early (RFC 1337), which RFC 9293 has it do all the same.</summary>
    private DropReason OnReset(SequenceNumber seq, Timestamp now)
    {
        bool isInWindow = seq == ReceiveNext || seq.IsIn(ReceiveNext, ReceiveWindow);
        if (context.Settings.TimeWaitIgnoresResets || !isInWindow) return DropReason.TcpUnacceptableReset;
        if (seq != ReceiveNext && !context.Settings.TrustsResetsInWindow)
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableReset;
        }

        End();
        return DropReason.None;
    }

    private void SendChallengeAck(Timestamp now)
    {
        if (context.ChallengeAcks.TryTake(ref _lastOddAnswer, now)) SendAck(now);
    }

    private void AnswerUnacceptable(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        int length = segment.SequenceLength;
        if (length == 0 && !context.ChallengeAcks.TryTakeOwn(ref _lastOddAnswer, now)) return;
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
