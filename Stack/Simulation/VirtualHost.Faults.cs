namespace UserNet.Simulation;

// What faults do to a host.
public sealed partial class VirtualHost
{
    private int _pauses, _crashes;      // that hold
    private bool _isPausedByFault, _isDownByFault;

    internal void Add(Fault fault) => Count(fault, 1);

    internal void Remove(Fault fault) => Count(fault, -1);

    /// <summary>The host is down, or stands still, as long as any fault has it so; what it did by itself stays.</summary>
    internal void Refresh()
    {
        if (_crashes == 0 && _isDownByFault)
        {
            _isDownByFault = false;
            if (!IsUp) Restart();
        }
        else if (_crashes > 0 && !_isDownByFault)
        {
            _isDownByFault = IsUp;
            Crash();
        }

        if (!IsUp) _isPausedByFault = false;      // a crash ends it
        else if (_pauses > 0 && !IsPaused) PauseByFault();
        else if (_pauses == 0 && _isPausedByFault) ResumeByFault();
    }

    private void PauseByFault()
    {
        _isPausedByFault = true;
        Pause();
    }

    private void ResumeByFault()
    {
        _isPausedByFault = false;
        Resume();
    }

    private void Count(Fault fault, int by)
    {
        switch (fault.Kind)
        {
            case FaultKind.Pause:
                _pauses += by;
                break;
            case FaultKind.Crash:
                _crashes += by;
                break;
            case FaultKind.Skew:
                Clock.FaultDrift += by * fault.Amount;
                break;
            case FaultKind.Step:
                Clock.Offset += by * fault.Time;
                break;
        }
    }
}
