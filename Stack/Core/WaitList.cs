namespace UserNet.Core;

/// <summary>A call that waits, as the stack knows it: nobody is left waiting when the stack is disposed of.</summary>
internal abstract class Waiter
{
    internal Waiter? Before { get; set; }

    internal Waiter? After { get; set; }

    /// <summary>Nothing more will come: the call ends, and with that leaves the list. Gate held.</summary>
    public abstract void Abandon();
}

/// <summary>All calls that wait for something of a stack, oldest first. Each may leave from wherever it stands.</summary>
/// <remarks>Gate held. The calls themselves are the links, so waiting allocates nothing.</remarks>
internal sealed class WaitList
{
    private Waiter? _last;

    /// <summary>Who has waited longest, or null.</summary>
    public Waiter? First { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one behind the others.</summary>
    public void Add(Waiter waiter)
    {
        Count++;
        waiter.Before = _last;
        if (_last is null) First = waiter;
        else _last.After = waiter;
        _last = waiter;
    }

    /// <summary>Takes one out.</summary>
    public void Remove(Waiter waiter)
    {
        Count--;
        if (waiter.Before is null) First = waiter.After;
        else waiter.Before.After = waiter.After;
        if (waiter.After is null) _last = waiter.Before;
        else waiter.After.Before = waiter.Before;
        waiter.Before = waiter.After = null;
    }

    /// <summary>Sends all away.</summary>
    public void AbandonAll()
    {
        while (First is { } waiter) waiter.Abandon();
    }
}
