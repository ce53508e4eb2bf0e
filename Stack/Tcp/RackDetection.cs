using System.Runtime.InteropServices;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// What RACK remembers: the segment sent last of those delivered, and how much later than it others may arrive.
/// RFC 8985 §5 and §6.
/// </summary>
[StructLayout(LayoutKind.Auto)]      // one in each connection
internal struct RackDetection()
{
    private const int RecoveriesOfAWindow = 16;      // for how many a wider window is kept
    private const int MostSteps = 255;

    private byte _steps = 1;               // RACK.reo_wnd_mult
    private bool _known;                   // something was delivered
    private uint _deliveredAtStep;         // segments delivered when it last grew
    private SequenceNumber _endSeq;        // RACK.end_seq

    /// <summary>When the segment was sent that was sent last of those delivered (RACK.xmit_ts).</summary>
    public Timestamp SentAt { get; private set; }

    /// <summary>The round-trip time of the segment delivered last (RACK.rtt).</summary>
    public TimeSpan Rtt { get; private set; }

    /// <summary>Something was delivered since losses were last looked for.</summary>
    public bool HasAdvanced { get; set; }

    /// <summary>A duplicate came of what reordering, and not a probe, may have sent again.</summary>
    public bool DsackSeen { get; set; }

    /// <summary>For how many more recoveries the window stays wider.</summary>
    public byte Persistence { get; private set; }

    /// <summary>Takes note of a segment that was delivered. §6.2, step 2.</summary>
    public void OnDelivered(in SentSegment segment, Timestamp now, TimeSpan? minRtt)
    {
        TimeSpan rtt = now - segment.SentAt;

        // Too soon for the retransmission: the first transmission was late, or both are under way. §5.2.
        if (segment.Has(SegmentMarks.Retransmitted) && minRtt is { } least && rtt < least) return;
        HasAdvanced = true;
        Rtt = rtt;
        if (_known && IsSentBefore(segment.SentAt, segment.End)) return;
        (SentAt, _endSeq) = (segment.SentAt, segment.End);
        _known = true;
    }

    /// <summary>True when a segment was sent before the one that was sent last of those delivered.</summary>
    public readonly bool IsSentBefore(Timestamp sentAt, SequenceNumber end) =>
        sentAt < SentAt || (sentAt == SentAt && end < _endSeq);

    /// <summary>
    /// How much later than others a segment may arrive (RACK.reo_wnd), once reordering is at hand. §6.2, step 4.
    /// </summary>
    public readonly TimeSpan ReorderingWindow(TimeSpan minRtt, TimeSpan smoothedRtt) =>
        new(Math.Min(minRtt.Ticks / 4 * _steps, smoothedRtt.Ticks));

    /// <summary>
    /// Widens the window after a duplicate, once a round trip, and narrows it after some recoveries without.
    /// </summary>
    /// <param name="deliveredBefore">What was delivered when the newest of the segments now delivered was sent.</param>
    /// <param name="delivered">What is delivered now.</param>
    public void AdaptWindow(uint deliveredBefore, uint delivered)
    {
        if ((int)(deliveredBefore - _deliveredAtStep) < 0) DsackSeen = false;
        if (DsackSeen)
        {
            _steps = (byte)Math.Min(MostSteps, _steps + 1);
            DsackSeen = false;
            _deliveredAtStep = delivered;
            Persistence = RecoveriesOfAWindow;
        }
        else if (Persistence == 0)
        {
            _steps = 1;
        }
    }

    /// <summary>A recovery ended that was no mistake.</summary>
    public void OnRecovered() => Persistence = (byte)Math.Max(0, Persistence - 1);

    /// <summary>A recovery was undone since a duplicate came of everything.</summary>
    public void OnUndone() => Persistence = (byte)Math.Min(RecoveriesOfAWindow, Persistence + 1);
}
