using System.Net.NetworkInformation;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What FreeBSD sends next: a hole, what lies behind the place where sending goes on, or an acknowledgment. One segment at a time.
internal sealed partial class Tcb
{
    private readonly OctetSender? _octets;      // null where Linux's rules hold

    /// <summary>The number of the next segment that has none of its own: SND.NXT, or less while something is sent again.</summary>
    private SequenceNumber SendNext => _octets is { } sender && IsSynchronized ? sender.Next : Snd.Nxt;

    /// <summary>Nothing that was sent is unacknowledged.</summary>
    private bool IsAllAcked => _octets is null ? _recovery.IsEmpty : Snd.Una == Snd.Nxt;

    /// <summary>Octets of text in a segment that also tells of holes: what the congestion window is counted in while something is missing here.</summary>
    private int SegmentNow => Math.Max(1, Mss - SackOptionLength);

    private int SackOptionLength
    {
        get
        {
            if (!_agreed.Sack) return 0;
            Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
            int count = (_duplicate.Length > 0 ? 1 : 0) + (_receiveRing.HasGap ? _receiveRing.CopySackBlocks(blocks[..MostSackBlocks]) : HasFinBeyond ? 1 : 0);
            count = Math.Min(count, MostSackBlocks);
            return count > 0 ? SackOverhead + (count * SackBlockLength) : 0;
        }
    }

    private bool HasSendTimer => _timers.IsSet(TcpTimer.Retransmission) || _timers.IsSet(TcpTimer.Persist);

    /// <summary>As <see cref="OutputAsFreeBsd"/>, before the gate is left.</summary>
    private void AskOutput()
    {
        _mayPush = true;
        if (_octets is { } sender) sender.IsAsked = true;
        _context.Touch(this);
    }

    /// <summary>Sends all that may be sent now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isForced">A closed window is asked: one octet goes all the same.</param>
    private void OutputAsFreeBsd(Timestamp now, bool isForced = false)
    {
        OctetSender sender = _octets!;
        sender.IsAsked = false;
        FollowPath(now);
        if (_sendRing.Count > 0 || (_isFinQueued && !_isFinSent)) sender.StalledSince ??= now;
        bool isIdle = sender.WasIdle || IsAllAcked;
        if (isIdle) RestartIdle(now);
        sender.WasIdle = isIdle && _isMoreToCome;
        isIdle &= !_isMoreToCome;
        SendPlan plan;
        do
        {
            plan = PlanAsFreeBsd(isForced, now);
            if (!IsWorthSending(plan, isIdle, now)) return;
            if (plan.Length > 0 && WaitsForRoom)
            {
                sender.IsAsked = true;
                return;
            }

            EmitAsFreeBsd(ref plan, now);
        }
        while (plan.HasMore && !IsGone);
    }

    // RFC 5681 §4.1; nothing came, or nothing new was sent, for as long as a timeout.
    private void RestartIdle(Timestamp now)
    {
        OctetSender sender = _octets!;
        var timeout = TimeSpan.FromMilliseconds(sender.Rtt.Timeout);
        if (now - _lastHeard < timeout && !(now - sender.SentAt >= timeout)) return;
        sender.Control.OnIdle(sender, _context.Settings.FirstCongestionWindow(SegmentNow), Mss, now);
    }

    private SendPlan PlanAsFreeBsd(bool isForced, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (_agreed.Sack && sender.Next < Snd.Nxt) sender.Next = sender.Holes.Skip(sender.Next);
        var plan = new SendPlan
        {
            Hole = -1,
            Offset = sender.Next - Snd.Una,
            Window = Math.Min(Snd.Wnd, sender.Window),
            Available = Math.Max(0, _sendRing.End - Snd.Una),
            HasFin = State is FinWait1 or Closing or LastAck,
            IsForced = isForced,
        };
        int again = 0;
        if (_agreed.Sack && sender.IsInFastRecovery) PlanHole(ref plan, out again);
        if (isForced) PlanForced(ref plan);
        if (plan.Hole < 0) plan.Length = again == 0 ? Math.Min(plan.Available, plan.Window) - plan.Offset : RoomBehindHoles(plan, again);
        if (plan.Length <= 0)
        {
            plan.Length = 0;
            if (plan.Window == 0 && plan.Offset < plan.Available && !_timers.IsSet(TcpTimer.Persist)) BeginPersist(now);
        }

        TuneSendBufferAsFreeBsd(plan.Window);
        if ((plan.Hole < 0 ? sender.Next : plan.Seq) + plan.Length < Snd.Una + plan.Available) plan.HasFin = false;
        return plan;
    }

    // An octet that waits goes without the FIN behind it; a window that has opened takes what it can.
    private void PlanForced(ref SendPlan plan)
    {
        if (plan.Window > 0)
        {
            StopPersist();
            return;
        }

        plan.Window = 1;
        if (plan.Offset < plan.Available) plan.HasFin = false;
    }

    /// <summary>What is known to be missing goes first, as far as it was in flight when the recovery began.</summary>
    private void PlanHole(ref SendPlan plan, out int again)
    {
        OctetSender sender = _octets!;
        again = sender.Holes.SentAgain;
        int place = sender.Holes.FindNext();
        if (place < 0) return;
        ref SackHole hole = ref sender.Holes[place];
        int length = Math.Min(Math.Max(plan.Window - again, 0), SequenceNumber.Min(hole.End, sender.Recover) - hole.Again);
        if (length <= 0) return;
        (plan.Hole, plan.Seq, plan.Length, plan.HasMore) = (place, hole.Again, length, true);
        plan.Offset = hole.Again - Snd.Una;
    }

    // All holes were sent again that may be: what is new since the recovery began counts, and they do.
    private int RoomBehindHoles(in SendPlan plan, int again)
    {
        OctetSender sender = _octets!;
        int length = Math.Min(plan.Available, Snd.Wnd) - plan.Offset;
        if (length <= 0) return length;
        int room = sender.Window - Math.Max(0, sender.Next - sender.Recover) - again;
        return Math.Min(length, Math.Max(0, room));
    }

    /// <summary>Sender's silly window avoidance, RFC 9293 §3.8.6.2.1, and what is to be said without text.</summary>
    private bool IsWorthSending(in SendPlan plan, bool isIdle, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (plan.Length > 0)
        {
            if (plan.Length >= Mss || plan.IsForced || plan.Hole >= 0 || sender.Next < Snd.Nxt) return true;
            bool isLast = plan.Length + plan.Offset >= plan.Available && !Options.Cork && !_isMoreToCome;
            if (isLast && (isIdle || Options.NoDelay)) return true;
            if (Snd.MaxWnd > 0 && plan.Length >= Snd.MaxWnd / 2) return true;
        }

        if (_ackNow || IsUrgent) return true;
        if (plan.HasFin && (!_isFinSent || sender.Next == Snd.Una)) return true;
        if (HasSendTimer) return false;
        if (_agreed.Sack && Snd.Nxt > Snd.Una) ArmRetransmission(now);
        else if (plan.Available > 0) Persist(now);
        return false;
    }

    private void EmitAsFreeBsd(ref SendPlan plan, Timestamp now)
    {
        OctetSender sender = _octets!;
        int most = Math.Max(1, Mss - SackOptionLength);
        if (plan.Length > 0) sender.SentWhole = plan.Length >= WholeSegment;
        if (plan.Length > most) (plan.Length, plan.HasFin, plan.HasMore) = (most, false, true);
        if (plan.HasFin && _isFinSent && sender.Next == Snd.Nxt) sender.Next -= 1;      // the FIN again has no new number
        bool isNew = plan.Length > 0 && plan.Hole < 0 && sender.Next >= Snd.Nxt && !(plan.IsForced && plan.Length == 1);
        TcpFlags flags = plan.HasFin ? TcpFlags.Ack | TcpFlags.Fin : TcpFlags.Ack;
        if (plan.Length > 0 && plan.Offset + plan.Length == plan.Available) flags |= TcpFlags.Psh;
        byte ecn = 0;
        if (isNew && _agreed.Ecn)
        {
            ecn = EcnCodes.Ect0;
            if (sender.MustSendCwr) flags |= TcpFlags.Cwr;
            sender.MustSendCwr = false;
        }

        bool hasNumber = plan.Length > 0 || plan.HasFin || _timers.IsSet(TcpTimer.Persist);
        if (plan.Hole < 0) plan.Seq = hasNumber ? sender.Next : Snd.Nxt;
        else sender.Holes.OnSentAgain(plan.Hole, plan.Length, LostAgainAt);
        if (sender.IsInRecovery) sender.PrrOut += plan.Length;
        PacketBuffer packet = _context.Packets.Rent(plan.Length);
        if (plan.Length > 0) _sendRing.Copy(plan.Seq, packet.Append(plan.Length));
        bool isAgain = plan.Length > 0 && (plan.Hole >= 0 || sender.Next < Snd.Nxt) && !(plan.IsForced && plan.Length == 1);
        if (isAgain) CountAgain();
        if (_agreed.Timestamps && sender.Backoff == 1 && sender.BeforeTimeout is { } undo) undo.Until = now;
        SealWithOptions(packet, plan.Seq, flags, now, ecn);
        if (plan.Length > 0) _marks?.OnSent(plan.Seq, plan.Length, plan.Length, _path.IpHeaderLength + Wire.TcpHeader.Length + (_agreed.Timestamps ? TimestampsLength : 0), _user, now);
        AdvanceAsFreeBsd(plan, now);
        if (_isTooBig) ShrinkAsFreeBsd(ref plan, now);
    }

    /// <summary>Where holes that were sent again in full are counted from, should these be lost too; null where that is not looked for.</summary>
    private SequenceNumber? LostAgainAt => _context.Settings.DetectsLostRetransmissions ? _octets!.Recover : null;

    private void CountAgain()
    {
        _octets!.Retransmissions++;
        _context.Counters.Count(Counter.TcpRetransSegs);
    }

    private void AdvanceAsFreeBsd(in SendPlan plan, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (plan.HasFin) _isFinSent = true;
        if (plan.IsForced && _timers.IsSet(TcpTimer.Persist))      // the octet that asks: sending does not go on behind it
        {
            Snd.Nxt = SequenceNumber.Max(Snd.Nxt, sender.Next + plan.Length + (plan.HasFin ? 1 : 0));
            return;
        }

        SequenceNumber first = sender.Next;
        if (plan.HasFin) sender.Next += 1;
        if (plan.Hole < 0)
        {
            sender.Next += plan.Length;
            if (sender.Next > Snd.Nxt) NoteNewAsFreeBsd(first, now);
        }

        if (!_timers.IsSet(TcpTimer.Retransmission) && ((plan.Hole >= 0 && sender.Next != Snd.Nxt) || sender.Next != Snd.Una))
        {
            StopPersist();
            ArmRetransmission(now);
        }
        else if (plan.Length == 0 && plan.Available > 0 && !HasSendTimer)
        {
            Persist(now);
        }
    }

    private void NoteNewAsFreeBsd(SequenceNumber first, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (Snd.Una == Snd.Nxt) sender.StalledSince = now;
        Snd.Nxt = sender.Next;
        sender.SentAt = now;
        _acks.OnReply(now);
        if (sender.TimedAt is not null) return;
        (sender.TimedAt, sender.TimedSeq) = (now, first);
    }

    // The path took no packet as large: what was in it goes again in smaller ones.
    private void ShrinkAsFreeBsd(ref SendPlan plan, Timestamp now)
    {
        OctetSender sender = _octets!;
        _isTooBig = false;
        int before = Mss;
        FollowPath(now);
        plan.HasMore = Mss < before;
        if (plan.Hole >= 0 || plan.Length == 0) return;
        sender.Next -= plan.Length + (plan.HasFin ? 1 : 0);
        if (sender.IsInRecovery) sender.PrrOut -= plan.Length;
    }

    /// <summary>SO_SNDBUF grows while what is in flight fills it, the peer takes more, and nobody has set it.</summary>
    private void TuneSendBufferAsFreeBsd(int window)
    {
        TcpSettings settings = _context.Settings;
        if (!settings.TunesSendBuffer || Options.SendBuffer is not null) return;
        int capacity = _sendRing.Capacity, used = _sendRing.Count;
        if (Snd.Wnd / 4 * 5 < capacity || used < capacity / 8 * 7 || used >= settings.SendBuffer.Max) return;
        if (window < used - (_octets!.Next - Snd.Una)) return;
        _sendRing.Capacity = Math.Max(capacity, Math.Min(capacity + settings.SendBufferStep, settings.SendBuffer.Max));
    }

    /// <summary>What leaves next.</summary>
    private struct SendPlan
    {
        /// <summary>The place of the hole that is sent again; negative for none.</summary>
        public int Hole;

        /// <summary>Its first number.</summary>
        public SequenceNumber Seq;

        /// <summary>How far from SND.UNA it begins, and how many octets it has.</summary>
        public int Offset, Length;

        /// <summary>The peer's window or the congestion window, whichever is less.</summary>
        public int Window;

        /// <summary>Octets that were written and are not acknowledged.</summary>
        public int Available;

        /// <summary>It has a FIN; more follows at once; it asks a closed window.</summary>
        public bool HasFin, HasMore, IsForced;
    }
}
