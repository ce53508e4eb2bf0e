using UserNet.Time;

namespace UserNet.Tcp;

// What is sent is spread over the round trip: the interface's queue is fq, or SO_MAX_PACING_RATE is set.
internal sealed partial class Tcb
{
    /// <summary>tcpi_pacing_rate: what it would send by, octets a second; all bits set for no limit.</summary>
    public ulong PacingRate => _recovery.Rate is > 0 and var rate ? Math.Min((ulong)rate, Options.MaxPacingRate) : Options.MaxPacingRate;

    private bool IsPaced => Options.MaxPacingRate != ulong.MaxValue || _path.IsPaced;

    /// <summary>True when data must wait, for which a timer runs then.</summary>
    private bool WaitsForPace(Timestamp now)
    {
        if (_recovery.Pacer is not { } pacer || pacer.Next <= now) return false;
        _hold = SendHold.Pacing;
        _timers[TcpTimer.Pacing] = pacer.Next;
        return true;
    }

    /// <summary>Data is about to leave: what follows waits for it.</summary>
    private void Pace(int octets, int segments, Timestamp now)
    {
        if (!IsPaced)
        {
            _recovery.Pacer = null;
            return;
        }

        _recovery.Pacer ??= new Pacer(Timestamp.Min(_recovery.LastSentAt, now));
        ulong rate = PacingRate;
        _recovery.Pacer.OnSent(octets, rate == ulong.MaxValue ? 0 : rate, _accounts.DataSegments + (uint)segments, now);
    }
}
