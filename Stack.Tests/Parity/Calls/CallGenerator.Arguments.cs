using System.Buffers.Binary;
using System.Net;

namespace UserNet.Tests.Parity.Calls;

// Addresses, octets, and what is sent and received.
internal sealed partial class CallGenerator
{
    private static readonly string[] Local4 =
    [
        "127.0.0.1", "127.0.0.1", "127.0.0.1", "0.0.0.0", "0.0.0.0", "127.0.0.2", "10.1.0.1", "10.1.0.2", "10.2.0.1", "10.99.0.1", "10.1.0.9", "10.1.0.255", "255.255.255.255",
        "224.1.1.1", "203.0.113.9", "240.0.0.1", "10.1.0.0", "127.255.255.255",
    ];

    private static readonly string[] Local6 =
    [
        "::1", "::1", "::1", "::", "::", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "2001:db8:99::1", "2001:db8:1::1", "fe80::1:1", "::ffff:10.1.0.1", "::ffff:203.0.113.9",
        "ff02::1", "ff0e::5", "2001:db8:5::5", "::ffff:224.1.1.1", "::127.0.0.1",
    ];

    private static readonly string[] Remote4 =
    [
        "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "0.0.0.0", "127.0.0.2", "10.1.0.1", "10.99.0.1", "10.1.0.9", "203.0.113.9", "10.1.0.255", "255.255.255.255", "224.1.1.1", "240.0.0.1",
    ];

    private static readonly string[] Remote6 =
    [
        "::1", "::1", "::1", "::", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "2001:db8:99::1", "2001:db8:1::9", "fe80::1:9", "2001:db8:5::5", "ff02::1", "ff0e::5", "::ffff:10.1.0.9",
    ];

    private (byte[]? Octets, int Length) LocalAddress(Open open) => Spoilt(open.Domain == Unix ? Path() : Whole(open, isLocal: true));

    private (byte[]? Octets, int Length) RemoteAddress(Open open)
    {
        if (theme != CallTheme.Raw && Chance(5)) return Spoilt([0, 0, .. new byte[open.Domain == Inet6 ? 26 : 14]]);
        return Spoilt(open.Domain == Unix ? Path() : Whole(open, isLocal: false));
    }

    private byte[] Whole(Open open, bool isLocal)
    {
        int family = open.Domain is Inet or Inet6 ? open.Domain : Inet;
        if (Chance(4)) family = family == Inet ? Inet6 : Inet;
        string[] hosts = (family == Inet, isLocal) switch { (true, true) => Local4, (true, false) => Remote4, (false, true) => Local6, _ => Remote6 };
        // Linux does not take a stream back to IPv6 that has once gone by IPv4, and a raw socket gets lost between the two: so each stays with either.
        if (family == Inet6 && open.Type != Datagram)
        {
            bool isMapped = open.Type == Stream && open.Origin % 2 == 0;
            hosts = [.. hosts.Where(host => host.StartsWith("::ffff:", StringComparison.Ordinal) == isMapped)];
        }

        if (theme == CallTheme.Raw && !isLocal) hosts = family == Inet ? ["127.0.0.1", "127.0.0.1", "10.1.0.1", "203.0.113.9"] : ["::1", "::1", "2001:db8:99::1", "2001:db8:5::5"];
        int port = random.Next(20) switch
        {
            < 12 => Ports.FirstNamed + random.Next(6),
            < 15 => isLocal ? 0 : Ports.FirstOfSlot + _open[random.Next(_open.Count)].Slot,
            15 when isLocal && _user == 0 && theme is CallTheme.Streams or CallTheme.Nonsense => 0,      // root would keep it in TIME-WAIT for the sequences to come
            15 => Pick(80, 1023, 9),
            16 => 0,
            _ => Ports.FirstNamed,
        };
        if (theme == CallTheme.Raw) port = Chance(50) ? 0 : Pick(Ports.OfProtocols);
        return Address(family, hosts[random.Next(hosts.Length)], port);
    }

    private byte[] Address(int family, string host, int port)
    {
        byte[] octets = new byte[family == Inet ? 16 : 28];
        octets[0] = (byte)family;
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)port);
        IPAddress.Parse(host).GetAddressBytes().CopyTo(octets.AsSpan(family == Inet ? 4 : 8));
        if (family == Inet6 && (Chance(10) || (host.StartsWith("fe80", StringComparison.Ordinal) && Chance(75))))
            BinaryPrimitives.WriteInt32LittleEndian(octets.AsSpan(24), Chance(90) ? Pick(1, 2, 3) : Number());
        if (Chance(3)) random.NextBytes(octets.AsSpan(family == Inet ? 8 : 4, family == Inet ? 8 : 4));      // sin_zero, sin6_flowinfo
        return octets;
    }

    /// <summary>The address as it is, or cut, longer, of another family, NULL, or with a length that it does not have.</summary>
    private (byte[]? Octets, int Length) Spoilt(byte[] octets)
    {
        if (!Chance(theme == CallTheme.Nonsense ? 25 : 6)) return (octets, octets.Length);
        switch (random.Next(8))
        {
            case 0: return (null, Pick(0, octets.Length, 1, -1, 128, 129, 200));
            case 1: return (octets, Pick(-1, int.MinValue, octets.Length + 1, 128, 129, 1000));
            case 2: return (octets, random.Next(octets.Length));
            case 3:
                byte[] longer = [.. octets, .. new byte[Pick(1, 4, 8, 100, 112, 128)]];
                return (longer, longer.Length);
            case 4:
                BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)Pick(0, 1, 2, 10, 16, 255, 65535));
                return (octets, octets.Length);
            case 5: return (octets[..random.Next(octets.Length)], octets.Length);
            case 6: return (octets.Length == 28 ? octets[..24] : octets[..Math.Min(8, octets.Length)], Math.Min(octets.Length, 24));
            default:
                random.NextBytes(octets.AsSpan(0, Math.Min(4, octets.Length)));
                return (octets, octets.Length);
        }
    }

    private byte[] Data(Open? open = null)
    {
        int length = random.Next(12) switch { < 6 => random.Next(1, 32), < 8 => 0, < 10 => random.Next(100, 1400), 10 => 2000, _ => Pick(1, 8, 65507, 65508, 70000) };
        if (length > 2000 && open is { Domain: not Unix, Type: Stream }) length = Pick(2001, 4096, 6000);      // what a whole buffer holds is another matter
        else if (length > 2000 && open is not { Domain: Inet, Type: Datagram }) length = 1000;
        byte[] octets = new byte[length];
        random.NextBytes(octets);
        if (theme == CallTheme.Raw && length >= 8 && Chance(70)) new byte[] { (byte)Pick(8, 128), 0 }.CopyTo(octets, 0);      // an echo
        return octets;
    }

    // MSG_MORE of a stream is left out: what it holds back leaves when a timer of the kernel's ends.
    private int SendFlags(bool isStream) => (Chance(85) ? 0x40 : 0) | 0x4000 | (Chance(12) ? Pick(1, 2, 4, 8, 0x80, isStream ? 8 : 0x8000, 0x100, 0x20, 0x800, 0x10000, 0x40000) : 0);

    private int ReceiveFlags() => (Chance(90) ? 0x40 : 0) | (Chance(20) ? Pick(2, 2, 2, 0x20, 0x20, 1, 4, 0x100, 0x4000, 0x2000, 0x10, 0x40000000) : 0);

    private Call Sending(Open open)
    {
        byte[] data = Data(open);
        int length = Chance(98) || theme == CallTheme.Raw ? data.Length : data.Length + Pick(1, 10);
        byte[]? octets = Chance(98) ? data : null;
        int flags = SendFlags(open.Type == Stream);
        switch (random.Next(10))
        {
            case < 3: return new Call(CallKind.Send) { Descriptor = Any(open), Octets = octets, Length = length, Flags = flags };
            case < 7: return new Call(CallKind.SendTo) { Descriptor = Any(open), Octets = octets, Length = length, Flags = flags }.With(RemoteAddress(open));
            case 7: return new Call(CallKind.Write) { Descriptor = Any(open), Octets = octets, Length = length };
            default:
                Call message = new Call(CallKind.SendMsg) { Descriptor = Any(open), Flags = flags, Pieces = PiecesOf(data.Length), Control = Chance(30) ? ControlFor(open) : null }.WithData(data);
                return Chance(60) ? message.With(RemoteAddress(open)) : message;
        }
    }

    private Call Receiving(Open open)
    {
        int room = Chance(70) ? 128 : Pick(0, 1, 4, 16, 1000, 3000);
        int addressRoom = Chance(80) ? 128 : random.Next(30);
        int length = Chance(98) ? room : room + 5;
        byte[]? octets = Chance(98) ? Room(room) : null;
        switch (random.Next(10))
        {
            case < 3: return new Call(CallKind.Recv) { Descriptor = Any(open), Octets = octets, Length = length, Flags = ReceiveFlags() };
            case < 6:
                return new Call(CallKind.RecvFrom)
                {
                    Descriptor = Any(open), Octets = octets, Length = length, Flags = ReceiveFlags(), Address = Chance(85) ? Room(addressRoom) : null,
                    AddressLength = Chance(97) ? addressRoom : Pick(-1, 200),
                };
            case 6: return new Call(CallKind.Read) { Descriptor = Any(open), Octets = octets, Length = length };
            default:
                return new Call(CallKind.RecvMsg)
                {
                    Descriptor = Any(open), Octets = Room(room), Pieces = PiecesOf(room), Flags = ReceiveFlags() | (Chance(10) ? Libc.NonBlock << 2 : 0),
                    Address = Chance(60) ? Room(addressRoom) : null, AddressLength = addressRoom, ControlRoom = Chance(60) ? Pick(256, 256, 64, 24, 20, 16, 12, 1) : 0,
                };
        }
    }

    private int[]? PiecesOf(int length)
    {
        if (Chance(60)) return null;
        int first = random.Next(length + 1), second = random.Next(length - first + 1);
        return [first, second, length - first - second];
    }

    private ControlMessage[] ControlFor(Open open)
    {
        var messages = new List<ControlMessage>();
        do
        {
            messages.Add(random.Next(8) switch
            {
                < 3 when open.Domain == Unix => new ControlMessage(1, 1, [], [.. Enumerable.Range(0, random.Next(4)).Select(_ => Any(_open[random.Next(_open.Count)]))]),
                < 2 when open.Domain == Inet => new ControlMessage(0, 8, [.. BitConverter.GetBytes(Pick(0, 1, 2, 99)), .. IPAddress.Parse(Local4[random.Next(Local4.Length)]).GetAddressBytes(), 0, 0, 0, 0]),
                2 => new ControlMessage(0, Pick(1, 2), BitConverter.GetBytes(Pick(0, 1, 64, 255, 256, -1))),
                3 when open.Domain == Inet => new ControlMessage(41, 50, [.. IPAddress.Parse(Local6[random.Next(Local6.Length)]).GetAddressBytes(), .. BitConverter.GetBytes(Pick(0, 1, 2, 99))]),
                4 => new ControlMessage(41, Pick(52, 67), BitConverter.GetBytes(Pick(0, 1, 64, 255, 256, -1))),
                5 => new ControlMessage(Number(), Number(), new byte[random.Next(12)]),
                6 => new ControlMessage(1, Pick(1, 2), [.. Enumerable.Repeat((byte)0xFF, Pick(0, 4, 12))], null, Pick(0, 0, -1, -17, 100)),
                _ => new ControlMessage(Pick(0, 41), Pick(1, 2, 7, 9), BitConverter.GetBytes(Number())),
            });
        }
        while (Chance(20));
        return [.. messages];
    }

    private byte[] Path()
    {
        string path = Chance(25) ? "\0" + Pick(1, 2, 3, 12345) : UnixPaths[random.Next(UnixPaths.Length)];
        byte[] name = System.Text.Encoding.ASCII.GetBytes(path);
        return [1, 0, .. name, .. Chance(60) && path[0] != '\0' ? new byte[1] : []];
    }

    private static readonly string[] UnixPaths =
    [
        "/a", "/b", "/c", "/a", "/b", "/d/s", "/d/t", "a", "d/s", "./b", "../a", "/d/../a", "/d", "/none/s", "/a/s", "/loop1/s", "/link/s", "/dangling", "/to-a", "/ro/s", "/secret/s", "/users/s",
        "/", ".", "..", "/d/", "/a/", "//a", "/d/" + new string('x', 97), "/" + new string('y', 106), new string('z', 107), "/closed/s", "/file", "/dir-to-loop",
    ];
}
