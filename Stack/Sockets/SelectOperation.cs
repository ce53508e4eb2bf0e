using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A thread that waits until any of several sockets has something to tell.</summary>
/// <remarks>Each socket's pollers hold a part of it; whichever is told first ends the whole.</remarks>
internal sealed class SelectOperation(StackCore core) : SocketOperation(core)
{
    private readonly OperationList _alone = new();
    private readonly List<PollOperation> _parts = [];

    /// <summary>Begins to wait; parts may be added then. Gate held.</summary>
    public void Begin()
    {
        Begin(isOfThread: true);
        WaitIn(_alone);
    }

    /// <summary>Has it wait for a socket, too. Gate held.</summary>
    public void Add(OperationList pollers, System.Net.Sockets.SelectMode mode)
    {
        var part = new PollOperation(Stack, mode, this);
        _parts.Add(part);
        pollers.Add(part);
    }

    /// <summary>One of the sockets has something to tell. Gate held.</summary>
    public void Notify()
    {
        Leave();
        if (List is not null) End(default);
    }

    /// <summary>Leaves all sockets. Gate held.</summary>
    public void Leave()
    {
        foreach (PollOperation part in _parts) part.List?.Remove(part);
        _parts.Clear();
    }
}
