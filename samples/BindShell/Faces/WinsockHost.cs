using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A host whose calls go through Winsock, or through the service provider below it; answers are the codes of both.
/// </summary>
/// <remarks>Each user is a process of its own.</remarks>
public sealed class WinsockHost : WindowsFaceHost
{
    private readonly Dictionary<uint, WinsockCalls> _processes = [];
    private readonly List<(SOCKET Handle, WinsockCalls Calls)> _sockets = [];
    private readonly bool _isProvider;

    /// <summary>A host with these addresses.</summary>
    /// <param name="isProvider">Whether calls go to the provider's procedures.</param>
    /// <param name="addressing">Its addresses and routes.</param>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="lab">Whose clock and scheduler it goes by; null for the machine's.</param>
    public WinsockHost(bool isProvider, HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab = null)
        : base(addressing, personality, seed, lab) => _isProvider = isProvider;

    /// <inheritdoc/>
    public override int Socket(int domain, int type)
    {
        WinsockCalls process = Process();
        int answer = process.Open(FamilyOf(domain), type, out SOCKET handle);
        return answer < 0 ? answer : Add(handle, process);
    }

    /// <inheritdoc/>
    public override int Pipe() => Add(SOCKET.Invalid, Process());      // a handle of something else

    /// <inheritdoc/>
    public override int Close(int descriptor) => CallsOf(descriptor, out SOCKET s).Close(s);

    /// <inheritdoc/>
    public override int Bind(int descriptor, byte[]? address, int length) => CallsOf(descriptor, out SOCKET s).Bind(s, ToWindows(address), length);

    /// <inheritdoc/>
    public override int Listen(int descriptor, int backlog) => CallsOf(descriptor, out SOCKET s).Listen(s, backlog);

    /// <inheritdoc/>
    public override int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        int answer = CallsOf(descriptor, out SOCKET s).Connect(s, ToWindows(address), length);
        if (!waits || !IsUnderWay(answer) || Poll(descriptor, toWrite: true) == 0) return answer;
        byte[] value = new byte[sizeof(int)];
        int size = value.Length;
        int read = GetOption(descriptor, RawOptionLevel.Socket, RawOption.Error, value, ref size);
        return read < 0 ? read : -BitConverter.ToInt32(value);
    }

    /// <inheritdoc/>
    public override int Accept(int descriptor)
    {
        WinsockCalls calls = CallsOf(descriptor, out SOCKET s);
        int answer = calls.Accept(s, out SOCKET accepted);
        return answer < 0 ? answer : Add(accepted, calls);
    }

    /// <inheritdoc/>
    public override int Shutdown(int descriptor, int how) => CallsOf(descriptor, out SOCKET s).Shutdown(s, how);

    /// <inheritdoc/>
    public override int Name(int descriptor, bool ofPeer, byte[] address, ref int length)
    {
        int answer = CallsOf(descriptor, out SOCKET s).Name(s, ofPeer, address, ref length);
        if (answer >= 0) FromWindows(address);
        return answer;
    }

    /// <inheritdoc/>
    public override int SetOption(int descriptor, int level, int name, byte[] value)
    {
        (level, name, value) = OptionOf(level, name, value);
        return CallsOf(descriptor, out SOCKET s).SetOption(s, level, name, value);
    }

    /// <inheritdoc/>
    public override int GetOption(int descriptor, int level, int name, byte[] value, ref int length)
    {
        if (TryReadState(descriptor, level, name, value, ref length)) return 0;
        (level, name, _) = OptionOf(level, name, value);
        return CallsOf(descriptor, out SOCKET s).GetOption(s, level, name, value, ref length);
    }

    /// <inheritdoc/>
    public override int Send(int descriptor, byte[] octets, byte[]? address, int length) =>
        CallsOf(descriptor, out SOCKET s).Send(s, octets, ToWindows(address), length);

    /// <inheritdoc/>
    public override int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length)
    {
        bool isStream = SocketOf(descriptor) is { SocketType: SocketType.Stream };
        int answer = CallsOf(descriptor, out SOCKET s).Receive(s, octets, peeks ? Winsock2.MSG_PEEK : 0, isStream ? null : address, ref length);
        if (isStream) length = 0;      // a stream does not say from whom
        else if (answer >= 0) FromWindows(address);
        return answer;
    }

    /// <inheritdoc/>
    public override int ChangeOwner(int descriptor, uint uid) => IScriptHost.Absent;

    /// <inheritdoc/>
    public override bool IsUnderWay(int answer) => answer == -(int)WsaError.WSAEWOULDBLOCK;

    /// <inheritdoc/>
    public override NetworkSocket? SocketOf(int descriptor) => CallsOf(descriptor, out SOCKET s).SocketOf(s);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (WinsockCalls process in _processes.Values) process.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override string NameOfCode(int answer) => ((WsaError)(-answer)).ToString();

    /// <inheritdoc/>
    protected override bool IsReady(int descriptor, bool toWrite) =>
        CallsOf(descriptor, out SOCKET s).IsReady(s, toWrite ? Winsock2.POLLOUT : Winsock2.POLLIN);

    private WinsockCalls Process()
    {
        if (!_processes.TryGetValue(Caller.Uid, out WinsockCalls? calls))
            _processes[Caller.Uid] = calls = _isProvider ? new ProviderCalls(Stack, Caller) : new ProcessCalls(Stack, Caller);
        return calls;
    }

    private int Add(SOCKET handle, WinsockCalls calls)
    {
        _sockets.Add((handle, calls));
        DescriptorEnd = _sockets.Count;
        return _sockets.Count - 1;
    }

    /// <summary>The calls of the process that a socket belongs to, and its handle there; a descriptor of nothing has none.</summary>
    private WinsockCalls CallsOf(int descriptor, out SOCKET handle)
    {
        bool isKnown = descriptor < _sockets.Count;
        handle = isKnown ? _sockets[descriptor].Handle : SOCKET.Invalid;
        return isKnown ? _sockets[descriptor].Calls : Process();
    }
}
