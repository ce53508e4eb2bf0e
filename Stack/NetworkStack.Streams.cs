using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet;

// Connections and listeners in one call.
public sealed partial class NetworkStack
{
    /// <summary>Opens a connection; the route gives its address, and the connect search its port.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="NetworkException">As <see cref="NetworkSocket.ConnectAsync(EndPoint, CancellationToken)"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <remarks>Any thread.</remarks>
    public async ValueTask<TcpConnection> ConnectAsync(InetEndpoint remote, CancellationToken cancellationToken = default)
    {
        NetworkSocket socket = CreateSocket(FamilyOf(remote), SocketType.Stream);
        try
        {
            await socket.ConnectAsync(remote, cancellationToken).ConfigureAwait(false);
            return new TcpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="ConnectAsync(InetEndpoint, CancellationToken)"/>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    public ValueTask<TcpConnection> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        return ConnectAsync(InetEndpoint.From(remote), cancellationToken);
    }

    /// <summary>Listens at an endpoint; port 0 has the stack choose.</summary>
    /// <param name="local">Where.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="NetworkException">
    /// As <see cref="NetworkSocket.Bind(EndPoint)"/> and <see cref="NetworkSocket.Listen"/>.
    /// </exception>
    /// <remarks>Other options than a new socket has: open the socket by CreateSocket. Any thread.</remarks>
    public Sockets.TcpListener Listen(InetEndpoint local, int backlog = int.MaxValue)
    {
        NetworkSocket socket = CreateSocket(FamilyOf(local), SocketType.Stream);
        try
        {
            // A listener on :: hears both families, where the system's own sockets do.
            if (local.Address == InetAddress.AnyV6 && !Personality.V6OnlyByDefault) socket.DualMode = true;
            socket.Bind(local);
            socket.Listen(backlog);
            return new Sockets.TcpListener(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Listen(InetEndpoint, int)"/>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    public Sockets.TcpListener Listen(IPEndPoint local, int backlog = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(local);
        return Listen(InetEndpoint.From(local), backlog);
    }

    private static AddressFamily FamilyOf(in InetEndpoint endpoint) =>
        endpoint.Address.IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
}
