using System.Net;
using System.Net.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>The same scripts on the kernel's raw IPv6 sockets and those of ICMPv6 echoes and on ours, for the same outcomes.</summary>
public sealed class RawV6ScriptTests
{
    private const ProtocolType Some = ProtocolType.IPv6NoNextHeader, Other = ProtocolType.Udp;      // .NET knows few others

    private static readonly IPEndPoint Home = new(IPAddress.IPv6Loopback, 0), One = At("2001:db8::1"), Two = At("2001:db8::2"), Nobody = At("::1", 9);

    private static readonly Dictionary<string, Action<RawScriptHost>> Scripts = new()
    {
        ["names"] = host =>
        {
            dynamic a = host.Raw(Some);
            host.Note("type", () => (SocketType)a.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
            host.Note("bound", () => a.IsBound);
            foreach (string address in (string[])["::1", "2001:db8::1", "2001:db8::9", "fe80::1", "ff05::1", "ff02::1", "::ffff:127.0.0.1", "::"])
                host.Note(address, () => { a.Bind(At(address, 77)); return RawScriptHost.NameOf(a); });
            host.Note("connect", () => { a.Connect(At("::1", 9)); return RawScriptHost.NameOf(a); });
            host.Note("bind with a peer", () => { a.Bind(Home); return RawScriptHost.NameOf(a); });
            host.Note("listen", () => { a.Listen(1); return null; });
        },
        ["names of echo sockets"] = host =>
        {
            foreach (string address in (string[])["::1", "2001:db8::1", "2001:db8::9", "fe80::1", "ff05::1", "ff02::1%1", "::ffff:127.0.0.1", "::", "::1%1"])
            {
                dynamic a = host.Ping();
                host.Note(address, () => { a.Bind(At(address, 77)); return RawScriptHost.NameOf(a); });
                host.Note("again", () => { a.Bind(At("::1", 78)); return RawScriptHost.NameOf(a); });
            }
        },
        ["what can't be opened"] = host =>
        {
            host.Note("unspecified", () => host.Raw(ProtocolType.Unspecified));
            host.Note("stream of ICMPv6", () => host.Open(SocketType.Stream, ProtocolType.IcmpV6));
            host.Note("datagrams of TCP", () => host.Open(SocketType.Dgram, ProtocolType.Tcp));
        },
        ["send and receive"] = host =>
        {
            dynamic a = host.Raw(Some), b = host.Raw(Some), c = host.Raw(Some), other = host.Raw(Other);
            b.Bind(Home);
            c.Bind(One);
            byte[] buffer = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
            host.Note("sendto", () => a.SendTo(new byte[] { 1, 2, 3 }, Home));
            host.Note("no header", () => { int octets = a.Receive(buffer); return Convert.ToHexString(buffer, 0, octets); });
            host.Note("from", () => { b.ReceiveFrom(buffer, ref from); return from; });
            host.Note("not to another address", () => c.Available);
            host.Note("not of another protocol", () => other.Available);
            host.Note("to port 7", () => a.SendTo(new byte[3], At("::1", 7)));
            host.Note("to the protocol", () => a.SendTo(new byte[3], At("::1", 59)));
            host.Note("to the wildcard", () => a.SendTo(new byte[4], At("::")));
            host.Note("to another address", () => a.SendTo(new byte[5], One));
            host.Note("comes from there", () => { c.ReceiveFrom(buffer, ref from); return from; });
            host.Note("without an address", () => a.Send(new byte[1]));
            host.Note("connect", () => { b.Connect(Home); return b.Send(new byte[6]); });
            host.Note("mapped", () => a.SendTo(new byte[3], At("::ffff:127.0.0.1")));
            host.Note("no route", () => a.SendTo(new byte[3], At("2001:db9::1")));
        },
        ["lengths"] = host =>
        {
            dynamic a = host.Raw(Some), icmp = host.Raw(ProtocolType.IcmpV6), ping = host.Ping();
            foreach (int length in (int[])[0, 1, 2, 7, 8, 65_495, 65_496])
            {
                byte[] octets = new byte[length];
                if (length > 0) octets[0] = 128;
                host.Note($"{length}", () => a.SendTo(octets, Home));
                host.Note($"{length} of ICMPv6", () => icmp.SendTo(octets, Home));
                host.Note($"{length} of an echo", () => ping.SendTo(octets, Home));
            }

            host.Note("65,536", () => a.SendTo(new byte[65_536], Home));
        },
        ["checksums"] = host =>
        {
            dynamic a = host.Raw(Some), b = host.Raw(Some);
            byte[] buffer = new byte[100];
            foreach (int offset in (int[])[-1, 0, 1, 2, 6, 98])
            {
                host.Note($"offset {offset}", () => { a.SetRawSocketOption(41, 7, BitConverter.GetBytes(offset)); return Get(a, 41, 7); });
                host.Note("send", () => a.SendTo(new byte[] { 0xFF, 0xFF, 3, 4, 5, 6, 7, 8 }, Home));
                host.Note("as", () => { int octets = b.Receive(buffer); return Convert.ToHexString(buffer, 0, octets); });
            }

            a.SetRawSocketOption(255, 7, BitConverter.GetBytes(2));
            host.Note("too short", () => a.SendTo(new byte[3], Home));
            while (a.Available > 0) a.Receive(buffer);
            while (b.Available > 0) b.Receive(buffer);
            host.Note("wrong", () => b.SendTo(new byte[] { 1, 2, 3, 4 }, Home));
            host.Note("is not heard", () => a.Available);
            dynamic icmp = host.Raw(ProtocolType.IcmpV6);
            host.Note("of ICMPv6", () => { icmp.SetRawSocketOption(41, 7, BitConverter.GetBytes(4)); return null; });
            host.Note("is", () => Get(icmp, 41, 7));
        },
        ["ICMPv6"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.IcmpV6);
            byte[] buffer = new byte[200];
            for (int i = 0; i < 2; i++)
            {
                host.Note("request", () => a.SendTo(RawScriptHost.EchoV6(7, 1), Home));
                host.Note("is heard", () => { int octets = a.Receive(buffer); return Convert.ToHexString(buffer, 0, octets); });
                if (i == 0) host.Note("and the reply", () => { int octets = a.Receive(buffer); return Convert.ToHexString(buffer, 0, octets); });
                byte[] filter = new byte[32];
                filter[129 / 8] |= 1 << 129 % 8;
                host.Note("filter", () => { a.SetRawSocketOption(58, 1, filter); return Get(a, 58, 1, 32); });
            }

            host.Note("not the reply", () => a.Available);
            host.Note("one octet", () => { a.SetRawSocketOption(58, 1, new byte[] { 0xFF }); return Get(a, 58, 1, 32); });
            host.Note("another option", () => { a.SetRawSocketOption(58, 2, new byte[4]); return null; });
            host.Note("another protocol", () => { host.Raw(Some).SetRawSocketOption(58, 1, new byte[4]); return null; });
        },
        ["headers"] = host =>
        {
            dynamic a = host.Raw(ProtocolType.Raw), b = host.Raw(Some), c = host.Raw(Some);
            byte[] buffer = new byte[200];
            host.Note("is", () => Get(a, 41, 36));
            byte[] packet = [0x60, 1, 2, 3, 0, 4, (byte)Some, 77, .. One.Address.GetAddressBytes(), .. Home.Address.GetAddressBytes(), 9, 8, 7, 6];
            host.Note("send", () => a.SendTo(packet, Home));
            EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
            host.Note("arrives", () => { int octets = b.ReceiveFrom(buffer, ref from); return Convert.ToHexString(buffer, 0, octets) + from; });
            host.Note("too short", () => a.SendTo(new byte[39], Home));
            host.Note("a header", () => a.SendTo(packet[..40], Home));
            host.Note("to a protocol", () => a.SendTo(packet, At("::1", 5)));
            host.Note("on", () => { c.SetRawSocketOption(41, 36, BitConverter.GetBytes(1)); return Get(c, 41, 36); });
            host.Note("send", () => c.SendTo(packet, Home));
            host.Note("off", () => { a.SetRawSocketOption(41, 36, BitConverter.GetBytes(0)); return Get(a, 41, 36); });
        },
        ["echoes"] = host =>
        {
            dynamic a = host.Ping(0x1234), b = host.Ping(0x1235);
            byte[] buffer = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
            host.Note("too short", () => a.SendTo(new byte[] { 128, 0, 0, 0, 0, 0, 0 }, Home));
            host.Note("a reply", () => a.SendTo(new byte[] { 129, 0, 0, 0, 0, 0, 0, 1 }, Home));
            host.Note("of IPv4", () => a.SendTo(new byte[] { 8, 0, 0, 0, 0, 0, 0, 1 }, Home));
            host.Note("a code", () => a.SendTo(new byte[] { 128, 1, 0, 0, 0, 0, 0, 1 }, Home));
            host.Note("no destination", () => a.Send(RawScriptHost.EchoV6(1, 1)));
            host.Note("request", () => a.SendTo(new byte[] { 128, 0, 9, 9, 9, 9, 0, 1, 0xAB }, Home));
            host.Note("reply", () => a.ReceiveFrom(buffer, ref from));
            host.Note("from", () => from);
            host.Note("with the identifier", () => Convert.ToHexString(buffer, 0, 9));
            host.Note("nothing for others", () => b.Poll(0, SelectMode.SelectRead));
            foreach (string address in (string[])["::", "ff02::1", "fe80::1", "::ffff:127.0.0.1", "2001:db9::1"])
                host.Note(address, () => a.SendTo(RawScriptHost.EchoV6(1, 1), At(address)));
            host.Note("connect", () => { a.Connect(At("2001:db8::2", 3)); return RawScriptHost.NameOf(a); });
            host.Note("request", () => a.Send(RawScriptHost.EchoV6(1, 2)));
            host.Note("reply", () => { a.ReceiveFrom(buffer, ref from); return from; });
            host.Note("to another", () => a.SendTo(RawScriptHost.EchoV6(1, 2), Home));
            host.Note("which the peer does not keep away", () => { a.ReceiveFrom(buffer, ref from); return from; });
        },
        ["errors of datagrams"] = host =>
        {
            dynamic a = host.Open(SocketType.Dgram, ProtocolType.Udp), raw = host.Raw(ProtocolType.Udp), icmp = host.Raw(ProtocolType.IcmpV6);
            a.Bind(At("::", 4242));
            foreach (dynamic socket in new[] { a, raw }) socket.SetRawSocketOption(41, 25, BitConverter.GetBytes(1));
            host.Note("to nobody", () => a.SendTo(new byte[] { 1, 2, 3 }, Nobody));
            host.NoteErrors(a);
            host.NoteErrors(raw, room: 6);      // the kernel leaves the checksum open there
            host.Note("to another's nobody", () => a.SendTo(new byte[] { 1, 2, 3 }, At("2001:db8::2", 9)));
            host.NoteErrors(a);
            host.Note("a peer", () => { a.Connect(Nobody); return a.Send(new byte[1]); });
            host.Note("next", () => a.Send(new byte[1]));
        },
    };

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_kernel_does_the_same(string name) => RawScriptHost.CompareV6(Scripts[name]);

    private static IPEndPoint At(string address, int port = 0) => new(IPAddress.Parse(address), port);

    private static string Get(dynamic socket, int level, int name, int room = 4)
    {
        byte[] value = new byte[room];
        int length = socket.GetRawSocketOption(level, name, value);
        return Convert.ToHexString(value, 0, length);
    }
}
