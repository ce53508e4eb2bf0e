using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>Of two datagram sockets with one name and one peer: who gets what the peer sends. Measured on Linux 6.18.</summary>
public sealed class TwinTests
{
    // A and B connect to the peer X, C and D are A and B connecting to another port of its address, E and F to no port of it, a and b
    // disconnect. A is bound before B.
    [Theory]
    [InlineData("", "B", "B")]
    [InlineData("A", "A", "A")]
    [InlineData("AB", "B", "B")]
    [InlineData("BA", "A", "A")]
    [InlineData("ABA", "B", "B")]
    [InlineData("BAB", "A", "A")]
    [InlineData("ABa", "B", "B")]
    [InlineData("ABb", "A", "A")]
    [InlineData("ABab", "B", "B")]
    [InlineData("ABaA", "A", "B")]
    [InlineData("BAaA", "A", "A")]
    [InlineData("ABabBA", "A", "B")]
    [InlineData("CBA", "B", "B")]
    [InlineData("BCA", "B", "B")]
    [InlineData("BACA", "A", "A")]
    [InlineData("DCAB", "A", "B")]
    [InlineData("CDAB", "B", "B")]
    [InlineData("CABD", "A", "A")]
    [InlineData("BAaC", "B", "B")]
    [InlineData("EBA", "B", "B")]
    [InlineData("BFA", "A", "A")]
    [InlineData("FEBA", "A", "B")]
    [InlineData("FE", "A", "B")]
    [InlineData("AEF", "B", "B")]
    public void The_one_whose_first_connect_came_last_receives(string connects, string ofWildcards, string ofAddress)
    {
        foreach (string kind in (string[])["udp4", "udp6"])
        {
            Assert.Equal(ofWildcards, Receiver(kind, connects, isWildcard: true));
            Assert.Equal(ofAddress, Receiver(kind, connects, isWildcard: false));
        }
    }

    [Theory]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", "AB", "B")]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", "AB", "B")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", "BA", "A")]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", "DCAB", "A")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", "DCAB", "B")]
    public void The_family_counts_among_those_alone_that_were_first_connected_elsewhere(string first, string second, string connects, string receiver)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        using NetworkSocket a = Bound(first), b = Bound(second);
        Assert.Equal(receiver, Receiver(stack, a, b, connects, "127.0.0.1"));

        NetworkSocket Bound(string address) => stack.OpenBound(address.Contains(':') ? "udp6" : "udp4",
            address.Contains(':') ? $"[{address}]:5000" : $"{address}:5000", Sharing.ReuseAddress);
    }

    [Theory]
    [InlineData("AB", "A")]
    [InlineData("BA", "A")]
    public void On_Windows_the_one_that_was_bound_first_receives(string connects, string receiver)
    {
        NetworkStack stack = BindRig.Stack(Personality.Windows);
        using NetworkSocket a = stack.OpenBound("udp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        using NetworkSocket b = stack.OpenBound("udp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        Assert.Equal(receiver, Receiver(stack, a, b, connects, "127.0.0.1"));
    }

    private static string Receiver(string kind, string connects, bool isWildcard)
    {
        bool isV6 = kind == "udp6";
        string name = (isV6, isWildcard) switch
        {
            (false, true) => "0.0.0.0:5000",
            (false, false) => "127.0.0.1:5000",
            (true, true) => "[::]:5000",
            _ => "[::1]:5000",
        };
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        using NetworkSocket a = stack.OpenBound(kind, name, Sharing.ReuseAddress), b = stack.OpenBound(kind, name, Sharing.ReuseAddress);
        return Receiver(stack, a, b, connects, isV6 ? "::1" : "127.0.0.1");
    }

    private static string Receiver(NetworkStack stack, NetworkSocket a, NetworkSocket b, string connects, string host)
    {
        InetAddress address = InetAddress.Parse(host);
        foreach (char step in connects)
        {
            NetworkSocket socket = "AaCE".Contains(step) ? a : b;
            ushort port = step switch { 'A' or 'B' => 7000, 'C' or 'D' => 7001, _ => 0 };
            if (char.IsLower(step)) socket.Disconnect();
            else socket.Connect(new InetEndpoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? address.MapToV6() : address, port));
        }

        NetworkSocket? receiver = stack.FindReceiver(ProtocolType.Udp, new InetEndpoint(address, 5000), new InetEndpoint(address, 7000));
        return receiver == a ? "A" : receiver == b ? "B" : "nobody";
    }
}
