using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>What came of the peer's options of Accurate ECN; the numbers are those of tcpi_accecn_opt_seen.</summary>
internal enum EcnOptionSeen : byte
{
    /// <summary>None came.</summary>
    Not = 0,
    /// <summary>Those that came had no counter.</summary>
    Empty = 1,
    /// <summary>One with a counter came.</summary>
    Counters = 2,
    /// <summary>The first that came had been zeroed on the way.</summary>
    Zeroed = 3,
}

/// <summary>What went wrong with Accurate ECN; the bits are those of tcpi_accecn_fail_mode.</summary>
[Flags]
internal enum EcnFailures : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>A SYN-ACK without the bits had to be sent.</summary>
    AceSent = 1,
    /// <summary>What came cannot be: the peer lost count, or the ECN field was changed on the way.</summary>
    AceReceived = 2,
    /// <summary>Segments with the option do not get through.</summary>
    OptionSent = 4,
    /// <summary>Options are zeroed on the way: those that come are passed over.</summary>
    OptionReceived = 8,
}

/// <summary>An acknowledgment, as the count of marks sees it.</summary>
internal ref struct EcnFeedback
{
    /// <summary>AE, CWR and ECE as a number.</summary>
    public int Ace { get; init; }

    /// <summary>The option.</summary>
    public AccurateEcnOption Option { get; init; }

    /// <summary>Segments, and octets of payload, that it newly says have arrived.</summary>
    public int Delivered { get; init; }

    /// <inheritdoc cref="Delivered"/>
    public int DeliveredOctets { get; init; }

    /// <summary>It is newer than what came before: it acknowledges something, or its timestamp is newer.</summary>
    public bool IsNewer { get; init; }

    /// <summary>What it acknowledges is known exactly: there is SACK, or nothing was lost.</summary>
    public bool IsExact { get; init; }

    /// <summary>It is among the first that acknowledge data.</summary>
    public bool IsFirstOfData { get; init; }

    /// <summary>Octets of payload that were sent.</summary>
    public long Sent { get; init; }

    /// <summary>Octets of a full segment.</summary>
    public int Mss { get; init; }
}

// The sender's half: the counters that the peer tells of. RFC 9768 §3.2.2 and §3.2.3.
internal sealed partial class EcnCounters
{
    private const uint AceMask = 7;
    private const int CounterBits = 24;
    private const long LatestStart = (1 << 23) - 1;      // so much was sent without an option: its counters may have gone round
    private const int AverageShift = 6, ManyPerAck = 4;

    private byte _growing;           // the ECN field whose octets grew last, and alone; NotEct when that is not known
    private bool _passesOver;        // the segment that is looked at tells of the handshake, and not of a counter
    private uint _averageAcked;      // segments that an ACK acknowledges, smoothed, in 1/64

    /// <summary>Segments that arrived marked CE: s.cep.</summary>
    public uint DeliveredCe { get; private set; }

    /// <summary>Octets of payload that arrived marked CE, ECT(0), ECT(1): s.ceb, s.e0b, s.e1b.</summary>
    public uint DeliveredCeOctets { get; private set; }

    /// <inheritdoc cref="DeliveredCeOctets"/>
    public uint DeliveredEct0Octets { get; private set; }

    /// <inheritdoc cref="DeliveredCeOctets"/>
    public uint DeliveredEct1Octets { get; private set; }

    /// <summary>The segment that is looked at has a newer timestamp than all before.</summary>
    public bool HasNewTimestamp { get; set; }

    /// <summary>What came of the peer's options.</summary>
    public EcnOptionSeen OptionSeen { get; private set; }

    /// <summary>What went wrong.</summary>
    public EcnFailures Failures { get; set; }

    /// <summary>The peer, it seems, does not count: what it says is passed over. RFC 9768 §3.2.2.1, note 1, and §3.2.2.4.</summary>
    public bool IsDeaf { get; private set; }

    /// <summary>False when nothing may be sent as ECN-capable.</summary>
    public bool SendsEct => (Failures & (EcnFailures.AceSent | EcnFailures.AceReceived)) == 0;

    /// <summary>Looks at a SYN-ACK, or at the segment that acknowledges one, for a first option. RFC 9768 §3.2.3.2.3 and §3.2.3.2.4.</summary>
    /// <returns>True when it has one that was worth a look.</returns>
    public bool OnFirstOption(in AccurateEcnOption option)
    {
        if (!option.IsPresent || OptionSeen >= EcnOptionSeen.Counters) return false;
        bool isZeroed = (option.Count > 0 && option.First == 0) || (option.Count == AccurateEcnOption.MaxCounters && option.Third == 0);
        OptionSeen = isZeroed ? EcnOptionSeen.Zeroed : option.Count > 0 ? EcnOptionSeen.Counters : EcnOptionSeen.Empty;
        if (isZeroed) Failures |= EcnFailures.OptionReceived;
        return true;
    }

    /// <summary>The ACK of a SYN-ACK, which tells of that one's ECN field. RFC 9768, table 4.</summary>
    /// <param name="ace">The three bits.</param>
    /// <param name="isBare">It has neither data nor SACK blocks.</param>
    /// <param name="sent">The ECN field that the SYN-ACK left with.</param>
    /// <param name="doubts">An ECN field that cannot have come about by marking ends the sending of ECT.</param>
    public void OnAckOfSynAck(int ace, bool isBare, byte sent, bool doubts)
    {
        _passesOver = true;
        if (!isBare) return;
        if (ace == 0) Disbelieve();
        if (EcnCodes.Reflected(ace) is not { } seen) return;
        if (doubts && !EcnCodes.MayBecome(sent, seen)) Failures |= EcnFailures.AceReceived;
        else if (seen == EcnCodes.Ce && DeliveredCe == 0) DeliveredCe = 1;
    }

    /// <summary>Counts what an acknowledgment tells of.</summary>
    /// <returns>Segments newly known to have arrived marked; more rather than too few where the number may have gone round.</returns>
    public uint OnFeedback(in EcnFeedback feedback)
    {
        bool passesOver = _passesOver;
        _passesOver = false;
        if (passesOver || IsDeaf || !feedback.IsNewer) return 0;
        uint ceOctets = DeliveredCeOctets;
        bool octetsAreKnown = TakeOption(feedback);
        NoteDelivered((uint)feedback.Delivered);
        if (feedback.IsFirstOfData && feedback.Ace == 0)
        {
            Disbelieve();
            return 0;
        }

        uint least = ((uint)feedback.Ace - FirstCePackets - DeliveredCe) & AceMask;
        uint marked = MarkedOf(feedback, least, octetsAreKnown, DeliveredCeOctets - ceOctets);
        DeliveredCe += marked;
        return marked;
    }

    private void Disbelieve()
    {
        IsDeaf = true;
        Failures |= EcnFailures.AceReceived | EcnFailures.OptionReceived;
    }

    private void NoteDelivered(uint segments)
    {
        if (segments == 0) return;
        uint sample = segments << AverageShift;
        _averageAcked = _averageAcked == 0 ? sample : ((_averageAcked << AverageShift) - _averageAcked + sample) >> AverageShift;
        _averageAcked = Math.Min(_averageAcked, ushort.MaxValue);
    }

    // How often the three bits went round, told by the octets where they are known, else by how many segments one ACK can tell of.
    // RFC 9768 §3.2.2.5.2, appendix A.2.
    private uint MarkedOf(in EcnFeedback feedback, uint least, bool octetsAreKnown, uint ceOctets)
    {
        uint delivered = (uint)feedback.Delivered, mss = (uint)feedback.Mss;
        if (delivered <= AceMask) return least;
        uint most = delivered - ((delivered - least) & AceMask);
        if (!octetsAreKnown) return _averageAcked > (ManyPerAck << AverageShift) ? least : most;
        if (ceOctets == 0) return least;
        if (delivered >= 2 * (AceMask + 1) && feedback.IsExact)
        {
            ulong octets = (uint)feedback.DeliveredOctets;
            if (octets <= ceOctets) return most;
            ulong estimate = (((ulong)ceOctets * delivered) + octets - 1) / octets;
            return Math.Min(most, least + ((uint)estimate & ~AceMask));
        }

        if (ceOctets > least * mss) return most;
        return ceOctets < (most * mss) >> 1 ? least : most;
    }

    // True when it is known which octets arrived how, be it by inference. Without an option what arrived is taken to have the
    // ECN field of what arrived before; the next option puts it right.
    private bool TakeOption(in EcnFeedback feedback)
    {
        if ((Failures & EcnFailures.OptionReceived) != 0) return false;
        AccurateEcnOption option = feedback.Option;
        if (!option.IsPresent)
        {
            if (OptionSeen == EcnOptionSeen.Not)
            {
                if (feedback.Sent >= LatestStart) (OptionSeen, Failures) = (EcnOptionSeen.Zeroed, Failures | EcnFailures.OptionReceived);
                return false;
            }

            if (_growing == EcnCodes.NotEct) return false;
            Add(_growing, (uint)feedback.DeliveredOctets);
            return true;
        }

        OnFirstOption(option);
        return (Failures & EcnFailures.OptionReceived) == 0 && TakeCounters(option);
    }

    private bool TakeCounters(in AccurateEcnOption option)
    {
        byte expected = _growing;
        bool isKnown = expected != EcnCodes.NotEct, hasChanged = false, isUnclear = false;
        for (int i = 0; i < option.Count; i++)
        {
            byte field = i == 1 ? EcnCodes.Ce : (i == 0) == option.Ect1First ? EcnCodes.Ect1 : EcnCodes.Ect0;
            int change = Update(field, i == 0 ? option.First : i == 1 ? option.Second : option.Third);
            if (change == 0) continue;
            if (change < 0) isUnclear = true;
            if (field == expected) continue;
            if (hasChanged) isUnclear = true;
            else (_growing, hasChanged) = (field, true);
        }

        if (isUnclear) _growing = EcnCodes.NotEct;
        return isKnown && !isUnclear;
    }

    // The nearest value with these low bits, which may lie behind what was inferred.
    private int Update(byte field, uint counter)
    {
        uint first = field == EcnCodes.Ect1 ? FirstEct1 : field == EcnCodes.Ce ? FirstCe : FirstEct0;
        uint known = field == EcnCodes.Ect1 ? DeliveredEct1Octets : field == EcnCodes.Ce ? DeliveredCeOctets : DeliveredEct0Octets;
        int change = (int)((counter - first - known) << (32 - CounterBits)) >> (32 - CounterBits);
        Add(field, (uint)change);
        return change;
    }

    private void Add(byte field, uint octets)
    {
        switch (field)
        {
            case EcnCodes.Ect1:
                DeliveredEct1Octets += octets;
                break;
            case EcnCodes.Ce:
                DeliveredCeOctets += octets;
                break;
            default:
                DeliveredEct0Octets += octets;
                break;
        }
    }
}
