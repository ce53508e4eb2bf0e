using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// Sending, for callers that wait or want to be told that they would have to.
public sealed partial class NetworkSocket
{
    /// <summary>Sends a datagram to the peer.</summary>
    /// <returns>How many octets were sent: all of them.</returns>
    /// <exception cref="NetworkException">
    /// DestinationAddressRequired (no peer), MessageSize (more than 65,507 octets, or more than the path takes where it
    /// must not be fragmented), ConnectionRefused and others (the peer's host, or a router, said so of an earlier
    /// datagram; this one was not sent), Shutdown (shut down for sending), NetworkUnreachable, HostUnreachable (no
    /// route), NetworkDown (no link), AccessDenied (a broadcast address without the option, a prohibited route),
    /// WouldBlock (no room, and the socket does not block; or no port is free), TimedOut (no room within <see
    /// cref="SendTimeout"/>), Interrupted (closed
    /// meanwhile), OperationNotSupported (other flags than DontRoute).
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// It would have to wait in a continuation that the stack runs inline.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>An unbound socket is bound on the way. Any thread.</remarks>
    public int Send(ReadOnlySpan<byte> buffer, SocketFlags socketFlags = SocketFlags.None) =>
        Done(SendOrWait(buffer, null, ToSend(socketFlags)), "send");

    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    public int Send(byte[] buffer, SocketFlags socketFlags = SocketFlags.None) => Send(All(buffer), socketFlags);

    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    public int Send(byte[] buffer, int size, SocketFlags socketFlags) => Send(Part(buffer, 0, size), socketFlags);

    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    public int Send(byte[] buffer, int offset, int size, SocketFlags socketFlags) =>
        Send(Part(buffer, offset, size), socketFlags);

    /// <summary>Sends a datagram to the peer and answers with an error's code instead of throwing it.</summary>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    public int Send(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, out SocketError errorCode) =>
        Done(SendOrWait(buffer, null, ToSend(socketFlags)), out errorCode);

    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags, out SocketError)"/>
    public int Send(byte[] buffer, int offset, int size, SocketFlags socketFlags, out SocketError errorCode) =>
        Send(Part(buffer, offset, size), socketFlags, out errorCode);

    /// <summary>Sends a datagram to an endpoint; a socket with a peer may send to others.</summary>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    /// <exception cref="ArgumentException">It is not an IPEndPoint.</exception>
    public int SendTo(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(buffer, socketFlags, DestinationOf(remoteEP));

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, EndPoint remoteEP) =>
        SendTo(buffer, SocketFlags.None, DestinationOf(remoteEP));

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(byte[] buffer, EndPoint remoteEP) => SendTo(All(buffer), SocketFlags.None, DestinationOf(remoteEP));

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(byte[] buffer, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(All(buffer), socketFlags, DestinationOf(remoteEP));

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(byte[] buffer, int size, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(Part(buffer, 0, size), socketFlags, DestinationOf(remoteEP));

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(byte[] buffer, int offset, int size, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(Part(buffer, offset, size), socketFlags, DestinationOf(remoteEP));

    /// <summary>Sends a datagram to an endpoint; allocates nothing.</summary>
    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, SocketFlags, EndPoint)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, in InetEndpoint remote) => SendTo(buffer, SocketFlags.None, remote);

    /// <inheritdoc cref="SendTo(ReadOnlySpan{byte}, in InetEndpoint)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, in InetEndpoint remote)
    {
        int octets = Done(SendOrWait(buffer, remote, ToSend(socketFlags)), "send");
        _wasNamed = true;
        return octets;
    }

    /// <summary>Sends a datagram to an endpoint in .NET's other form; allocates nothing.</summary>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    /// <exception cref="ArgumentNullException">The address is null.</exception>
    public int SendTo(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, SocketAddress socketAddress) =>
        SendTo(buffer, socketFlags, EndpointOf(socketAddress));

    /// <summary>Sends a datagram to the peer, or answers why not; never waits, never throws.</summary>
    /// <inheritdoc cref="TrySendTo(ReadOnlySpan{byte}, in InetEndpoint, SocketFlags)"/>
    public TransferResult TrySend(ReadOnlySpan<byte> buffer, SocketFlags socketFlags = SocketFlags.None) =>
        TrySend(buffer, null, socketFlags);

    /// <summary>
    /// Sends a datagram to an endpoint, or answers why not; never waits, never throws, allocates nothing.
    /// </summary>
    /// <returns>
    /// How many octets were sent; or why none were, as the errors of <see cref="Send(ReadOnlySpan{byte},
    /// SocketFlags)"/>: EAGAIN where it would have to wait (<see cref="TransferResult.WouldWait"/>), EBADF when the
    /// socket is closed.
    /// </returns>
    /// <remarks>An unbound socket is bound on the way. Any thread.</remarks>
    public TransferResult TrySendTo(ReadOnlySpan<byte> buffer, in InetEndpoint remote, SocketFlags socketFlags = SocketFlags.None) =>
        TrySend(buffer, remote, socketFlags);

    /// <summary>Flags that are for receiving mean nothing here.</summary>
    private static SocketFlags ToSend(SocketFlags flags) => flags & ~(SocketFlags.Peek | SocketFlags.Truncated | SocketFlags.ControlDataTruncated);

    private int Done(in TransferResult result, string call)
    {
        if (result.IsDone) return result.Octets;
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        throw Remember(Failure(result, call));
    }

    private int Done(in TransferResult result, out SocketError errorCode)
    {
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        errorCode = result.IsDone ? SocketError.Success : Failure(result, "").SocketErrorCode;
        Remember(errorCode);
        return result.Octets;
    }

    private Span<byte> All(byte[] buffer)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(buffer);
        return buffer;
    }

    private Span<byte> Part(byte[] buffer, int offset, int size)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)buffer.Length, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)size, (uint)(buffer.Length - offset), nameof(size));
        return buffer.AsSpan(offset, size);
    }

    /// <summary>As <see cref="EndpointOf(EndPoint, string)"/>; a stream that is sent from looks at no address.</summary>
    private InetEndpoint DestinationOf(EndPoint remoteEP) =>
        _binding.IsStream && !_isClosed && remoteEP is IPEndPoint known ? InetEndpoint.From(known) : EndpointOf(remoteEP);

    private InetEndpoint EndpointOf(SocketAddress socketAddress)
    {
        ArgumentNullException.ThrowIfNull(socketAddress);
        return SocketAddressOctets.TryRead(socketAddress, out InetEndpoint endpoint)
            ? endpoint
            : throw new NetworkException(BindRule.BadFamily, $"send: {socketAddress.Family} is neither IPv4 nor IPv6, or its address is cut off.", Personality);
    }
}
