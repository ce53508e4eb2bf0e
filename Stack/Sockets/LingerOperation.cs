using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A thread that closes its stream and waits until the peer has acknowledged all.</summary>
internal sealed class LingerOperation(StackCore core) : SocketOperation(core), IStreamOperation
{
    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        if (!stream.IsSentOff) return false;
        End(default);
        return true;
    }
}
