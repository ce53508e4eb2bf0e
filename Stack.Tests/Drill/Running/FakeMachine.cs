using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Drill.Running;
using UserNet.Wire;

namespace UserNet.Tests.Drill.Running;

/// <summary>A machine without a stack: what happens on it, and when, is what the test says.</summary>
internal sealed class FakeMachine(ScriptSettings settings) : IMachine
{
    private readonly SortedList<(long Time, int Order), Action> _happenings = [];
    private readonly Queue<SentPacket> _sent = new();

    public List<string> Journal { get; } = [];

    public DrillAddresses Addresses => settings.Addresses;

    public ISystem System => Calls;

    public FakeSystem Calls { get; } = new();

    public long Now { get; private set; }

    public bool IsLive { get; init; }

    public Action<Func<bool>>? Meanwhile { get; set; }

    /// <summary>What a command says; null for success.</summary>
    public Func<string, string?> Shell { get; set; } = static _ => null;

    /// <summary>The segments that came in.</summary>
    public List<byte[]> Injected { get; } = [];


    /// <summary>Something happens at a time.</summary>
    public FakeMachine At(double seconds, Action happening)
    {
        _happenings.Add(((long)Math.Round(seconds * 1_000_000), _happenings.Count), happening);
        return this;
    }

    /// <summary>The stack sends a segment at a time.</summary>
    public FakeMachine Sends(double seconds, Live live) => At(seconds, () => _sent.Enqueue(new SentPacket(live.Octets(), Now)));

    public void StartClock() => Journal.Add("start");

    public void WaitUntil(long time, Func<bool> isOver)
    {
        while (!isOver())
        {
            if (HappensBy(time)) continue;
            Now = Math.Max(Now, time);
            return;
        }
    }

    public bool TryTake(long until, Func<bool> isOver, out SentPacket packet)
    {
        while (!_sent.TryDequeue(out packet))
        {
            if (isOver()) return false;
            if (HappensBy(until)) continue;
            if (until != long.MaxValue) Now = Math.Max(Now, until);
            return false;
        }
        return true;
    }

    public void Inject(ReadOnlySpan<byte> packet) => Injected.Add(packet.ToArray());

    public string? Run(CommandText command)
    {
        Journal.Add(command.Text);
        return Shell(command.Text);
    }

    public void End() => Journal.Add("end");

    public void Dispose() => Journal.Add("dispose");

    /// <summary>A call waits until something holds.</summary>
    public void WaitFor(Func<bool> condition)
    {
        while (!condition()) Meanwhile!(condition);
    }

    private bool HappensBy(long time)
    {
        if (_happenings.Count == 0 || _happenings.Keys[0].Time > time) return false;
        Now = Math.Max(Now, _happenings.Keys[0].Time);
        Action happening = _happenings.Values[0];
        _happenings.RemoveAt(0);
        happening();
        return true;
    }
}

/// <summary>Calls whose answers the test gives.</summary>
internal sealed class FakeSystem : ISystem
{
    public Func<int, MemoryPart, int> OnRead { get; set; } = static (_, part) => part.Length;

    public int Socket(int domain, int type, int protocol) => 70;
    public int Read(int descriptor, MemoryPart memory) => OnRead(descriptor, memory);
    public int Write(int descriptor, MemoryPart memory) => memory.Length;
    public int Bind(int descriptor, byte[] address) => 0;
    public int Connect(int descriptor, byte[] address) => 0;
    public int Listen(int descriptor, int backlog) => 0;
    public int Accept(int descriptor, int flags) => 71;
    public int Close(int descriptor) => 0;
    public int Shutdown(int descriptor, int how) => 0;
    public int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts) => throw new NotSupportedException();
    public int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts) => throw new NotSupportedException();
    public int Receive(int descriptor, MemoryPart memory, int flags) => throw new NotSupportedException();
    public int Send(int descriptor, MemoryPart memory, int flags, byte[]? address) => throw new NotSupportedException();
    public int SendMessage(int descriptor, MessageParts message, int flags) => throw new NotSupportedException();
    public int ReceiveMessage(int descriptor, MessageParts message, int flags) => throw new NotSupportedException();
    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) => 0;
    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) => throw new NotSupportedException();
    public int Control(int descriptor, int request, ref int value) => throw new NotSupportedException();
    public int FileControl(int descriptor, int command, int argument) => throw new NotSupportedException();
    public int Poll(Span<PollPart> descriptors, int timeoutMilliseconds) => throw new NotSupportedException();
    public int EpollCreate(int flags) => throw new NotSupportedException();
    public int EpollControl(int epoll, int operation, int descriptor, EpollPart? part) => throw new NotSupportedException();
    public int EpollWait(int epoll, Span<EpollPart> parts, int timeoutMilliseconds) => throw new NotSupportedException();
    public int Open(string path, int flags) => throw new NotSupportedException();
    public int Pipe(Span<int> descriptors) => throw new NotSupportedException();
    public int SendFile(int output, int input, ref long? offset, int count) => throw new NotSupportedException();
    public int Splice(int input, int output, int count, int flags) => throw new NotSupportedException();
    public int GetName(int descriptor, byte[] address, ref int length) => throw new NotSupportedException();
}
