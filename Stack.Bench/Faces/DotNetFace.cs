using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Faces;

/// <summary>.NET's own names, with its own objects for addresses.</summary>
internal sealed class DotNetFace : IFace
{
    private readonly NetworkStack _stack;
    private readonly IPEndPoint _local = To(7000), _any = To(0), _one = To(7001), _other = To(7002);
    private readonly byte[] _octets = new byte[EngineFace.Octets];
    private readonly NetworkSocket _named, _sender;

    public DotNetFace()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Personality = Personality });
        (_named, _sender) = (Bound(To(7003)), Open());
        NetworkSocket full = Bound(_one);
        Bound(_other);
        while (full.Drops == 0) SendTo(1);
    }

    public string Name => ".NET";

    public Personality Personality => Personality.Linux;

    public Action<int>? Run(FaceCall call) => call switch
    {
        FaceCall.BindAndClose => count => BindAndClose(count, _local),
        FaceCall.BindToPortZeroAndClose => count => BindAndClose(count, _any),
        FaceCall.GetSockName => GetName,
        FaceCall.SetSockOpt => SetOption,
        FaceCall.ConnectDatagram => Connect,
        FaceCall.SendTo => SendTo,
        _ => null,      // it throws, which costs what an exception does
    };

    public void Dispose() => _stack.Dispose();

    private static IPEndPoint To(int port) => new(IPAddress.Loopback, port);

    private NetworkSocket Open() => _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private NetworkSocket Bound(IPEndPoint local)
    {
        NetworkSocket socket = Open();
        socket.Bind(local);
        return socket;
    }

    private void BindAndClose(int count, IPEndPoint local)
    {
        for (int i = 0; i < count; i++) Bound(local).Dispose();
    }

    private void GetName(int count)
    {
        for (int i = 0; i < count; i++)
            if (_named.LocalEndPoint is null) throw new InvalidOperationException("LocalEndPoint");
    }

    private void SetOption(int count)
    {
        for (int i = 0; i < count; i++) _named.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
    }

    private void Connect(int count)
    {
        for (int i = 0; i < count; i++) _sender.Connect((i & 1) == 0 ? _one : _other);
    }

    private void SendTo(int count)
    {
        for (int i = 0; i < count; i++) _sender.SendTo(_octets, _one);
    }
}
