namespace UserNet.Drill.Machine;

/// <summary>One part of what a call reads or writes; null octets stand for a null pointer.</summary>
/// <param name="Octets">The memory, or null.</param>
/// <param name="Length">The length that the call is told.</param>
internal readonly record struct MemoryPart(byte[]? Octets, int Length);

/// <summary>struct msghdr: what sendmsg and recvmsg are told, and what they tell.</summary>
internal sealed class MessageParts
{
    /// <summary>msg_name; null for none.</summary>
    public byte[]? Name { get; set; }

    /// <summary>msg_iov.</summary>
    public IReadOnlyList<MemoryPart> Parts { get; set; } = [];

    /// <summary>msg_control; null for none. What recvmsg filled in is cut to its length.</summary>
    public byte[]? Control { get; set; }

    /// <summary>msg_flags as recvmsg tells them.</summary>
    public int Flags { get; set; }
}

/// <summary>struct pollfd.</summary>
internal struct PollPart
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

/// <summary>struct epoll_event.</summary>
internal struct EpollPart
{
    public uint Events;
    public ulong Data;
}

/// <summary>The calls of a POSIX system, as little as scripts need. Answers are the system's: 0 or more, or minus an errno of Linux's numbers.</summary>
/// <remarks>
/// Addresses, options, messages and struct tcp_info are laid out as on Linux, on any profile; options that FreeBSD alone has are those of
/// <see cref="Calls.FreeBsdOptions"/>. Times in control messages are counted from when the machine's clock started. Something that a
/// system does not do is an <see cref="Language.UnsupportedException"/>, whose place is not known here.
/// </remarks>
internal interface ISystem
{
    int Socket(int domain, int type, int protocol);

    int Bind(int descriptor, byte[] address);

    int Connect(int descriptor, byte[] address);

    int Listen(int descriptor, int backlog);

    int Accept(int descriptor, int flags);

    int Close(int descriptor);

    int Shutdown(int descriptor, int how);

    int Read(int descriptor, MemoryPart memory);

    int Write(int descriptor, MemoryPart memory);

    int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts);

    int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts);

    int Receive(int descriptor, MemoryPart memory, int flags);

    /// <summary>send, or sendto with an address that is not null.</summary>
    int Send(int descriptor, MemoryPart memory, int flags, byte[]? address);

    int SendMessage(int descriptor, MessageParts message, int flags);

    int ReceiveMessage(int descriptor, MessageParts message, int flags);

    int GetOption(int descriptor, int level, int name, byte[] value, ref int length);

    int SetOption(int descriptor, int level, int name, byte[]? value, int length);

    int Control(int descriptor, int request, ref int value);

    int FileControl(int descriptor, int command, int argument);

    int Poll(Span<PollPart> descriptors, int timeoutMilliseconds);

    int EpollCreate(int flags);

    int EpollControl(int epoll, int operation, int descriptor, EpollPart? part);

    int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds);

    int Open(string path, int flags);

    int Pipe(Span<int> descriptors);

    /// <summary>sendfile; without an offset from where the file stands, which then moves.</summary>
    int SendFile(int output, int input, ref long? offset, int count);

    int Splice(int input, int output, int count, int flags);

    /// <summary>getsockname as octets of a sockaddr.</summary>
    int GetName(int descriptor, byte[] address, ref int length);
}
