using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A host whose calls go through the .NET face: objects and endpoints; answers are a SocketException's code, or another exception's type.
/// </summary>
public sealed class DotNetHost : FaceHost
{
    private const int Stream = 1, V6 = 10;
    // Answers that are no SocketError: a null that is no error, and exceptions by their type.
    private const int Null = -1_000_000, ArgumentNull = Null - 1, Argument = Null - 2, Disposed = Null - 3;
    private const int InvalidOperation = Null - 4, NotSupported = Null - 5;

    private readonly List<NetworkSocket?> _sockets = [];

    /// <inheritdoc cref="StackHost(HostAddressing, Personality, int, VirtualNetwork)"/>
    public DotNetHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab = null)
        : base(addressing, personality, seed, lab)
    {
    }

    /// <inheritdoc/>
    public override int Socket(int domain, int type) => Try(() =>
    {
        AddressFamily family = domain == V6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        NetworkSocket socket = Stack.CreateSocket(family, type == Stream ? SocketType.Stream : SocketType.Dgram, caller: Caller);
        socket.Blocking = false;      // the hosts have one thread and a clock of their own, so nobody waits in a call
        return Add(socket);
    });

    /// <inheritdoc/>
    public override int Pipe() => Add(null);

    /// <inheritdoc/>
    public override int Close(int descriptor) => On(descriptor, static socket =>
    {
        socket.Dispose();
        return 0;
    });

    /// <inheritdoc/>
    public override int Bind(int descriptor, byte[]? address, int length) => On(descriptor, socket =>
    {
        if (address is not null && !IsEndpoint(address, length)) return IScriptHost.Absent;
        socket.Bind(address is null ? null! : EndpointIn(address, length));
        return 0;
    });

    /// <inheritdoc/>
    public override int Listen(int descriptor, int backlog) => On(descriptor, socket =>
    {
        socket.Listen(backlog);
        return 0;
    });

    /// <inheritdoc/>
    public override int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        int answer = ConnectOnce(descriptor, address, length);
        if (!waits || !IsUnderWay(answer)) return answer;
        return Poll(descriptor, toWrite: true) == 0 ? answer : On(descriptor, static socket =>
            -socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
    }

    /// <inheritdoc/>
    public override int Accept(int descriptor) => On(descriptor, socket =>
    {
        NetworkSocket accepted = socket.Accept();
        accepted.Blocking = false;
        return Add(accepted);
    });

    /// <inheritdoc/>
    public override int Shutdown(int descriptor, int how) => On(descriptor, socket =>
    {
        socket.Shutdown((SocketShutdown)how);
        return 0;
    });

    /// <inheritdoc/>
    public override int Name(int descriptor, bool ofPeer, byte[] address, ref int length)
    {
        IPEndPoint? name = null;
        int answer = On(descriptor, socket => (name = ofPeer ? socket.RemoteEndPoint : socket.LocalEndPoint) is null ? Null : 0);
        if (name is not null) length = Endpoints.Write(InetEndpoint.From(name), address);
        return answer;
    }

    /// <inheritdoc/>
    public override int SetOption(int descriptor, int level, int name, byte[] value) => On(descriptor, socket =>
    {
        if (DotNetName(level, name) is var (optionLevel, optionName))
            socket.SetSocketOption(optionLevel, optionName, BinaryPrimitives.ReadInt32LittleEndian(value) != 0);
        else
            socket.SetRawSocketOption(level, name, value);
        return 0;
    });

    /// <inheritdoc/>
    public override int GetOption(int descriptor, int level, int name, byte[] value, ref int length)
    {
        int written = length;
        int answer = On(descriptor, socket =>
        {
            if (DotNetName(level, name) is var (optionLevel, optionName))
                BinaryPrimitives.WriteInt32LittleEndian(value, socket.GetSocketOption(optionLevel, optionName));
            else
                written = socket.GetRawSocketOption(level, name, value.AsSpan(0, written));
            return 0;
        });
        length = written;
        return answer;
    }

    /// <inheritdoc/>
    public override int Send(int descriptor, byte[] octets, byte[]? address, int length) => On(descriptor, socket =>
        address is null ? socket.Send(octets) : socket.SendTo(octets, EndpointIn(address, length)));

    /// <inheritdoc/>
    public override int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length)
    {
        int written = 0;
        int answer = On(descriptor, socket =>
        {
            SocketFlags flags = peeks ? SocketFlags.Peek : SocketFlags.None;
            if (socket.SocketType == SocketType.Stream) return socket.Receive(octets, flags);
            int received = socket.ReceiveFrom(octets, flags, out InetEndpoint remote);
            written = Endpoints.Write(remote, address);
            return received;
        });
        length = written;
        return answer;
    }

    /// <inheritdoc/>
    public override int ChangeOwner(int descriptor, uint uid) => IScriptHost.Absent;

    /// <inheritdoc/>
    public override int AnswerOfError(int number) => -number;

    /// <inheritdoc/>
    public override bool IsUnderWay(int answer) => answer is -(int)SocketError.WouldBlock or -(int)SocketError.InProgress;

    /// <inheritdoc/>
    public override NetworkSocket? SocketOf(int descriptor) => descriptor < _sockets.Count ? _sockets[descriptor] : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (NetworkSocket? socket in _sockets) socket?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool IsReady(int descriptor, bool toWrite) =>
        On(descriptor, socket => socket.Poll(0, toWrite ? SelectMode.SelectWrite : SelectMode.SelectRead) ? 1 : 0) == 1;

    /// <inheritdoc/>
    protected override string NameOfCode(int answer) => answer switch
    {
        Null => "null",
        ArgumentNull => nameof(ArgumentNullException),
        Argument => nameof(ArgumentException),
        Disposed => nameof(ObjectDisposedException),
        InvalidOperation => nameof(InvalidOperationException),
        NotSupported => nameof(NotSupportedException),
        _ => ((SocketError)(-answer)).ToString(),
    };

    private int ConnectOnce(int descriptor, byte[] address, int length) => On(descriptor, socket =>
    {
        // There is no endpoint without a family: who takes the peer away calls Disconnect.
        if (BinaryPrimitives.ReadUInt16LittleEndian(address) == 0) socket.Disconnect();
        else socket.Connect(EndpointIn(address, length));
        return 0;
    });

    private int Add(NetworkSocket? socket)
    {
        _sockets.Add(socket);
        DescriptorEnd = _sockets.Count;
        return _sockets.Count - 1;
    }

    /// <summary>A call on a socket; a descriptor that names none is one that was closed, and a pipe has no such calls.</summary>
    private int On(int descriptor, Func<NetworkSocket, int> call)
    {
        if (descriptor >= _sockets.Count) return Disposed;
        return _sockets[descriptor] is { } socket ? Try(() => call(socket)) : IScriptHost.Absent;
    }

    private static int Try(Func<int> call)
    {
        try
        {
            return call();
        }
        catch (SocketException refused)
        {
            return -(int)refused.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            return Disposed;
        }
        catch (InvalidOperationException)
        {
            return InvalidOperation;
        }
        catch (NotSupportedException)
        {
            return NotSupported;
        }
        catch (ArgumentNullException)
        {
            return ArgumentNull;
        }
        catch (ArgumentException)
        {
            return Argument;
        }
    }

    /// <summary>Whether the octets are what an IPEndPoint can be.</summary>
    private static bool IsEndpoint(byte[] address, int length) =>
        (BinaryPrimitives.ReadUInt16LittleEndian(address), length) is (2, 16) or (V6, 28);

    private static IPEndPoint EndpointIn(byte[] address, int length) => Endpoints.Read(address, length).ToIPEndPoint();

    /// <summary>.NET's name for an option, or null for one that only SetRawSocketOption knows.</summary>
    private static (SocketOptionLevel Level, SocketOptionName Name)? DotNetName(int level, int name) => (level, name) switch
    {
        (RawOptionLevel.Socket, RawOption.ReuseAddress) => (SocketOptionLevel.Socket, SocketOptionName.ReuseAddress),
        (RawOptionLevel.Socket, IScriptHost.ExclusiveOption) => (SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse),
        (RawOptionLevel.Socket, RawOption.Broadcast) => (SocketOptionLevel.Socket, SocketOptionName.Broadcast),
        (RawOptionLevel.Socket, RawOption.Error) => (SocketOptionLevel.Socket, SocketOptionName.Error),
        (RawOptionLevel.IpV6, RawOption.V6Only) => (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only),
        _ => null,
    };
}
