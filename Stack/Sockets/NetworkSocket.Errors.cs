using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Udp;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// Errors about what the socket sent: the pending one, and the queue of IP_RECVERR.
public sealed partial class NetworkSocket
{
    /// <summary>
    /// IP_RECVERR: errors about what was sent are queued for <see cref="TryReceiveError"/>, soft ones too, and become the pending
    /// error of a socket without a peer as well; of a stream they become the pending error, and nothing is queued. Setting it to false forgets what is queued. Of an IPv6 socket IPV6_RECVERR is set with it.
    /// </summary>
    /// <exception cref="NetworkException">ProtocolOption (a personality without it).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public bool ReceivesErrors
    {
        get
        {
            Span<byte> value = stackalloc byte[sizeof(int)];
            GetRawSocketOption(RawOptionLevel.Ip, RawOption.ReceiveErrors, value);
            return value[0] != 0;
        }

        set
        {
            SetRawSocketOption(RawOptionLevel.Ip, RawOption.ReceiveErrors, [value ? (byte)1 : (byte)0]);
            if (_binding.IsV6) SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6ReceiveErrors, [value ? (byte)1 : (byte)0, 0, 0, 0]);
        }
    }

    /// <summary>Receives an error about something that was sent: recvmsg with MSG_ERRQUEUE. Never waits.</summary>
    /// <param name="payload">
    /// Where the octets of the datagram go, as many as came back; those of a raw socket with IP_HDRINCL begin with the IP header,
    /// those of an ICMP socket with the ICMP header. What there is no room for is lost.
    /// </param>
    /// <param name="error">What is known of it.</param>
    /// <returns>How many octets.</returns>
    /// <exception cref="NetworkException">WouldBlock: no error is queued.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>
    /// The queue and what is received share <see cref="ReceiveBufferSize"/>; an error for which there is no room is not queued.
    /// To wait for one, <see cref="Poll(TimeSpan, System.Net.Sockets.SelectMode)"/> by SelectError. Any thread.
    /// </remarks>
    public int ReceiveError(Span<byte> payload, out SocketErrorInfo error) =>
        Done(TryReceiveError(payload, out error), "receive error");

    /// <summary>Receives an error about something that was sent, or answers why not; never waits, never throws, allocates nothing.</summary>
    /// <inheritdoc cref="ReceiveError" path="/param"/>
    /// <returns>How many octets of the datagram; or EAGAIN (no error is queued), EBADF (the socket is closed).</returns>
    /// <remarks>Any thread.</remarks>
    public TransferResult TryReceiveError(Span<byte> payload, out SocketErrorInfo error)
    {
        using (_core.Enter())
        {
            error = default;
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            int? read = _binding.IsStream ? _stream?.ReadError(payload, out error) : _channel?.ReadError(payload, out error);
            return read is { } octets
                ? new TransferResult(octets) : TransferResult.Failed(Errno.EAGAIN);
        }
    }

    void IDatagramReceiver.OnError(in IcmpError error, uint device, Timestamp now)
    {
        DatagramChannel channel = Channel;
        // Where packets may be fragmented on the way, it is nothing to the sender that one was too big.
        bool mayFragment = error.IsTooBig && (error.IsV6 ? MayFragmentV6(channel) : channel.Discovery == PathMtuDiscovery.Dont);
        Errno errno = error.Errno;
        if ((mayFragment && !IsRaw && !error.IsV6) || errno == Errno.Success) return;
        if (error.IsTooBig && error.IsV6 && !IsRaw && channel.DiscoveryV6 >= PathMtuDiscovery.Interface) return;
        if (errno == Errno.ECONNREFUSED && _core.Engine.Table.Personality.Codes != ErrorCodes.Errno)
        {
            // Windows tells a socket without a peer, too, as long as SIO_UDP_CONNRESET is on, which it is at first.
            channel.Fail(Errno.ECONNRESET);
            return;
        }

        if (channel.WantsErrors(error.IsV6))
        {
            channel.AddError(InfoOf(error, device, now), PayloadOf(error));
            channel.Fail(errno);
            return;
        }

        // RFC 1122 §4.1.3.3, as Linux does it: who has no peer could not tell which datagram is meant.
        bool isHard = error.IsTooBig ? !mayFragment : error.IsHard;
        if (isHard && _binding.State == TcpState.Established) channel.Fail(errno);
    }

    /// <summary>True when it is no error to the sender that an IPv6 packet was too big: the next one will be cut.</summary>
    private bool MayFragmentV6(DatagramChannel channel) =>
        IsRaw ? channel.DiscoveryV6 != PathMtuDiscovery.Do : channel.DiscoveryV6 == PathMtuDiscovery.Dont;

    /// <summary>Queues that a datagram was too long to be sent. Gate held.</summary>
    private void AddTooLong(DatagramChannel channel, in InetEndpoint to, in RouteAnswer route)
    {
        bool isV6 = to.Address.IsV6;
        if (!channel.WantsErrors(isV6)) return;
        Timestamp now = _core.Now;
        bool ignoresPath = channel.IncludesHeader || channel.Discovery >= PathMtuDiscovery.Probe;
        int mtu = isV6 ? channel.IncludesHeader ? LinkMtuOf(route) : LargestV6(channel, to, route)
            : ignoresPath ? _core.Output!.LinkMtuOf(route) : _core.MtuOf(route, to.Address, now);
        var error = new SocketErrorInfo
        {
            Errno = Errno.EMSGSIZE,
            Origin = SocketErrorOrigin.Local,
            Info = (uint)(isV6 ? mtu : mtu - channel.IpOptions.Length),
            Offender = _binding.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4,
            Destination = new InetEndpoint(Shown(to.Address), isV6 ? to.Port : _binding.RemotePort),
            Arrived = now,
        };
        channel.AddError(error, default);
    }

    private SocketErrorInfo InfoOf(in IcmpError error, uint device, Timestamp now)
    {
        ushort port = _binding.HasPorts ? ReadUInt16BigEndian(error.Payload[2..]) : (ushort)0;
        uint scope = error.Destination.NeedsScope && error.IsV6 ? device : 0;
        return new SocketErrorInfo
        {
            Errno = error.Errno,
            Origin = error.IsV6 ? SocketErrorOrigin.Icmpv6 : SocketErrorOrigin.Icmp,
            Type = error.IsV6 ? (byte)error.TypeV6 : (byte)error.Type,
            Code = error.Code,
            Info = (uint)error.Mtu + error.FaultyOctet,      // one of them is 0
            Offender = Shown(error.Reporter),
            Destination = new InetEndpoint(Shown(error.Destination), port, scope),
            HopLimit = error.HopLimit,
            TrafficClass = error.TrafficClass,
            Arrived = now,
        };
    }

    /// <summary>What the socket gave of a packet, as far as it was quoted.</summary>
    private ReadOnlySpan<byte> PayloadOf(IcmpError error) =>
        _channel is { IncludesHeader: true } ? error.Octets :
        _binding.HasPorts ? error.Payload[UdpHeader.Length..] : error.Payload;
}
