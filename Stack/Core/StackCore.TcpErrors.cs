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
    private const int LeastQuoted = 8;      // the ports and the sequence number

    /// <summary>Tells a connection that a segment of its did not get through; false when none can have sent it.</summary>
    private bool OnTcpError(in IcmpError error, uint device, Timestamp now)
    {
        ReadOnlySpan<byte> segment = error.Payload;
        if (!error.HasTransport || segment.Length < LeastQuoted) return false;
        ushort sourcePort = ReadUInt16BigEndian(segment), destinationPort = ReadUInt16BigEndian(segment[2..]);
        if (Engine.Table.Tcp.Find(error.Source, sourcePort, error.Destination, destinationPort, device) is not { } holder) return false;
        if ((holder.Owner as ITcpEndpoint)?.Connection is not { } connection) return false;
        var seq = new SequenceNumber(ReadUInt32BigEndian(segment[4..]));
        bool isFreeBsd = Tcp!.Settings.IsFreeBsd;
        if (!connection.IsInFlight(seq) || (isFreeBsd && seq == connection.Snd.Nxt))      // RFC 5927 §4.1
        {
            Context.Counters.Count(Counter.TcpOutOfWindowIcmps);
            return false;
        }

        if (error.IsTooBig)
        {
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
            connection.OnUnreachable(error.Errno, error.IsHard);
        }

        return true;
    }
}
