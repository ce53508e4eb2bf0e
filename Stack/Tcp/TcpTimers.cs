using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a connection waits for.</summary>
internal enum TcpTimer : byte
{
    /// <summary>The retransmission of a SYN, or whatever <see cref="LossRecovery"/> waits for.</summary>
    Retransmission,
    /// <summary>The next probe of a window of zero. RFC 9293 §3.8.6.1.</summary>
    Persist,
    /// <summary>A delayed acknowledgment. RFC 9293 §3.8.6.3.</summary>
    DelayedAck,
    /// <summary>A probe of a silent peer. RFC 9293 §3.8.4.</summary>
    KeepAlive,
    /// <summary>The end of an orphan's patience in FIN-WAIT-2.</summary>
    State,
    /// <summary>Data that waits for its time leaves: <see cref="Pacer"/>.</summary>
    Pacing,
}

/// <summary>One deadline of each kind. Timers are data: setting and stopping one is an assignment, so none can race.</summary>
internal struct TcpTimers()
{
    private const int Kinds = 6;

    private Deadlines _due = All(Timestamp.Never);

    /// <summary>When a kind is due; Never when it is not set.</summary>
    public Timestamp this[TcpTimer kind]
    {
        readonly get => _due[(int)kind];
        set => _due[(int)kind] = value;
    }

    /// <summary>The first that is due.</summary>
    public readonly Timestamp Next
    {
        get
        {
            Timestamp next = _due[0];
            for (int i = 1; i < Kinds; i++) next = Timestamp.Min(next, _due[i]);
            return next;
        }
    }

    public readonly bool IsSet(TcpTimer kind) => this[kind] != Timestamp.Never;

    public void Stop(TcpTimer kind) => this[kind] = Timestamp.Never;

    public void StopAll() => _due = All(Timestamp.Never);

    /// <summary>Stops a timer that is due and says that it was.</summary>
    public bool Expired(TcpTimer kind, Timestamp now)
    {
        if (this[kind] > now) return false;
        Stop(kind);
        return true;
    }

    private static Deadlines All(Timestamp due)
    {
        Deadlines all = default;
        for (int i = 0; i < Kinds; i++) all[i] = due;
        return all;
    }

    [System.Runtime.CompilerServices.InlineArray(Kinds)]
    private struct Deadlines
    {
        private Timestamp _first;
    }
}
