using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>
/// The calls of a Windows process, which two faces have: those of winsock2.h, and the procedures below them. Each answers 0 or more, or a code
/// with a minus sign.
/// </summary>
internal abstract class WinsockCalls(ServiceProvider provider) : IDisposable
{
    /// <summary>The socket that a handle names, or null.</summary>
    public NetworkSocket? SocketOf(SOCKET s) => provider.SocketOf(s);

    /// <summary>Opens a socket, which does not block.</summary>
    public abstract int Open(int family, int type, out SOCKET s);

    public abstract int Bind(SOCKET s, byte[]? name, int length);

    public abstract int Listen(SOCKET s, int backlog);

    public abstract int Connect(SOCKET s, byte[]? name, int length);

    public abstract int Accept(SOCKET s, out SOCKET accepted);

    public abstract int Shutdown(SOCKET s, int how);

    public abstract int Close(SOCKET s);

    public abstract int Name(SOCKET s, bool ofPeer, byte[] name, ref int length);

    public abstract int SetOption(SOCKET s, int level, int name, byte[] value);

    public abstract int GetOption(SOCKET s, int level, int name, byte[] value, ref int length);

    public abstract int Send(SOCKET s, byte[] octets, byte[]? to, int length);

    public abstract int Receive(SOCKET s, byte[] octets, int flags, byte[]? from, ref int length);

    public abstract bool IsReady(SOCKET s, short events);

    public virtual void Dispose() => provider.Dispose();
}

/// <summary>The functions of winsock2.h: the code is WSAGetLastError's.</summary>
internal sealed class ProcessCalls : WinsockCalls
{
    private readonly WinsockProcess _process;

    public ProcessCalls(NetworkStack stack, in Caller caller) : this(new WinsockProcess(stack, caller))
    {
    }

    private ProcessCalls(WinsockProcess process) : base(process.Provider)
    {
        _process = process;
        process.WSAStartup(Winsock2.MAKEWORD(2, 2), out _);
    }

    public override int Open(int family, int type, out SOCKET s) => Kept(s = _process.socket(family, type, 0));

    public override int Bind(SOCKET s, byte[]? name, int length) => Answer(_process.bind(s, name, length));

    public override int Listen(SOCKET s, int backlog) => Answer(_process.listen(s, backlog));

    public override int Connect(SOCKET s, byte[]? name, int length) => Answer(_process.connect(s, name, length));

    public override int Accept(SOCKET s, out SOCKET accepted) => Kept(accepted = _process.accept(s));

    public override int Shutdown(SOCKET s, int how) => Answer(_process.shutdown(s, how));

    public override int Close(SOCKET s) => Answer(_process.closesocket(s));

    public override int Name(SOCKET s, bool ofPeer, byte[] name, ref int length) =>
        Answer(ofPeer ? _process.getpeername(s, name, ref length) : _process.getsockname(s, name, ref length));

    public override int SetOption(SOCKET s, int level, int name, byte[] value) => Answer(_process.setsockopt(s, level, name, value, value.Length));

    public override int GetOption(SOCKET s, int level, int name, byte[] value, ref int length) =>
        Answer(_process.getsockopt(s, level, name, value, ref length));

    public override int Send(SOCKET s, byte[] octets, byte[]? to, int length) => Answer(to is null
        ? _process.send(s, octets, octets.Length, 0) : _process.sendto(s, octets, octets.Length, 0, to, length));

    public override int Receive(SOCKET s, byte[] octets, int flags, byte[]? from, ref int length) => Answer(from is null
        ? _process.recv(s, octets, octets.Length, flags) : _process.recvfrom(s, octets, octets.Length, flags, from, ref length));

    public override bool IsReady(SOCKET s, short events) => _process.WSAPoll([new WSAPOLLFD(s, events)], 1, 0) > 0;

    public override void Dispose()
    {
        _process.Dispose();
        base.Dispose();
    }

    private int Kept(SOCKET s)
    {
        uint isNonBlocking = 1;
        return s == SOCKET.Invalid ? Answer(Winsock2.SOCKET_ERROR) : Answer(_process.ioctlsocket(s, Winsock2.FIONBIO, ref isNonBlocking));
    }

    private int Answer(int result) => result == Winsock2.SOCKET_ERROR ? -(int)_process.WSAGetLastError() : result;
}

/// <summary>The procedures of a service provider: the code is what lpErrno says.</summary>
internal sealed class ProviderCalls : WinsockCalls
{
    private readonly WspProcTable _table;

    public ProviderCalls(NetworkStack stack, in Caller caller) : this(new ServiceProvider(stack, caller))
    {
    }

    private ProviderCalls(ServiceProvider provider) : base(provider)
    {
        provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
        _table = table!;
    }

    public override int Open(int family, int type, out SOCKET s)
    {
        WsaError error = default;
        return Kept(s = _table.WSPSocket(family, type, 0, 0, Winsock2.WSA_FLAG_OVERLAPPED, ref error), error);
    }

    public override int Bind(SOCKET s, byte[]? name, int length)
    {
        WsaError error = default;
        return Answer(_table.WSPBind(s, name, length, ref error), error);
    }

    public override int Listen(SOCKET s, int backlog)
    {
        WsaError error = default;
        return Answer(_table.WSPListen(s, backlog, ref error), error);
    }

    public override int Connect(SOCKET s, byte[]? name, int length)
    {
        WsaError error = default;
        return Answer(_table.WSPConnect(s, name, length, ref error), error);
    }

    public override int Accept(SOCKET s, out SOCKET accepted)
    {
        WsaError error = default;
        int none = 0;
        return Kept(accepted = _table.WSPAccept(s, default, ref none, null, 0, ref error), error);
    }

    public override int Shutdown(SOCKET s, int how)
    {
        WsaError error = default;
        return Answer(_table.WSPShutdown(s, how, ref error), error);
    }

    public override int Close(SOCKET s)
    {
        WsaError error = default;
        return Answer(_table.WSPCloseSocket(s, ref error), error);
    }

    public override int Name(SOCKET s, bool ofPeer, byte[] name, ref int length)
    {
        WsaError error = default;
        return Answer(ofPeer ? _table.WSPGetPeerName(s, name, ref length, ref error) : _table.WSPGetSockName(s, name, ref length, ref error), error);
    }

    public override int SetOption(SOCKET s, int level, int name, byte[] value)
    {
        WsaError error = default;
        return Answer(_table.WSPSetSockOpt(s, level, name, value, value.Length, ref error), error);
    }

    public override int GetOption(SOCKET s, int level, int name, byte[] value, ref int length)
    {
        WsaError error = default;
        return Answer(_table.WSPGetSockOpt(s, level, name, value, ref length, ref error), error);
    }

    public override int Send(SOCKET s, byte[] octets, byte[]? to, int length)
    {
        WsaError error = default;
        return Answer(to is null
            ? _table.WSPSend(s, octets, octets.Length, 0, ref error) : _table.WSPSendTo(s, octets, octets.Length, 0, to, length, ref error), error);
    }

    public override int Receive(SOCKET s, byte[] octets, int flags, byte[]? from, ref int length)
    {
        WsaError error = default;
        return Answer(from is null
            ? _table.WSPRecv(s, octets, octets.Length, flags, ref error)
            : _table.WSPRecvFrom(s, octets, octets.Length, flags, from, ref length, ref error), error);
    }

    public override bool IsReady(SOCKET s, short events)
    {
        WsaError error = default;
        return _table.WSPPoll([new WSAPOLLFD(s, events)], 0, ref error) > 0;
    }

    private int Kept(SOCKET s, WsaError error)
    {
        if (s == SOCKET.Invalid) return -(int)error;
        return Answer(_table.WSPIoctl(s, Winsock2.FIONBIO, BitConverter.GetBytes(1), default, out _, ref error), error);
    }

    private static int Answer(int result, WsaError error) => result == Winsock2.SOCKET_ERROR ? -(int)error : result;
}
