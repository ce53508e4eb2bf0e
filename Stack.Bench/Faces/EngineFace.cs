using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Faces;

/// <summary>No face at all: the calls of the stack's own socket that all faces are made of, with arguments that are read already.</summary>
internal sealed class EngineFace : IFace
{
    public const int Octets = 64;

    private readonly NetworkStack _stack;
    private readonly NetworkSocket _named, _sender, _full, _empty;
    private readonly InetEndpoint _local, _any, _one, _other;
    private readonly byte[] _octets = new byte[Octets], _option = [1, 0, 0, 0];

    public EngineFace(Personality personality)
    {
        Personality = personality;
        _stack = new NetworkStack(new NetworkStackOptions { Personality = personality });
        (_named, _sender, _full, _empty) = (Open(), Open(), Open(), Open());
        (_local, _any) = (InetEndpoint.Parse("127.0.0.1:7000"), InetEndpoint.Parse("127.0.0.1:0"));
        (_one, _other) = (InetEndpoint.Parse("127.0.0.1:7001"), InetEndpoint.Parse("127.0.0.1:7002"));
        _named.BindAs(InetEndpoint.Parse("127.0.0.1:7003"), Caller.Root);
        _full.BindAs(_one, Caller.Root);
        _empty.BindAs(_other, Caller.Root);
        while (_full.Drops == 0) _sender.TrySendTo(_octets, _one);
    }

    public string Name => "the engine alone";

    public Personality Personality { get; }

    public Action<int> Run(FaceCall call) => call switch
    {
        FaceCall.BindAndClose => count => BindAndClose(count, _local),
        FaceCall.BindToPortZeroAndClose => count => BindAndClose(count, _any),
        FaceCall.GetSockName => GetName,
        FaceCall.SetSockOpt => SetOption,
        FaceCall.ConnectDatagram => Connect,
        FaceCall.SendTo => Send,
        _ => Receive,
    };

    Action<int>? IFace.Run(FaceCall call) => Run(call);

    public void Dispose() => _stack.Dispose();

    private NetworkSocket Open() => _stack.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Unspecified, Caller.Root);

    private void BindAndClose(int count, in InetEndpoint local)
    {
        for (int i = 0; i < count; i++)
        {
            NetworkSocket socket = Open();
            if (socket.BindAs(local, Caller.Root) != BindRule.Granted) throw new InvalidOperationException("bind");
            socket.Dispose();
        }
    }

    private void GetName(int count)
    {
        for (int i = 0; i < count; i++)
            if (_named.LocalName.Port != 7003) throw new InvalidOperationException("getsockname");
    }

    private void SetOption(int count)
    {
        for (int i = 0; i < count; i++)
            if (_named.TrySetRaw(RawOptionLevel.Socket, RawOption.ReuseAddress, _option, Caller.Root) != BindRule.Granted) throw new InvalidOperationException("setsockopt");
    }

    private void Connect(int count)
    {
        for (int i = 0; i < count; i++)
            if (!_sender.ConnectAs((i & 1) == 0 ? _one : _other).IsDone) throw new InvalidOperationException("connect");
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
            if (_sender.TrySendTo(_octets, _one).Octets != Octets) throw new InvalidOperationException("sendto");
    }

    private void Receive(int count)
    {
        for (int i = 0; i < count; i++)
            if (!_empty.TryReceiveFrom(_octets, out _).WouldWait) throw new InvalidOperationException("recvfrom");
    }
}
