using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// Connecting to an address, to a host by its address in text, and to the first of several that answers.
public sealed partial class NetworkSocket
{
    private const int MostPort = ushort.MaxValue;

    /// <inheritdoc cref="Connect(EndPoint)"/>
    /// <exception cref="ArgumentOutOfRangeException">No port.</exception>
    /// <exception cref="NotSupportedException">An address of the other family.</exception>
    public void Connect(IPAddress address, int port)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(address);
        CheckPort(port);
        EnsureUnconnected();
        if (!Takes(address.AddressFamily)) throw OfOtherFamily(address.AddressFamily);
        Connect(new IPEndPoint(address, port));
    }

    /// <summary>Connects to a host whose address is given as text.</summary>
    /// <exception cref="ArgumentNullException">The host is null.</exception>
    /// <exception cref="NetworkException">As <see cref="Connect(EndPoint)"/>.</exception>
    /// <exception cref="SocketException">HostNotFound: a name, which the stack has nobody to ask for.</exception>
    /// <inheritdoc cref="Connect(IPAddress, int)" path="/exception"/>
    public void Connect(string host, int port)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(host);
        CheckPort(port);
        if (!IPAddress.TryParse(host, out IPAddress? address)) throw new SocketException((int)SocketError.HostNotFound);
        Connect(address, port);
    }

    /// <summary>Connects to the first of several addresses that answers; those of the other family are passed over.</summary>
    /// <exception cref="ArgumentNullException">The addresses are null.</exception>
    /// <exception cref="ArgumentException">There is none of the socket's family.</exception>
    /// <inheritdoc cref="Connect(IPAddress, int)" path="/exception"/>
    public void Connect(IPAddress[] addresses, int port)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(addresses);
        if (addresses.Length == 0) throw new ArgumentException("There is no address to connect to.", nameof(addresses));
        CheckPort(port);
        EnsureUnconnected();
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? last = null;
        foreach (IPAddress address in addresses)
        {
            if (!Takes(address.AddressFamily)) continue;
            try
            {
                Connect(new IPEndPoint(address, port));
                return;
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                last = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }
        }

        last?.Throw();
        throw new ArgumentException($"None of them is of {AddressFamily}.", nameof(addresses));
    }

    /// <summary>
    /// Ends the connection, in both directions, or listening. The socket can't connect again by a call that waits; it may be given another
    /// peer by <see cref="ConnectAsync(EndPoint, CancellationToken)"/> after <see cref="Disconnect()"/>.
    /// </summary>
    /// <param name="reuseSocket">Whether the socket is as a new one then, unbound.</param>
    /// <exception cref="NetworkException">NotConnected.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void Disconnect(bool reuseSocket)
    {
        ThrowIfClosed();
        using (_core.Enter()) Memory.IsHandleDisconnected = true;
        BindRule rule = TryShutdown(SocketShutdown.Both);
        if (rule == BindRule.NotConnected && HasEverConnected) rule = BindRule.Granted;
        if (rule != BindRule.Granted) throw Remember(new NetworkException(rule, "disconnect: the socket has no peer.", Personality));
        NoteDisconnected();
        if (reuseSocket && !IsWindows) BeginAnew();
        using (_core.Enter())
        {
            if (_remembered is not null) _remembered.Local = _remembered.Remote = null;
            _wasAccepted = false;
        }
    }

    /// <summary>Closes the socket, and waits at most so long until the peer has ended too; if it has not, the connection is broken by a reset.</summary>
    /// <param name="timeout">Milliseconds; 0 for a reset at once, -1 for what <see cref="Close()"/> does.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than -1.</exception>
    /// <remarks>Any thread.</remarks>
    public void Close(int timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, -1);
        if (_isClosed) return;
        if (timeout == 0) Abort();
        else if (timeout > 0) EndWithin(timeout);
        Dispose();
    }

    private void EndWithin(int milliseconds)
    {
        TryShutdown(SocketShutdown.Send);
        _blocks = true;
        TrySetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout, milliseconds);
        if (!ReceiveOrWait(default, SocketFlags.Peek, out _).IsDone || CommonOrNone is { Available: > 0 }) Abort();
    }

    private void EnsureUnconnected()
    {
        if (_binding.IsStream && _isConnected) throw new NetworkException(BindRule.AlreadyConnected, "connect: the socket has a peer.", Personality);
    }

    private bool Takes(AddressFamily family) => family == AddressFamily || (family == AddressFamily.InterNetwork && DualMode);

    private NotSupportedException OfOtherFamily(AddressFamily family) => new($"A socket of {AddressFamily} has nothing to do with {family}.");

    private static void CheckPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, MostPort);
    }
}
