using System.Collections.Concurrent;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet.Samples.TapHost;

/// <summary>
/// The small services of old over TCP, echo (RFC 862), discard (RFC 863), daytime (RFC 867) and chargen (RFC 864), and a page by HTTP.
/// </summary>
/// <remarks>
/// A connection costs memory and somebody's patience: so there are at most <see cref="MostConnections"/>, and one over which nothing
/// comes or goes for a while is closed.
/// </remarks>
public sealed class StreamServers : IDisposable
{
    /// <summary>Where the page is.</summary>
    public const int HttpPort = 80;

    /// <summary>Connections at a time; others wait to be accepted.</summary>
    public const int MostConnections = 4096;

    private const int Backlog = 4096;

    private readonly NetworkStack _stack;
    private readonly List<Func<Task>> _loops = [];
    private readonly List<Sockets.TcpListener> _listeners = [];
    private readonly ConcurrentDictionary<TcpConnection, Task> _connections = new();
    private readonly SemaphoreSlim _places = new(MostConnections);
    private volatile bool _isStopping;

    /// <summary>Opens the services on each address; they answer once <see cref="RunAsync"/> is called.</summary>
    /// <param name="stack">The host.</param>
    /// <param name="addresses">Its addresses that are served.</param>
    /// <param name="time">What daytime tells, and by which patience ends.</param>
    /// <exception cref="NetworkException">The host does not have the address, or a port is taken.</exception>
    public StreamServers(NetworkStack stack, IEnumerable<InetAddress> addresses, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(addresses);
        _stack = stack;
        HttpServer http = new(stack, time);
        try
        {
            foreach (InetAddress address in addresses)
            {
                Serve(address, SmallServers.EchoPort, connection => SmallStreams.EchoAsync(connection, time));
                Serve(address, SmallServers.DiscardPort, connection => SmallStreams.DiscardAsync(connection, time));
                Serve(address, SmallServers.DaytimePort, connection => SmallStreams.TellTimeAsync(connection, time));
                Serve(address, SmallServers.ChargenPort, connection => SmallStreams.GenerateAsync(connection, time));
                Serve(address, HttpPort, http.ServeAsync);
            }
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>How many connections are served now.</summary>
    public int Connections => _connections.Count;

    /// <summary>Serves until it is told to stop; then closes the listeners, and breaks the connections that there are.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            using CancellationTokenRegistration closing = stop.Register(Close);
            await Task.WhenAll(_loops.Select(static loop => loop()));
        }
        finally
        {
            Close();
            await Task.WhenAll(_connections.Values);
        }
    }

    /// <summary>Closes what <see cref="RunAsync"/> has not; call it once that has ended.</summary>
    public void Dispose()
    {
        Close();
        _places.Dispose();
    }

    private void Serve(InetAddress address, ushort port, Func<TcpConnection, Task> serve)
    {
        Sockets.TcpListener listener = _stack.Listen(new InetEndpoint(address, port), Backlog);
        _listeners.Add(listener);
        _loops.Add(() => LoopAsync(listener, serve));
    }

    private async Task LoopAsync(Sockets.TcpListener listener, Func<TcpConnection, Task> serve)
    {
        try
        {
            while (true)
            {
                TcpConnection connection = await listener.AcceptAsync();
                await _places.WaitAsync();
                Begin(connection, serve);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Closed while it waited.
        }
    }

    private void Begin(TcpConnection connection, Func<TcpConnection, Task> serve)
    {
        TaskCompletionSource end = new();
        _connections[connection] = end.Task;
        if (_isStopping) connection.Abort();
        _ = RunOneAsync(connection, serve, end);
    }

    private async Task RunOneAsync(TcpConnection connection, Func<TcpConnection, Task> serve, TaskCompletionSource end)
    {
        await Task.Yield();      // a client that always has more to say keeps nobody from being accepted
        try
        {
            await serve(connection);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            connection.Abort();      // broken, closed by us, or silent for too long
        }
        finally
        {
            connection.Dispose();
            _connections.TryRemove(connection, out _);
            _places.Release();
            end.SetResult();
        }
    }

    private void Close()
    {
        _isStopping = true;
        foreach (Sockets.TcpListener listener in _listeners) listener.Dispose();
        foreach (TcpConnection connection in _connections.Keys) connection.Abort();
    }
}
