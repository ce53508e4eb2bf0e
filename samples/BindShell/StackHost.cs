using System.IO.Pipelines;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A stack of UserNet as a host for scripts: every call goes through its POSIX face, sockaddr and all.
/// </summary>
public sealed class StackHost : IScriptHost, IExplainingHost
{
    private const int Stream = 1, Peek = 0x2, Truncated = 0x20, DontWait = 0x40, NoSignal = 0x4000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.4);

    private readonly PosixProcess _process;
    private readonly HostAddressing _addressing;
    private readonly HostSettings _settings;
    private readonly HashSet<int> _streams = [];
    private readonly VirtualNetwork? _lab;

    /// <summary>A host with these addresses.</summary>
    /// <param name="addressing">Its addresses and routes.</param>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="lab">Whose clock and scheduler it goes by; null for the machine's.</param>
    public StackHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab = null)
    {
        _addressing = addressing;
        _lab = lab;
        Stack = new NetworkStack(new NetworkStackOptions
        {
            Personality = personality,
            Routes = addressing,
            Randomness = new Random(seed).NextBytes,
            TimeProvider = lab?.Clock ?? TimeProvider.System,
            Scheduler = lab?.Scheduler ?? PipeScheduler.ThreadPool,
        });
        _process = new PosixProcess(Stack);
        _settings = new HostSettings(Stack, addressing);
    }

    /// <summary>The stack.</summary>
    public NetworkStack Stack { get; }

    /// <summary>One more than the highest descriptor that was open.</summary>
    public int DescriptorEnd { get; private set; }

    /// <summary>The addresses and routes.</summary>
    public HostAddressing Addressing => _addressing;

    /// <inheritdoc/>
    public int Socket(int domain, int type) => Enter(_process.Socket(domain, type, 0), type == Stream);

    /// <inheritdoc/>
    public int Pipe() => Answer(_process.OpenNoSocket());

    /// <inheritdoc/>
    public int Close(int descriptor) => Answer(_process.Close(descriptor));

    /// <inheritdoc/>
    public int Bind(int descriptor, byte[]? address, int length) => Answer(_process.Bind(descriptor, address, length));

    /// <inheritdoc/>
    public int Listen(int descriptor, int backlog) => Answer(_process.Listen(descriptor, backlog));

    /// <inheritdoc/>
    public int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        // The hosts have one thread and a clock of their own, so nobody waits in a call: the second one says what the first would have.
        if (_streams.Contains(descriptor)) _process.SetNonBlocking(descriptor, true);
        int answer = Answer(_process.Connect(descriptor, address, length));
        // A call that waits does so again where one before it is still under way.
        if (answer != -(int)Errno.EINPROGRESS && !(waits && answer == -(int)Errno.EALREADY)) return answer;
        return waits && Poll(descriptor, toWrite: true) == 1 ? Answer(_process.Connect(descriptor, address, length)) : answer;
    }

    /// <inheritdoc/>
    public int Accept(int descriptor)
    {
        int none = 0;
        if (_streams.Contains(descriptor)) _process.SetNonBlocking(descriptor, true);
        return Enter(_process.Accept(descriptor, null, ref none), isStream: true);
    }

    /// <inheritdoc/>
    public int Poll(int descriptor, bool toWrite)
    {
        bool isReady = _lab is null
            ? IsReady(descriptor, toWrite) : _lab.RunUntil(() => IsReady(descriptor, toWrite), toWrite ? Patience : TimeSpan.Zero);
        return isReady ? 1 : 0;
    }

    /// <inheritdoc/>
    public int Shutdown(int descriptor, int how) => Answer(_process.Shutdown(descriptor, how));

    /// <inheritdoc/>
    public int Name(int descriptor, bool ofPeer, byte[] address, ref int length) => Answer(
        ofPeer
            ? _process.GetPeerName(descriptor, address, ref length)
            : _process.GetSockName(descriptor, address, ref length));

    /// <inheritdoc/>
    public int SetOption(int descriptor, int level, int name, byte[] value) =>
        Answer(_process.SetSockOpt(descriptor, level, name, value, value.Length));

    /// <inheritdoc/>
    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) =>
        Answer(_process.GetSockOpt(descriptor, level, name, value, ref length));

    /// <inheritdoc/>
    public int Send(int descriptor, byte[] octets, byte[]? address, int length) =>
        Answer(_process.SendTo(descriptor, octets, octets.Length, DontWait | NoSignal, address, length));

    /// <inheritdoc/>
    public int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length) =>
        Answer(_process.RecvFrom(
            descriptor, octets, octets.Length, DontWait | (_streams.Contains(descriptor) ? 0 : Truncated) | (peeks ? Peek : 0), address, ref length));

    /// <inheritdoc/>
    public int ChangeOwner(int descriptor, uint uid) => Answer(_process.FChown(descriptor, uid));

    /// <inheritdoc/>
    public void BecomeUser(uint uid) => _process.Credentials = uid == 0 ? Caller.Root : Caller.User(uid);

    /// <inheritdoc/>
    /// <exception cref="FormatException">The command is not understood.</exception>
    public int Ip(string command)
    {
        try
        {
            Stack.Configure(_ => IpCommand.Run(_addressing, command));
            return 0;
        }
        catch (ArgumentException)
        {
            return -(int)Errno.EINVAL;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="FormatException">There is no such setting, or the value is not one of its values.</exception>
    public int Sysctl(string key, string value) => _settings.Change(key, value);

    /// <inheritdoc/>
    public uint IndexOf(string name) => _addressing.IndexOf(name);

    /// <inheritdoc/>
    public string? NameOf(uint index) => _addressing.NameOf(index);

    /// <inheritdoc/>
    public string ExplainBind(int descriptor, byte[] address, int length) =>
        _process.SocketOf(descriptor)?.ExplainBind(Endpoints.Read(address, length), _process.Credentials).Message
        ?? "the descriptor names no socket.";

    /// <inheritdoc/>
    public string ExplainListen(int descriptor) =>
        _process.SocketOf(descriptor)?.ExplainListen().Message ?? "the descriptor names no socket.";

    /// <inheritdoc/>
    public string? ExplainConnect(int descriptor, byte[] address, int length)
    {
        // A refused connect of a datagram socket is refused again, and the .NET face says why.
        if (_process.SocketOf(descriptor) is not { SocketType: System.Net.Sockets.SocketType.Dgram } socket)
            return null;
        try
        {
            socket.Connect(Endpoints.Read(address, length));
            return null;
        }
        catch (NetworkException refusal)
        {
            return refusal.Message;
        }
    }

    /// <inheritdoc/>
    public string Snapshot() => Stack.Snapshot().ToString();

    /// <summary>The socket that a descriptor names, or null.</summary>
    public NetworkSocket? SocketOf(int descriptor) => _process.SocketOf(descriptor);

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Dispose();
        Stack.Dispose();
    }

    private bool IsReady(int descriptor, bool toWrite) =>
        _process.Poll(descriptor, toWrite ? PosixProcess.PollOut : PosixProcess.PollIn) != 0;

    private int Enter(int descriptor, bool isStream)
    {
        if (descriptor < 0) return Answer(descriptor);
        DescriptorEnd = Math.Max(DescriptorEnd, descriptor + 1);
        if (isStream) _streams.Add(descriptor);
        else _streams.Remove(descriptor);
        return descriptor;
    }

    private int Answer(int result) => result >= 0 ? result : -(int)_process.Error;
}
