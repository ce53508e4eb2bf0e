using System.IO.Pipelines;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>A stack of UserNet as a host for scripts: what it is, whichever face the calls go through.</summary>
/// <remarks>Numbers in a script (families, options) are Linux's; a face with others translates them.</remarks>
public abstract class FaceHost : IScriptHost, IExplainingHost
{
    private const int LastErrno = 200;      // commands and settings answer by errno on every face

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.4);

    private readonly HostSettings _settings;

    /// <summary>A host with these addresses.</summary>
    /// <param name="addressing">Its addresses and routes.</param>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="lab">Whose clock and scheduler it goes by; null for the machine's.</param>
    protected FaceHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab)
    {
        Addressing = addressing;
        Lab = lab;
        Stack = new NetworkStack(new NetworkStackOptions
        {
            Personality = personality,
            Routes = addressing,
            Randomness = new Random(seed).NextBytes,
            TimeProvider = lab?.Clock ?? TimeProvider.System,
            Scheduler = lab?.Scheduler ?? PipeScheduler.ThreadPool,
        });
        _settings = new HostSettings(Stack, addressing);
    }

    /// <summary>The stack.</summary>
    public NetworkStack Stack { get; }

    /// <summary>The addresses and routes.</summary>
    public HostAddressing Addressing { get; }

    /// <summary>One more than the highest descriptor that was open.</summary>
    public int DescriptorEnd { get; protected set; }

    /// <summary>What runs time, or null where the machine does.</summary>
    protected VirtualNetwork? Lab { get; }

    /// <summary>Whose calls follow.</summary>
    protected Caller Caller { get; private set; } = Caller.Root;

    /// <inheritdoc/>
    public abstract int Socket(int domain, int type);

    /// <inheritdoc/>
    public abstract int Pipe();

    /// <inheritdoc/>
    public abstract int Close(int descriptor);

    /// <inheritdoc/>
    public abstract int Bind(int descriptor, byte[]? address, int length);

    /// <inheritdoc/>
    public abstract int Listen(int descriptor, int backlog);

    /// <inheritdoc/>
    public abstract int Connect(int descriptor, byte[] address, int length, bool waits);

    /// <inheritdoc/>
    public abstract int Accept(int descriptor);

    /// <inheritdoc/>
    public virtual int Poll(int descriptor, bool toWrite) =>
        WaitUntil(() => IsReady(descriptor, toWrite), toWrite ? Patience : TimeSpan.Zero) ? 1 : 0;

    /// <inheritdoc/>
    public abstract int Shutdown(int descriptor, int how);

    /// <inheritdoc/>
    public abstract int Name(int descriptor, bool ofPeer, byte[] address, ref int length);

    /// <inheritdoc/>
    public abstract int SetOption(int descriptor, int level, int name, byte[] value);

    /// <inheritdoc/>
    public abstract int GetOption(int descriptor, int level, int name, byte[] value, ref int length);

    /// <inheritdoc/>
    public abstract int Send(int descriptor, byte[] octets, byte[]? address, int length);

    /// <inheritdoc/>
    public abstract int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length);

    /// <inheritdoc/>
    public abstract int ChangeOwner(int descriptor, uint uid);

    /// <inheritdoc/>
    public virtual void BecomeUser(uint uid) => Caller = uid == 0 ? Caller.Root : Caller.User(uid);

    /// <inheritdoc/>
    /// <exception cref="FormatException">The command is not understood.</exception>
    public int Ip(string command)
    {
        try
        {
            Stack.Configure(_ => IpCommand.Run(Addressing, command));
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
    public uint IndexOf(string name) => Addressing.IndexOf(name);

    /// <inheritdoc/>
    public string? NameOf(uint index) => Addressing.NameOf(index);

    /// <inheritdoc/>
    public string CodeOf(int answer) =>
        answer == IScriptHost.Absent || -answer is > 0 and <= LastErrno ? IScriptHost.ErrnoOf(answer) : NameOfCode(answer);

    /// <inheritdoc/>
    public virtual bool IsUnderWay(int answer) => answer == -(int)Errno.EINPROGRESS;

    /// <inheritdoc/>
    public virtual int AnswerOfError(int number) => -number;

    /// <inheritdoc/>
    public string ExplainBind(int descriptor, byte[] address, int length) =>
        SocketOf(descriptor)?.ExplainBind(Endpoints.Read(address, length), Caller).Message ?? "the descriptor names no socket.";

    /// <inheritdoc/>
    public string ExplainListen(int descriptor) => SocketOf(descriptor)?.ExplainListen().Message ?? "the descriptor names no socket.";

    /// <inheritdoc/>
    public string? ExplainConnect(int descriptor, byte[] address, int length)
    {
        // A refused connect of a datagram socket is refused again, and the .NET face says why.
        if (SocketOf(descriptor) is not { SocketType: System.Net.Sockets.SocketType.Dgram } socket) return null;
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
    public abstract NetworkSocket? SocketOf(int descriptor);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Stack.Dispose();
    }

    /// <summary>The name of an error of the face.</summary>
    protected virtual string NameOfCode(int answer) => IScriptHost.ErrnoOf(answer);

    /// <summary>Whether a socket can be read from, or written to, at once.</summary>
    protected abstract bool IsReady(int descriptor, bool toWrite);

    /// <summary>Has time pass until something is so; without a clock of its own it only looks.</summary>
    protected bool WaitUntil(Func<bool> condition, TimeSpan limit) => Lab is null ? condition() : Lab.RunUntil(condition, limit);

    /// <summary>The same, for as long as a script waits.</summary>
    protected bool WaitUntil(Func<bool> condition) => WaitUntil(condition, Patience);
}
