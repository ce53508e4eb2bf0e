using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Bench.Faces;

/// <summary>The functions of ws2_32, or the provider's procedures below them.</summary>
internal abstract class WinsockFace : IFace
{
    private readonly NetworkStack _stack;
    private readonly byte[] _local = To(7000), _any = To(0), _one = To(7001), _other = To(7002);
    private readonly byte[] _name = new byte[WindowsSocketAddress.V6Length], _octets = new byte[EngineFace.Octets], _option = [1, 0, 0, 0];
    private readonly SOCKET _named, _sender, _empty;

    protected WinsockFace()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Personality = Personality });
        Process = new WinsockProcess(_stack, Caller.Root);
        Process.WSAStartup(MAKEWORD(2, 2), out _);
        Process.Provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
        Table = table!;
        _named = Bound(7003);
        _sender = Open();
        SOCKET full = Bound(7001);
        _empty = Bound(7002);
        uint isOn = 1;
        Process.ioctlsocket(_empty, FIONBIO, ref isOn);
        while (Process.Provider.SocketOf(full)!.Drops == 0) Process.sendto(_sender, _octets, _octets.Length, 0, _one, _one.Length);
    }

    public abstract string Name { get; }

    public Personality Personality => Personality.Windows;

    protected WinsockProcess Process { get; }

    protected WspProcTable Table { get; }

    public Action<int>? Run(FaceCall call) => call switch
    {
        FaceCall.BindAndClose => count => BindAndClose(count, _local),
        FaceCall.BindToPortZeroAndClose => count => BindAndClose(count, _any),
        FaceCall.GetSockName => count => Repeat(count, this, static self => self.NameOf(self._named, self._name)),
        FaceCall.SetSockOpt => count => Repeat(count, this, static self => self.Set(self._named, self._option)),
        FaceCall.ConnectDatagram => ConnectInTurns,
        FaceCall.SendTo => count => Repeat(count, this, static self => self.SendTo(self._sender, self._octets, self._one)),
        FaceCall.ReceiveNothing => Receive,
        _ => null,
    };

    public void Dispose()
    {
        Process.Dispose();
        _stack.Dispose();
    }

    protected abstract SOCKET Open();

    protected abstract int Bind(SOCKET s, byte[] local);

    protected abstract int Close(SOCKET s);

    protected abstract int NameOf(SOCKET s, byte[] name);

    protected abstract int Set(SOCKET s, byte[] value);

    protected abstract int Connect(SOCKET s, byte[] peer);

    protected abstract int SendTo(SOCKET s, byte[] octets, byte[] peer);

    protected abstract int ReceiveFrom(SOCKET s, byte[] octets, byte[] name);

    private static byte[] To(ushort port) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse($"127.0.0.1:{port}"));

    private static void Repeat(int count, WinsockFace self, Func<WinsockFace, int> call)
    {
        for (int i = 0; i < count; i++) Check(call(self));
    }

    private SOCKET Bound(ushort port)
    {
        SOCKET s = Process.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
        Check(Process.bind(s, To(port), WindowsSocketAddress.V4Length));
        return s;
    }

    private void BindAndClose(int count, byte[] local)
    {
        for (int i = 0; i < count; i++)
        {
            SOCKET s = Open();
            Check(Bind(s, local));
            Check(Close(s));
        }
    }

    private void ConnectInTurns(int count)
    {
        for (int i = 0; i < count; i++) Check(Connect(_sender, (i & 1) == 0 ? _one : _other));
    }

    private void Receive(int count)
    {
        for (int i = 0; i < count; i++)
            if (ReceiveFrom(_empty, _octets, _name) >= 0) throw new InvalidOperationException("recvfrom");
    }

    private static void Check(int answer)
    {
        if (answer == SOCKET_ERROR) throw new InvalidOperationException("SOCKET_ERROR");
    }
}

/// <summary>ws2_32.</summary>
internal sealed class Ws2Face : WinsockFace
{
    public override string Name => "Winsock";

    protected override SOCKET Open() => Process.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    protected override int Bind(SOCKET s, byte[] local) => Process.bind(s, local, local.Length);

    protected override int Close(SOCKET s) => Process.closesocket(s);

    protected override int NameOf(SOCKET s, byte[] name)
    {
        int length = name.Length;
        return Process.getsockname(s, name, ref length);
    }

    protected override int Set(SOCKET s, byte[] value) => Process.setsockopt(s, SOL_SOCKET, SO_REUSEADDR, value, value.Length);

    protected override int Connect(SOCKET s, byte[] peer) => Process.connect(s, peer, peer.Length);

    protected override int SendTo(SOCKET s, byte[] octets, byte[] peer) => Process.sendto(s, octets, octets.Length, 0, peer, peer.Length);

    protected override int ReceiveFrom(SOCKET s, byte[] octets, byte[] name)
    {
        int length = name.Length;
        return Process.recvfrom(s, octets, octets.Length, 0, name, ref length);
    }
}

/// <summary>The service provider's procedures.</summary>
internal sealed class ProviderFace : WinsockFace
{
    private Errors.WsaError _error;

    public override string Name => "WSP";

    protected override SOCKET Open() => Table.WSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0, WSA_FLAG_OVERLAPPED, ref _error);

    protected override int Bind(SOCKET s, byte[] local) => Table.WSPBind(s, local, local.Length, ref _error);

    protected override int Close(SOCKET s) => Table.WSPCloseSocket(s, ref _error);

    protected override int NameOf(SOCKET s, byte[] name)
    {
        int length = name.Length;
        return Table.WSPGetSockName(s, name, ref length, ref _error);
    }

    protected override int Set(SOCKET s, byte[] value) => Table.WSPSetSockOpt(s, SOL_SOCKET, SO_REUSEADDR, value, value.Length, ref _error);

    protected override int Connect(SOCKET s, byte[] peer) => Table.WSPConnect(s, peer, peer.Length, ref _error);

    protected override int SendTo(SOCKET s, byte[] octets, byte[] peer) =>
        Table.WSPSendTo(s, octets, octets.Length, 0, peer, peer.Length, ref _error);

    protected override int ReceiveFrom(SOCKET s, byte[] octets, byte[] name)
    {
        int length = name.Length;
        return Table.WSPRecvFrom(s, octets, octets.Length, 0, name, ref length, ref _error);
    }
}
