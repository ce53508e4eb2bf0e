using System.Buffers.Binary;
using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using UserNet.Facades.Posix;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Drill.Machine;

/// <summary>The calls of a virtual machine: those of a process on its stack.</summary>
/// <remarks>
/// What the process would pass over because its system does so too, though it matters to what is sent, is an
/// <see cref="UnsupportedException"/> without a place: who called knows it.
/// </remarks>
internal sealed partial class VirtualSystem(PosixProcess process) : ISystem
{
    private const int KnownOfSend = MSG_OOB | MSG_DONTROUTE | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | MSG_CONFIRM | MSG_MORE | MSG_FASTOPEN | MSG_PEEK | MSG_TRUNC
        | MSG_EOR | MSG_ZEROCOPY;
    private const int StampLength = 2 * sizeof(long);      // struct timespec, struct timeval
    private const int KnownOfReceive = MSG_OOB | MSG_PEEK | MSG_DONTROUTE | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_ERRQUEUE | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC;

    /// <summary>When the machine's clock started, by the stack's own.</summary>
    public DateTimeOffset Epoch { get; set; }

    /// <inheritdoc/>
    public int Socket(int domain, int type, int protocol) => Answer(process.Socket(domain, type, protocol));

    /// <inheritdoc/>
    public int Bind(int descriptor, byte[] address) => Answer(process.Bind(descriptor, address, address.Length));

    /// <inheritdoc/>
    public int Connect(int descriptor, byte[] address) => Answer(process.Connect(descriptor, address, address.Length));

    /// <inheritdoc/>
    public int Listen(int descriptor, int backlog) => Answer(process.Listen(descriptor, backlog));

    /// <inheritdoc/>
    public int Accept(int descriptor, int flags)
    {
        int none = 0;
        return Answer(process.Accept4(descriptor, default, ref none, flags));
    }

    /// <inheritdoc/>
    public int Close(int descriptor) => Answer(process.Close(descriptor));

    /// <inheritdoc/>
    public int Shutdown(int descriptor, int how) => Answer(process.Shutdown(descriptor, how));

    /// <inheritdoc/>
    public int Read(int descriptor, MemoryPart memory) => Answer(process.Read(descriptor, memory.Octets, memory.Length));

    /// <inheritdoc/>
    public int Write(int descriptor, MemoryPart memory) => Answer(process.Write(descriptor, memory.Octets, memory.Length));

    /// <inheritdoc/>
    public int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts) => Answer(process.ReadV(descriptor, VectorsOf(parts)));

    /// <inheritdoc/>
    public int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts) => Answer(process.WriteV(descriptor, VectorsOf(parts)));

    /// <inheritdoc/>
    public int Receive(int descriptor, MemoryPart memory, int flags)
    {
        Require(flags, KnownOfReceive);
        return Answer(process.Recv(descriptor, memory.Octets, memory.Length, flags));
    }

    /// <inheritdoc/>
    public int Send(int descriptor, MemoryPart memory, int flags, byte[]? address)
    {
        Require(flags, KnownOfSend);
        return Answer(process.SendTo(descriptor, memory.Octets, memory.Length, flags, address, address?.Length ?? 0));
    }

    /// <inheritdoc/>
    public int SendMessage(int descriptor, MessageParts message, int flags)
    {
        Require(flags, KnownOfSend);
        MessageHeader header = HeaderOf(message);
        return Answer(process.SendMsg(descriptor, header, flags));
    }

    /// <inheritdoc/>
    public int ReceiveMessage(int descriptor, MessageParts message, int flags)
    {
        Require(flags, KnownOfReceive);
        MessageHeader header = HeaderOf(message);
        int answer = Answer(process.RecvMsg(descriptor, ref header, flags));
        if (answer < 0) return answer;
        message.Flags = header.Flags;
        message.Control = message.Control?[..header.ControlLength];
        CountFromStart(message.Control);
        return answer;
    }

    /// <inheritdoc/>
    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) =>
        name >= FreeBsdOptions.First
            ? GetFreeBsd(descriptor, level, name, value, ref length)
            : Answer(process.GetSockOpt(descriptor, level, name, value, ref length));

    /// <inheritdoc/>
    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) =>
        name >= FreeBsdOptions.First
            ? SetFreeBsd(descriptor, level, name, value, length)
            : Answer(process.SetSockOpt(descriptor, level, name, value, length));

    /// <inheritdoc/>
    public int Control(int descriptor, int request, ref int value) => Answer(process.IoControl(descriptor, request, ref value));

    /// <inheritdoc/>
    public int FileControl(int descriptor, int command, int argument) => Answer(process.Fcntl(descriptor, command, argument));

    /// <inheritdoc/>
    public int Poll(Span<PollPart> descriptors, int timeoutMilliseconds)
    {
        var asked = new PollDescriptor[descriptors.Length];
        for (int i = 0; i < asked.Length; i++) asked[i] = new PollDescriptor { Descriptor = descriptors[i].Descriptor, Events = descriptors[i].Events };
        int answer = Answer(process.Poll(asked, timeoutMilliseconds));
        for (int i = 0; i < asked.Length; i++) descriptors[i].Returned = asked[i].Returned;
        return answer;
    }

    /// <inheritdoc/>
    public int EpollCreate(int flags) => Answer(process.EpollCreate1(flags));

    /// <inheritdoc/>
    public int EpollControl(int epoll, int operation, int descriptor, EpollPart? part) => Answer(part is { } wanted
        ? process.EpollCtl(epoll, operation, descriptor, new EpollEvent(wanted.Events, wanted.Data))
        : process.EpollCtl(epoll, operation, descriptor));

    /// <inheritdoc/>
    public int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds)
    {
        var events = new EpollEvent[parts.Length];
        int answer = Answer(process.EpollWait(epoll, events, events.Length, timeoutMilliseconds));
        for (int i = 0; i < answer; i++) parts[i] = new EpollPart { Events = events[i].Events, Data = events[i].Data };
        return answer;
    }

    /// <inheritdoc/>
    public int Open(string path, int flags) => Answer(process.Open(path, flags));

    /// <inheritdoc/>
    public int Pipe(Span<int> descriptors) => Answer(process.Pipe(descriptors));

    /// <inheritdoc/>
    public int SendFile(int output, int input, ref long? offset, int count)
    {
        if (offset is not { } from) return Answer(process.SendFile(output, input, count));
        int answer = Answer(process.SendFile(output, input, ref from, count));
        offset = from;
        return answer;
    }

    /// <inheritdoc/>
    public int Splice(int input, int output, int count, int flags) => Answer(process.Splice(input, output, count, flags));

    /// <inheritdoc/>
    public int GetName(int descriptor, byte[] address, ref int length) => Answer(process.GetSockName(descriptor, address, ref length));

    private int Answer(int answer) => answer >= 0 ? answer : -(int)process.Error;

    private static IoVector[] VectorsOf(IReadOnlyList<MemoryPart> parts) => [.. parts.Select(part => new IoVector(part.Octets, part.Length))];

    private static MessageHeader HeaderOf(MessageParts message) => new()
    {
        Name = message.Name,
        NameLength = message.Name?.Length ?? 0,
        Vectors = VectorsOf(message.Parts),
        Control = message.Control,
        ControlLength = message.Control?.Length ?? 0,
    };

    /// <summary>Times of the calendar become times since the machine's clock started.</summary>
    private void CountFromStart(Span<byte> control)
    {
        ReadOnlySpan<byte> left = control;
        while (ControlMessage.TryRead(ref left, out int level, out int type, out ReadOnlySpan<byte> data))
        {
            bool isMicros = type is SO_TIMESTAMP or SO_TIMESTAMP_NEW;
            if (level != SOL_SOCKET || !(isMicros || type is SO_TIMESTAMPNS or SO_TIMESTAMPNS_NEW or SO_TIMESTAMPING or SO_TIMESTAMPING_NEW)) continue;
            control.Overlaps(data, out int at);
            for (int end = at + data.Length; at + StampLength <= end; at += StampLength) CountFromStart(control.Slice(at, StampLength), isMicros ? 1000 : 1);
        }
    }

    private void CountFromStart(Span<byte> stamp, int nanosOfPart)
    {
        const long second = 1_000_000_000;
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(stamp), parts = BinaryPrimitives.ReadInt64LittleEndian(stamp[sizeof(long)..]);
        if ((seconds, parts) == (0, 0)) return;      // none
        long since = Math.Max(0, (seconds * second) + (parts * nanosOfPart) - ((Epoch - DateTimeOffset.UnixEpoch).Ticks * 100));
        BinaryPrimitives.WriteInt64LittleEndian(stamp, since / second);
        BinaryPrimitives.WriteInt64LittleEndian(stamp[sizeof(long)..], since % second / nanosOfPart);
    }

    private static void Require(int flags, int known)
    {
        if ((flags & ~known) is not 0 and var unknown)
            throw Missing($"flag {ConstantTable.Of(DrillProfile.Linux).NameOf("MSG_", unchecked((uint)unknown), $"0x{unknown:x}")}");
    }

    private static UnsupportedException Missing(string what) => new(what, default);
}
