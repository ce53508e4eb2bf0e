using System.Net;
using System.Net.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>A host whose sockets a script uses: the kernel's by .NET, or a stack's. The calls are the same, word for word.</summary>
internal abstract class ScriptHost : IDisposable
{
    private readonly List<string> _outcomes = [];
    private readonly List<IDisposable> _opened = [];

    public IReadOnlyList<string> Outcomes => _outcomes;

    /// <summary>Opens an IPv4 datagram socket, or one of another family.</summary>
    public dynamic Open(AddressFamily family = AddressFamily.InterNetwork)
    {
        IDisposable socket = Make(family);
        _opened.Add(socket);
        return socket;
    }

    /// <summary>Opens one that is bound to the loopback address.</summary>
    public dynamic Bound(AddressFamily family = AddressFamily.InterNetwork)
    {
        dynamic socket = Open(family);
        socket.ReceiveTimeout = 3000;      // a script that fails must not hang
        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0));
        return socket;
    }

    /// <summary>Two with each other for a peer.</summary>
    public (dynamic A, dynamic B) Pair()
    {
        dynamic a = Bound(), b = Bound();
        a.Connect((IPEndPoint)b.LocalEndPoint);
        b.Connect((IPEndPoint)a.LocalEndPoint);
        return (a, b);
    }

    /// <summary>Makes a call and notes its outcome.</summary>
    public void Note(string call, Func<object?> run)
    {
        string outcome;
        try
        {
            outcome = run()?.ToString() ?? "null";
        }
        catch (SocketException e)
        {
            outcome = $"SocketException {e.SocketErrorCode}";
        }
        catch (Exception e)
        {
            outcome = e.GetType().Name;
        }

        _outcomes.Add($"{call}: {outcome}");
    }

    public void Dispose()
    {
        foreach (IDisposable socket in _opened) socket.Dispose();
        Close();
    }

    protected abstract IDisposable Make(AddressFamily family);

    protected virtual void Close()
    {
    }
}

internal sealed class KernelScriptHost : ScriptHost
{
    protected override IDisposable Make(AddressFamily family) => new Socket(family, SocketType.Dgram, ProtocolType.Udp);
}

internal sealed class StackScriptHost : ScriptHost
{
    private readonly NetworkStack _stack = new();

    protected override IDisposable Make(AddressFamily family) => _stack.OpenSocket(family, SocketType.Dgram, ProtocolType.Unspecified, _stack.Caller);

    protected override void Close() => _stack.Dispose();
}

/// <summary>The same scripts on the kernel's sockets and on ours, for the same outcomes.</summary>
public sealed class SocketScriptTests
{
    private static readonly Dictionary<string, Action<ScriptHost>> Scripts = new()
    {
        ["send and receive"] = host =>
        {
            dynamic a = host.Bound(), b = host.Bound();
            byte[] buffer = new byte[10];
            host.Note("sendto", () => a.SendTo(new byte[] { 1, 2, 3 }, (EndPoint)b.LocalEndPoint));
            host.Note("available", () => b.Available);
            host.Note("poll", () => b.Poll(0, SelectMode.SelectRead));
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            host.Note("receivefrom", () => b.ReceiveFrom(buffer, ref from));
            host.Note("from", () => from.Equals(a.LocalEndPoint));
            host.Note("octets", () => string.Join(',', buffer));
            host.Note("available", () => b.Available);
            host.Note("poll", () => b.Poll(0, SelectMode.SelectRead));
            host.Note("writable", () => b.Poll(0, SelectMode.SelectWrite));
            host.Note("error", () => b.Poll(0, SelectMode.SelectError));
        },
        ["an empty datagram"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            host.Note("send", () => a.Send(Array.Empty<byte>()));
            host.Note("send", () => a.Send(new byte[] { 1 }));
            host.Note("available", () => b.Available);
            host.Note("poll", () => b.Poll(0, SelectMode.SelectRead));
            host.Note("receive", () => b.Receive(new byte[5]));
            host.Note("available", () => b.Available);
            host.Note("receive", () => b.Receive(Array.Empty<byte>()));
            host.Note("available", () => b.Available);
        },
        ["an empty buffer"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            SocketFlags flags = SocketFlags.None;
            IPPacketInformation information = default;
            a.Send(new byte[] { 1, 2 });
            host.Note("receive", () => b.Receive(Array.Empty<byte>()));
            host.Note("available", () => b.Available);
            host.Note("receivefrom", () => b.ReceiveFrom(Array.Empty<byte>(), ref from));
            host.Note("available", () => b.Available);
            ValueTask<int> pending = b.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, CancellationToken.None);
            host.Note("receive async", () => pending.AsTask().GetAwaiter().GetResult());
            host.Note("available", () => b.Available);
            ValueTask<SocketReceiveFromResult> pendingFrom = b.ReceiveFromAsync(Memory<byte>.Empty, SocketFlags.None, from, CancellationToken.None);
            host.Note("receivefrom async", () => pendingFrom.AsTask().GetAwaiter().GetResult().ReceivedBytes);
            host.Note("available", () => b.Available);
            host.Note("message", () => b.ReceiveMessageFrom(Array.Empty<byte>(), 0, 0, ref flags, ref from, out information));
            host.Note("flags", () => flags);
            host.Note("available", () => b.Available);
        },
        ["a dual socket"] = host =>
        {
            dynamic dual = host.Open(AddressFamily.InterNetworkV6), four = host.Bound();
            dual.DualMode = true;
            dual.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            int port = ((IPEndPoint)dual.LocalEndPoint).Port;
            host.Note("to IPv4", () => dual.SendTo(new byte[3], (EndPoint)four.LocalEndPoint));
            host.Note("arrives", () => four.Receive(new byte[9]));
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            four.SendTo(new byte[2], new IPEndPoint(IPAddress.Loopback, port));
            host.Note("from IPv4", () => dual.ReceiveFrom(new byte[9], ref from));
            host.Note("mapped", () => ((IPEndPoint)from).Address);
            four.SendTo(new byte[2], new IPEndPoint(IPAddress.Loopback, port));
            SocketFlags flags = SocketFlags.None;
            IPPacketInformation information = default;
            from = new IPEndPoint(IPAddress.IPv6Any, 0);
            host.Note("message", () => dual.ReceiveMessageFrom(new byte[9], 0, 9, ref flags, ref from, out information));
            host.Note("to", () => information.Address);
        },
        ["peek and cut off"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            byte[] buffer = new byte[4];
            b.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            a.Send(new byte[] { 1, 2, 3, 4, 5, 6 });
            a.Send(new byte[] { 7 });
            host.Note("peek", () => b.Receive(buffer, SocketFlags.Peek));
            host.Note("octets", () => string.Join(',', buffer));
            host.Note("peek", () => b.Receive(buffer, SocketFlags.Peek));
            host.Note("whole length", () => b.Receive(buffer, SocketFlags.Peek | SocketFlags.Truncated));
            SocketFlags flags = SocketFlags.None;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            IPPacketInformation information = default;
            host.Note("message", () => b.ReceiveMessageFrom(buffer, 0, 4, ref flags, ref from, out information));
            host.Note("flags", () => flags);
            host.Note("to", () => $"{information.Address} {information.Interface}");
            host.Note("from", () => from.Equals(a.LocalEndPoint));
            host.Note("next", () => b.Receive(buffer));
            host.Note("octets", () => string.Join(',', buffer));
        },
        ["flags that are not for datagrams"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            host.Note("send out of band", () => a.Send(new byte[1], SocketFlags.OutOfBand));
            host.Note("send peek", () => a.Send(new byte[1], SocketFlags.DontRoute));
            host.Note("receive", () => b.Receive(new byte[5]));
            host.Note("partial", () => a.Send(new byte[1], SocketFlags.Partial));
        },
        ["no destination, and the wrong ones"] = host =>
        {
            dynamic a = host.Open();
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("too long without a peer", () => a.Send(new byte[65_508]));
            host.Note("port 0", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, 0)));
            host.Note("other family", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.IPv6Loopback, 9)));
            host.Note("broadcast", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.255.255.255"), 9)));
            host.Note("null", () => a.SendTo(new byte[1], (EndPoint)null!));
        },
        ["the longest datagram"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            byte[] buffer = new byte[70_000];
            host.Note("65,507", () => a.Send(new byte[65_507]));
            host.Note("65,508", () => a.Send(new byte[65_508]));
            host.Note("65,536", () => a.Send(new byte[65_536]));
            host.Note("receive", () => b.Receive(buffer));
        },
        ["a peer"] = host =>
        {
            dynamic a = host.Bound(), b = host.Bound(), c = host.Bound();
            byte[] buffer = new byte[4];
            host.Note("before", () => c.SendTo(new byte[] { 1 }, (EndPoint)a.LocalEndPoint));
            host.Note("connect", () => { a.Connect((EndPoint)b.LocalEndPoint); return a.Connected; });
            host.Note("from another, before", () => a.Receive(buffer));
            c.SendTo(new byte[] { 2 }, (EndPoint)a.LocalEndPoint);
            b.SendTo(new byte[] { 3, 3 }, (EndPoint)a.LocalEndPoint);
            host.Note("from the peer alone", () => a.Receive(buffer));
            host.Note("sendto another", () => a.SendTo(new byte[] { 4 }, (EndPoint)c.LocalEndPoint));
            host.Note("arrives", () => c.Receive(buffer));
            host.Note("send", () => a.Send(new byte[] { 5 }));
            host.Note("arrives", () => b.Receive(buffer));
            host.Note("remote", () => a.RemoteEndPoint.Equals(b.LocalEndPoint));
        },
        ["nothing to receive"] = host =>
        {
            dynamic a = host.Bound();
            a.Blocking = false;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            host.Note("would block", () => a.Receive(new byte[1]));
            host.Note("would block", () => a.ReceiveFrom(new byte[1], ref from));
            a.Blocking = true;
            a.ReceiveTimeout = 20;
            host.Note("timeout", () => a.ReceiveTimeout);
            host.Note("timed out", () => a.Receive(new byte[1]));
            host.Note("poll", () => a.Poll(1000, SelectMode.SelectRead));
        },
        ["receive before bind"] = host =>
        {
            dynamic a = host.Open();
            EndPoint from = new IPEndPoint(IPAddress.Any, 0), six = new IPEndPoint(IPAddress.IPv6Any, 0);
            host.Note("receivefrom", () => a.ReceiveFrom(new byte[1], ref from));
            a.Blocking = false;
            host.Note("receive", () => a.Receive(new byte[1]));
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            host.Note("other family", () => a.ReceiveFrom(new byte[1], ref six));
            EndPoint? none = null;
            host.Note("null", () => a.ReceiveFrom(new byte[1], ref none));
            host.Note("small address", () => a.ReceiveFrom(new byte[1].AsMemory().Span.ToArray(), SocketFlags.None, ref from));
        },
        ["shutdown of a direction"] = host =>
        {
            (dynamic a, dynamic b) = host.Pair();
            b.Send(new byte[] { 1 });
            host.Note("shutdown send", () => { a.Shutdown(SocketShutdown.Send); return "done"; });
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("sendto", () => a.SendTo(new byte[1], (EndPoint)b.LocalEndPoint));
            host.Note("receive", () => a.Receive(new byte[5]));
            b.Send(new byte[] { 2, 2 });
            host.Note("shutdown receive", () => { a.Shutdown(SocketShutdown.Receive); return "done"; });
            host.Note("readable", () => a.Poll(0, SelectMode.SelectRead));
            host.Note("receive what came", () => a.Receive(new byte[5]));
            host.Note("receive the end", () => a.Receive(new byte[5]));
            b.Send(new byte[] { 3, 3, 3 });
            host.Note("receive what came later", () => a.Receive(new byte[5]));
            host.Note("readable", () => a.Poll(0, SelectMode.SelectRead));
        },
        ["shutdown without a peer"] = host =>
        {
            dynamic a = host.Bound(), b = host.Bound();
            host.Note("shutdown", () => { a.Shutdown(SocketShutdown.Both); return "done"; });
            host.Note("sendto", () => a.SendTo(new byte[1], (EndPoint)b.LocalEndPoint));
            host.Note("receive", () => a.Receive(new byte[5]));
            host.Note("readable", () => a.Poll(0, SelectMode.SelectRead));
        },
        ["closed"] = host =>
        {
            dynamic a = host.Bound();
            a.Close();
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("sendto", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, 9)));
            host.Note("receive", () => a.Receive(new byte[1]));
            host.Note("receivefrom", () => a.ReceiveFrom(new byte[1], ref from));
            host.Note("poll", () => a.Poll(0, SelectMode.SelectRead));
            host.Note("available", () => a.Available);
        },
        ["closed under a blocked thread"] = host =>
        {
            dynamic a = host.Bound();
            a.ReceiveTimeout = 0;
            var thread = new Thread(() => host.Note("receive", () => a.Receive(new byte[1])));
            thread.Start();
            Thread.Sleep(100);
            a.Close();
            thread.Join();
        },
        ["closed under an asynchronous call"] = host =>
        {
            dynamic a = host.Bound();
            ValueTask<int> pending = a.ReceiveAsync(new byte[1].AsMemory(), SocketFlags.None, CancellationToken.None);
            Task<int> task = pending.AsTask();
            a.Close();
            host.Note("receive", () => task.GetAwaiter().GetResult());
        },
        ["cancelled"] = host =>
        {
            dynamic a = host.Bound(), b = host.Bound();
            using var source = new CancellationTokenSource();
            ValueTask<int> pending = a.ReceiveAsync(new byte[1].AsMemory(), SocketFlags.None, source.Token);
            Task<int> task = pending.AsTask();
            source.Cancel();
            host.Note("receive", () => task.GetAwaiter().GetResult());
            host.Note("how", () => task.IsCanceled);
            b.SendTo(new byte[] { 1 }, (EndPoint)a.LocalEndPoint);
            host.Note("nothing was lost", () => a.Receive(new byte[1]));
            ValueTask<int> late = a.ReceiveAsync(new byte[1].AsMemory(), SocketFlags.None, source.Token);
            host.Note("late", () => late.IsCanceled);
        },
        ["options"] = host =>
        {
            dynamic a = host.Open();
            host.Note("ttl", () => a.Ttl);
            host.Note("dont fragment", () => a.DontFragment);
            a.Ttl = 7;
            a.DontFragment = true;
            host.Note("ttl", () => a.Ttl);
            host.Note("dont fragment", () => a.DontFragment);
            a.DontFragment = false;
            host.Note("dont fragment", () => a.DontFragment);
            host.Note("ttl 0", () => a.Ttl = 0);
            host.Note("ttl 256", () => a.Ttl = 256);
            host.Note("type", () => (SocketType)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
            host.Note("error", () => (SocketError)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
            foreach (int size in new[] { 0, 1, 1000, 1152, 2304, 5000, 100_000 })
            {
                host.Note($"receive buffer {size}", () => { a.ReceiveBufferSize = size; return a.ReceiveBufferSize; });
                host.Note($"send buffer {size}", () => { a.SendBufferSize = size; return a.SendBufferSize; });
            }

            host.Note("negative", () => a.ReceiveBufferSize = -1);
            host.Note("negative timeout", () => a.SendTimeout = -2);
            host.Note("no timeout", () => { a.SendTimeout = -1; return a.SendTimeout; });
            host.Note("timeout", () => { a.SendTimeout = 1234; return a.SendTimeout; });
            host.Note("broadcast", () => a.EnableBroadcast);
        },
        ["nobody has the port"] = host =>
        {
            dynamic a = host.Bound(), gone = host.Bound();
            EndPoint nobody = gone.LocalEndPoint;
            gone.Close();
            host.Note("without a peer", () => a.SendTo(new byte[1], nobody));
            host.Note("not told", () => a.SendTo(new byte[1], nobody));
            a.Connect(nobody);
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("told", () => a.Send(new byte[1]));
            host.Note("once", () => a.Send(new byte[1]));
            host.Note("readable", () => a.Poll(0, SelectMode.SelectRead));
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.Note("writable", () => a.Poll(0, SelectMode.SelectWrite));
            host.Note("told by receive", () => a.Receive(new byte[1]));
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("told by the option", () => (SocketError)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
            host.Note("no more", () => (SocketError)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
        },
    };

    public static TheoryData<string> Names() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_outcomes_are_those_of_the_kernel_s_sockets(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The outcomes are those of Linux.");
        using var kernel = new KernelScriptHost();
        using var stack = new StackScriptHost();
        Scripts[name](kernel);
        Scripts[name](stack);
        Assert.Equal(kernel.Outcomes, stack.Outcomes);
        foreach (string outcome in kernel.Outcomes) TestContext.Current.TestOutputHelper!.WriteLine(outcome);
    }
}
