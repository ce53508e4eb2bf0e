using System.Net;
using System.Net.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>The same scripts on the kernel's raw sockets and on ours, for the same outcomes.</summary>
public sealed class RawScriptTests
{
    private static readonly IPEndPoint Home = new(IPAddress.Loopback, 0);

    private static readonly Dictionary<string, Action<RawScriptHost>> Scripts = new()
    {
        ["names"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Igmp);
            host.Note("type", () => (SocketType)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
            byte[] value = new byte[4];
            host.Note("reuse", () => { a.GetRawSocketOption(1, 2, value); return value[0]; });
            host.Note("bound", () => a.IsBound);
            host.Note("bind", () => { a.Bind(new IPEndPoint(IPAddress.Loopback, 77)); return RawScriptHost.NameOf(a); });
            host.Note("again", () => { a.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0)); return RawScriptHost.NameOf(a); });
            host.Note("to a group", () => { a.Bind(new IPEndPoint(IPAddress.Parse("224.0.0.1"), 0)); return RawScriptHost.NameOf(a); });
            host.Note("to a broadcast address", () => { a.Bind(new IPEndPoint(IPAddress.Parse("127.255.255.255"), 0)); return RawScriptHost.NameOf(a); });
            host.Note("to a foreign one", () => { a.Bind(new IPEndPoint(IPAddress.Parse("9.9.9.9"), 0)); return RawScriptHost.NameOf(a); });
            host.Note("to the wildcard", () => { a.Bind(new IPEndPoint(IPAddress.Any, 0)); return RawScriptHost.NameOf(a); });
            host.Note("connect", () => { a.Connect(new IPEndPoint(IPAddress.Loopback, 9)); return $"{RawScriptHost.NameOf(a)} {a.RemoteEndPoint}"; });
            host.Note("bind with a peer", () => { a.Bind(Home); return RawScriptHost.NameOf(a); });
            host.Note("listen", () => { a.Listen(1); return null; });
        },
        ["what can't be opened"] = host =>
        {
            host.Note("unspecified", () => host.Raw(ProtocolType.Unspecified));
            host.Note("stream of ICMP", () => host.Open(SocketType.Stream, ProtocolType.Icmp));
            host.Note("datagrams of TCP", () => host.Open(SocketType.Dgram, ProtocolType.Tcp));
            host.Note("datagrams of IGMP", () => host.Open(SocketType.Dgram, ProtocolType.Igmp));
        },
        ["send and receive"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Igmp), b = host.Raw(ProtocolType.Igmp), c = host.Raw(ProtocolType.Igmp);
            b.Bind(Home);
            c.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            byte[] buffer = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            host.Note("receivefrom unbound", () => a.ReceiveFrom(buffer, ref from));
            host.Note("sendto", () => a.SendTo(new byte[] { 0xEE, 2, 3 }, Home));
            host.Note("available", () => a.Available);
            host.Note("receive", () => a.Receive(buffer));
            host.Note("header", () => Shown(buffer, 23));
            host.Note("receivefrom", () => b.ReceiveFrom(buffer, ref from));
            host.Note("from", () => from);
            host.Note("not to another address", () => c.Available);
            host.Note("to port 7", () => a.SendTo(new byte[] { 0xEE, 3 }, new IPEndPoint(IPAddress.Loopback, 7)));
            SocketFlags flags = SocketFlags.None;
            IPPacketInformation information = default;
            b.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            host.Note("cut off", () => b.ReceiveMessageFrom(buffer, 0, 5, ref flags, ref from, out information));
            host.Note("flags", () => flags);
            host.Note("empty", () => a.SendTo(Array.Empty<byte>(), Home));
            host.Note("arrives", () => b.Receive(buffer));
            host.Note("ttl and tos", () =>
            {
                a.Ttl = 3;
                a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, 0x20);
                a.DontFragment = false;
                a.SendTo(new byte[1], Home);
                b.Receive(buffer);
                return Shown(buffer, 21);
            });
        },
        ["peers"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Igmp), b = host.Raw(ProtocolType.Igmp), near = host.Raw(ProtocolType.Igmp);
            byte[] buffer = new byte[100];
            near.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0));
            b.Bind(Home);
            host.Note("send", () => a.Send(new byte[1]));
            host.Note("connect", () => { b.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.3"), 5)); return b.LocalEndPoint; });
            a.SendTo(new byte[] { 0xEE, 1 }, Home);
            near.SendTo(new byte[] { 0xEE, 2, 2 }, Home);
            host.Note("from the peer alone", () => b.Receive(buffer));
            host.Note("nothing more", () => b.Available);
            host.Note("send", () => b.Send(new byte[] { 0xEE, 3 }));
            host.Note("arrives", () => near.Receive(buffer));
        },
        ["lengths and destinations"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Igmp);
            byte[] buffer = new byte[70_000];
            host.Note("65,515", () => a.SendTo(new byte[65_515], Home));
            host.Note("65,516", () => a.SendTo(new byte[65_516], Home));
            host.Note("65,536", () => a.SendTo(new byte[65_536], Home));
            host.Note("receive", () => a.Receive(buffer));
            host.Note("broadcast", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.255.255.255"), 0)));
            host.Note("broadcast", () =>
            {
                a.EnableBroadcast = true;
                return a.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.255.255.255"), 0));
            });
            host.Note("IPv6", () => a.SendTo(new byte[1], new IPEndPoint(IPAddress.IPv6Loopback, 0)));
        },
        ["a broadcast peer"] = host =>
        {
            foreach (dynamic a in new[] { host.Raw(ProtocolType.Igmp), host.Ping(7) })
            {
                var peer = new IPEndPoint(IPAddress.Parse("127.255.255.255"), 0);
                a.EnableBroadcast = true;
                host.Note("connect", () => { a.Connect(peer); return null; });
                host.Note("send", () => a.Send(RawScriptHost.Echo(7, 1)));
                a.EnableBroadcast = false;
                host.Note("send", () => a.Send(RawScriptHost.Echo(7, 1)));
            }
        },
        ["ICMP"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Icmp);
            byte[] buffer = new byte[200];
            byte[] request = RawScriptHost.Echo(7, 1);
            host.Note("request", () => a.SendTo(request, Home));
            host.Note("is heard", () => a.Receive(buffer));
            host.Note("as", () => Shown(buffer, 30));
            host.Note("and the reply", () => a.Receive(buffer));
            host.Note("as", () => Shown(buffer, 30));
        },
        ["the filter of ICMP"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Icmp), other = host.Raw(ProtocolType.Igmp);
            byte[] buffer = new byte[200], value = new byte[9];
            host.Note("set", () => { a.SetRawSocketOption(255, 1, BitConverter.GetBytes(1 << 8)); return null; });
            host.Note("get", () => $"{a.GetRawSocketOption(255, 1, value)} {Convert.ToHexString(value)}");
            a.SendTo(RawScriptHost.Echo(7, 1), Home);
            host.Note("the reply alone", () => { a.Receive(buffer); return buffer[20]; });
            host.Note("nothing more", () => a.Available);
            host.Note("in part", () => { a.SetRawSocketOption(255, 1, new byte[] { 0xFF }); return a.GetRawSocketOption(255, 1, value); });
            host.Note("get", () => Convert.ToHexString(value));
            a.SendTo(RawScriptHost.Echo(7, 1), Home);
            host.Note("nothing", () => a.Available);
            host.Note("of IGMP", () => { other.SetRawSocketOption(255, 1, new byte[4]); return null; });
            host.Note("another", () => { other.SetRawSocketOption(255, 2, new byte[4]); return null; });
        },
        ["UDP and errors"] = host =>
        {
            dynamic udp = host.Raw(ProtocolType.Udp), icmp = host.Raw(ProtocolType.Icmp);
            byte[] buffer = new byte[200];
            host.Note("to a port that nobody has", () => udp.SendTo(new byte[] { 0, 9, 0, 1, 0, 8, 0, 0 }, Home));
            host.Note("is heard", () => udp.Receive(buffer));
            host.Note("the port is unreachable", () => { icmp.Receive(buffer); return $"{buffer[20]} {buffer[21]}"; });
            host.Note("which a socket without a peer does not hear", () => udp.Poll(0, SelectMode.SelectError));
            udp.Connect(Home);
            udp.Send(new byte[] { 0, 9, 0, 1, 0, 8, 0, 0 });
            host.Note("one with a peer does", () => udp.Poll(0, SelectMode.SelectError));
            host.Note("but not when it sends", () => udp.Send(new byte[1]));
            host.Note("when it receives", () => udp.Receive(buffer));
            host.Note("once", () => udp.Receive(buffer));
            host.Note("shut down", () => { udp.Shutdown(SocketShutdown.Both); return null; });
            host.Note("it still sends", () => udp.Send(new byte[1]));
            udp.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            host.Note("but with a header", () => udp.Send(Packet(ProtocolType.Udp, 8)));
            dynamic igmp = host.Raw(ProtocolType.Igmp);
            igmp.SendTo(new byte[9], Home);
            host.Note("a protocol that a raw socket takes is no error", () => { Thread.Sleep(20); return icmp.Available; });
        },
        ["a header of one's own"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Raw), b = host.Raw(ProtocolType.Igmp), hears = host.Raw(ProtocolType.Igmp);
            byte[] buffer = new byte[200];
            host.Note("of itself", () => a.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded));
            host.Note("not at first", () => b.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded));
            b.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            host.Note("set", () => b.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded));
            host.Note("send", () => b.SendTo(Packet(ProtocolType.Igmp, 5), Home));
            host.Note("filled in", () => { hears.Receive(buffer); return Shown(buffer, 25); });
            host.Note("send", () => a.SendTo(Packet(ProtocolType.Raw, 6), Home));
            host.Note("hears its own", () => { a.Receive(buffer); return Shown(buffer, 26); });
            host.Note("too short", () => a.SendTo(new byte[19], Home));
            byte[] wrong = Packet(ProtocolType.Igmp, 1);
            wrong[0] = 0x4F;
            host.Note("a header longer than the packet", () => a.SendTo(wrong, Home));
            host.Note("options", () =>
            {
                a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.IPOptions, new byte[] { 1, 1, 1, 1 });
                return a.SendTo(Packet(ProtocolType.Raw, 6), Home);
            });
            dynamic udp = host.Open(SocketType.Dgram, ProtocolType.Udp);
            host.Note("not of UDP", () => { udp.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true); return null; });
        },
        ["IP options"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Igmp);
            byte[] buffer = new byte[200], value = new byte[60];
            string[] all =
            [
                "01", "01010101", "070704000000", "07070400000000", "94040000", "990401020304", "99040102", "0701", "07FF04",
                "070B040000000000000000", new string('0', 82), "0000010203",
            ];
            foreach (string options in all)
            {
                host.Note($"set {options}", () => { a.SetRawSocketOption(0, 4, Convert.FromHexString(options)); return null; });
                host.Note("get", () => Convert.ToHexString(value, 0, (int)a.GetRawSocketOption(0, 4, value)));
            }

            a.SetRawSocketOption(0, 4, Convert.FromHexString("070B040000000000000000"));
            host.Note("send", () => a.SendTo(new byte[] { 0xEE }, Home));
            host.Note("the route is recorded", () => { int length = a.Receive(buffer); return $"{length} {Convert.ToHexString(buffer, 20, 13)}"; });
        },
    };

    public static TheoryData<string> Names() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_outcomes_are_those_of_the_kernel_s_sockets(string name)
    {
        RawScriptHost.Compare(Scripts[name]);
    }

    private static byte[] Packet(ProtocolType protocol, int octets)
    {
        byte[] packet = new byte[20 + octets];
        packet[0] = 0x45;
        packet[8] = 9;
        packet[9] = (byte)protocol;
        IPAddress.Loopback.GetAddressBytes().CopyTo(packet, 16);
        packet.AsSpan(20).Fill(0xEE);
        return packet;
    }

    /// <summary>A packet, but for what is another number each time.</summary>
    private static string Shown(byte[] packet, int length)
    {
        byte[] copy = packet[..length];
        copy.AsSpan(4, 2).Clear();
        copy.AsSpan(10, 2).Clear();
        return Convert.ToHexString(copy);
    }
}
