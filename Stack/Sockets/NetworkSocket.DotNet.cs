using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// What .NET's own sockets add to those of the system: on Unix to resemble Windows, on Windows nothing.
public sealed partial class NetworkSocket
{
    private Remembered? _remembered;    // made when there is something to remember: most of a million sockets have nothing
    private bool _wasAccepted;          // and so shows its peer, though that may be gone
    private bool _addsForUnix;          // opened by CreateSocket where the host is no Windows
    private bool _isConnected;          // as the last call told: the peer may have gone
    private bool _connectsMeanwhile;    // a connect that did not wait, and nobody has looked yet how it ended

    /// <summary>True once the socket was bound, connected or sent from by its own calls; a listen that binds on the way does not count, as in .NET.</summary>
    public bool IsBound => _wasNamed;

    /// <summary>
    /// True when the socket had a peer at its last call: it stays so when the peer goes, until a call fails, and is false after
    /// <see cref="Shutdown"/>, whichever direction. <see cref="PeerName"/> tells how it is now.
    /// </summary>
    public bool Connected
    {
        get
        {
            using (_core.Enter()) return IsConnectedNow();
        }
    }

    /// <summary>The local endpoint: null before bind, and then what was shown first until the socket connects or disconnects.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public IPEndPoint? LocalEndPoint
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                LookAtConnect();
                return _wasNamed ? Memory.Local ??= _binding.LocalEndpoint.ToIPEndPoint() : null;
            }
        }
    }

    /// <summary>The remote endpoint: null while unconnected, and then what was shown first until the socket disconnects.</summary>
    /// <exception cref="NetworkException">NotConnected (the peer is gone before it was looked at).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public IPEndPoint? RemoteEndPoint
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                if (_remembered is { Remote: { } shown }) return shown;
                if (_wasAccepted && _binding.RemoteEndpoint is { } peer) return Memory.Remote = peer.ToIPEndPoint();
                if (!IsConnectedNow() || !_wasNamed) return null;
            }

            return Memory.Remote = (PeerName ?? throw Remember(Failure(TransferResult.Failed(Errno.ENOTCONN), "get the peer's name"))).ToIPEndPoint();
        }
    }

    /// <summary>Whether the host is as .NET's sockets know it on Windows; else as they know it on Unix.</summary>
    private bool IsWindows => _core.Engine.Table.Personality.HasExclusive;

    /// <summary>An accepted socket knows its peer from then on: it is kept when the connection goes. Gate held.</summary>
    internal void KeepPeer()
    {
        if (_wasAccepted) Memory.Remote ??= _binding.RemoteEndpoint?.ToIPEndPoint();
    }

    /// <summary>Gives a new socket what .NET's constructor gives it: IPV6_V6ONLY, but of raw sockets.</summary>
    /// <returns>The same socket.</returns>
    internal NetworkSocket AsDotNet()
    {
        _addsForUnix = !IsWindows;
        if (_binding.IsV6 && !IsRaw)
        {
            using (_core.Enter()) _core.Engine.SetV6Only(_binding, true);
        }

        return this;
    }

    /// <summary>
    /// Streams share their address from Bind on, so that connections in TIME-WAIT are not in the way of a server that is started again. Gate held.
    /// </summary>
    private void ShareBeforeBind()
    {
        if (_binding.IsStream && _addsForUnix) _core.Engine.SetSharing(_binding, Sharing.ReuseAddress, true);
    }

    /// <summary>
    /// Sets ReuseAddress or ExclusiveAddressUse: two options on Windows; on Unix the one is the other's opposite, and stands for
    /// SO_REUSEPORT and SO_REUSEADDR together. Gate held.
    /// </summary>
    private BindRule SetReuse(SocketOptionName name, int value)
    {
        bool isExclusive = name == SocketOptionName.ExclusiveAddressUse;
        if (!_addsForUnix) return _core.Engine.SetSharing(_binding, isExclusive ? Sharing.Exclusive : Sharing.ReuseAddress, value != 0);
        if (isExclusive && value is not (0 or 1)) return BindRule.InvalidOption;
        bool isOn = value != 0 != isExclusive;
        if (_core.Engine.Table.Personality.HasReusePort) _core.Engine.SetSharing(_binding, Sharing.ReusePort, isOn);
        return _core.Engine.SetSharing(_binding, Sharing.ReuseAddress, isOn);
    }

    /// <summary>Gate held.</summary>
    private bool? HasReuse(SocketOptionName name)
    {
        bool isExclusive = name == SocketOptionName.ExclusiveAddressUse;
        if (!_addsForUnix && isExclusive && !IsWindows) return null;
        if (!_addsForUnix) return (_binding.Sharing & (isExclusive ? Sharing.Exclusive : Sharing.ReuseAddress)) != 0;
        Sharing asked = _core.Engine.Table.Personality.HasReusePort ? Sharing.ReusePort : Sharing.ReuseAddress;
        return (_binding.Sharing & asked) != 0 != isExclusive;
    }

    /// <summary>Gate held.</summary>
    private bool IsConnectedNow()
    {
        LookAtConnect();
        return _isConnected && !_isClosed;
    }

    /// <summary>A connect that did not wait counts once somebody looks and finds that the socket can be written and has no error, which is told by that. Gate held.</summary>
    private void LookAtConnect()
    {
        if (!_connectsMeanwhile) return;
        ThrowIfClosed();
        if (!Common.HasEvent(SelectMode.SelectWrite)) return;
        _connectsMeanwhile = false;
        if (Common.TakeError() == Errno.Success) NoteConnected();
    }

    /// <summary>Gate held.</summary>
    internal void NoteConnected()
    {
        _wasNamed = _isConnected = true;
        if (_remembered is not null) _remembered.WasDisconnected = false;
        if (_remembered is { Local: { } shown } && IsWildcard(shown)) _remembered.Local = null;
    }

    private void NoteDisconnected()
    {
        using (_core.Enter())
        {
            if (!_isConnected) return;
            _isConnected = false;
            Memory.WasDisconnected = true;
        }
    }

    /// <summary>A call that fails takes the connection from the socket, but for failures that pass.</summary>
    private NetworkException Remember(NetworkException failure)
    {
        Remember(failure.SocketErrorCode);
        return failure;
    }

    private void Remember(SocketError error)
    {
        if (error is not (SocketError.WouldBlock or SocketError.IOPending or SocketError.NoBufferSpaceAvailable or SocketError.TimedOut
            or SocketError.OperationAborted or SocketError.Success)) NoteDisconnected();
    }

    /// <summary>An option that the system does not know leaves the socket as it is.</summary>
    private NetworkException RememberOption(NetworkException failure) =>
        failure.SocketErrorCode is SocketError.ProtocolOption or SocketError.OperationNotSupported ? failure : Remember(failure);

    /// <summary>Gives the socket another place in the table, as if it had been opened just now, but for its options: .NET opens another in its stead.</summary>
    private void BeginAnew()
    {
        using (_core.Enter())
        {
            if (_isClosed || IsRaw || _binding.IsEcho) return;
            SocketBinding was = _binding;
            if (_stream is not null) _stream.Close();
            else BindEngine.Close(was);
            if (_stream is null) _channel?.Close();
            _binding = OpenBinding(was.Family, SocketType, was.Protocol);
            _binding.V6Only = was.V6Only || (was.IsV6 && _wasAccepted);      // .NET knows what was set on the socket itself
            _binding.MayBroadcast = was.MayBroadcast;
            bool shares = was.Sharing.HasFlag(Sharing.ReusePort);      // what Bind set by itself does not stay
            _core.Engine.SetSharing(_binding, Sharing.ReuseAddress, shares);
            if (shares) _core.Engine.SetSharing(_binding, Sharing.ReusePort, true);
            TakeOptionsOver();
            if (_remembered is not null) _remembered.LastConnectFailed = _remembered.IsHandleDisconnected = _remembered.HasUntracked = false;
        }
    }

    /// <summary>Gate held.</summary>
    private void TakeOptionsOver()
    {
        if (_stream is { } old)
        {
            _stream = new StreamChannel(_binding, _core) { ReceiveTimeout = old.ReceiveTimeout, SendTimeout = old.SendTimeout };
            _stream.Set(old.Options);
        }
        else if (_channel is { } before)
        {
            _channel = null;
            Channel.ReceiveTimeout = before.ReceiveTimeout;
            Channel.SendTimeout = before.SendTimeout;
            Channel.TimeToLive = before.TimeToLive;
            Channel.Discovery = before.Discovery;
        }
    }

    /// <summary>Who was connected once is never told that it is not when it is to end the connection.</summary>
    private bool HasEverConnected => WasDisconnected || _isConnected;

    // A connect whose attempt was begun is told how that stands before its address is looked at.
    private bool IsAnsweredFirst(string? name) => name == "remoteEP" && _stream is { Phase: StreamPhase.Connecting };

    // Under this name .NET complains, whichever call it is.
    private static ArgumentException NoAddress(EndPoint remoteEP) => new($"A {remoteEP.GetType().Name} is no address; an IPEndPoint is.", nameof(remoteEP));

    // Gate held to write.
    private Remembered Memory => _remembered ??= new();

    private bool WasDisconnected => _remembered is { WasDisconnected: true };

    private static bool IsWildcard(IPEndPoint endpoint) => endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);

    /// <summary>Notes that an option was set which .NET can't give a new socket. Gate not held.</summary>
    private void Track(SocketOptionLevel level, SocketOptionName name)
    {
        bool isTracked = (level, name) is (SocketOptionLevel.Tcp, SocketOptionName.NoDelay)
            or (SocketOptionLevel.IP, SocketOptionName.DontFragment or SocketOptionName.IpTimeToLive)
            or (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only)
            or (SocketOptionLevel.Socket, SocketOptionName.Broadcast or SocketOptionName.Linger or SocketOptionName.ReceiveBuffer
                or SocketOptionName.ReceiveTimeout or SocketOptionName.SendBuffer or SocketOptionName.SendTimeout);
        if (isTracked || !_addsForUnix) return;
        using (_core.Enter()) Memory.HasUntracked = true;
    }

    /// <summary>.NET opens another socket for the next attempt, unless it could not make it like this one.</summary>
    private void EnsureMayConnectAgain()
    {
        if (_remembered is { HasUntracked: true, LastConnectFailed: true })
            throw new PlatformNotSupportedException("Another attempt would need another socket, which would lack an option that was set.");
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, this);

    /// <summary>An endpoint of .NET's as the system is given it: to a dual-stack socket IPv4 as mapped IPv6.</summary>
    private InetEndpoint EndpointOf(EndPoint endpoint, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(endpoint))] string? name = null)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(endpoint, name);
        if (endpoint is not IPEndPoint known)
            throw NoAddress(endpoint);
        InetEndpoint address = InetEndpoint.From(known);
        if (_binding is { IsV6: true, V6Only: true } && !address.Address.IsV6 && !IsAnsweredFirst(name) && (_binding.IsStream || name == "localEP"))
        {
            if (name != "localEP") NoteConnect(TransferResult.Failed(Errno.EINVAL));
            using (_core.Enter())
            {
                if (name == "localEP") ShareBeforeBind();
            }

            throw Remember(new NetworkException(BindRule.BadLength, $"{address} is shorter than an IPv6 address.", Personality));
        }

        return _binding.IsV6 && !_binding.V6Only && !address.Address.IsV6 ? new InetEndpoint(address.Address.MapToV6(), address.Port) : address;
    }

    /// <summary>What .NET's own sockets remember where the system's would look.</summary>
    private sealed class Remembered
    {
        public IPEndPoint? Local, Remote;      // as they were first shown: .NET asks the system once
        public bool WasDisconnected;           // shut down, disconnected or failed since it was connected
        public bool WasMadeListener, LastConnectFailed;
        public bool IsHandleDisconnected;      // Disconnect was called, be it in vain
        public bool HasUntracked;              // an option was set that a new socket in its stead would not have
    }
}
