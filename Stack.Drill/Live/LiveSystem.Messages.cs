using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserNet.Drill.Machine;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>Messages with control data, and waiting for several descriptors.</summary>
internal sealed unsafe partial class LiveSystem
{
    private const int Timestamp = 29, TimestampNanoseconds = 35, Timestamping = 37;    // SCM_TIMESTAMP, ..NS, ..ING

    public int SendMessage(int descriptor, MessageParts message, int flags)
    {
        IReadOnlyList<MemoryPart> parts = Lend(message.Parts, flags);
        return Make(descriptor, flags, () =>
        {
            using var pinned = new PinnedParts(parts);
            fixed (byte* name = message.Name, control = message.Control)
            {
                MessageHeader header = Header(message, pinned, name, control);
                return LiveLibC.Answer(LiveLibC.SendMessage(descriptor, &header, flags));
            }
        });
    }

    public int ReceiveMessage(int descriptor, MessageParts message, int flags) => Make(descriptor, flags, () =>
    {
        using var pinned = new PinnedParts(message.Parts);
        fixed (byte* name = message.Name, control = message.Control)
        {
            MessageHeader header = Header(message, pinned, name, control);
            int answer = LiveLibC.Answer(LiveLibC.ReceiveMessage(descriptor, &header, flags));
            if (answer < 0) return answer;
            message.Flags = header.Flags;
            if (message.Control is { } filled)
            {
                message.Control = filled[..(int)header.ControlLength];
                CountFromStart(message.Control);
            }

            return answer;
        }
    });

    public int Poll(Span<PollPart> descriptors, int timeoutMilliseconds)
    {
        PollPart[] parts = descriptors.ToArray();
        foreach (ref PollPart part in parts.AsSpan())
        {
            // A number that is not the script's own: the kernel says POLLNVAL of one that is out of range.
            if (part.Descriptor >= 0 && !_open.Contains(part.Descriptor)) part.Descriptor = int.MaxValue;
        }

        int Asked()
        {
            fixed (PollPart* first = parts) return LiveLibC.Answer(LiveLibC.Poll(first, (nuint)parts.Length, timeoutMilliseconds));
        }

        int answer = timeoutMilliseconds == 0 ? Asked() : Wait(Asked);
        for (int i = 0; i < parts.Length; i++) descriptors[i].Returned = parts[i].Returned;
        return answer;
    }

    public int EpollCreate(int flags) => Keep(LiveLibC.Answer(LiveLibC.EpollCreate(flags)));

    public int EpollControl(int epoll, int operation, int descriptor, EpollPart? part)
    {
        if (!_open.Contains(epoll) || !_open.Contains(descriptor)) return BadDescriptor;
        byte* octets = stackalloc byte[16];
        if (part is { } given) Put(octets, given);
        return LiveLibC.Answer(LiveLibC.EpollControl(epoll, operation, descriptor, part is null ? null : octets));
    }

    public int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds)
    {
        if (!_open.Contains(epoll)) return BadDescriptor;
        int count = parts.Length;
        byte[] octets = new byte[Math.Max(1, count) * PartSize];
        int Asked()
        {
            fixed (byte* first = octets) return LiveLibC.Answer(LiveLibC.EpollWait(epoll, first, count, timeoutMilliseconds));
        }

        int answer = timeoutMilliseconds == 0 ? Asked() : Wait(Asked);
        for (int i = 0; i < answer; i++)
        {
            ReadOnlySpan<byte> from = octets.AsSpan(i * PartSize);
            parts[i].Events = BinaryPrimitives.ReadUInt32LittleEndian(from);
            parts[i].Data = BinaryPrimitives.ReadUInt64LittleEndian(from[(PartSize - 8)..]);
        }

        return answer;
    }

    // struct epoll_event has no padding on x86-64 alone.
    private static int PartSize => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static void Put(byte* octets, EpollPart part)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(octets, 4), part.Events);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(octets + PartSize - 8, 8), part.Data);
    }

    private static MessageHeader Header(MessageParts message, PinnedParts pinned, byte* name, byte* control) => new()
    {
        Name = name,
        NameLength = (uint)(message.Name?.Length ?? 0),
        Parts = pinned.Parts,
        PartCount = (nuint)message.Parts.Count,
        Control = control,
        ControlLength = (nuint)(message.Control?.Length ?? 0),
    };

    // Times of day become times of the script, as a machine with a clock of its own tells them.
    private void CountFromStart(Span<byte> control)
    {
        for (int at = 0; at + 16 <= control.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(control[at..]);
            if (length < 16 || at + length > control.Length) return;
            int level = BinaryPrimitives.ReadInt32LittleEndian(control[(at + 8)..]), type = BinaryPrimitives.ReadInt32LittleEndian(control[(at + 12)..]);
            if (level == LiveLibC.SocketLevel && type is Timestamp or TimestampNanoseconds or Timestamping)
            {
                int fraction = type == Timestamp ? 1000 : 1;
                for (int value = at + 16; value + 16 <= at + length; value += 16) CountFromStart(control.Slice(value, 16), fraction);
            }

            at += (length + 7) & ~7;
        }
    }

    private void CountFromStart(Span<byte> value, int fraction)
    {
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(value), rest = BinaryPrimitives.ReadInt64LittleEndian(value[8..]);
        if (seconds == 0 && rest == 0) return;
        long since = Math.Max(0, (seconds * 1_000_000_000) + (rest * fraction) - Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(value, since / 1_000_000_000);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], since % 1_000_000_000 / fraction);
    }
}
