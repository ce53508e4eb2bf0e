namespace UserNet.Time;

/// <summary>
/// Names one entry of a <see cref="DeadlineQueue{T}"/>, to cancel it by; the default value names none.
/// </summary>
/// <remarks>Stays unique when the entry is gone: cancelling twice, or too late, does nothing.</remarks>
public readonly record struct Deadline
{
    internal Deadline(int slot, ulong number)
    {
        Slot = slot;
        Number = number;
    }

    /// <summary>True when it names an entry, perhaps one that is gone.</summary>
    public bool IsSet => Number != 0;

    internal int Slot { get; }

    // Counts the entries of a queue from 1 on, so no two have the same.
    internal ulong Number { get; }
}
