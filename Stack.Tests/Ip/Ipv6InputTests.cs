using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

/// <summary>IPv6 packets as they come by a wire, and as a host sends them to itself.</summary>
public sealed class Ipv6InputTests : IDisposable
{
    private const string Here = "2001:db8::2", There = "2001:db8::1";

    private readonly TestLink _link = new(LinkMedium.Ip);
    private readonly NetworkStack _stack;

    public Ipv6InputTests()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
        _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        _stack.Host.AddAddress("eth0", new NewAddress(InetAddress.Parse(Here), 64) { SkipsDetection = true });
        _stack.Host.AddAddress("eth0", new NewAddress(InetAddress.Parse("fe80::2"), 64) { SkipsDetection = true });
    }

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
    }

    [Theory]
    [InlineData(There, Here, UdpNoPort)]
    [InlineData("fe80::1", "fe80::2", UdpNoPort)]
    [InlineData(There, "2001:db8::3", Ip6NotForUs)]
    [InlineData(There, "::1", Ip6MartianDestination)]
    [InlineData(There, "::", Ip6MartianDestination)]
    [InlineData(There, "::ffff:10.9.0.2", Ip6MartianDestination)]
    [InlineData("::ffff:10.9.0.1", Here, Ip6MartianSource)]
    [InlineData("::1", Here, Ip6MartianSource)]
    [InlineData("::", Here, Ip6MartianSource)]
    [InlineData("ff02::1", Here, Ip6MartianSource)]
    [InlineData(There, "ff00::1", Ip6MartianDestination)]
    [InlineData(There, "ff01::1", Ip6MartianDestination)]
    [InlineData(There, "ff02::1", UdpNoPort)]      // every host listens to it
    [InlineData("::", "ff02::1", UdpNoPort)]
    public void Addresses_decide_whether_a_packet_is_taken(string from, string to, DropReason expected) =>
        Assert.Equal(expected, _link.Receive(Packet(from, to, Udp(from, to), 17)));

    [Fact]
    public void What_is_shorter_than_it_says_is_dropped()
    {
        byte[] packet = Packet(There, Here, Udp(There, Here), 17);
        for (int length = 1; length < packet.Length; length++) Assert.Equal(Ip6Malformed, _link.Receive(packet[..length]));
        Assert.Equal(UdpNoPort, _link.Receive([.. packet, 1, 2, 3]));      // what a link padded it with
    }

    [Theory]
    [InlineData("00", "1100 010400000000", UdpNoPort)]                            // padding
    [InlineData("00", "1100 050200000100", UdpNoPort)]                            // router alert
    [InlineData("3c", "1100 1e0400000000", UdpNoPort)]                            // unknown, to be skipped
    [InlineData("3c", "1100 5e0400000000", Ip6BadOption)]                         // unknown, to be dropped
    [InlineData("3c", "1100 9e0400000000", Ip6BadOption)]
    [InlineData("3c", "1100 de0400000000", Ip6BadOption)]
    [InlineData("3c", "1100 010500000000", Ip6BadOption)]                         // longer than the header
    [InlineData("00", "3c00 010400000000 1100 010400000000", UdpNoPort)]
    [InlineData("3c", "0000 010400000000 1100 010400000000", Ip6BadExtension)]    // hop-by-hop options come first
    [InlineData("2b", "1100 040000000000", UdpNoPort)]                            // a routing header at its end
    [InlineData("2b", "1100 000100000000", Ip6SourceRoute)]
    [InlineData("2c", "1100 000000000001", UdpNoPort)]                            // an atomic fragment
    [InlineData("2c", "1100 000100000001", FragmentMalformed)]                    // ends inside a unit of 8, and is not the last
    [InlineData("2c", "1100 000800000001", None)]                                 // waits for others
    [InlineData("2c", "2c00 000000000001 1100 000000000001", Ip6BadExtension)]    // a fragment in a fragment
    [InlineData("00", "11ff 010400000000", Ip6BadExtension)]                      // cut off
    [InlineData("3b", "", Ip6UnknownProtocol)]
    [InlineData("c8", "", Ip6UnknownProtocol)]
    [InlineData("01", "", Ip6UnknownProtocol)]                                    // ICMP of the other family
    public void Extension_headers_are_read_in_their_order(string next, string headers, DropReason expected)
    {
        byte[] payload = [.. Convert.FromHexString(headers.Replace(" ", "", StringComparison.Ordinal)), .. Udp(There, Here)];
        Assert.Equal(expected, _link.Receive(Packet(There, Here, payload, Convert.FromHexString(next)[0])));
    }

    [Theory]      // what Linux does, in both kinds of header: options in it, and the error that it sends
    [InlineData("000000000000", None, null)]                              // six of padding
    [InlineData("010100010100", None, null)]                              // twice three
    [InlineData("010400010000", Ip6BadOption, null)]                      // padding that is not zero
    [InlineData("0104000000000106000000000000", Ip6BadOption, null)]      // more padding than any alignment needs
    [InlineData("0000010a00000000000000000000", Ip6BadOption, null)]
    [InlineData("010500000000", Ip6BadOption, null)]                      // longer than the header
    [InlineData("1e0500000000", Ip6BadOption, null)]
    [InlineData("1e001e001e00", None, null)]                              // to be skipped
    [InlineData("1e001e001e001e001e001e001e00", None, null)]
    [InlineData("1e001e001e001e001e001e001e001e001e000103000000", Ip6TooManyHeaders, null)]      // nine
    [InlineData("de0400000000", Ip6BadOption, "4/2 42 to 2001:db8::1")]
    [InlineData("9e0400000000", Ip6BadOption, "4/2 42 to 2001:db8::1")]
    [InlineData("5e0400000000", Ip6BadOption, null)]
    [InlineData("050200000100", None, null)]                              // router alert
    [InlineData("c20400010000", Ip6BadOption, "4/2 42 to 2001:db8::1")]   // jumbograms are not known here
    public void Options_are_read_as_linux_reads_them(string options, DropReason expected, string? error)
    {
        foreach (byte next in new byte[] { 0, 60 })
        {
            byte[] octets = Convert.FromHexString(options);
            octets = [.. octets, .. new byte[(14 - (octets.Length % 8)) % 8]];
            byte[] payload = [17, (byte)(((octets.Length + 2) / 8) - 1), .. octets, .. Udp(There, Here)];
            Assert.Equal(expected == None ? UdpNoPort : expected, _link.Receive(Packet(There, Here, payload, next)));
            string? errors = InputRig.ErrorsByV6(_link);
            Assert.Equal(expected == None ? "1/4 0 to 2001:db8::1" : error, errors);
        }
    }

    [Theory]
    [InlineData(1280, UdpNoPort)]
    [InlineData(1279, Ip6Disabled)]
    public void There_is_no_ipv6_over_a_link_of_less_than_1280_octets(int mtu, DropReason expected)
    {
        using TestLink narrow = new(LinkMedium.Ip, mtu);
        _stack.Attach("eth1", narrow);
        _stack.Host.AddAddress("eth1", new NewAddress(InetAddress.Parse("2001:db8:1::2"), 64) { SkipsDetection = true });
        Assert.Equal(expected, narrow.Receive(Packet("2001:db8:1::1", "2001:db8:1::2", Udp("2001:db8:1::1", "2001:db8:1::2"), 17)));
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        Assert.Equal(mtu < 1280, socket.TrySendTo([1], InetEndpoint.Parse("[2001:db8:1::9]:9")).Errno == UserNet.Errors.Errno.ENETDOWN);
    }

    [Fact]
    public void No_octets_make_the_input_throw()
    {
        Random random = TestSettings.Random(salt: 47);
        for (int i = TestSettings.Count(20_000, 2_000_000); i > 0; i--)
        {
            byte[] payload = new byte[random.Next(80)];
            random.NextBytes(payload);
            byte[] kinds = [0, 43, 44, 60, 6, 17, 58, 59, 1, 2];
            if (payload.Length > 1) (payload[0], payload[1]) = (kinds[random.Next(kinds.Length)], (byte)random.Next(4));
            _link.Receive(Packet(There, Here, payload, kinds[random.Next(kinds.Length)]));
        }

        Assert.Equal(UdpNoPort, _link.Receive(Packet(There, Here, Udp(There, Here), 17)));
    }

    [Fact]
    public void A_datagram_that_came_by_a_wire_reaches_its_socket()
    {
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse("[::]:53"));
        Assert.Equal(None, _link.Receive(Packet("fe80::1", "fe80::2", Udp("fe80::1", "fe80::2"), 17)));
        byte[] buffer = new byte[10];
        Assert.Equal(5, socket.ReceiveMessageFrom(buffer, SocketFlags.None, out UserNet.Udp.DatagramInfo info));
        uint device = _stack.Host.IndexOf("eth0");
        Assert.Equal(new InetEndpoint(InetAddress.Parse("fe80::1"), 1000, device), info.Source);
        Assert.Equal((InetAddress.Parse("fe80::2"), device, (byte)64), (info.Destination, info.Device, info.TimeToLive));
    }

    [Fact]
    public void A_datagram_without_a_checksum_or_with_a_wrong_one_is_dropped()
    {
        byte[] packet = Packet(There, Here, Udp(There, Here), 17);
        packet[46] ^= 1;
        Assert.Equal(UdpBadChecksum, _link.Receive(packet));
        packet[46] = packet[47] = 0;
        Assert.Equal(UdpBadChecksum, _link.Receive(packet));
    }

    private static byte[] Udp(string from, string to)
    {
        PacketBuffer buffer = new PacketPool().RentCopy("abcde"u8);
        new UdpHeader(1000, 53).PrependTo(buffer, new PseudoHeader(InetAddress.Parse(from), InetAddress.Parse(to), IpProtocol.Udp, 0));
        return buffer.Span.ToArray();
    }

    private static byte[] Packet(string from, string to, ReadOnlySpan<byte> payload, byte next)
    {
        PacketBuffer buffer = new PacketPool().RentCopy(payload);
        new Ipv6Header(InetAddress.Parse(from), InetAddress.Parse(to), (IpProtocol)next).PrependTo(buffer);
        return buffer.Span.ToArray();
    }
}
