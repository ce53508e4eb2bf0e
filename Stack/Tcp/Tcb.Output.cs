using System.Net.NetworkInformation;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What is sent next: what was lost, then what is new, then a bare acknowledgment.
internal sealed partial class Tcb
{
    public SendSequenceSpace Snd;

    private readonly SendRing _sendRing;
    private SequenceNumber _smallEnd;      // behind the last segment that was not full (Minshall's Nagle)
    private SequenceNumber _pushEnd;       // where the last write ended
    private bool _isFinQueued, _isFinSent;

    /// <summary>What was written and is not acknowledged yet.</summary>
    public SendRing Written => _sendRing;

    /// <summary>Octets of payload that one segment carries at most, options of every segment taken off.</summary>
    public int Mss { get; private set; }

    /// <summary>Sends what may be sent. Asked once, before the gate is left, whatever happened meanwhile.</summary>
    public void Output(Timestamp now)
    {
        if (IsGone || State == Listen) return;
        if (_isSynDue) EmitSyn(now);
        if (MaySendText) SendText(now);
        if (_ackNow && State != SynSent) EmitAck(now);
        ArmTimers(now);
        CheckInvariants();
    }

    private bool MaySendText => State is Established or CloseWait or FinWait1 or Closing or LastAck || (_isFastOpened && State == SynReceived);

    private void SendText(Timestamp now)
    {
        int most = SegmentsPerBurst(now);
        while (true)
        {
            int quota = Math.Min(_recovery.Quota, most);
            if (quota > 0 && _recovery.TryNextRetransmission(quota, out SequenceNumber seq, out int length, out int size))
            {
                EmitText(seq, length, isRetransmission: true, now, size);
                continue;
            }

            int octets = NewOctetsAllowed(quota);
            bool withFin = _isFinQueued && !_isFinSent && Snd.Nxt + octets == _sendRing.End && (octets > 0 || quota > 0 || Snd.InFlight == 0);
            if (octets == 0 && !withFin) return;
            EmitText(Snd.Nxt, octets + (withFin ? 1 : 0), isRetransmission: false, now);
        }
    }

    /// <summary>How many new octets may leave as one burst: by the windows, and without sending small segments needlessly.</summary>
    private int NewOctetsAllowed(int quota)
    {
        int unsent = _sendRing.End - Snd.Nxt;
        if (unsent <= 0 || quota <= 0) return 0;
        int mss = SendableMss, usable = Snd.Usable;
        int octets = Math.Min(Math.Min(unsent, usable), quota * mss);
        int partial = octets % mss;
        if (octets < unsent) return octets - partial;      // sender's silly window avoidance, RFC 9293 §3.8.6.2.1
        return partial != 0 && !_isFinQueued && HoldsSmall ? octets - partial : octets;
    }

    /// <summary>Mss, but no more than half of the largest window that the peer ever offered. RFC 9293 §3.8.6.2.1.</summary>
    private int SendableMss => Snd.MaxWnd > MinMss ? Math.Min(Mss, Math.Max(MinMss, Snd.MaxWnd / 2)) : Mss;

    /// <summary>Nagle's rule in Minshall's form: a small segment waits while another one is not acknowledged. RFC 9293 §3.7.4.</summary>
    private bool HoldsSmall => Options.Cork || _isMoreToCome || (!Options.NoDelay && _smallEnd > Snd.Una && _smallEnd <= Snd.Nxt);

    private int SegmentsPerBurst(Timestamp now)
    {
        int room = Math.Min(_path.LargestBurst, ushort.MaxValue) - _path.IpHeaderLength - TcpHeader.MaxLength;
        return Math.Max(1, room / Mss);
    }

    private void EmitText(SequenceNumber seq, int length, bool isRetransmission, Timestamp now, int segmentSize = 0)
    {
        if (segmentSize == 0) segmentSize = Mss;
        int octets = Math.Min(length, Math.Max(0, _sendRing.End - seq));
        bool hasFin = octets < length;
        PacketBuffer packet = _context.Packets.Rent(octets);
        if (octets > 0) _sendRing.Copy(seq, packet.Append(octets));
        SequenceNumber end = seq + octets;
        TcpFlags flags = TcpFlags.Ack;
        if (hasFin) flags |= TcpFlags.Fin;
        if (octets > 0 && (octets > segmentSize || end == _pushEnd)) flags |= TcpFlags.Psh;
        if (isRetransmission)
        {
            _recovery.OnRetransmitted(seq, length, now);
            _context.Counters.Count(Counter.TcpRetransSegs);
        }
        else
        {
            _recovery.OnSent(seq, length, now, hasFin);
            if (octets > 0) _acks.OnReply(now);
            Snd.Nxt = seq + length;
            if (octets % Mss != 0) _smallEnd = end;
            if (hasFin) _isFinSent = true;
        }

        _tally.Sent(octets, Mss, isRetransmission, now);
        if (octets > segmentSize)
        {
            packet.Offload = packet.Offload with
            {
                SegmentSize = (ushort)segmentSize,
                SegmentKind = Binding.RemoteAddress.IsV4OrMapped ? SegmentKind.TcpV4 : SegmentKind.TcpV6,
            };
        }

        SealWithOptions(packet, seq, flags, now);
    }

    /// <summary>An acknowledgment that does not wait for the end of the batch.</summary>
    private void EmitAck(Timestamp now) => SealWithOptions(_context.Packets.Rent(0), Snd.Nxt, TcpFlags.Ack, now);

    private void SealWithOptions(PacketBuffer packet, SequenceNumber seq, TcpFlags flags, Timestamp now)
    {
        Span<byte> options = stackalloc byte[TcpOptionWriter.MaxLength];
        var writer = new TcpOptionWriter(options);
        if (_agreed.Timestamps)
        {
            writer.AddAlignedTimestamps(Clock(now), _recentTimestamp);
        }

        if (_agreed.Sack && IsSynchronized) AddSack(ref writer);
        Seal(packet, seq, flags, OfferWindow(), writer.Written, now);
    }

    private void AddSack(ref TcpOptionWriter writer)
    {
        Span<SackBlock> blocks = stackalloc SackBlock[_agreed.Timestamps ? 3 : 4];
        int count = CopySackBlocks(blocks);
        if (count > 0) WriteSack(ref writer, blocks[..count]);
    }

    private static void WriteSack(ref TcpOptionWriter writer, scoped ReadOnlySpan<SackBlock> blocks)
    {
        writer.FillTo(2);
        writer.BeginSack(blocks.Length);
        foreach (SackBlock block in blocks) writer.SackBlock(block.Left.Value, block.Right.Value);
    }

    /// <summary>Puts the header in front and sends.</summary>
    private void Seal(PacketBuffer packet, SequenceNumber seq, TcpFlags flags, ushort window, ReadOnlySpan<byte> options, Timestamp now)
    {
        bool carriesAck = (flags & TcpFlags.Ack) != 0;
        var header = new TcpHeader(
            Binding.Port, Binding.RemotePort, seq.Value, carriesAck ? Rcv.Nxt.Value : 0, flags, window, UrgentPointerFor(seq, ref flags));
        header = header with { Flags = flags };
        var pseudo = new PseudoHeader(Binding.LocalAddress.Unmap(), Binding.RemoteAddress.Unmap(), IpProtocol.Tcp, 0);
        byte trafficClass = Options.TrafficClass;
        if (_path.SealsChecksums || packet.Offload.SegmentSize != 0) header.PrependUnsealed(packet, options, pseudo);
        else header.PrependTo(packet, options, pseudo);
        if (carriesAck) OnAckSent();
        _tally.SegmentsOut++;
        _context.Counters.Count(Counter.TcpOutSegs);
        _path.Send(packet, trafficClass, now);
    }

    private ushort UrgentPointerFor(SequenceNumber seq, ref TcpFlags flags)
    {
        int urgent = Snd.Up - seq;
        if (urgent <= 0 || urgent > ushort.MaxValue || Snd.Up <= Snd.Una || (flags & TcpFlags.Ack) == 0) return 0;
        flags |= TcpFlags.Urg;
        return (ushort)urgent;
    }

    private const int MinMss = 536, MaxSackBlocks = 4;
}
