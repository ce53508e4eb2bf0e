using System.Net.Sockets;
using UserNet.Errors;

namespace UserNet.Sockets;

// What poll tells of a socket.
internal sealed partial class DatagramChannel
{
    /// <inheritdoc/>
    public override bool IsReady(SelectMode mode) => mode switch
    {
        SelectMode.SelectRead => Queue.Count > 0 || IsReceiveShut,
        SelectMode.SelectWrite => SendCharge < (SendLimit + 1) / 2,      // sock_writeable: at least half is free
        _ => Error != Errno.Success || HasErrors,
    };

    /// <inheritdoc/>
    public override bool HasEvent(SelectMode mode) => IsReady(SelectMode.SelectError) || IsReady(mode);
}
