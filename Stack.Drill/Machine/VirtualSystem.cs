using UserNet.Facades.Posix;

namespace UserNet.Drill.Machine;

/// <summary>The calls of a virtual machine.</summary>
internal sealed class VirtualSystem(PosixProcess process) : ISystem
{
    private readonly PosixProcess _process = process;

    public int Socket(int domain, int type, int protocol) => throw Missing();

    public int Bind(int descriptor, byte[] address) => throw Missing();

    public int Connect(int descriptor, byte[] address) => throw Missing();

    public int Listen(int descriptor, int backlog) => throw Missing();

    public int Accept(int descriptor, int flags) => throw Missing();

    public int Close(int descriptor) => throw Missing();

    public int Shutdown(int descriptor, int how) => throw Missing();

    public int Read(int descriptor, MemoryPart memory) => throw Missing();

    public int Write(int descriptor, MemoryPart memory) => throw Missing();

    public int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts) => throw Missing();

    public int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts) => throw Missing();

    public int Receive(int descriptor, MemoryPart memory, int flags) => throw Missing();

    public int Send(int descriptor, MemoryPart memory, int flags, byte[]? address) => throw Missing();

    public int SendMessage(int descriptor, MessageParts message, int flags) => throw Missing();

    public int ReceiveMessage(int descriptor, MessageParts message, int flags) => throw Missing();

    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) => throw Missing();

    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) => throw Missing();

    public int Control(int descriptor, int request, ref int value) => throw Missing();

    public int FileControl(int descriptor, int command, int argument) => throw Missing();

    public int Poll(Span<PollPart> descriptors, int timeoutMilliseconds) => throw Missing();

    public int EpollCreate(int flags) => throw Missing();

    public int EpollControl(int epoll, int operation, int descriptor, EpollPart? part) => throw Missing();

    public int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds) => throw Missing();

    public int Open(string path, int flags) => throw Missing();

    public int Pipe(Span<int> descriptors) => throw Missing();

    public int SendFile(int output, int input, ref long offset, int count) => throw Missing();

    public int Splice(int input, int output, int count, int flags) => throw Missing();

    public int GetName(int descriptor, byte[] address, ref int length) => throw Missing();

    private NotSupportedException Missing() => new($"{_process} does not do that.");
}
