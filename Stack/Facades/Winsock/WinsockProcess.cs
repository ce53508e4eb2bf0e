using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

/// <summary>A process that uses Winsock: ws2_32 over one service provider, by the names and shapes of winsock2.h.</summary>
/// <remarks>
/// <para>
/// Every call but WSAStartup answers SOCKET_ERROR, INVALID_SOCKET or false when it fails, and keeps the error for the calling thread:
/// <see cref="WSAGetLastError"/>. A call that succeeds leaves that alone. Every call is answered WSANOTINITIALISED before WSAStartup was called.
/// What else each is answered is said at the provider's procedure that it goes to, in <see cref="WspProcTable"/>.
/// </para>
/// <para>
/// Memory is a span: nothing, or less than the length beside it says, is memory that can't be read (WSAEFAULT). Any thread; calls that wait do so in
/// the stack's time.
/// </para>
/// </remarks>
public sealed partial class WinsockProcess : IDisposable
{
    private const int OldestMajor = 1, NewestMajor = 2, NewestMinor = 2, LastMinorOfOne = 1;

    private readonly Lock _gate = new();
    private readonly ThreadLocal<WsaError> _lastError = new();
    private readonly bool _ownsProvider;
    private int _startups;
    private volatile WspProcTable? _table;

    /// <summary>A process of a host.</summary>
    /// <param name="stack">The host; <see cref="Personality.Windows"/> is the natural personality, and any other will do.</param>
    /// <param name="caller">Whose process it is; null for the stack's caller.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stack"/> is null.</exception>
    public WinsockProcess(NetworkStack stack, Caller? caller = null) : this(new ServiceProvider(stack, caller)) => _ownsProvider = true;

    /// <summary>A process over a provider that the caller keeps.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="provider"/> is null.</exception>
    public WinsockProcess(ServiceProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        Provider = provider;
    }

    /// <summary>The provider below.</summary>
    public ServiceProvider Provider { get; }

    /// <summary>int WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData): as often as one likes, and WSACleanup as often again.</summary>
    /// <param name="wVersionRequested">The highest version that the caller can use: major number in the low octet, minor in the high.</param>
    /// <param name="lpWSAData">The version that is used: that one, or 2.2 if it is higher, or 1.1 of a 1 with a higher minor number.</param>
    /// <returns>The error itself: WSASYSNOTREADY (the network subsystem has failed), WSAVERNOTSUPPORTED (below 1.0), WSAEINPROGRESS (a callback runs).</returns>
    public WsaError WSAStartup(ushort wVersionRequested, out WSADATA lpWSAData)
    {
        byte major = Winsock2.LOBYTE(wVersionRequested), minor = Winsock2.HIBYTE(wVersionRequested);
        ushort newest = Winsock2.MAKEWORD(NewestMajor, NewestMinor);
        ushort version = major > NewestMajor || (major == NewestMajor && minor > NewestMinor) ? newest
            : major == OldestMajor && minor > LastMinorOfOne ? Winsock2.MAKEWORD(OldestMajor, LastMinorOfOne) : wVersionRequested;
        lpWSAData = new WSADATA(major < OldestMajor ? newest : version, newest, "UserNet Winsock 2.0", "Running");
        if (Provider.NetworkHasFailed) return WsaError.WSASYSNOTREADY;
        if (_startups > 0 && Provider.IsInCallback) return WsaError.WSAEINPROGRESS;
        if (major < OldestMajor) return WsaError.WSAVERNOTSUPPORTED;
        lock (_gate)
        {
            if (_startups == 0)
            {
                WsaError error = Provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
                if (error != WsaError.Success) return error;
                _table = table;
            }

            _startups++;
        }

        return WsaError.Success;
    }

    /// <summary>int WSACleanup(void): the last one that goes with a WSAStartup closes all sockets, by resets.</summary>
    /// <remarks>WSANOTINITIALISED (more of them than WSAStartup), WSAENETDOWN, WSAEINPROGRESS (a callback runs).</remarks>
    public int WSACleanup()
    {
        WsaError error = WsaError.WSANOTINITIALISED;
        lock (_gate)
        {
            if (_table is { } table)
            {
                if (Provider.NetworkHasFailed) return Fail(WsaError.WSAENETDOWN);
                if (Provider.IsInCallback) return Fail(WsaError.WSAEINPROGRESS);
                if (--_startups > 0) return 0;
                _table = null;
                error = WsaError.Success;
                table.WSPCleanup(ref error);
            }
        }

        return error == WsaError.Success ? 0 : Fail(error);
    }

    /// <summary>int WSAGetLastError(void): why the calling thread's last call that failed did.</summary>
    /// <remarks>May be called before WSAStartup, and in callbacks.</remarks>
    public WsaError WSAGetLastError() => _lastError.Value;

    /// <summary>void WSASetLastError(int iError), of the calling thread.</summary>
    public void WSASetLastError(WsaError iError) => _lastError.Value = iError;

    /// <summary>Ends the process: its sockets are closed, by resets, and calls of it are answered WSANOTINITIALISED or by ObjectDisposedException.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            WsaError ignored = WsaError.Success;
            if (_table is { } table && !_ownsProvider) table.WSPCleanup(ref ignored);
            _table = null;
            _startups = 0;
        }

        if (_ownsProvider) Provider.Dispose();
        _lastError.Dispose();
    }

    private WspProcTable? Table
    {
        get
        {
            if (_table is { } table) return table;
            _lastError.Value = WsaError.WSANOTINITIALISED;
            return null;
        }
    }

    private int Fail(WsaError error)
    {
        _lastError.Value = error;
        return Winsock2.SOCKET_ERROR;
    }

    /// <summary>Keeps a procedure's error, if it failed.</summary>
    private int Answer(int result, WsaError error)
    {
        if (result == Winsock2.SOCKET_ERROR) _lastError.Value = error;
        return result;
    }

    private SOCKET Answer(SOCKET result, WsaError error)
    {
        if (result == SOCKET.Invalid) _lastError.Value = error;
        return result;
    }

    private bool Answer(bool result, WsaError error)
    {
        if (!result) _lastError.Value = error;
        return result;
    }
}
