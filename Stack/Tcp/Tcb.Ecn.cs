using System.Net.NetworkInformation;
using UserNet.Buffers;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Explicit congestion notification: classic, RFC 3168 §6.1, and accurate, RFC 9768.
internal sealed partial class Tcb
{
    private EcnCounters? _ecn;      // made by Accurate ECN, or by the first mark that comes
    private bool _echoesCe;           // classic: ECE stands in all that is sent, until the peer says CWR
    private bool _hasSeenEct;         // something came that was ECN-capable

    /// <summary>What was counted of marks; null while there was nothing to count.</summary>
    public EcnCounters? Ecn => _ecn;

    private EcnCounters EcnMade => _ecn ??= new EcnCounters();

    /// <summary>What this host offers in a SYN, or answers one with.</summary>
    private SynOffer Offer
    {
        get
        {
            TcpSettings settings = _context.Settings;
            SynOffer offer = WithSignature(SynOffer.OfHost(settings, Options, _path.MtuAt(default), _path.IpHeaderLength));
            if (_path.Metrics?.AdvertisedMss is { } most && most < offer.Mss) offer = offer with { Mss = (ushort)most };
            if (settings.DropsOptionsOfLateSyns && State == SynSent && _synRetries >= LateSyn)
                offer = offer with { WindowScale = null, Sack = false, Timestamps = false };
            if (State == SynSent) return offer with { Ecn = settings.OffersEcn, AccurateEcn = settings.Ecn == TcpEcnMode.OfferAccurate };
            return settings.IsFreeBsd && State == SynReceived && _synRetries > settings.EcnRetries ? offer with { Ecn = false } : offer;
        }
    }

    /// <summary>The offer with what of ECN this SYN or SYN-ACK, sent again or not, is to say.</summary>
    private SynOffer WithEcn(in SynOffer offer, bool isAnswer)
    {
        if (isAnswer)
        {
            if (_agreed.AccurateEcn) return WithAccurateAnswer(offer);
            return offer with { Ecn = _agreed.Ecn && offer.Ecn, AccurateEcn = false };
        }

        // Something on the way may not let such a SYN through. RFC 3168 §6.1.1.1, RFC 9768 §3.1.4.1.
        int mostRetries = _context.Settings.IsFreeBsd ? _context.Settings.EcnRetries : offer.AccurateEcn ? 1 : 0;
        if (_synRetries <= mostRetries || !_context.Settings.EcnFallback) return offer;
        return offer with { Ecn = false, AccurateEcn = false };
    }

    // Sent again it has no option, and the third time no bits either: RFC 9768 §3.2.3.2.2. Who says so may not send ECT: §3.1.5.
    private SynOffer WithAccurateAnswer(in SynOffer offer)
    {
        EcnCounters marks = EcnMade;
        bool isFirst = !marks.HasAnswered, hasBits = _synRetries < 2;
        marks.HasAnswered = true;
        if (!hasBits) marks.Failures |= EcnFailures.AceSent;
        return offer with
        {
            Ecn = false,
            AccurateEcn = hasBits,
            HasEcnOption = isFirst && hasBits && _context.Settings.EcnOption != TcpEcnOptionUse.Never,
        };
    }

    /// <summary>A listener's child, or a crossed SYN: what its ECN field says.</summary>
    /// <remarks>
    /// Routers do not mark SYNs, so that a classic offer in an ECN-capable packet is none: as in Linux. RFC 3168 §6.1.1.
    /// </remarks>
    private void OnEcnOfSyn(in TcpSegment syn, byte ecn)
    {
        if (_agreed.AccurateEcn) EcnMade.OnSyn(ecn);
        else if (ecn != EcnCodes.NotEct && _agreed.Ecn && !syn.Has(TcpFlags.Ae) && !_context.Settings.IsFreeBsd) Notes.PeerOffer = Notes.PeerOffer with { Ecn = false };
        else return;
        Agree();
    }

    /// <summary>The answer to this host's SYN. RFC 9768 §3.2.2.1 to §3.2.2.3.</summary>
    private void OnEcnOfSynAck(in TcpSegment segment, in TcpOptionValues options, byte ecn)
    {
        if (!_agreed.AccurateEcn) return;
        EcnCounters marks = EcnMade;
        marks.OnSynAck(ecn);
        marks.Reflects = State != SynReceived;
        if (marks.OnFirstOption(options.AccurateEcn)) marks.Demand(2);
        bool doubts = _context.Settings.EcnFallback && (_context.Settings.Profile.DoubtsAllSynFeedback || ecn == EcnCodes.Ce);
        bool isPossible = EcnCodes.Reflected(EcnCodes.Ace(segment.Flags)) is not { } seen || EcnCodes.MayBecome(EcnCodes.NotEct, seen);
        if (doubts && !isPossible) marks.Failures |= EcnFailures.AceReceived;
    }

    /// <summary>The ACK that ends the handshake. RFC 9768, table 4.</summary>
    private void OnEcnOfHandshakeAck(in TcpSegment segment, in TcpOptionValues options)
    {
        if (!_agreed.AccurateEcn || segment.Has(TcpFlags.Syn)) return;
        EcnCounters marks = EcnMade;
        bool isBare = segment.SequenceLength == 0 && options.SackCount == 0;
        marks.OnAckOfSynAck(EcnCodes.Ace(segment.Flags), isBare, EcnCodes.NotEct, _context.Settings.EcnFallback);
        marks.OnFirstOption(options.AccurateEcn);
        marks.Demand(1);
    }

    /// <summary>A SYN or SYN-ACK comes in a connection that has one already. RFC 9768 §3.1.5.</summary>
    /// <returns>False when it contradicts the one before: the connection cannot go on.</returns>
    private bool OnEcnOfOtherSyn(in TcpSegment segment, in TcpOptionValues options, byte ecn)
    {
        bool isSameSyn = new SequenceNumber(segment.SequenceNumber) == Rcv.Irs;
        if (!isSameSyn || (!_context.Settings.TakesAccurateEcn && !_agreed.AccurateEcn)) return true;
        if (State == SynReceived && !segment.Has(TcpFlags.Ack))
        {
            int ace = EcnCodes.Ace(segment.Flags);
            bool isClassic = ace == 3, isAccurate = EcnCodes.MeansAccurate(segment.Flags);
            if (_agreed.AccurateEcn ? isClassic : isAccurate && _agreed.Ecn) return false;
            if (!_agreed.AccurateEcn) return true;
            EcnMade.OnSyn(ecn);
            if (ace == 0) EcnMade.Failures |= EcnFailures.AceReceived;
        }
        else if (_agreed.AccurateEcn && segment.Has(TcpFlags.Ack))
        {
            OnEcnOfSynAck(segment, options, ecn);
        }

        return true;
    }

    /// <summary>Looks at what routers wrote on an acceptable segment, and at what the peer did about it.</summary>
    private void OnEcn(in TcpSegment segment, byte ecn, bool isLastOfHandshake)
    {
        int octets = segment.Payload.Length;
        if (_ecn is null && ecn == EcnCodes.NotEct) return;
        if (!_agreed.Ecn && ecn != EcnCodes.NotEct && (!isLastOfHandshake || _agreed.AccurateEcn)) _hasSeenEct = true;
        if (EcnMade.OnSegment(ecn, octets, _agreed.AccurateEcn) && octets > 0) _ackNow = true;
    }

    /// <summary>FreeBSD looks at the marks of whatever comes, before it knows whether it is of use. RFC 3168 §6.1.3.</summary>
    private void OnEcnAsFreeBsd(in TcpSegment segment, byte ecn)
    {
        bool isGivenUp = IsHalfOpenChild && _synRetries > _context.Settings.EcnRetries;
        if (!_agreed.Ecn || isGivenUp) return;
        if (segment.Has(TcpFlags.Cwr))
        {
            _echoesCe = false;
            _ackNow = true;
        }

        if (ecn == EcnCodes.Ce) _echoesCe = true;
    }

    /// <summary>Classic: the peer has heard of the mark. Its window may be so small that it waits for this acknowledgment.</summary>
    private void OnCwr(in TcpSegment segment)
    {
        if (!_agreed.Ecn || !segment.Has(TcpFlags.Cwr)) return;
        _echoesCe = false;
        if (segment.SequenceLength > 0) _ackNow = true;
    }

    /// <summary>
    /// Classic: text came that is new. RFC 3168 §6.1.3. What has no ECT after much that had is probably sent again: the peer has trouble,
    /// and is answered quickly.
    /// </summary>
    private void OnMark(byte ecn)
    {
        if (!_agreed.Ecn) return;
        if (ecn == EcnCodes.NotEct)
        {
            if (_hasSeenEct) _acks.BeginQuick(Offered, _context.Settings.Profile, QuickAfterMark);
            return;
        }

        _hasSeenEct = true;
        if (ecn != EcnCodes.Ce || _echoesCe) return;
        _echoesCe = true;
        _acks.BeginQuick(Offered, _context.Settings.Profile, QuickAfterMark);
    }

    /// <summary>Octets of options that a segment has beside its timestamps: what reports holes, and the option of Accurate ECN.</summary>
    private int ReportLength(Timestamp now)
    {
        int count = 0, room = TcpOptionWriter.MaxLength - (_agreed.Timestamps ? TimestampsLength : 0) - SignatureLength;
        if (_agreed.Sack && _receiveRing.HasGap)
        {
            Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
            count = _receiveRing.CopySackBlocks(blocks[..MostSackBlocks]);
        }

        int counters = FitEcnOption(room, ref count, now);
        int length = count > 0 ? SackOverhead + (count * SackBlockLength) : 0;
        return counters < 0 ? length : length + EcnCounters.LengthWith(counters, PaddingBeside(count));
    }

    private int FitEcnOption(int room, ref int blocks, Timestamp now)
    {
        if (!_agreed.AccurateEcn || !EcnMade.WantsOption(_context.Settings, _recovery.Rtt.Smoothed, now)) return -1;
        int sack = blocks > 0 ? SackOverhead + (blocks * SackBlockLength) : 0;
        return EcnCounters.Fit(EcnMade.LeastCounters, room - sack, PaddingBeside(blocks), ref blocks);
    }

    private static int PaddingBeside(int blocks) => blocks > 0 ? 2 : 0;

    /// <summary>Adds what reports marks and holes.</summary>
    /// <param name="writer">It has the timestamps already.</param>
    /// <param name="room">Octets that there is room for beside the text.</param>
    /// <param name="now">The time.</param>
    private void AddReports(ref TcpOptionWriter writer, int room, Timestamp now)
    {
        room = Math.Min(room, writer.Room);
        Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
        SequenceNumber? duplicate = _duplicate.Length > 0 ? _duplicate.Left : null;
        int most = _agreed.Sack && IsSynchronized ? Math.Min(MostSackBlocks, (room - SackOverhead) / SackBlockLength) : 0;
        int count = most > 0 ? CopySackBlocks(blocks[..most]) : 0;
        if (_agreed.AccurateEcn)
        {
            int counters = FitEcnOption(room, ref count, now);
            if (counters >= 0) EcnMade.WriteOption(ref writer, counters, most > 0 ? duplicate : null, now);
            else EcnMade.OnNoOption();
        }

        if (count > 0)
        {
            WriteSack(ref writer, blocks[..count]);
            return;
        }

        // FreeBSD has begun to write the blocks by the time it finds that a signature leaves no room for one.
        bool isTooLate = _context.Settings.IsFreeBsd && room is >= 4 and < SackOverhead + SackBlockLength && IsSigned && _agreed.Sack && IsSynchronized;
        if (isTooLate && (_receiveRing.HasGap || duplicate is not null)) writer.FillTo(2);
        if (isTooLate) writer.EndAtWord();
        else writer.FillTo(0);
    }

    /// <summary>What a segment without SYN says of ECN in its control bits, and in its IP header.</summary>
    private void AddEcn(PacketBuffer packet, ref TcpFlags flags, ref byte ecn)
    {
        if (!_agreed.AccurateEcn)
        {
            if (_echoesCe) flags |= TcpFlags.Ece;
            return;
        }

        EcnCounters marks = EcnMade;
        if (marks.SendsEct) ecn = EcnCodes.Ect0;
        if (marks.Reflects && packet.Length == 0 && flags == TcpFlags.Ack)
        {
            flags |= EcnCodes.Reflect(marks.SeenOnSyn);
            return;
        }

        flags |= marks.Ace;
        marks.OnAceSent();
        if (packet.Offload.SegmentSize > 0) packet.Offload = packet.Offload with { KeepsCwr = (flags & TcpFlags.Cwr) != 0 };
    }

    private const int QuickAfterMark = 2, LateSyn = 3;
}
