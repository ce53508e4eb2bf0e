using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>What a connection counts for Accurate ECN: marks that came, to be told of, and marks that the peer tells of. RFC 9768 §3.2.</summary>
/// <remarks>
/// Made when there is something to count. Without Accurate ECN only what came is counted, for TCP_INFO. The counters begin at 0 here;
/// on the wire the RFC's first values are added. Gate held.
/// </remarks>
internal sealed partial class EcnCounters
{
    /// <summary>The first values of the counters on the wire: r.e1b, r.ceb, r.e0b. RFC 9768 §3.2.1.</summary>
    public const uint FirstEct1 = 1, FirstCe = 0, FirstEct0 = 1;

    private const uint FirstCePackets = 5;                // r.cep
    private const int OverflowGuard = 22;                 // an option at least once in so many bits of octets: §3.2.3.3
    private const byte MostPending = 6, PendingLimit = 15;

    private byte _last;                                   // the ECN field that came last
    private byte _pending;                                // segments marked CE that no ACK has told of, as far as counted
    private byte _demanded;                               // so many segments are to have the option
    private SequenceNumber? _toldDuplicate;               // where what the last option's segment told of as a duplicate begins
    private Timestamp _optionSentAt;

    /// <summary>Segments that came marked CE: r.cep.</summary>
    public uint ReceivedCe { get; private set; }

    /// <summary>Octets of payload that came marked CE, ECT(0), ECT(1): r.ceb, r.e0b, r.e1b.</summary>
    public uint ReceivedCeOctets { get; private set; }

    /// <inheritdoc cref="ReceivedCeOctets"/>
    public uint ReceivedEct0Octets { get; private set; }

    /// <inheritdoc cref="ReceivedCeOctets"/>
    public uint ReceivedEct1Octets { get; private set; }

    /// <summary>The ECN field of the peer's latest SYN or SYN-ACK.</summary>
    public byte SeenOnSyn { get; private set; }

    /// <summary>The next bare acknowledgment tells of <see cref="SeenOnSyn"/>: RFC 9768 §3.2.2.1.</summary>
    public bool Reflects { get; set; }

    /// <summary>A SYN-ACK left; those after it do not have the option. RFC 9768 §3.2.3.2.2.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>The next data that comes is acknowledged at once.</summary>
    public bool HurriesAck { get; private set; }

    /// <summary>How many counters the next option has at least: those that changed since the last.</summary>
    public int LeastCounters { get; private set; }

    /// <summary>The control bits of a segment: r.cep.</summary>
    public TcpFlags Ace => EcnCodes.FlagsOf(ReceivedCe + FirstCePackets);

    /// <summary>The peer's SYN, or one more, came.</summary>
    public void OnSyn(byte seen) => SeenOnSyn = _last = seen;

    /// <summary>A SYN-ACK came: its mark is counted once, however often it comes. RFC 9768 §3.2.2.2.</summary>
    public void OnSynAck(byte seen)
    {
        SeenOnSyn = seen;
        if (seen == EcnCodes.Ce && ReceivedCe == 0) AddCe();
    }

    /// <summary>A listener's child is established, or a peer's SYN-ACK had the option: so many segments are to have it.</summary>
    public void Demand(int segments) => _demanded = (byte)Math.Max(_demanded, segments);

    /// <summary>Counts an acceptable segment without SYN.</summary>
    /// <param name="seen">Its ECN field.</param>
    /// <param name="octets">Its payload.</param>
    /// <param name="isAccurate">The connection has Accurate ECN.</param>
    /// <returns>True when it, if it has data, is to be acknowledged at once.</returns>
    public bool OnSegment(byte seen, int octets, bool isAccurate)
    {
        bool isHurried = _pending >= MostPending;      // RFC 9768 §3.2.2.5.1, with the n that Linux has
        if (seen == EcnCodes.Ce) AddCe();
        if (seen != EcnCodes.NotEct && octets > 0) AddOctets(seen, (uint)octets);
        bool isChange = seen != _last;
        _last = seen;
        if (isChange || seen == EcnCodes.Ce) _demanded = 2;      // the second shows which counter goes on growing
        isHurried |= isChange;
        if (!isAccurate) return false;
        HurriesAck |= isHurried;
        return HurriesAck;
    }

    /// <summary>True when the segment that leaves now is to have the option.</summary>
    public bool WantsOption(TcpSettings settings, TimeSpan roundTrip, Timestamp now)
    {
        if (settings.EcnOption == TcpEcnOptionUse.Never || OptionSeen == EcnOptionSeen.Not) return false;
        if ((Failures & EcnFailures.OptionSent) != 0 && settings.EcnOption != TcpEcnOptionUse.Persistently) return false;
        if (settings.EcnOption >= TcpEcnOptionUse.Always || _demanded > 0) return true;
        return settings.EcnOptionBeacon > 0 && (now - _optionSentAt) * settings.EcnOptionBeacon >= roundTrip;
    }

    /// <summary>Writes the option with so many counters.</summary>
    /// <param name="writer">Writes the segment's options.</param>
    /// <param name="counters">0 to 3, no fewer than <see cref="LeastCounters"/>.</param>
    /// <param name="duplicate">Where what the segment tells of as a duplicate begins; null where it tells of none.</param>
    /// <param name="now">The time.</param>
    public void WriteOption(ref TcpOptionWriter writer, int counters, SequenceNumber? duplicate, Timestamp now)
    {
        writer.AccurateEcn(counters, ReceivedEct1Octets + FirstEct1, ReceivedCeOctets + FirstCe, ReceivedEct0Octets + FirstEct0);
        LeastCounters = 0;
        if (_demanded > 0) _demanded--;
        (_optionSentAt, _toldDuplicate) = (now, duplicate);
    }

    /// <summary>A segment leaves without the option.</summary>
    public void OnNoOption() => _toldDuplicate = null;

    /// <summary>A segment with <see cref="Ace"/> left.</summary>
    public void OnAceSent() => _pending = 0;

    /// <summary>A segment with an acknowledgment left.</summary>
    public void OnAckSent() => HurriesAck = Reflects = false;

    /// <summary>
    /// What was reported as a duplicate in a segment with the option comes once more: such segments do not get through, it seems.
    /// RFC 9768 §3.2.3.2.2.
    /// </summary>
    public void OnOldText(SequenceNumber first)
    {
        if (_toldDuplicate == first) Failures |= EcnFailures.OptionSent;
    }

    /// <summary>How many counters fit. The option may stand where no-operations would be, and up to two SACK blocks give way to it.</summary>
    /// <param name="required">No fewer counters make sense.</param>
    /// <param name="room">Octets that options still have, after the SACK blocks.</param>
    /// <param name="padding">No-operations that stand in front of what follows.</param>
    /// <param name="blocks">SACK blocks; two of them always stay. RFC 9768 §3.2.3.3.</param>
    /// <returns>How many, or -1 when the option does not fit.</returns>
    public static int Fit(int required, int room, int padding, ref int blocks)
    {
        int all = blocks, counters = AccurateEcnOption.MaxCounters;
        while (counters >= required)
        {
            if (LengthWith(counters, padding) <= room) return counters;
            if (counters == required && required > 0 && blocks > 2)
            {
                blocks--;
                room += SackBlockLength;
                counters = AccurateEcnOption.MaxCounters;
            }
            else
            {
                counters--;
            }
        }

        blocks = all;
        return -1;
    }

    /// <summary>Octets that the option takes beside what would stand there anyway.</summary>
    public static int LengthWith(int counters, int padding)
    {
        int length = AccurateEcnOption.LengthOf(counters);
        return (length & 3) > padding ? (length + 3) & ~3 : length & ~3;
    }

    private const int SackBlockLength = 8;

    private void AddCe()
    {
        ReceivedCe++;
        if (_pending < PendingLimit) _pending++;
    }

    private void AddOctets(byte seen, uint octets)
    {
        uint before, after;
        switch (seen)
        {
            case EcnCodes.Ect1:
                before = ReceivedEct1Octets;
                after = ReceivedEct1Octets += octets;
                break;
            case EcnCodes.Ect0:
                before = ReceivedEct0Octets;
                after = ReceivedEct0Octets += octets;
                break;
            default:
                before = ReceivedCeOctets;
                after = ReceivedCeOctets += octets;
                break;
        }

        LeastCounters = Math.Max(LeastCounters, seen == EcnCodes.Ect1 ? 1 : seen == EcnCodes.Ce ? 2 : 3);
        if ((before ^ after) >> OverflowGuard != 0) Demand(1);
    }
}
