using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>A call that ends sending behind what others still send, and waits until the peer has acknowledged all of it and the end.</summary>
internal sealed class DisconnectOperation(StackCore core) : SocketOperation(core), IStreamOperation
{
    private bool _hasShut;

    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        if (!_hasShut)
        {
            _hasShut = true;      // shutting has others, and this one, look at what they wait for
            BindRule rule = stream.ShutDown(SocketShutdown.Send);
            if (List is null) return true;
            if (rule != BindRule.Granted)
            {
                End(TransferResult.Refused(rule));
                return true;
            }
        }

        if (!stream.IsSentOff) return false;
        End(stream.Failure == Errno.Success ? default : TransferResult.Failed(stream.Failure));
        return true;
    }
}
