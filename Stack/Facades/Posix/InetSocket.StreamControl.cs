using System.Buffers.Binary;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Control messages of streams: when octets came or left, and how many are left. socket(7), tcp(7).
internal sealed partial class InetSocket
{
    private const int StampLength = 16, Stamps = 3;      // struct timespec; software, transformed hardware, raw hardware

    /// <summary>Tells beside octets what options ask for; at the stream's end, too.</summary>
    private int WithStreamControl(ref ReceiveRequest request, int answer)
    {
        if (answer < 0 || !request.IsMessage) return answer;
        StreamReceiveFacts facts = socket.StreamFacts;
        if (facts.Stamp is not null && answer > 0) PutStamps(ref request, facts);
        if (facts.Left is { } left) ControlMessage.Put(ref request, IPPROTO_TCP, TCP_CM_INQ, left);
        return answer;
    }

    /// <summary>SCM_TIMESTAMP or SCM_TIMESTAMPNS, and SCM_TIMESTAMPING, each where it is asked for.</summary>
    private static void PutStamps(ref ReceiveRequest request, in StreamReceiveFacts facts)
    {
        if (facts.Stamp is not { } stamp) return;
        Span<byte> data = stackalloc byte[Stamps * StampLength];
        data.Clear();
        if (facts.Form == StampForm.Micros)
        {
            Write(data, stamp, TimeSpan.TicksPerMicrosecond, 1);
            ControlMessage.Put(ref request, SOL_SOCKET, facts.HasNewForm ? SO_TIMESTAMP_NEW : SO_TIMESTAMP, data[..StampLength]);
        }

        Write(data, stamp, 1, (int)(1_000_000_000 / TimeSpan.TicksPerSecond));
        if (facts.Form == StampForm.Nanos)
            ControlMessage.Put(ref request, SOL_SOCKET, facts.HasNewForm ? SO_TIMESTAMPNS_NEW : SO_TIMESTAMPNS, data[..StampLength]);
        if ((facts.Timestamping & SOF_TIMESTAMPING_SOFTWARE) != 0)
            ControlMessage.Put(ref request, SOL_SOCKET, facts.HasNewForm ? SO_TIMESTAMPING_NEW : SO_TIMESTAMPING, data);
    }

    /// <summary>Writes seconds and their parts.</summary>
    private static void Write(Span<byte> target, DateTimeOffset time, long ticksOfPart, int partsOfTick)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        BinaryPrimitives.WriteInt64LittleEndian(target, ticks / TimeSpan.TicksPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], ticks % TimeSpan.TicksPerSecond / ticksOfPart * partsOfTick);
    }

    /// <summary>SO_TIMESTAMPING as a control message of a send: only what says which moments are noted.</summary>
    private static int RefuseStamps(ReadOnlySpan<byte> data)
    {
        const int Sends = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_TX_COMPLETION;
        if (data.Length != sizeof(int)) return Refused;
        return (BinaryPrimitives.ReadInt32LittleEndian(data) & ~Sends) != 0 ? Refused : 0;
    }

    /// <summary>The moments that a send asks for itself, in place of those of the socket; null where it says nothing of them.</summary>
    private static int? StampsOf(ReadOnlySpan<byte> control)
    {
        int? stamps = null;
        while (ControlMessage.TryRead(ref control, out int level, out int type, out ReadOnlySpan<byte> data))
            if (level == SOL_SOCKET && type is SO_TIMESTAMPING or SO_TIMESTAMPING_NEW && data.Length == sizeof(int)) stamps = BinaryPrimitives.ReadInt32LittleEndian(data);
        return stamps;
    }
}
