using System.Net;
using System.Net.Sockets;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

internal sealed class KernelStreamHost : ScriptHost
{
    protected override IDisposable Make(AddressFamily family) => new Socket(family, SocketType.Stream, ProtocolType.Tcp);
}

internal sealed class StackStreamHost : ScriptHost
{
    private readonly NetworkStack _stack = new();

    protected override IDisposable Make(AddressFamily family) => _stack.CreateSocket(family, SocketType.Stream);

    protected override void Close() => _stack.Dispose();
}

/// <summary>The same scripts on the kernel's streams and on ours, for the same outcomes.</summary>
public sealed class StreamScriptTests
{
    private static readonly Dictionary<string, Action<ScriptHost>> Scripts = new()
    {
        ["a fresh socket"] = host =>
        {
            dynamic a = host.Open();
            Polls(host, a);
            host.Note("receive", () => a.Receive(new byte[1]));
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("shutdown", () => Do(() => a.Shutdown(SocketShutdown.Both)));
            host.Note("connected", () => a.Connected);
        },
        ["half close"] = host =>
        {
            (dynamic a, dynamic b) = Pair(host);
            a.Send(new byte[] { 1, 2 });
            a.Shutdown(SocketShutdown.Send);
            Until(b, SelectMode.SelectRead);
            host.Note("receive", () => b.Receive(new byte[5]));
            Until(b, SelectMode.SelectRead);
            host.Note("receive", () => b.Receive(new byte[5]));
            host.Note("receive again", () => b.Receive(new byte[5]));
            host.Note("send on", () => a.Send(new byte[1]));
            host.Note("send back", () => b.Send(new byte[] { 3 }));
            Until(a, SelectMode.SelectRead);
            host.Note("receive", () => a.Receive(new byte[5]));
            Polls(host, b);
        },
        ["reset"] = host =>
        {
            (dynamic a, dynamic b) = Pair(host);
            a.Send(new byte[] { 1, 2, 3 });
            Until(b, SelectMode.SelectRead);
            a.LingerState = new LingerOption(true, 0);
            a.Close();
            Until(b, SelectMode.SelectError);
            host.Note("receive what came before", () => b.Receive(new byte[5]));
            host.Note("receive", () => b.Receive(new byte[5]));
            host.Note("receive again", () => b.Receive(new byte[5]));
            host.Note("send", () => b.Send(new byte[5]));
            Polls(host, b);
        },
        ["reset, then send"] = host =>
        {
            (dynamic a, dynamic b) = Pair(host);
            a.LingerState = new LingerOption(true, 0);
            a.Close();
            Until(b, SelectMode.SelectError);
            host.Note("send", () => b.Send(new byte[5]));
            host.Note("send again", () => b.Send(new byte[5]));
            host.Note("receive", () => b.Receive(new byte[5]));
        },
        ["close with octets unread"] = host =>
        {
            (dynamic a, dynamic b) = Pair(host);
            b.Send(new byte[] { 1 });
            Until(a, SelectMode.SelectRead);
            a.Close();
            Until(b, SelectMode.SelectError);
            host.Note("error", () => b.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
            host.Note("error again", () => b.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
            host.Note("receive", () => b.Receive(new byte[5]));
        },
        ["refused, and again"] = host =>
        {
            dynamic listener = host.Bound();
            var closed = (IPEndPoint)listener.LocalEndPoint;
            dynamic a = host.Open();
            host.Note("connect", () => Do(() => a.Connect(closed)));
            host.Note("connected", () => a.Connected);
        },
        ["not blocking"] = host =>
        {
            dynamic listener = host.Bound();
            listener.Listen(4);
            listener.Blocking = false;
            host.Note("accept", () => listener.Accept());
            dynamic a = host.Open();
            a.Blocking = false;
            host.Note("connect", () => Do(() => a.Connect((IPEndPoint)listener.LocalEndPoint)) is null ? null : "begun");
            Until(a, SelectMode.SelectWrite);
            host.Note("error", () => a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
            host.Note("receive", () => a.Receive(new byte[1]));
            Until(listener, SelectMode.SelectRead);
            dynamic b = listener.Accept();
            host.Note("blocks", () => b.Blocking);
            host.Note("listener", () => listener.Poll(0, SelectMode.SelectRead));
            host.Note("send", () => a.Send(new byte[3]));
            Until(b, SelectMode.SelectRead);
            host.Note("receive", () => b.Receive(new byte[9]));
            b.Dispose();
        },
        ["peek and an empty buffer"] = host =>
        {
            (dynamic a, dynamic b) = Pair(host);
            a.Send(new byte[] { 5, 6 });
            Until(b, SelectMode.SelectRead);
            host.Note("empty", () => b.Receive(Array.Empty<byte>()));
            host.Note("peek", () => b.Receive(new byte[9], SocketFlags.Peek));
            host.Note("available", () => b.Available);
            host.Note("receive", () => b.Receive(new byte[9]));
            host.Note("available", () => b.Available);
            host.Note("out of band", () => b.Receive(new byte[9], SocketFlags.OutOfBand));
        },
        ["options"] = host =>
        {
            dynamic a = host.Open();
            host.Note("nodelay", () => a.NoDelay);
            a.NoDelay = true;
            host.Note("nodelay", () => a.NoDelay);
            host.Note("linger", () => Linger(a));
            a.LingerState = new LingerOption(true, 7);
            host.Note("linger", () => Linger(a));
            a.ReceiveBufferSize = 10_000;
            host.Note("rcvbuf", () => a.ReceiveBufferSize);
            a.SendBufferSize = 100;
            host.Note("sndbuf", () => a.SendBufferSize);
            a.ReceiveBufferSize = 100;
            host.Note("rcvbuf", () => a.ReceiveBufferSize);
            foreach (SocketOptionName name in (ReadOnlySpan<SocketOptionName>)
                [SocketOptionName.TcpKeepAliveTime, SocketOptionName.TcpKeepAliveInterval, SocketOptionName.TcpKeepAliveRetryCount])
            {
                host.Note($"get {name}", () => a.GetSocketOption(SocketOptionLevel.Tcp, name));
                host.Note($"set {name}", () => Do(() => a.SetSocketOption(SocketOptionLevel.Tcp, name, 40)));
                host.Note($"set {name} to 0", () => Do(() => a.SetSocketOption(SocketOptionLevel.Tcp, name, 0)));
                host.Note($"get {name}", () => a.GetSocketOption(SocketOptionLevel.Tcp, name));
            }

            host.Note("keepalive", () => a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
            a.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            host.Note("keepalive", () => a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
            host.Note("ttl", () => a.Ttl);
            a.Ttl = (short)9;
            host.Note("ttl", () => a.Ttl);
            host.Note("type", () => a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
            host.Note("listening", () => a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection));
        },
        ["raw options"] = host =>
        {
            dynamic a = host.Open();
            foreach (int name in (ReadOnlySpan<int>)[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 23, 30, 34])
            {
                foreach (int value in (ReadOnlySpan<int>)[1, 0, -1, 5, 100, 200_000, 7])
                {
                    host.Note($"set {name} {value}", () => Do(() => a.SetRawSocketOption(6, name, BitConverter.GetBytes(value))));
                    host.Note($"get {name}", () => Raw(a, 6, name));
                }
            }
        },
    };

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Kernel_and_stack_answer_the_same(string name)
    {
        using var kernel = new KernelStreamHost();
        using var stack = new StackStreamHost();
        Scripts[name](kernel);
        Scripts[name](stack);
        Assert.Equal(kernel.Outcomes, stack.Outcomes);
    }

    private static (dynamic A, dynamic B) Pair(ScriptHost host)
    {
        dynamic listener = host.Bound();
        listener.Listen(4);
        dynamic a = host.Open();
        a.ReceiveTimeout = 3000;
        a.Connect((IPEndPoint)listener.LocalEndPoint);
        dynamic b = listener.Accept();
        b.ReceiveTimeout = 3000;
        return (a, b);
    }

    private static void Until(dynamic socket, SelectMode mode) => socket.Poll(3_000_000, mode);

    private static void Polls(ScriptHost host, dynamic socket)
    {
        foreach (SelectMode mode in Enum.GetValues<SelectMode>()) host.Note($"poll {mode}", () => socket.Poll(0, mode));
    }

    private static string? Do(Action action)
    {
        action();
        return "done";
    }

    private static string Linger(dynamic socket)
    {
        LingerOption linger = socket.LingerState;
        return $"{linger.Enabled} {(linger.Enabled ? linger.LingerTime : 0)}";
    }

    private static string Raw(dynamic socket, int level, int name)
    {
        byte[] value = new byte[4];
        int length = socket.GetRawSocketOption(level, name, value);
        return $"{length} {BitConverter.ToInt32(value)}";
    }
}
