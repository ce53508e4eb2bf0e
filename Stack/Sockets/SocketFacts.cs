using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>How a socket stands at one moment, for faces whose calls look at it before they ask the stack.</summary>
internal readonly record struct SocketFacts
{
    public bool IsClosed { get; init; }

    /// <summary>It holds a port; of a raw socket, it was bound or sent from.</summary>
    public bool IsBound { get; init; }

    public bool IsListening { get; init; }

    /// <summary>The handshake is under way.</summary>
    public bool IsConnecting { get; init; }

    /// <summary>An attempt to connect has ended without a connection, and no call was told yet.</summary>
    public bool HasConnectFailed { get; init; }

    /// <summary>It has a peer; of a stream it has, or had, a connection.</summary>
    public bool HasPeer { get; init; }

    public bool IsSendShut { get; init; }

    public bool IsReceiveShut { get; init; }

    /// <summary>What broke the connection, for good.</summary>
    public Errno Failure { get; init; }

    /// <summary>Something can be received or accepted without waiting, or the end is there.</summary>
    public bool CanRead { get; init; }

    /// <summary>Something can be sent without waiting, or never again.</summary>
    public bool CanWrite { get; init; }

    /// <summary>Urgent data is there, or on its way.</summary>
    public bool HasUrgent { get; init; }

    /// <summary>An error is pending.</summary>
    public bool HasError { get; init; }

    /// <summary>The peer has ended its sending, or the connection is over.</summary>
    public bool HasHungUp { get; init; }

    /// <summary>Close would wait, by SO_LINGER.</summary>
    public bool Lingers { get; init; }
}
