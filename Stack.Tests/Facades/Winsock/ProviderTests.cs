using UserNet.Errors;
using UserNet.Facades.Winsock;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>The procedures of a service provider by themselves: errors by lpErrno alone, which success leaves as it is.</summary>
public sealed class ProviderTests : IDisposable
{
    private const WsaError Untouched = WsaError.WSAELOOP;

    private readonly WinsockRig _rig = new();
    private readonly byte[] _server = WinsockRig.Octets("127.0.0.1:5000"), _name = new byte[16];

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void The_procedures_carry_a_connection_from_end_to_end_and_leave_the_last_error_alone()
    {
        WspProcTable table = _rig.Table;
        WsaError error = Untouched;
        int length = 16, none = 0;
        _rig.Process.WSASetLastError(WsaError.WSAEMFILE);
        SOCKET listener = table.WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, WSA_FLAG_OVERLAPPED, ref error);
        SOCKET client = table.WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, WSA_FLAG_OVERLAPPED, ref error);
        Assert.Equal(0, table.WSPSetSockOpt(listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, [1, 0, 0, 0], 4, ref error));
        Assert.Equal(0, table.WSPBind(listener, _server, 16, ref error));
        Assert.Equal(0, table.WSPGetSockName(listener, _name, ref length, ref error));
        Assert.Equal(_server, _name);
        Assert.Equal(0, table.WSPListen(listener, SOMAXCONN, ref error));
        Assert.Equal(0, table.WSPConnect(client, _server, 16, ref error));
        SOCKET accepted = table.WSPAccept(listener, _name, ref length, null, 0, ref error);
        Assert.NotEqual(INVALID_SOCKET, accepted);
        Assert.Equal(5, table.WSPSend(client, "hello"u8, 5, 0, ref error));
        Assert.Equal(5, table.WSPRecv(accepted, new byte[5], 5, 0, ref error));
        Assert.Equal(0, table.WSPGetPeerName(client, _name, ref length, ref error));
        Assert.Equal(_server, _name);
        Assert.Equal(0, table.WSPShutdown(client, SD_SEND, ref error));
        foreach (SOCKET s in new[] { listener, client, accepted }) Assert.Equal(0, table.WSPCloseSocket(s, ref error));
        Assert.Equal(Untouched, error);

        Assert.Equal(SOCKET_ERROR, table.WSPBind(listener, _server, 16, ref error));
        Assert.Equal(WsaError.WSAENOTSOCK, error);
        Assert.Equal(INVALID_SOCKET, table.WSPAccept(listener, default, ref none, null, 0, ref error));
        Assert.Equal(WsaError.WSAEMFILE, _rig.LastError);      // ws2_32's, which nobody asked
    }

    [Fact]
    public void WSAConnect_connects_as_connect_does()
    {
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000"), s = _rig.Open("tcp4");
        Assert.Equal(WsaError.WSAECONNREFUSED, _rig.Code(_rig.Process.WSAConnect(s, _server, 16)));
        _rig.Listen(listener);
        Assert.Equal(WsaError.Success, _rig.Code(_rig.Process.WSAConnect(s, _server, 16)));
        Assert.Equal("127.0.0.1:5000", _rig.PeerOf(s));
        Assert.Equal(WsaError.WSAEISCONN, _rig.Code(_rig.Process.WSAConnect(s, _server, 16)));
    }
}
