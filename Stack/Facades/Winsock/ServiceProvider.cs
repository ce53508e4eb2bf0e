using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

/// <summary>
/// A transport service provider over a stack, as it is loaded into one process: what lies below ws2_32, and answers its calls by the procedures
/// of ws2spi.h.
/// </summary>
/// <remarks>
/// One object per process that is modelled; any number of them may stand on one stack. The calls of one thread are answered
/// WSAEINPROGRESS while a callback of that thread runs. Any thread.
/// </remarks>
public sealed class ServiceProvider : IDisposable
{
    /// <summary>The version of the interface: 2.2.</summary>
    public const ushort Version = 0x0202;

    private const int NoMajor = 0, OldMajor = 1;

    private readonly Lock _gate = new();
    private readonly ThreadLocal<int> _callbacks = new();
    private int _startups;
    private WspProcTable? _table;
    private volatile bool _networkHasFailed;

    /// <summary>A provider over a stack.</summary>
    /// <param name="stack">The stack; <see cref="Personality.Windows"/> is its natural personality, and any other will do.</param>
    /// <param name="caller">Whose process it is; null for the stack's caller.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stack"/> is null.</exception>
    public ServiceProvider(NetworkStack stack, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(stack);
        Stack = stack;
        Caller = caller ?? stack.Caller;
    }

    /// <summary>The stack.</summary>
    public NetworkStack Stack { get; }

    /// <summary>Whose process it is: sockets of different users do not share what those of one user do.</summary>
    public Caller Caller { get; }

    /// <summary>
    /// The network subsystem has failed: every procedure answers WSAENETDOWN, and WSAStartup WSASYSNOTREADY, until it is set to false. For rigs.
    /// </summary>
    public bool NetworkHasFailed
    {
        get => _networkHasFailed;
        set => _networkHasFailed = value;
    }

    /// <summary>
    /// A WSPBind that the other socket's options or owner forbid is answered WSAEADDRINUSE instead of WSAEACCES, which the page of
    /// WSPBind for Windows Embedded Compact 2013 does not have.
    /// </summary>
    public bool AnswersDenialAsInUse { get; set; }

    /// <summary>How many sockets the process may have open.</summary>
    public int SocketLimit
    {
        get => Handles.Limit;
        set => Handles.Limit = value;
    }

    /// <summary>How many sockets the process has open.</summary>
    public int SocketCount => Handles.Count;

    /// <summary>The socket that a handle names, or null: a door from this face to the .NET one.</summary>
    public Sockets.NetworkSocket? SocketOf(SOCKET s) => Handles.Find(s)?.Socket;

    internal SocketHandles Handles { get; } = new();

    /// <summary>True while a callback of the calling thread runs.</summary>
    internal bool IsInCallback => _callbacks.Value > 0;

    internal bool IsStarted => Volatile.Read(ref _startups) > 0;

    /// <summary>int WSPStartup(WORD wVersionRequested, LPWSPDATA lpWSPData, ..., LPWSPPROC_TABLE lpProcTable): counted.</summary>
    /// <param name="wVersionRequested">The highest version of the interface that the caller can use.</param>
    /// <param name="lpWSPData">What is told.</param>
    /// <param name="lpProcTable">The procedures; null where the call fails.</param>
    /// <returns>Success, WSAVERNOTSUPPORTED (below 2.0), WSASYSNOTREADY (the network subsystem has failed), WSAEINPROGRESS (a callback runs).</returns>
    public WsaError WSPStartup(ushort wVersionRequested, out WSPDATA lpWSPData, out WspProcTable? lpProcTable)
    {
        lpWSPData = new WSPDATA(Version, Version, "UserNet service provider");
        lpProcTable = null;
        if (NetworkHasFailed) return WsaError.WSASYSNOTREADY;
        if (IsInCallback) return WsaError.WSAEINPROGRESS;
        if (Winsock2.LOBYTE(wVersionRequested) is NoMajor or OldMajor) return WsaError.WSAVERNOTSUPPORTED;
        lock (_gate)
        {
            _startups++;
            lpProcTable = _table ??= new WspProcTable(this);
        }

        return WsaError.Success;
    }

    /// <summary>Ends the process: its sockets are closed as the last WSPCleanup closes them.</summary>
    public void Dispose()
    {
        lock (_gate) _startups = 0;
        CloseAll();
        _callbacks.Dispose();
    }

    /// <summary>Takes one WSPStartup back; the last closes all sockets, by resets.</summary>
    internal bool TryCleanUp()
    {
        lock (_gate)
        {
            if (_startups == 0) return false;
            if (--_startups > 0) return true;
        }

        CloseAll();
        return true;
    }

    /// <summary>Runs a callback on the calling thread, outside the stack's gate.</summary>
    internal T RunCallback<T>(Func<T> callback)
    {
        _callbacks.Value++;
        try
        {
            return callback();
        }
        finally
        {
            _callbacks.Value--;
        }
    }

    private void CloseAll()
    {
        foreach (WinsockSocket socket in Handles.Clear()) socket.Close(byReset: true);
    }
}
