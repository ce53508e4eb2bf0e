using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Udp;

namespace UserNet.Sockets;

// A datagram's way from the IP layer to its call.
public sealed partial class NetworkSocket : IDatagramReceiver
{
    private const SocketFlags ReceiveFlags = SocketFlags.Peek | SocketFlags.Truncated;

    private DatagramChannel? _channel;      // made when first needed: most of a million sockets never need one

    /// <summary>How many datagrams found the receive buffer full: SO_RXQ_OVFL.</summary>
    public long Drops
    {
        get
        {
            using (_core.Enter()) return _channel?.Queue.Drops ?? 0;
        }
    }

    /// <summary>What the socket has beside its port. Gate held.</summary>
    internal DatagramChannel Channel => _channel ??= new DatagramChannel(this, _core);

    DropReason IDatagramReceiver.OnDatagram(in IpArrival arrival, ushort sourcePort, ReadOnlySpan<byte> payload, Timestamp now)
    {
        if (Filters(arrival)) return DropReason.SocketFiltered;
        uint device = _core.DeviceOf(arrival);
        var info = new DatagramInfo
        {
            Source = new InetEndpoint(Shown(arrival.Source), sourcePort, arrival.IsV6 && arrival.Source.NeedsScope ? device : 0),
            Destination = Shown(arrival.Destination),
            Device = device,
            Length = payload.Length,
            TimeToLive = arrival.HopLimit,
            TrafficClass = arrival.TrafficClass,
            FlowLabel = arrival.IsV6 ? arrival.PacketV6.FlowLabel : 0,
            Flags = arrival.Role switch
            {
                AddressRole.Broadcast => SocketFlags.Broadcast,
                AddressRole.Multicast => SocketFlags.Multicast,
                _ => SocketFlags.None,
            },
            Arrived = now,
            IsPrepared = _channel is { } channel && (channel.WantsPacketInformation || channel.WantsPacketInformationV6),
        };
        return Channel.Add(info, payload);
    }

    /// <summary>Receives a datagram, or says why not; never waits. Gate held.</summary>
    private TransferResult TryReceive(Span<byte> octets, SocketFlags flags, out DatagramInfo info, bool mayWait = false)
    {
        info = default;
        if (_isClosed) return TransferResult.Failed(Errno.EBADF);
        if (_binding.IsStream) return ReceiveFromStream(octets, flags, mayWait, out info);
        if ((flags & ~ReceiveFlags) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (_channel is not { } channel) return TransferResult.Failed(Errno.EAGAIN);
        if (channel.TakePathMtu(out info)) return new TransferResult(0);
        if (channel.Error != Errno.Success) return TransferResult.Failed(channel.TakeError());
        return channel.Queue.Count > 0 ? Read(channel.Queue, octets, flags, out info) : TransferResult.Failed(Errno.EAGAIN);
    }

    /// <summary>
    /// Reads a queue's first datagram; with the flag Truncated, the answer is its whole length, as in Linux.
    /// </summary>
    internal static TransferResult Read(DatagramQueue queue, Span<byte> octets, SocketFlags flags, out DatagramInfo info)
    {
        int copied = queue.Read(octets, (flags & SocketFlags.Peek) != 0, out info);
        return new TransferResult((flags & SocketFlags.Truncated) != 0 ? info.Length : copied);
    }

    /// <summary>An address as this socket's calls name it: an IPv6 socket sees IPv4 ones as mapped.</summary>
    internal InetAddress Shown(InetAddress address) => _binding.IsV6 ? address.MapToV6() : address;

    /// <summary>An endpoint as this socket's calls name it.</summary>
    internal InetEndpoint Shown(in InetEndpoint endpoint) => endpoint with { Address = Shown(endpoint.Address) };
}
