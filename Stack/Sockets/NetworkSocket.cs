using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>A socket of a <see cref="NetworkStack"/>, with the names and shapes of <see cref="Socket"/>.</summary>
/// <remarks>
/// Any thread. Calls that take an <see cref="InetEndpoint"/> allocate nothing; each call that throws has a twin named Try that answers
/// with the outcome instead.
/// </remarks>
public sealed partial class NetworkSocket : IDisposable
{
    private readonly StackCore _core;
    private SocketBinding _binding;      // another when a stream begins anew
    private readonly Caller _caller;
    private bool _isClosed;

    internal NetworkSocket(StackCore core, AddressFamily family, SocketType type, ProtocolType protocol, in Caller caller)
    {
        _core = core;
        _caller = caller;
        if (family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            throw new NetworkException(BindRule.BadFamily, $"A socket of family {family} can't be opened; InterNetwork and InterNetworkV6 can.", Personality);
        if (type is not (SocketType.Stream or SocketType.Dgram or SocketType.Raw))
            throw new NetworkException(BindRule.BadSocketType, $"A socket of type {type} can't be opened; Stream, Dgram and Raw can.", Personality);
        using (_core.Enter()) _binding = OpenBinding(family, type, protocol);
    }

    /// <summary>InterNetwork or InterNetworkV6.</summary>
    public AddressFamily AddressFamily => _binding.Family;

    /// <summary>Stream, Dgram or Raw.</summary>
    public SocketType SocketType => _binding.IsStream ? SocketType.Stream : IsRaw ? SocketType.Raw : SocketType.Dgram;

    /// <summary>Tcp, Udp, Icmp, IcmpV6; of a raw socket any.</summary>
    public ProtocolType ProtocolType => _binding.Protocol;

    /// <summary>True while the socket listens.</summary>
    public bool IsListening => _binding.State == TcpState.Listen;

    /// <summary>What getsockname shows: the wildcard and port 0 before bind.</summary>
    public InetEndpoint LocalName
    {
        get
        {
            using (_core.Enter()) return _binding.LocalEndpoint;
        }
    }

    /// <summary>What getpeername shows, or null while unconnected.</summary>
    public InetEndpoint? PeerName
    {
        get
        {
            // A stream that is not connected yet, or no more, has none, though packets have one.
            using (_core.Enter()) return _binding.State is TcpState.SynSent or TcpState.TimeWait ? null : _binding.RemoteEndpoint;
        }
    }

    internal SocketBinding Binding => _binding;

    private Personality Personality => _core.Engine.Table.Personality;

    /// <summary>What the socket has beside its place in the bind table, whatever its type. Gate held.</summary>
    internal SocketChannel Common => _binding.IsStream ? Stream : Channel;

    private SocketChannel? CommonOrNone => _binding.IsStream ? _stream : _channel;

    /// <summary>Binds the socket to a local endpoint; port 0 has the stack choose.</summary>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    /// <exception cref="ArgumentException">It is not an IPEndPoint.</exception>
    /// <exception cref="NetworkException">
    /// AddressAlreadyInUse (another holder, or no port is free), AddressNotAvailable (not one of the host's addresses, or no such
    /// interface), AccessDenied (a privileged port; on Windows a broadcast address without the option), InvalidArgument (bound already, a
    /// scope id is missing, a stream's IPv6 group, a mapped address with IPV6_V6ONLY), AddressFamilyNotSupported (the other family).
    /// <see cref="NetworkException.Rule"/> tells apart what has one code.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void Bind(EndPoint localEP) => Bind(EndpointOf(localEP));

    /// <inheritdoc cref="Bind(EndPoint)"/>
    public void Bind(in InetEndpoint local)
    {
        BindOutcome outcome = TryBind(local);
        if (!outcome.IsGranted) throw Refused(outcome, BindCall.Bind, local);
    }

    /// <summary>Binds the socket to a local endpoint and says which rule decided.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindOutcome TryBind(in InetEndpoint local) => TryBind(local, _caller);

    /// <summary>Binds the socket on behalf of another caller.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindOutcome TryBind(in InetEndpoint local, in Caller caller)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            ShareBeforeBind();
            BindOutcome outcome = _core.Engine.Bind(_binding, local, caller);
            _wasNamed |= outcome.IsGranted;
            return outcome;
        }
    }

    /// <summary>Makes the socket a listener; Linux binds it first if need be. A listener's backlog is changed.</summary>
    /// <param name="backlog">How many connections may wait to be accepted; at most <see cref="Tcp.TcpSettings.MaxBacklog"/>.</param>
    /// <exception cref="NetworkException">
    /// AddressAlreadyInUse (another holder, or no port is free), OperationNotSupported (a datagram socket), InvalidArgument (connected),
    /// DestinationAddressRequired (unbound, where listen does not bind: every personality but Linux).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void Listen(int backlog = int.MaxValue)
    {
        BindOutcome outcome = TryListen(backlog);
        if (!outcome.IsGranted) throw Refused(outcome, BindCall.Listen, LocalName);
        using (_core.Enter()) Memory.WasMadeListener = true;
    }

    /// <summary>Makes the socket a listener and says which rule decided.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindOutcome TryListen(int backlog = int.MaxValue)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_stream is { Phase: not StreamPhase.Unconnected }) return BindRule.AlreadyBound;
            BindOutcome outcome = _core.Engine.Listen(_binding);
            if (outcome.IsGranted) Stream.Listen(backlog);
            return outcome;
        }
    }

    /// <summary>
    /// Takes the peer from a datagram socket, stops a listener, or breaks a stream's connection by a reset: connect with AF_UNSPEC. The
    /// socket may connect again then.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void Disconnect()
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_stream is not null) _stream.Disconnect();
            else _core.Engine.Disconnect(_binding);
            _remembered = null;
            _wasAccepted = _isConnected = _connectsMeanwhile = false;
        }
    }

    /// <summary>
    /// Ends receiving, sending or both; a listener stops listening when receiving ends, and stays bound. A stream's peer is told that
    /// sending has ended, once all is sent.
    /// </summary>
    /// <exception cref="NetworkException">NotConnected, InvalidArgument (another how).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void Shutdown(SocketShutdown how)
    {
        BindRule rule = TryShutdown(how);
        if (rule == BindRule.NotConnected && HasEverConnected) rule = BindRule.Granted;
        if (rule != BindRule.Granted) throw Remember(new NetworkException(
            rule, rule == BindRule.NotConnected ? $"shutdown({how}): the socket has no peer." : $"shutdown({how}): no such direction.", Personality));
        NoteDisconnected();
    }

    /// <summary>Ends receiving, sending or both, and says which rule decided: Granted, NotConnected, InvalidOption (another how).</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindRule TryShutdown(SocketShutdown how)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (how is < SocketShutdown.Receive or > SocketShutdown.Both) return BindRule.InvalidOption;
            if (_binding.IsStream)
            {
                BindRule rule = Stream.ShutDown(how);
                _binding.WasShutDown |= rule == BindRule.Granted;
                return rule;
            }

            // Linux ends the direction of a datagram socket without a peer, too, though it says that it can't.
            bool copiesLinux = _core.Engine.Table.Personality.Sharing == SharingModel.Linux;
            if (copiesLinux || !_binding.IsUnconnected) Channel.ShutDown(how);
            if (_binding.IsUnconnected) return BindRule.NotConnected;
            _binding.WasShutDown = true;
            return BindRule.Granted;
        }
    }

    /// <summary>
    /// Closes the socket and gives its port back; calls that wait for it end, a thread's with Interrupted, an asynchronous
    /// one with OperationAborted. Closing twice does nothing.
    /// </summary>
    /// <remarks>
    /// A stream's connection goes on until what was sent is acknowledged and TIME-WAIT is over, and holds the port meanwhile. Octets that
    /// came and were not read, or <see cref="LingerState"/> with a time of 0, break it by a reset; <see cref="LingerState"/> with a time
    /// has this call wait until all is acknowledged, for that time at most (not in a continuation that the stack runs inline).
    /// </remarks>
    public void Close() => Dispose();

    /// <inheritdoc cref="Close()"/>
    public void Dispose()
    {
        Linger();
        using (_core.Enter()) CloseNow();
    }

    /// <summary>Gate held.</summary>
    private void CloseNow()
    {
        if (_isClosed) return;
        _isClosed = true;
        _memberships?.LeaveAll(_core.Now);
        if (_stream is not null)
        {
            _stream.Close();
            return;
        }

        BindEngine.Close(_binding);
        _channel?.Close();
    }

    /// <summary>Gate held.</summary>
    private SocketBinding OpenBinding(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        BindEngine engine = _core.Engine;
        bool isV4 = family == AddressFamily.InterNetwork;
        return (type, protocol) switch
        {
            (SocketType.Stream, ProtocolType.Unspecified or ProtocolType.Tcp) => engine.Open(engine.Table.Tcp, family, _caller, this),
            (SocketType.Dgram, ProtocolType.Unspecified or ProtocolType.Udp) => engine.Open(engine.Table.Udp, family, _caller, this),
            (SocketType.Dgram, ProtocolType.Icmp) when isV4 => OpenEcho(family),
            (SocketType.Dgram, ProtocolType.IcmpV6) when !isV4 => OpenEcho(family),
            (SocketType.Raw, > ProtocolType.Unspecified and <= ProtocolType.Raw) => OpenRaw(family, protocol),
            _ => throw new NetworkException(
                BindRule.BadProtocol, $"Protocol {protocol} does not go with a socket of type {type} and family {family}.", Personality),
        };
    }

    private NetworkException Refused(BindOutcome outcome, BindCall call, in InetEndpoint endpoint)
    {
        using (_core.Enter()) return Remember(new NetworkException(_core.Engine.Explain(_binding, call, endpoint, outcome), Personality));
    }
}
