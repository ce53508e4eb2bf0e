using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Sockets;

/// <summary>Takes connections that come to an endpoint.</summary>
/// <remarks>Any thread; of several that wait, who came first is served first.</remarks>
public sealed class TcpListener : IAsyncEnumerable<TcpConnection>, IDisposable
{
    internal TcpListener(NetworkSocket socket) => Socket = socket;

    /// <summary>The socket that listens, with all options; connections inherit them. It is closed with the listener.</summary>
    public NetworkSocket Socket { get; }

    /// <summary>Where it listens.</summary>
    public InetEndpoint Local => Socket.LocalName;

    /// <summary>Where it listens, as .NET shows it.</summary>
    public IPEndPoint LocalEndPoint => Local.ToIPEndPoint();

    /// <summary>Takes the oldest connection that waits, and waits for one.</summary>
    /// <inheritdoc cref="NetworkSocket.AcceptAsync"/>
    public async ValueTask<TcpConnection> AcceptAsync(CancellationToken cancellationToken = default) =>
        new(await Socket.AcceptAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>All connections that come, until the listener is disposed of.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerator<TcpConnection> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            TcpConnection connection;
            try
            {
                connection = await AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ObjectDisposedException or NetworkException { SocketErrorCode: SocketError.OperationAborted })
            {
                yield break;
            }

            yield return connection;
        }
    }

    /// <summary>Stops listening: connections that nobody has taken are reset. Twice does nothing.</summary>
    public void Dispose() => Socket.Dispose();
}
