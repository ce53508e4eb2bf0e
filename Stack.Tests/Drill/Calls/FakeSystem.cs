using UserNet.Drill.Machine;

namespace UserNet.Tests.Drill.Calls;

/// <summary>A system that notes what it is called with, and answers what a test says.</summary>
internal sealed class FakeSystem : ISystem
{
    /// <summary>The calls, one line each.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What the next calls answer; 0 when there is nothing left.</summary>
    public Queue<int> Answers { get; } = new();

    /// <summary>What getsockopt gives.</summary>
    public Func<int, int, byte[]?> Options { get; set; } = static (_, _) => null;

    /// <summary>What recvmsg fills in.</summary>
    public Action<MessageParts> Message { get; set; } = static _ => { };

    /// <summary>What poll and epoll_wait say of a descriptor.</summary>
    public uint Events { get; set; }

    /// <summary>What epoll_wait gives back.</summary>
    public ulong Data { get; set; }

    /// <summary>What ioctl gives.</summary>
    public int Value { get; set; }

    public int Socket(int domain, int type, int protocol) => Note($"socket {domain} {type} {protocol}");

    public int Bind(int descriptor, byte[] address) => Note($"bind {descriptor} {Convert.ToHexString(address)}");

    public int Connect(int descriptor, byte[] address) => Note($"connect {descriptor} {Convert.ToHexString(address)}");

    public int Listen(int descriptor, int backlog) => Note($"listen {descriptor} {backlog}");

    public int Accept(int descriptor, int flags) => Note($"accept {descriptor} {flags}");

    public int Close(int descriptor) => Note($"close {descriptor}");

    public int Shutdown(int descriptor, int how) => Note($"shutdown {descriptor} {how}");

    public int Read(int descriptor, MemoryPart memory) => Note($"read {descriptor} {Of(memory)}");

    public int Write(int descriptor, MemoryPart memory) => Note($"write {descriptor} {Of(memory)}");

    public int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts) => Note($"readv {descriptor} {Of(parts)}");

    public int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts) => Note($"writev {descriptor} {Of(parts)}");

    public int Receive(int descriptor, MemoryPart memory, int flags) => Note($"recv {descriptor} {Of(memory)} {flags}");

    public int Send(int descriptor, MemoryPart memory, int flags, byte[]? address) =>
        Note($"send {descriptor} {Of(memory)} {flags} {(address is null ? "null" : Convert.ToHexString(address))}");

    public int SendMessage(int descriptor, MessageParts message, int flags) =>
        Note($"sendmsg {descriptor} {Of(message.Parts)} {flags} {(message.Control is null ? "null" : Convert.ToHexString(message.Control))}");

    public int ReceiveMessage(int descriptor, MessageParts message, int flags)
    {
        int answer = Note($"recvmsg {descriptor} {Of(message.Parts)} {flags} {(message.Control is null ? "null" : "room")}");
        Message(message);
        return answer;
    }

    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length)
    {
        int answer = Note($"getsockopt {descriptor} {level} {name} {length}");
        if (answer != 0 || Options(level, name) is not { } given) return answer == 0 ? -92 : answer;
        length = Math.Min(given.Length, value.Length);
        given.AsSpan(0, length).CopyTo(value);
        return 0;
    }

    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) =>
        Note($"setsockopt {descriptor} {level} {name} {(value is null ? "null" : Convert.ToHexString(value))} {length}");

    public int Control(int descriptor, int request, ref int value)
    {
        value = Value;
        return Note($"ioctl {descriptor} {request:x}");
    }

    public int FileControl(int descriptor, int command, int argument) => Note($"fcntl {descriptor} {command} {argument}");

    public int Poll(Span<PollPart> descriptors, int timeoutMilliseconds)
    {
        string asked = "";
        foreach (ref PollPart part in descriptors)
        {
            asked += $" {part.Descriptor}:{part.Events}";
            part.Returned = (short)Events;
        }

        return Note($"poll{asked} {timeoutMilliseconds}");
    }

    public int EpollCreate(int flags) => Note($"epoll_create1 {flags}");

    public int EpollControl(int epoll, int operation, int descriptor, EpollPart? part) =>
        Note($"epoll_ctl {epoll} {operation} {descriptor} {(part is { } wanted ? $"{wanted.Events:x}:{wanted.Data:x}" : "null")}");

    public int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds)
    {
        int answer = Note($"epoll_wait {epoll} {parts.Length} {timeoutMilliseconds}");
        if (answer > 0) parts[0] = new EpollPart { Events = Events, Data = Data };
        return answer;
    }

    public int Open(string path, int flags) => Note($"open {path} {flags}");

    public int Pipe(Span<int> descriptors)
    {
        (descriptors[0], descriptors[1]) = (70, 71);
        return Note("pipe");
    }

    public int SendFile(int output, int input, ref long? offset, int count) =>
        Note($"sendfile {output} {input} {(offset is null ? "null" : offset)} {count}");

    public int Splice(int input, int output, int count, int flags) => Note($"splice {input} {output} {count} {flags}");

    public int GetName(int descriptor, byte[] address, ref int length) => Note($"getsockname {descriptor}");

    private static string Of(MemoryPart memory) => memory.Octets is null ? $"null:{memory.Length}" : $"{memory.Octets.Length}:{memory.Length}";

    private static string Of(IReadOnlyList<MemoryPart> parts) => string.Join('+', parts.Select(Of));

    private int Note(string call)
    {
        Calls.Add(call);
        return Answers.TryDequeue(out int answer) ? answer : 0;
    }
}
