using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a listener asks of its host.</summary>
/// <remarks>Gate held.</remarks>
internal interface ITcpHost
{
    /// <summary>Makes a connection of a listener's: it holds the listener's port towards the peer.</summary>
    /// <param name="listener">The socket that listens.</param>
    /// <param name="local">The address that the peer called.</param>
    /// <param name="remote">The peer; a link-local one with its interface, to which the connection is bound then.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null when there is one already, or no way to the peer.</returns>
    Tcb? CreateChild(ListenQueue listener, InetAddress local, in InetEndpoint remote, Timestamp now);

    /// <summary>The largest packet that gets through to a peer, octets; 0 where there is no way.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="local">This host's address towards it.</param>
    /// <param name="scope">The interface that a link-local peer is on, else 0.</param>
    /// <param name="now">The time.</param>
    int MtuTo(InetAddress remote, InetAddress local, uint scope, Timestamp now);

    /// <summary>Sends a segment that belongs to no connection.</summary>
    /// <param name="segment">The segment, which becomes the host's.</param>
    /// <param name="local">Where it is from.</param>
    /// <param name="remote">Where it is to.</param>
    /// <param name="scope">The interface that a link-local peer is on, else 0.</param>
    /// <param name="now">The time.</param>
    void Reply(PacketBuffer segment, InetAddress local, InetAddress remote, uint scope, Timestamp now);
}
