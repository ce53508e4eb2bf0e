using System.Net.Sockets;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A thread that waits until its socket can be read or written, or has failed.</summary>
internal sealed class PollOperation(StackCore core, SelectMode mode) : SocketOperation(core)
{
    /// <summary>What it waits for.</summary>
    public SelectMode Mode => mode;
}
