using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Bench.Faces;

/// <summary>The socket calls of POSIX.</summary>
internal sealed class PosixFace : IFace
{
    private readonly NetworkStack _stack;
    private readonly PosixProcess _process;
    private readonly byte[] _local = To(7000), _any = To(0), _one = To(7001), _other = To(7002);
    private readonly byte[] _name = new byte[SocketAddress.StorageLength], _octets = new byte[EngineFace.Octets], _option = [1, 0, 0, 0];
    private readonly int _named, _sender, _empty;

    public PosixFace()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Personality = Personality });
        _process = new PosixHost(_stack).Start(Caller.Root);
        _named = Bound(7003);
        _sender = Open();
        int full = Bound(7001);
        _empty = Bound(7002);
        while (_process.SocketOf(full)!.Drops == 0) _process.SendTo(_sender, _octets, _octets.Length, 0, _one, _one.Length);
    }

    public string Name => "POSIX";

    public Personality Personality => Personality.Linux;

    public Action<int>? Run(FaceCall call) => call switch
    {
        FaceCall.BindAndClose => count => BindAndClose(count, _local),
        FaceCall.BindToPortZeroAndClose => count => BindAndClose(count, _any),
        FaceCall.GetSockName => GetName,
        FaceCall.SetSockOpt => SetOption,
        FaceCall.ConnectDatagram => Connect,
        FaceCall.SendTo => Send,
        FaceCall.ReceiveNothing => Receive,
        _ => null,
    };

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    private static byte[] To(ushort port) => SocketAddress.ToOctets(InetEndpoint.Parse($"127.0.0.1:{port}"));

    private int Open() => _process.Socket(AF_INET, SOCK_DGRAM, 0);

    private int Bound(ushort port)
    {
        int descriptor = Open();
        Check(_process.Bind(descriptor, To(port), SocketAddress.V4Length));
        return descriptor;
    }

    private void BindAndClose(int count, byte[] local)
    {
        for (int i = 0; i < count; i++)
        {
            int descriptor = Open();
            Check(_process.Bind(descriptor, local, local.Length));
            _process.Close(descriptor);
        }
    }

    private void GetName(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int length = _name.Length;
            Check(_process.GetSockName(_named, _name, ref length));
        }
    }

    private void SetOption(int count)
    {
        for (int i = 0; i < count; i++) Check(_process.SetSockOpt(_named, SOL_SOCKET, RawOption.ReuseAddress, _option, _option.Length));
    }

    private void Connect(int count)
    {
        for (int i = 0; i < count; i++) Check(_process.Connect(_sender, (i & 1) == 0 ? _one : _other, SocketAddress.V4Length));
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++) Check(_process.SendTo(_sender, _octets, _octets.Length, 0, _one, _one.Length));
    }

    private void Receive(int count)
    {
        int length = _name.Length;
        for (int i = 0; i < count; i++)
            if (_process.RecvFrom(_empty, _octets, _octets.Length, MSG_DONTWAIT, _name, ref length) >= 0) throw new InvalidOperationException("recvfrom");
    }

    private void Check(int answer)
    {
        if (answer < 0) throw new InvalidOperationException(_process.Error == Errno.Success ? "no errno" : _process.Error.ToString());
    }
}
