using System.IO.Pipelines;
using System.Net;
using UserNet.Addressing;
using UserNet.Tcp;

namespace UserNet.Sockets;

/// <summary>A connection, to be used by pipes, as a stream, or by its socket.</summary>
/// <remarks>
/// Use one of the three for each direction. The pipes lend the memory that the connection's octets lie in. A broken connection has both
/// pipes throw the <see cref="NetworkException"/> that broke it, reading once all is read that came before. Completing
/// <see cref="Output"/> ends sending (with an exception: breaks the connection by a reset), completing <see cref="Input"/> ends receiving;
/// dispose of the connection to close it. Any thread; one reader and one writer at a time.
/// </remarks>
public sealed class TcpConnection : IDuplexPipe, IAsyncDisposable, IDisposable
{
    private ReceivePipeReader? _input;
    private SendPipeWriter? _output;
    private SocketStream? _stream;

    internal TcpConnection(NetworkSocket socket)
    {
        Socket = socket;
        Local = socket.LocalName;
        Remote = socket.PeerName ?? default;
    }

    /// <summary>The socket, with all options. It is closed with the connection.</summary>
    public NetworkSocket Socket { get; }

    /// <summary>This end.</summary>
    public InetEndpoint Local { get; }

    /// <summary>The other end.</summary>
    public InetEndpoint Remote { get; }

    /// <summary>This end, as .NET shows it.</summary>
    public IPEndPoint LocalEndPoint => Local.ToIPEndPoint();

    /// <summary>The other end, as .NET shows it.</summary>
    public IPEndPoint RemoteEndPoint => Remote.ToIPEndPoint();

    /// <summary>What comes. Made when first asked for.</summary>
    public PipeReader Input => _input ?? Interlocked.CompareExchange(ref _input, new ReceivePipeReader(Socket), null) ?? _input;

    /// <summary>What is to be sent. Made when first asked for.</summary>
    public PipeWriter Output => _output ?? Interlocked.CompareExchange(ref _output, new SendPipeWriter(Socket), null) ?? _output;

    /// <summary>How the connection does.</summary>
    /// <exception cref="ObjectDisposedException">The connection is closed.</exception>
    public TcpInfo Info => Socket.Info;

    /// <summary>The connection as a stream; disposing of it closes the connection. Made when first asked for.</summary>
    public Stream AsStream() => _stream ?? Interlocked.CompareExchange(ref _stream, new SocketStream(Socket, ownsSocket: true), null) ?? _stream;

    /// <summary>Breaks the connection by a reset, and closes it. Twice does nothing.</summary>
    public void Abort()
    {
        Socket.Abort();
        Socket.Dispose();
    }

    /// <summary>
    /// Closes the connection: what was written to <see cref="Output"/> is still sent. Octets that came and were not read break it by a reset.
    /// Twice does nothing.
    /// </summary>
    public void Dispose()
    {
        _output?.Complete();
        _input?.Complete();
        Socket.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
