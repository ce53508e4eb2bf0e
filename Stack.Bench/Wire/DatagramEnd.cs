using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Bench.Measuring;
using UserNet.Sockets;

namespace UserNet.Bench.Wire;

/// <summary>A UDP socket whose calls block: the kernel's or a stack's, so that both are used in the same way.</summary>
internal abstract class DatagramEnd : IDisposable
{
    /// <summary>How long one with a peer waits for a datagram, ms.</summary>
    protected const int Patience = 200;

    /// <summary>Sends to the peer; false when it could not be sent.</summary>
    public abstract bool Send(ReadOnlySpan<byte> octets);

    /// <summary>Receives a datagram and says how many octets; -1 when none came in time. Without a peer it waits for ever.</summary>
    public abstract int Receive(Span<byte> buffer);

    /// <summary>Sends to whoever sent the datagram that was received last.</summary>
    public abstract void Reply(ReadOnlySpan<byte> octets);

    public abstract void Dispose();
}

/// <summary>A socket of the kernel, in the namespace of the thread that makes it.</summary>
internal sealed class KernelEnd : DatagramEnd
{
    private readonly Socket _socket;
    private readonly SocketAddress _sender;
    private readonly bool _hasPeer;

    /// <param name="local">Where it is bound.</param>
    /// <param name="peer">Null for one that serves whoever sends something.</param>
    public KernelEnd(string local, string? peer)
    {
        IPEndPoint here = IPEndPoint.Parse(local);
        _socket = new Socket(here.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _sender = new SocketAddress(here.AddressFamily);
        _socket.Bind(here);
        _hasPeer = peer is not null;
        if (!_hasPeer) return;
        _socket.Connect(IPEndPoint.Parse(peer!));
        _socket.ReceiveTimeout = Patience;
    }

    public override bool Send(ReadOnlySpan<byte> octets)
    {
        _socket.Send(octets, SocketFlags.None, out SocketError error);
        return error == SocketError.Success;
    }

    public override int Receive(Span<byte> buffer)
    {
        if (!_hasPeer) return _socket.ReceiveFrom(buffer, SocketFlags.None, _sender);
        int octets = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? octets : -1;
    }

    public override void Reply(ReadOnlySpan<byte> octets) => _socket.SendTo(octets, SocketFlags.None, _sender);

    public override void Dispose() => _socket.Dispose();
}

/// <summary>A socket of a stack.</summary>
internal sealed class StackEnd : DatagramEnd
{
    private readonly NetworkSocket _socket;
    private readonly bool _hasPeer;
    private InetEndpoint _sender;

    /// <param name="stack">Whose socket it is.</param>
    /// <param name="local">Where it is bound.</param>
    /// <param name="peer">Null for one that serves whoever sends something.</param>
    public StackEnd(NetworkStack stack, string local, string? peer)
    {
        _socket = stack.CreateSocket(IpFamilies.FamilyOf(local), SocketType.Dgram);
        _socket.Bind(InetEndpoint.Parse(local));
        _hasPeer = peer is not null;
        if (!_hasPeer) return;
        _socket.Connect(InetEndpoint.Parse(peer!));
        _socket.ReceiveTimeout = Patience;
    }

    public override bool Send(ReadOnlySpan<byte> octets)
    {
        _socket.Send(octets, SocketFlags.None, out SocketError error);
        return error == SocketError.Success;
    }

    public override int Receive(Span<byte> buffer)
    {
        if (!_hasPeer) return _socket.ReceiveFrom(buffer, out _sender);
        int octets = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? octets : -1;
    }

    public override void Reply(ReadOnlySpan<byte> octets) => _socket.SendTo(octets, _sender);

    /// <summary>Sends everything back until an empty datagram comes; on a stack whose scheduler is inline, the thread that brings a datagram does it.</summary>
    public async Task EchoAsync()
    {
        byte[] buffer = new byte[ushort.MaxValue];
        while (await _socket.ReceiveFromAsync(buffer) is { Length: > 0 } info)
            _socket.TrySendTo(buffer.AsSpan(0, info.Length), info.Source);
    }

    public override void Dispose() => _socket.Dispose();
}
