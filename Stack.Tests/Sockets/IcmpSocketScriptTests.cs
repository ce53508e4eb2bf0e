using System.Net;
using System.Net.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>The same scripts on the kernel's ICMP sockets and error queues and on ours, for the same outcomes.</summary>
public sealed class IcmpSocketScriptTests
{
    private static readonly IPEndPoint Home = new(IPAddress.Loopback, 0), Nobody = new(IPAddress.Loopback, 9);

    private static readonly Dictionary<string, Action<RawScriptHost>> Scripts = new()
    {
        ["identifiers"] = host =>
        {
            dynamic a = host.Ping(), b = host.Ping(), c = host.Ping();
            byte[] value = new byte[4];
            host.Note("reuse", () => { a.GetRawSocketOption(1, 2, value); return value[0]; });
            host.Note("type", () => (SocketType)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
            host.Note("bound", () => a.IsBound);
            host.Note("group", () => { a.Bind(new IPEndPoint(IPAddress.Parse("224.0.0.1"), 5)); return a.LocalEndPoint; });
            host.Note("broadcast", () => { a.Bind(new IPEndPoint(IPAddress.Parse("127.255.255.255"), 5)); return a.LocalEndPoint; });
            host.Note("foreign", () => { a.Bind(new IPEndPoint(IPAddress.Parse("9.9.9.9"), 5)); return a.LocalEndPoint; });
            host.Note("bind", () => { a.Bind(new IPEndPoint(IPAddress.Loopback, 5)); return a.LocalEndPoint; });
            host.Note("again", () => { a.Bind(new IPEndPoint(IPAddress.Loopback, 6)); return a.LocalEndPoint; });
            host.Note("shared", () => { b.Bind(new IPEndPoint(IPAddress.Loopback, 5)); return b.LocalEndPoint; });
            c.SetRawSocketOption(1, 2, new byte[4]);
            host.Note("not shared", () => { c.Bind(new IPEndPoint(IPAddress.Loopback, 5)); return c.LocalEndPoint; });
            host.Note("not even on another address", () => { c.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 5)); return c.LocalEndPoint; });
            host.Note("another", () => { c.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 6)); return c.LocalEndPoint; });
            host.Note("connect", () => { c.Connect(new IPEndPoint(IPAddress.Loopback, 7)); return $"{c.LocalEndPoint} {c.RemoteEndPoint}"; });
        },
        ["echoes"] = host =>
        {
            dynamic a = host.Ping(0x1234), b = host.Ping(0x1235);
            byte[] buffer = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            host.Note("too short", () => a.SendTo(new byte[] { 8, 0, 0, 0, 0, 0, 0 }, Home));
            host.Note("a reply", () => a.SendTo(new byte[] { 0, 0, 0, 0, 0, 0, 0, 1 }, Home));
            host.Note("a code", () => a.SendTo(new byte[] { 8, 1, 0, 0, 0, 0, 0, 1 }, Home));
            host.Note("out of band", () => a.SendTo(new byte[8], SocketFlags.OutOfBand, Home));
            host.Note("no destination", () => a.Send(RawScriptHost.Echo(1, 1)));
            host.Note("request", () => a.SendTo(new byte[] { 8, 0, 9, 9, 9, 9, 0, 1, 0xAB }, Home));
            host.Note("reply", () => a.ReceiveFrom(buffer, ref from));
            host.Note("from", () => from);
            host.Note("with the identifier", () => Convert.ToHexString(buffer, 0, 9));
            host.Note("nothing for others", () => b.Poll(0, SelectMode.SelectRead));
            host.Note("broadcast", () => a.SendTo(RawScriptHost.Echo(1, 1), new IPEndPoint(IPAddress.Parse("127.255.255.255"), 0)));
            byte[] large = new byte[65_516];
            large[0] = 8;
            host.Note("65,515", () => a.SendTo(large, 65_515, SocketFlags.None, Home));
            host.Note("65,516", () => a.SendTo(large, 65_516, SocketFlags.None, Home));
            host.Note("large reply", () => a.Receive(new byte[70_000]));
            host.Note("connect", () => { a.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 3)); return a.LocalEndPoint; });
            host.Note("request", () => a.Send(RawScriptHost.Echo(1, 2)));
            host.Note("reply", () => { a.ReceiveFrom(buffer, ref from); return from; });
            host.Note("to another", () => a.SendTo(RawScriptHost.Echo(1, 2), Home));
            host.Note("which the peer does not keep away", () => { a.ReceiveFrom(buffer, ref from); return from; });
        },
        ["errors of datagrams"] = host =>
        {
            dynamic a = host.Open(SocketType.Dgram, ProtocolType.Udp);
            byte[] value = new byte[4];
            a.SetRawSocketOption(0, 11, new byte[] { 1, 0, 0, 0 });
            host.Note("get", () => { a.GetRawSocketOption(0, 11, value); return value[0]; });
            host.NoteErrors(a);
            host.Note("send", () => a.SendTo(new byte[] { 1, 2, 3 }, Nobody));
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.Note("readable", () => a.Poll(0, SelectMode.SelectRead));
            host.Note("told", () => a.SendTo(new byte[] { 1, 2, 3 }, Nobody));
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.Note("send", () => a.SendTo(new byte[] { 4 }, Nobody));
            host.Note("send", () => a.SendTo(new byte[200], Nobody));
            host.NoteErrors(a);
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.Note("send", () => a.SendTo(Array.Empty<byte>(), Nobody));
            host.Note("told by receive", () => a.Receive(new byte[1]));
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.NoteErrors(a);
            a.Connect(Nobody);
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("off", () => { a.SetRawSocketOption(0, 11, new byte[4]); return null; });
            host.NoteErrors(a);
            host.Note("still pending", () => a.Send(new byte[1]));
        },
        ["what is too long"] = host =>
        {
            dynamic a = host.Open(SocketType.Dgram, ProtocolType.Udp), raw = host.Raw(ProtocolType.Igmp), ping = host.Ping(77);
            foreach (dynamic socket in new[] { a, raw, ping }) socket.SetRawSocketOption(0, 11, new byte[] { 1, 0, 0, 0 });
            host.Note("65,508", () => a.SendTo(new byte[65_508], Nobody));
            host.NoteErrors(a);
            host.SetLoopbackMtu(1500);
            foreach (dynamic socket in new[] { a, raw, ping }) socket.DontFragment = true;
            host.Note("1,473", () => a.SendTo(new byte[1473], Nobody));
            host.Note("error", () => a.Poll(0, SelectMode.SelectError));
            host.NoteErrors(a);
            a.Connect(Nobody);
            host.Note("1,473", () => a.Send(new byte[1473]));
            host.NoteErrors(a);
            host.Note("65,536", () => a.Send(new byte[65_536]));
            host.NoteErrors(a);
            host.Note("raw", () => raw.SendTo(new byte[1481], new IPEndPoint(IPAddress.Loopback, 7)));
            host.NoteErrors(raw);
            byte[] echo = new byte[1481];
            echo[0] = 8;
            host.Note("ping", () => ping.SendTo(echo, Home));
            host.NoteErrors(ping);
            raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            host.Note("with a header", () => raw.SendTo(new byte[1501], Home));
            host.NoteErrors(raw);
            host.SetLoopbackMtu(65_536);
        },
        ["errors of raw sockets"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Udp), near = host.Raw(ProtocolType.Udp), far = host.Raw(ProtocolType.Udp);
            foreach (dynamic socket in new[] { a, near, far }) socket.SetRawSocketOption(0, 11, new byte[] { 1, 0, 0, 0 });
            near.Bind(Home);
            near.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            far.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            a.DontFragment = false;
            host.Note("send", () => a.SendTo(new byte[] { 0, 9, 0, 1, 0, 9, 0, 0, 0xEE }, Home));
            host.NoteErrors(a);
            host.Note("whose source was bound, too", () => near.Poll(0, SelectMode.SelectError));
            host.Note("but not to another", () => far.Poll(0, SelectMode.SelectError));
            host.Note("told", () => near.Receive(new byte[100]));
        },
    };

    public static TheoryData<string> Names() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_outcomes_are_those_of_the_kernel_s_sockets(string name) => RawScriptHost.Compare(Scripts[name]);
}
