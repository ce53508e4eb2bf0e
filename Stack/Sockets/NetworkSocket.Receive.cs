using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

// Receiving, for callers that wait or want to be told that they would have to.
public sealed partial class NetworkSocket
{
    /// <summary>Receives a datagram; of one that is longer than the buffer, the rest is lost.</summary>
    /// <param name="buffer">Where its octets go.</param>
    /// <param name="socketFlags">
    /// Peek leaves the datagram to be received again. Truncated has the answer be its whole length, as in Linux.
    /// </param>
    /// <returns>How many octets; 0 of an empty datagram, and when receiving was shut down.</returns>
    /// <exception cref="NetworkException">
    /// WouldBlock (none is there, and the socket does not block), TimedOut (none came within <see
    /// cref="ReceiveTimeout"/>), ConnectionRefused and others (an error about something sent to the peer), Interrupted
    /// (closed meanwhile), OperationNotSupported (other flags), NotConnected (a stream without a peer).
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// It would have to wait in a continuation that the stack runs inline.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>
    /// An empty buffer waits for a datagram and leaves it to be received; <see cref="TryReceiveFrom"/> and the
    /// ReceiveMessageFrom forms take it away all the same, as in .NET. A datagram that was cut off is no error here, as
    /// it is none in .NET on Linux (on Windows it is MessageSize); <see
    /// cref="ReceiveMessageFrom(Span{byte}, SocketFlags, out DatagramInfo)"/> tells. Any thread; of several that wait,
    /// who came first is served first.
    /// </remarks>
    public int Receive(Span<byte> buffer, SocketFlags socketFlags = SocketFlags.None) =>
        Done(ReceiveWhole(buffer, FlagsFor(buffer, socketFlags), out _), "receive");

    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int Receive(byte[] buffer, SocketFlags socketFlags = SocketFlags.None) => Receive(All(buffer), socketFlags);

    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int Receive(byte[] buffer, int size, SocketFlags socketFlags) => Receive(Part(buffer, 0, size), socketFlags);

    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int Receive(byte[] buffer, int offset, int size, SocketFlags socketFlags) =>
        Receive(Part(buffer, offset, size), socketFlags);

    /// <summary>Receives a datagram and answers with an error's code instead of throwing it.</summary>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int Receive(Span<byte> buffer, SocketFlags socketFlags, out SocketError errorCode) =>
        Done(ReceiveWhole(buffer, FlagsFor(buffer, socketFlags), out _), out errorCode);

    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags, out SocketError)"/>
    public int Receive(byte[] buffer, int offset, int size, SocketFlags socketFlags, out SocketError errorCode) =>
        Receive(Part(buffer, offset, size), socketFlags, out errorCode);

    /// <summary>Receives a datagram and says who sent it.</summary>
    /// <param name="buffer">Where its octets go.</param>
    /// <param name="socketFlags">Peek, Truncated.</param>
    /// <param name="remoteEP">
    /// An endpoint of the socket's family. It becomes the sender's; where it is that already, the object stays and
    /// nothing is allocated.
    /// </param>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    /// <exception cref="InvalidOperationException">
    /// The socket is not bound; or it would have to wait in a continuation that the stack runs inline.
    /// </exception>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    /// <exception cref="ArgumentException">The endpoint is of another family.</exception>
    public int ReceiveFrom(Span<byte> buffer, SocketFlags socketFlags, ref EndPoint remoteEP)
    {
        CheckReceive(remoteEP);
        int octets = Done(ReceiveWhole(buffer, FlagsFor(buffer, socketFlags), out DatagramInfo info), "receive");
        Update(ref remoteEP, info.Source);
        return octets;
    }

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveFrom(Span<byte> buffer, ref EndPoint remoteEP) =>
        ReceiveFrom(buffer, SocketFlags.None, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, ref EndPoint remoteEP) =>
        ReceiveFrom(All(buffer), SocketFlags.None, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, SocketFlags socketFlags, ref EndPoint remoteEP) =>
        ReceiveFrom(All(buffer), socketFlags, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, int size, SocketFlags socketFlags, ref EndPoint remoteEP) =>
        ReceiveFrom(Part(buffer, 0, size), socketFlags, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, int offset, int size, SocketFlags socketFlags, ref EndPoint remoteEP) =>
        ReceiveFrom(Part(buffer, offset, size), socketFlags, ref remoteEP);

    /// <summary>Receives a datagram and says who sent it, in .NET's form that allocates nothing.</summary>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    /// <param name="buffer">Where its octets go.</param>
    /// <param name="socketFlags">Peek, Truncated.</param>
    /// <param name="receivedAddress">Becomes the sender's address.</param>
    /// <exception cref="ArgumentNullException">The address is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has no room for an address of the socket's family.</exception>
    public int ReceiveFrom(Span<byte> buffer, SocketFlags socketFlags, SocketAddress receivedAddress)
    {
        CheckReceive(receivedAddress);
        int octets = Done(ReceiveWhole(buffer, FlagsFor(buffer, socketFlags), out DatagramInfo info), "receive");
        SocketAddressOctets.Write(Shown(info.Source), receivedAddress);
        return octets;
    }

    /// <summary>Receives a datagram and says who sent it; allocates nothing.</summary>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int ReceiveFrom(Span<byte> buffer, SocketFlags socketFlags, out InetEndpoint remote)
    {
        int octets = Done(ReceiveWhole(buffer, FlagsFor(buffer, socketFlags), out DatagramInfo info), "receive");
        remote = info.Source;
        return octets;
    }

    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, out InetEndpoint)"/>
    public int ReceiveFrom(Span<byte> buffer, out InetEndpoint remote) =>
        ReceiveFrom(buffer, SocketFlags.None, out remote);

    /// <summary>
    /// Receives a datagram and says who sent it, to which address, and on which interface it arrived.
    /// </summary>
    /// <param name="buffer">Where its octets go.</param>
    /// <param name="socketFlags">Peek; becomes what is to be said: Truncated, Broadcast, Multicast.</param>
    /// <param name="remoteEP">An endpoint of the socket's family, which becomes the sender's.</param>
    /// <param name="ipPacketInformation">The destination and the interface.</param>
    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, ref EndPoint)"/>
    public int ReceiveMessageFrom(
        Span<byte> buffer, ref SocketFlags socketFlags, ref EndPoint remoteEP, out IPPacketInformation ipPacketInformation)
    {
        CheckReceive(remoteEP);
        int octets = Done(ReceiveOrWait(buffer, socketFlags, out DatagramInfo info), "receive");
        ipPacketInformation = TellsDestination(remoteEP, info) ? PacketInformation.Of(_addsForUnix ? info with { Destination = info.Destination.Unmap() } : info) : default;
        if (_binding is { IsStream: true, IsV6: true } && remoteEP is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } known)
            remoteEP = new IPEndPoint(IsWildcard(known) ? IPAddress.IPv6Any : known.Address.MapToIPv6(), known.Port);
        Update(ref remoteEP, info.Source);
        socketFlags = info.Flags;
        return octets;
    }

    /// <inheritdoc cref="ReceiveMessageFrom(Span{byte}, ref SocketFlags, ref EndPoint, out IPPacketInformation)"/>
    public int ReceiveMessageFrom(
        byte[] buffer, int offset, int size, ref SocketFlags socketFlags, ref EndPoint remoteEP,
        out IPPacketInformation ipPacketInformation) =>
        ReceiveMessageFrom(Part(buffer, offset, size), ref socketFlags, ref remoteEP, out ipPacketInformation);

    /// <summary>Receives a datagram and says all that is known of it; allocates nothing.</summary>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    public int ReceiveMessageFrom(Span<byte> buffer, SocketFlags socketFlags, out DatagramInfo info) =>
        Done(ReceiveOrWait(buffer, socketFlags, out info), "receive");

    /// <summary>Receives a datagram, or answers why not; never waits, never throws, allocates nothing.</summary>
    /// <param name="buffer">Where its octets go.</param>
    /// <param name="info">What is known of it.</param>
    /// <param name="socketFlags">Peek, Truncated.</param>
    /// <returns>
    /// How many octets; or EAGAIN (none is there), the pending error, EBADF (the socket is closed), EOPNOTSUPP (other
    /// flags), ENOTCONN (a stream).
    /// </returns>
    /// <remarks>Any thread.</remarks>
    public TransferResult TryReceiveFrom(Span<byte> buffer, out DatagramInfo info, SocketFlags socketFlags = SocketFlags.None)
    {
        using (_core.Enter()) return TryReceive(buffer, socketFlags, out info);
    }

    internal SocketReceiveMessageFromResult MessageOf(int octets, in DatagramInfo info) => new()
    {
        ReceivedBytes = octets,
        RemoteEndPoint = Shown(info.Source).ToIPEndPoint(),
        SocketFlags = info.Flags,
        PacketInformation = PacketInformation.Of(info),
    };

    /// <summary>
    /// Receive and ReceiveFrom without room for anything wait for a datagram and leave it there, as .NET's do on Linux.
    /// </summary>
    private static SocketFlags FlagsFor(ReadOnlySpan<byte> buffer, SocketFlags flags) =>
        buffer.IsEmpty && (flags & SocketFlags.OutOfBand) == 0 ? flags | SocketFlags.Peek : flags;

    /// <summary>On Windows a datagram that does not fit is told as MessageSize, and what fits is there; on Linux it is cut without a word.</summary>
    private TransferResult ReceiveWhole(Span<byte> octets, SocketFlags flags, out DatagramInfo info)
    {
        TransferResult result = ReceiveOrWait(octets, flags, out info);
        bool isCut = result.IsDone && IsWindows && !_binding.IsStream && !octets.IsEmpty && info.Length > octets.Length;
        return isCut ? TransferResult.Failed(Errno.EMSGSIZE) : result;
    }

    private void CheckReceive(EndPoint remoteEP)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        ArgumentNullException.ThrowIfNull(remoteEP);
        bool fits = remoteEP.AddressFamily == AddressFamily || (remoteEP.AddressFamily == AddressFamily.InterNetwork && DualMode);
        if (!fits) throw new ArgumentException(
            $"An endpoint of {remoteEP.AddressFamily} can't become one of this socket's, which is {AddressFamily}.", nameof(remoteEP));
        CheckBound();
    }

    private void CheckReceive(SocketAddress receivedAddress)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        ArgumentNullException.ThrowIfNull(receivedAddress);
        if (!SocketAddressOctets.HasRoom(receivedAddress, AddressFamily))
            throw new ArgumentOutOfRangeException(nameof(receivedAddress), $"It has no room for an address of {AddressFamily}.");
        CheckBound();
    }

    private void CheckBound()
    {
        if (!IsBound)
            throw new InvalidOperationException("Nothing can arrive from anyone before the socket is bound: call Bind first.");
    }

    // .NET looks for IPv4's destination where it is given an endpoint of IPv4, or a mapped one, and else for that of IPv6.
    private bool TellsDestination(EndPoint remoteEP, in DatagramInfo info) => !_binding.IsStream && (!_addsForUnix || !_binding.IsV6
        || !info.Destination.IsV4OrMapped || remoteEP is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetwork } or { IsIPv4MappedToIPv6: true } });

    private void Update(ref EndPoint remoteEP, in InetEndpoint source)
    {
        if (_binding.IsStream) return;      // nobody in particular has sent what comes
        InetEndpoint shown = Shown(source);
        if (remoteEP is IPEndPoint known && InetEndpoint.From(known) == shown) return;
        remoteEP = shown.ToIPEndPoint();
    }
}
