using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;
using UserNet.Sockets;

namespace UserNet.Bench.Tcp;

/// <summary>A host whose stream sockets block: the kernel in a namespace, or a stack, so that both are used in the same way.</summary>
internal abstract class StreamHost
{
    public abstract StreamListener Listen(string endpoint);

    /// <summary>Connects; on a thread of the host's alone.</summary>
    public abstract StreamEnd Connect(string endpoint);

    /// <summary>Begins work on a thread of the host's.</summary>
    public abstract Task Start(Action work);
}

/// <summary>A socket that listens.</summary>
internal abstract class StreamListener : IDisposable
{
    public abstract StreamEnd Accept();

    public abstract void Dispose();
}

/// <summary>A connection's socket, with TCP_NODELAY.</summary>
internal abstract class StreamEnd : IDisposable
{
    /// <summary>Sends all.</summary>
    public abstract void Send(ReadOnlySpan<byte> octets);

    /// <summary>Receives what there is, and waits for it; 0 at the end.</summary>
    public abstract int Receive(Span<byte> buffer);

    /// <summary>Sends the end.</summary>
    public abstract void EndSending();

    public abstract void Dispose();
}

/// <summary>The kernel.</summary>
/// <param name="where">The namespace of its sockets.</param>
internal sealed class KernelHost(OwnNamespace where) : StreamHost
{
    private const int Backlog = 4096;

    public override StreamListener Listen(string endpoint) => where.Run(() => new Listener(endpoint));

    public override StreamEnd Connect(string endpoint)
    {
        Socket socket = New(endpoint);
        socket.Connect(IPEndPoint.Parse(endpoint));
        return new End(socket);
    }

    // A new thread is in the namespace of the one that makes it.
    public override Task Start(Action work) => where.Run(() => OwnThread.Start(work));

    /// <summary>
    /// A socket with the congestion control that UserNet's has. A new namespace may begin with another, and the timers by which that
    /// paces what never leaves the machine cost more than all else.
    /// </summary>
    private static Socket New(string endpoint)
    {
        var socket = new Socket(IpFamilies.FamilyOf(endpoint), SocketType.Stream, ProtocolType.Tcp);
        const int CongestionControl = 13;      // TCP_CONGESTION
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, CongestionControl, "cubic"u8);
        return socket;
    }

    private sealed class Listener : StreamListener
    {
        private readonly Socket _socket;

        public Listener(string endpoint)
        {
            _socket = New(endpoint);
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _socket.Bind(IPEndPoint.Parse(endpoint));
            _socket.Listen(Backlog);
        }

        public override StreamEnd Accept() => new End(_socket.Accept());

        public override void Dispose() => _socket.Dispose();
    }

    private sealed class End : StreamEnd
    {
        private readonly Socket _socket;

        public End(Socket socket)
        {
            _socket = socket;
            socket.NoDelay = true;
        }

        public override void Send(ReadOnlySpan<byte> octets) => _socket.Send(octets);

        public override int Receive(Span<byte> buffer) => _socket.Receive(buffer);

        public override void EndSending() => _socket.Shutdown(SocketShutdown.Send);

        public override void Dispose() => _socket.Dispose();
    }
}

/// <summary>A stack.</summary>
internal sealed class StackHost(NetworkStack stack) : StreamHost
{
    private const int Backlog = 4096;

    public override StreamListener Listen(string endpoint) => new Listener(stack, endpoint);

    public override StreamEnd Connect(string endpoint)
    {
        NetworkSocket socket = New(stack, endpoint);
        socket.Connect(InetEndpoint.Parse(endpoint));
        return new End(socket);
    }

    public override Task Start(Action work) => OwnThread.Start(work);

    /// <summary>Accepts one connection and sends everything back until its end; where the scheduler is inline, on the thread that brings it.</summary>
    public async Task EchoOneAsync(string endpoint)
    {
        using var listener = new Listener(stack, endpoint);
        using NetworkSocket socket = await listener.AcceptAsync();
        socket.NoDelay = true;
        byte[] buffer = new byte[4096];
        for (int octets; (octets = await socket.ReceiveAsync(buffer)) > 0;) socket.TrySend(buffer.AsSpan(0, octets));
    }

    private static NetworkSocket New(NetworkStack stack, string endpoint) => stack.CreateSocket(IpFamilies.FamilyOf(endpoint), SocketType.Stream);

    private sealed class Listener : StreamListener
    {
        private readonly NetworkSocket _socket;

        public Listener(NetworkStack stack, string endpoint)
        {
            _socket = New(stack, endpoint);
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _socket.Bind(InetEndpoint.Parse(endpoint));
            _socket.Listen(Backlog);
        }

        public ValueTask<NetworkSocket> AcceptAsync() => _socket.AcceptAsync();

        public override StreamEnd Accept() => new End(_socket.Accept());

        public override void Dispose() => _socket.Dispose();
    }

    private sealed class End : StreamEnd
    {
        private readonly NetworkSocket _socket;

        public End(NetworkSocket socket)
        {
            _socket = socket;
            socket.NoDelay = true;
        }

        public override void Send(ReadOnlySpan<byte> octets) => _socket.Send(octets);

        public override int Receive(Span<byte> buffer) => _socket.Receive(buffer);

        public override void EndSending() => _socket.Shutdown(SocketShutdown.Send);

        public override void Dispose() => _socket.Dispose();
    }
}
