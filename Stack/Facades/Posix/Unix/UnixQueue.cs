namespace UserNet.Facades.Posix.Unix;

/// <summary>A socket's messages in the order in which they came; one may leave from wherever it stands.</summary>
/// <remarks>Gate held. The messages themselves are the links.</remarks>
internal sealed class UnixQueue
{
    private UnixMessage? _last;

    /// <summary>What came first, or null.</summary>
    public UnixMessage? First { get; private set; }

    public int Count { get; private set; }

    public void Add(UnixMessage message)
    {
        Count++;
        message.Earlier = _last;
        if (_last is null) First = message;
        else _last.Later = message;
        _last = message;
    }

    public void Remove(UnixMessage message)
    {
        Count--;
        if (message.Earlier is null) First = message.Later;
        else message.Earlier.Later = message.Later;
        if (message.Later is null) _last = message.Earlier;
        else message.Later.Earlier = message.Earlier;
        message.Earlier = message.Later = null;
    }
}
