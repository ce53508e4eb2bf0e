using System.Net.Sockets;
using UserNet.Sockets;
using UserNet.Tests.Tap;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Each option of SOL_IPV6: either it is as the kernel has it, for every kind of socket, or it is refused.</summary>
public sealed class V6OptionTests
{
    private static readonly int[] Values = [-2, -1, 0, 1, 2, 3, 5, 6, 64, 255, 256, 1279, 1280, 65536];

    // What has an effect here. Of a stream only some have one.
    private static readonly int[] OfDatagrams =
    [
        RawOption.V6FlowInformation, RawOption.V6UnicastHops, RawOption.V6MtuDiscover, RawOption.V6Mtu, RawOption.V6ReceiveErrors,
        RawOption.V6ReceivePacketInformation, RawOption.V6PacketInformation, RawOption.V6ReceiveHopLimit, RawOption.V6ReceivePathMtu, RawOption.V6PathMtu,
        RawOption.V6DontFragment, RawOption.V6ReceiveTrafficClass, RawOption.V6TrafficClass, RawOption.V6AutoFlowLabel, RawOption.V6AddressPreferences,
        RawOption.V6ReceiveOriginalDestination, RawOption.V6Transparent, RawOption.V6UnicastInterface, RawOption.V6FreeBind,
    ];

    private static readonly int[] OfStreams =
    [
        RawOption.V6UnicastHops, RawOption.V6ReceiveErrors, RawOption.V6PathMtu, RawOption.V6TrafficClass, RawOption.V6AutoFlowLabel,
        RawOption.V6AddressPreferences, RawOption.V6MinHopLimit, RawOption.V6Transparent, RawOption.V6UnicastInterface, RawOption.V6FreeBind,
    ];

    private static readonly int[] OfRaw = [.. OfDatagrams, RawOption.V6Checksum, RawOption.V6HeaderIncluded];

    // Others than of groups, which look after themselves.
    private static readonly int[] Refused = [1, 2, 3, 4, 5, 6, 8, 9, 10, 22, 27, 28, 30, 31, 32, 33, 34, 35, 52, 53, 54, 55, 56, 57, 58, 59, 77];

    [Theory]
    [InlineData(SocketType.Dgram, ProtocolType.Udp)]
    [InlineData(SocketType.Dgram, ProtocolType.IcmpV6)]
    [InlineData(SocketType.Raw, ProtocolType.IPv6NoNextHeader)]
    [InlineData(SocketType.Raw, ProtocolType.IcmpV6)]
    [InlineData(SocketType.Raw, ProtocolType.Raw)]
    [InlineData(SocketType.Stream, ProtocolType.Tcp)]
    public void The_kernel_takes_and_shows_the_same(SocketType type, ProtocolType protocol) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
        using var stack = new NetworkStack();
        int[] names = type switch { SocketType.Stream => OfStreams, SocketType.Raw => OfRaw, _ => OfDatagrams };
        foreach (int name in names)
        {
            Compare(stack, type, protocol, $"{name} at first", socket => Get(socket, name, 64));
            foreach (int value in Values)
                Compare(stack, type, protocol, $"{name} set to {value}", socket => $"{Set(socket, name, BitConverter.GetBytes(value))}, then {Get(socket, name, 64)}");
            foreach (int length in (int[])[1, 2, 3])
                Compare(stack, type, protocol, $"{name} set to {length} octets", socket => $"{Set(socket, name, Enumerable.Repeat((byte)1, length).ToArray())}, then {Get(socket, name, length)}");
        }
    });

    [Theory]
    [InlineData(SocketType.Dgram, ProtocolType.Udp)]
    [InlineData(SocketType.Dgram, ProtocolType.IcmpV6)]
    [InlineData(SocketType.Raw, ProtocolType.IcmpV6)]
    public void What_would_have_no_effect_is_refused(SocketType type, ProtocolType protocol)
    {
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetworkV6, type, protocol);
        foreach (int name in Refused)
        {
            Assert.Equal((name, $"{SocketError.ProtocolOption}"), (name, Set(socket, name, new byte[4])));
            Assert.Equal((name, $"{SocketError.ProtocolOption}"), (name, Get(socket, name, 64)));
        }
    }

    [Fact]
    public void IPv4_sockets_have_none_of_them()
    {
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        foreach (int name in OfRaw) Assert.Equal($"{SocketError.ProtocolOption}", Set(socket, name, new byte[4]));
    }

    private static void Compare(NetworkStack stack, SocketType type, ProtocolType protocol, string what, Func<dynamic, string> ask)
    {
        using var kernel = new Socket(AddressFamily.InterNetworkV6, type, protocol);
        using NetworkSocket ours = stack.CreateSocket(AddressFamily.InterNetworkV6, type, protocol);
        Assert.Equal($"{what}: {ask(kernel)}", $"{what}: {ask(ours)}");
    }

    private static string Set(dynamic socket, int name, byte[] value)
    {
        try
        {
            socket.SetRawSocketOption(41, name, value);
            return "ok";
        }
        catch (SocketException e)
        {
            return $"{e.SocketErrorCode}";
        }
    }

    private static string Get(dynamic socket, int name, int room)
    {
        byte[] value = new byte[room];
        try
        {
            int length = socket.GetRawSocketOption(41, name, value);
            return Convert.ToHexString(value, 0, length);
        }
        catch (SocketException e)
        {
            return $"{e.SocketErrorCode}";
        }
    }
}
