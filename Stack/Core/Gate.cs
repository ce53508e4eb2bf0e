namespace UserNet.Core;

/// <summary>The one lock of a stack, with a way to wait that suits calls of a fraction of a microsecond.</summary>
/// <remarks>
/// What a call costs is mostly memory that the last caller's processor has just written. Two threads that take turns
/// call by call fetch it from each other each time and get less done than one alone; so who finds the gate taken stays
/// away for some microseconds, in which the other gets many calls done, and only then queues for the lock. Any thread;
/// not to be entered twice.
/// </remarks>
internal sealed class Gate
{
    private const int Rounds = 12, PausesARound = 400;      // a pause is some 40 ns

    private readonly Lock _lock = new();

    /// <summary>True when the calling thread is inside.</summary>
    public bool IsHeldByCurrentThread => _lock.IsHeldByCurrentThread;

    /// <summary>Enters.</summary>
    public void Enter()
    {
        if (!_lock.TryEnter()) EnterContended();
    }

    /// <summary>Leaves.</summary>
    public void Leave() => _lock.Exit();

    private void EnterContended()
    {
        for (int round = 0; round < Rounds; round++)
        {
            Thread.SpinWait(PausesARound);
            if (_lock.TryEnter()) return;
        }

        _lock.Enter();
    }
}
