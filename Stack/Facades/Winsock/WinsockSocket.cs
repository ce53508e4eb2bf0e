using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

/// <summary>What a handle names: a socket of the stack, and what Winsock keeps beside it.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class WinsockSocket(NetworkSocket socket, Binding.Caller caller)
{
    private NetworkSocket? _deferred;

    /// <summary>Whose process it is.</summary>
    public Binding.Caller Caller { get; } = caller;

    /// <summary>The stack's socket.</summary>
    public NetworkSocket Socket { get; } = socket;

    public bool IsV6 => Socket.AddressFamily == AddressFamily.InterNetworkV6;

    public bool IsStream => Socket.SocketType == SocketType.Stream;

    public bool IsRaw => Socket.SocketType == SocketType.Raw;

    /// <summary>Connected by ConnectEx or its like, and not made a socket like another by SO_UPDATE_CONNECT_CONTEXT yet.</summary>
    public volatile bool LacksContext;

    /// <summary>ConnectEx is under way, and no call was told how it ended.</summary>
    public volatile bool IsConnectingEx;

    /// <summary>True when a condition function has put a connection off.</summary>
    public bool HasDeferred => Volatile.Read(ref _deferred) is not null;

    /// <summary>The socket's name; a raw socket's port means nothing.</summary>
    public InetEndpoint LocalName => IsRaw ? Socket.LocalName with { Port = 0 } : Socket.LocalName;

    /// <summary>Takes the connection that was put off, or null.</summary>
    public NetworkSocket? TakeDeferred() => Interlocked.Exchange(ref _deferred, null);

    /// <summary>Puts a connection off; one that was put off meanwhile by another thread is refused.</summary>
    public void Defer(NetworkSocket connection)
    {
        if (Interlocked.Exchange(ref _deferred, connection) is { } other) Refuse(other);
    }

    /// <summary>The handle has gone.</summary>
    /// <param name="byReset">Whether a connection is broken, or ended in order.</param>
    public void Close(bool byReset)
    {
        if (TakeDeferred() is { } waiting) Refuse(waiting);
        // In one step: a receive that waits must hear that its socket is gone, not that the stream has ended.
        if (byReset) Socket.CloseAs();
        else Socket.Dispose();
    }

    /// <summary>Breaks a connection that nobody wants.</summary>
    public static void Refuse(NetworkSocket connection)
    {
        connection.Abort();
        connection.Dispose();
    }
}
