using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Core;

// Errors about segments that this host sent, on their way to the connection.
internal sealed partial class StackCore
{
    private const byte ReassemblyTimeExceeded = 1;
    private const int LeastQuoted = 8;      // the ports and the sequence number

    /// <summary>An error about a datagram from the tunneling port: what it held was a segment. FreeBSD's TCP over UDP.</summary>
    private bool OnTunneledError(in IcmpError error, uint device, Timestamp now)
    {
        ReadOnlySpan<byte> datagram = error.Payload;
        if (Tcp is not { Settings.UdpTunnelingPort: not 0 and var tunnel } || !error.HasTransport) return false;
        if (datagram.Length < UdpHeader.Length + LeastQuoted || ReadUInt16BigEndian(datagram) != tunnel) return false;
        return OnTcpError(error, datagram[UdpHeader.Length..], ReadUInt16BigEndian(datagram[sizeof(ushort)..]), device, now);
    }

    /// <summary>Tells a connection that a segment of its did not get through; false when none can have sent it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="segment">The beginning of the segment.</param>
    /// <param name="udpPort">Where the datagram went that held it; 0 for none.</param>
    /// <param name="device">The interface that the error arrived on.</param>
    /// <param name="now">The time.</param>
    private bool OnTcpError(in IcmpError error, ReadOnlySpan<byte> segment, ushort udpPort, uint device, Timestamp now)
    {
        if (!error.HasTransport || segment.Length < LeastQuoted) return false;
        ushort sourcePort = ReadUInt16BigEndian(segment), destinationPort = ReadUInt16BigEndian(segment[2..]);
        if (Engine.Table.Tcp.Find(error.Source, sourcePort, error.Destination, destinationPort, device) is not { } holder) return false;
        if ((holder.Owner as ITcpEndpoint)?.Connection is not { } connection || connection.UdpPort != udpPort) return false;
        var seq = new SequenceNumber(ReadUInt32BigEndian(segment[4..]));
        bool isFreeBsd = Tcp!.Settings.IsFreeBsd;
        if (!connection.IsInFlight(seq) || (isFreeBsd && seq == connection.Snd.Nxt))      // RFC 5927 §4.1
        {
            Context.Counters.Count(Counter.TcpOutOfWindowIcmps);
            return false;
        }

        if (!isFreeBsd && error is { IsV6: false, Type: Icmpv4Type.TimeExceeded, Code: ReassemblyTimeExceeded }) return false;      // it got there
        if (error.IsTooBig)
        {
            if (isFreeBsd ? !connection.IsShortenedBy(error.Mtu) : !FollowsPathMtu(connection.Options, error.IsV6)) return false;
            if (!isFreeBsd && !connection.IsSmaller((int)Math.Min(error.Mtu, int.MaxValue))) return true;
            OnTooBig(error, holder.Claim.Device, now);
            connection.OnMtuReduced(now);
        }
        else if (isFreeBsd)
        {
            Errno errno = FreeBsdErrors.Of(error, out bool mayReset);
            connection.OnErrorAsFreeBsd(errno, mayReset, now);
        }
        else
        {
            var reported = new ReportedError
            {
                Errno = error.Errno,
                IsHard = error.IsHard,
                IsV6 = error.IsV6,
                Type = error.IsV6 ? (byte)error.TypeV6 : (byte)error.Type,
                Code = error.Code,
                FaultyOctet = error.FaultyOctet,
                Reporter = error.Reporter,
                Destination = error.Destination,
                HopLimit = error.HopLimit,
                TrafficClass = error.TrafficClass,
                Payload = error.Payload,
            };
            connection.OnUnreachable(reported, now);
        }

        return true;
    }

    /// <summary>
    /// False where IP_MTU_DISCOVER says that reports of a path's MTU are not believed: IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT, and over IPv4
    /// IP_PMTUDISC_DONT. ip(7).
    /// </summary>
    private static bool FollowsPathMtu(ConnectionOptions options, bool isV6) =>
        isV6 ? options.DiscoveryV6 is not (4 or 5) : options.Discovery is not (0 or 4 or 5);
}
