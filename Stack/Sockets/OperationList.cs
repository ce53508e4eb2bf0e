namespace UserNet.Sockets;

/// <summary>The operations that wait for one thing, first come first. Each may leave from wherever it stands.</summary>
/// <remarks>Gate held. The operations themselves are the links, so waiting allocates nothing.</remarks>
internal sealed class OperationList
{
    private SocketOperation? _last;

    /// <summary>Who hears of every change besides those who wait for one; null for nobody.</summary>
    public IChannelObserver? Observer { get; set; }

    /// <summary>Who has waited longest, or null.</summary>
    public SocketOperation? First { get; private set; }

    /// <summary>True when nobody waits.</summary>
    public bool IsEmpty => First is null;

    /// <summary>Has one wait, behind the others.</summary>
    public void Add(SocketOperation operation)
    {
        operation.List = this;
        operation.Earlier = _last;
        if (_last is null) First = operation;
        else _last.Later = operation;
        _last = operation;
    }

    /// <summary>Has one wait before the others.</summary>
    public void AddFirst(SocketOperation operation)
    {
        operation.List = this;
        operation.Later = First;
        if (First is null) _last = operation;
        else First.Earlier = operation;
        First = operation;
    }

    /// <summary>Has one wait no longer.</summary>
    public void Remove(SocketOperation operation)
    {
        if (operation.Earlier is null) First = operation.Later;
        else operation.Earlier.Later = operation.Later;
        if (operation.Later is null) _last = operation.Earlier;
        else operation.Later.Earlier = operation.Earlier;
        operation.List = null;
        operation.Earlier = operation.Later = null;
    }
}
