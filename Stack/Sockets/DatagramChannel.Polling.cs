using System.Net.Sockets;
using UserNet.Errors;

namespace UserNet.Sockets;

// What poll tells of a socket.
internal sealed partial class DatagramChannel
{
    /// <summary>True when poll would answer yes.</summary>
    public bool IsReady(SelectMode mode) => mode switch
    {
        SelectMode.SelectRead => Queue.Count > 0 || IsReceiveShut,
        SelectMode.SelectWrite => SendCharge < (SendLimit + 1) / 2,      // sock_writeable: at least half is free
        _ => Error != Errno.Success || HasErrors,
    };

    /// <summary>True when poll would return, be it by an event that was not asked for.</summary>
    public bool HasEvent(SelectMode mode) => IsReady(SelectMode.SelectError) || IsReady(mode);

    private void NotifyPollers()
    {
        for (SocketOperation? operation = Pollers.First; operation is not null;)
        {
            SocketOperation? next = operation.Later;
            SelectMode mode = ((PollOperation)operation).Mode;
            if (HasEvent(mode)) operation.End(new TransferResult(IsReady(mode) ? 1 : 0));
            operation = next;
        }
    }
}
