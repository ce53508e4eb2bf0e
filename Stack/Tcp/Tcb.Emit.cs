using System.Net.NetworkInformation;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// How a segment, or a burst of them, is put together.
internal sealed partial class Tcb
{
    private SendAccounts _accounts;
    private bool _isTooBig;        // the path refused a packet for its size

    /// <summary>What was sent, and what the time was spent on.</summary>
    public ref readonly SendAccounts Accounts => ref _accounts;

    /// <param name="seq">The first number.</param>
    /// <param name="length">The sequence length: octets, and one for a FIN.</param>
    /// <param name="isRetransmission">It was sent before.</param>
    /// <param name="size">Octets in each segment but the last.</param>
    /// <param name="now">The time.</param>
    /// <param name="isPushed">It ends a piece that has PSH.</param>
    private void EmitText(SequenceNumber seq, int length, bool isRetransmission, int size, Timestamp now, bool isPushed = false)
    {
        int octets = Math.Min(length, Math.Max(0, _sendRing.End - seq));
        bool hasFin = octets < length, isBurst = octets > size;
        PacketBuffer packet = _context.Packets.Rent(octets);
        if (octets > 0) _sendRing.Copy(seq, packet.Append(octets));
        TcpFlags flags = TcpFlags.Ack;
        if (hasFin) flags |= TcpFlags.Fin;
        bool pushes = PushesEndOfBuffer ? seq + octets == _sendRing.End : isBurst || (isRetransmission ? _recovery.HadPush(seq + length) : isPushed);
        if (pushes && (octets > 0 || !PushesEndOfBuffer)) flags |= TcpFlags.Psh;
        byte ecn = 0;
        Pace(octets, SegmentsIn(octets, size), now);
        if (isRetransmission) NoteAgain(seq, length, octets, size, now);
        else NoteNew(seq, length, octets, size, ref flags, ref ecn, isPushed, now);
        if (isBurst)
        {
            packet.Offload = packet.Offload with
            {
                SegmentSize = (ushort)size,
                SegmentKind = Binding.RemoteAddress.IsV4OrMapped ? SegmentKind.TcpV4 : SegmentKind.TcpV6,
            };
        }

        SealWithOptions(packet, seq, flags, now, ecn, Math.Max(0, Mss - Math.Min(octets, size)));
        _marks?.OnSent(seq, octets, size, _path.IpHeaderLength + Wire.TcpHeader.Length + (_agreed.Timestamps ? TimestampsLength : 0), _user, now);
    }

    private void NoteAgain(SequenceNumber seq, int length, int octets, int size, Timestamp now)
    {
        _recovery.OnRetransmitted(seq, length, now);
        _context.Counters.Count(Counter.TcpRetransSegs, SegmentsIn(octets, size));
    }

    private void NoteNew(SequenceNumber seq, int length, int octets, int size, ref TcpFlags flags, ref byte ecn, bool isPushed, Timestamp now)
    {
        if (octets > 0 && _agreed.Ecn)
        {
            ecn = EcnCodes.Ect0;
            if (_recovery.MustSendCwr) flags |= TcpFlags.Cwr;      // RFC 3168 §6.1.2
        }

        bool hasFin = octets < length;
        _recovery.OnSent(seq, length, now, hasFin, size, isPushed, _probesWindow);
        Snd.Nxt = seq + length;
        if (_beginnings is { SynDataAgain: > 0 } began) began.SynDataAgain = Math.Max(0, began.SynDataAgain - octets);      // to Nagle's rule it is not new
        else if (octets % size != 0) Snd.SmallEnd = seq + octets;
        if (hasFin) _isFinSent = true;
        if (octets > 0) _acks.OnReply(now);
    }


    private bool PushesEndOfBuffer => _context.Settings.Profile.PushPolicy == TcpPushPolicy.EndOfBuffer;

    private static int SegmentsIn(int octets, int size) => octets <= size ? 1 : (octets + size - 1) / size;

    // As long as its FIN is not acknowledged, every acknowledgment of FreeBSD's says it again.
    private void EmitAck(Timestamp now)
    {
        if (State == SynReceived && !_isFastOpened && _context.Settings.IsFreeBsd)      // there, whatever acknowledges the peer's SYN is the SYN-ACK
        {
            EmitSyn(now);
            return;
        }

        bool repeatsFin = _context.Settings.IsFreeBsd && _isFinSent && State is FinWait1 or Closing or LastAck;
        SealWithOptions(_context.Packets.Rent(0), repeatsFin ? Snd.Nxt - 1 : Snd.Nxt, repeatsFin ? TcpFlags.Fin | TcpFlags.Ack : TcpFlags.Ack, now);
    }

    /// <summary>A segment below the window, which the peer has to answer. RFC 9293 §3.8.4.</summary>
    private void EmitProbe(Timestamp now)
    {
        if (_context.Settings.IsFreeBsd) Respond(Snd.Una - 1, TcpFlags.Ack, RespondWindow, now);
        else SealWithOptions(_context.Packets.Rent(0), Snd.Una - 1, TcpFlags.Ack, now);
    }

    private void SealWithOptions(
        PacketBuffer packet, SequenceNumber seq, TcpFlags flags, Timestamp now, byte ecn = 0, int room = TcpOptionWriter.MaxLength)
    {
        Span<byte> options = stackalloc byte[TcpOptionWriter.MaxLength];
        var writer = new TcpOptionWriter(options);
        bool isSignedFirst = !_context.Settings.IsFreeBsd;
        if (isSignedFirst) AddSignature(ref writer);
        if (_agreed.Timestamps) writer.AddAlignedTimestamps(Clock(now), _recent.Value);
        if (!isSignedFirst) AddSignature(ref writer);
        AddReports(ref writer, room, now);
        AddEcn(packet, ref flags, ref ecn);
        Seal(packet, seq, flags, OfferWindow(), writer.Written, now, ecn);
    }

    private int MostSackBlocks => IsSigned ? (_agreed.Timestamps ? 0 : 2) : _agreed.Timestamps ? MaxSackBlocks - 1 : MaxSackBlocks;

    /// <summary>Octets of a full segment now: what reports holes and marks needs room beside the text.</summary>
    private int MssAt(Timestamp now)
    {
        bool hasReport = _agreed.AccurateEcn || (_agreed.Sack && _receiveRing.HasGap);
        return hasReport ? Math.Max(MssNowFloor, Mss - ReportLength(now)) : Mss;
    }

    internal static void WriteSack(ref TcpOptionWriter writer, scoped ReadOnlySpan<SackBlock> blocks)
    {
        writer.FillTo(2);
        writer.BeginSack(blocks.Length);
        foreach (SackBlock block in blocks) writer.SackBlock(block.Left.Value, block.Right.Value);
    }

    /// <summary>Puts the header in front and sends.</summary>
    private void Seal(
        PacketBuffer packet, SequenceNumber seq, TcpFlags flags, ushort window, ReadOnlySpan<byte> options, Timestamp now, byte ecn = 0)
    {
        bool carriesAck = (flags & TcpFlags.Ack) != 0;
        ushort urgent = UrgentPointerFor(seq, ref flags);
        var header = new TcpHeader(
            Binding.Port, Binding.RemotePort, seq.Value, carriesAck ? Rcv.Nxt.Value : 0, flags, window, urgent);
        var pseudo = new PseudoHeader(Binding.LocalAddress.Unmap(), Binding.RemoteAddress.Unmap(), IpProtocol.Tcp, 0);
        int octets = packet.Length, size = packet.Offload.SegmentSize, segments = size > 0 ? SegmentsIn(octets, size) : 1;
        header.PrependUnsealed(packet, options, pseudo);      // the port fills the checksum in for a link that does not
        if (Options.Signatures is { } keys && !SegmentSignature.Seal(_context.Packets, keys, packet, Binding.LocalAddress, Binding.RemoteAddress)) return;
        if (carriesAck) OnAckSent();
        if (_context.Settings.IsFreeBsd) _tuning.OnSentAsFreeBsd(now);
        _context.Counters.Count(Counter.TcpOutSegs, segments);
        _accounts.CountSent(octets, segments);
        if (octets == 0) _recovery.Pacer?.OnSent(0, 0, 0, now);
        Errno errno = _path.Send(packet, (byte)(Options.TrafficClass | ecn), now);
        if (errno == Errno.EMSGSIZE) _isTooBig = true;
        else if (errno != Errno.Success) _softError = errno;
    }

    /// <summary>Where the urgent octets end, as long as they are not acknowledged; far away, as far as the field reaches. RFC 6093 §3.1.</summary>
    private ushort UrgentPointerFor(SequenceNumber seq, ref TcpFlags flags)
    {
        if (Snd.Up <= Snd.Una || Snd.Up <= seq || (flags & (TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Ack) return 0;
        if (Snd.Up - seq > ushort.MaxValue && seq + ushort.MaxValue <= Snd.Nxt) return 0;      // far behind what leaves now: a later segment says so
        flags |= TcpFlags.Urg;
        return (ushort)Math.Min(Snd.Up - seq, ushort.MaxValue);
    }

    private const int MaxSackBlocks = 4, SackBlockLength = 8, SackOverhead = 4, MssNowFloor = 8;
}
