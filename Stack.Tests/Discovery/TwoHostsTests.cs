using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Discovery;

/// <summary>IPv6 between two hosts on a wire, as a whole.</summary>
public sealed class TwoHostsTests
{
    [Fact]
    public void Datagrams_and_streams_pass_over_a_wire()
    {
        var network = new VirtualNetwork(seed: 6);
        VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
        network.Connect(a, "2001:db8::1/64", b, "2001:db8::2/64");
        string answer = "", datagram = "";
        b.Start(async _ =>
        {
            using NetworkSocket udp = b.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
            udp.Bind(InetEndpoint.Parse("[::]:7"));
            using UserNet.Sockets.TcpListener listener = b.Stack.Listen(InetEndpoint.Parse("[::]:80"));
            byte[] buffer = new byte[100];
            int octets = udp.Receive(buffer);
            datagram = Encoding.ASCII.GetString(buffer, 0, octets);
            await using TcpConnection connection = await listener.AcceptAsync();
            await connection.Output.WriteAsync("hello"u8.ToArray());
        });
        a.Start(async _ =>
        {
            using NetworkSocket udp = a.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
            udp.SendTo("one"u8, InetEndpoint.Parse("[2001:db8::2]:7"));
            await using TcpConnection connection = await a.Stack.ConnectAsync(InetEndpoint.Parse("[2001:db8::2]:80"));
            System.IO.Pipelines.ReadResult read = await connection.Input.ReadAtLeastAsync(5);
            answer = Encoding.ASCII.GetString(read.Buffer.First.Span);
        });
        network.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(("one", "hello"), (datagram, answer));
    }
}
