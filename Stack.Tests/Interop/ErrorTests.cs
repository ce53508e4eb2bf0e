using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>What the kernel's errors, and its silence, come to at sockets of UserNet; and what the wire says of it.</summary>
[Collection(nameof(WholeProcess))]
public class ErrorTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static readonly NeighborSettings Hasty = new()
    {
        RetryInterval = TimeSpan.FromMilliseconds(50),
    };

    [Theory]
    [InlineData("tap")]
    [InlineData("tun")]
    public void A_closed_port_of_the_kernel_is_a_refused_connection(string kind) => Run(Family, () =>
    {
        using HostOnDevice host = new(kind);
        using NetworkSocket socket = host.OpenSocket();
        socket.Connect(To(HostOnDevice.Kernel, 4444));
        Assert.Equal(3, socket.Send([1, 2, 3]));
        NetworkException refusal = Assert.Throws<NetworkException>(() => socket.Receive(new byte[10]));
        Assert.Equal((SocketError.ConnectionRefused, Errno.ECONNREFUSED), (refusal.SocketErrorCode, refusal.Errno));

        // It is said once; a port that opens meanwhile is heard.
        using Socket late = HostOnDevice.OpenKernelSocket(4444);
        Assert.Equal(1, socket.Send([7]));
        byte[] octets = new byte[10];
        EndPoint from = new IPEndPoint(Family.IsV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        Assert.Equal(1, late.ReceiveFrom(octets, ref from));
        late.SendTo([8, 9], from);
        Assert.Equal(2, socket.Receive(octets));
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_neighbor_that_does_not_answer_is_no_error_to_who_did_not_ask_for_it_as_at_the_kernel_s_sockets() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap", options: new InterfaceOptions { Neighbors = Hasty });
        using Socket kernel = HostOnDevice.OpenKernelSocket();
        using NetworkSocket socket = host.OpenSocket(timeout: 100);
        socket.Connect(To(HostOnDevice.AddressOf(77), 9));
        kernel.Connect(new IPEndPoint(IPAddress.Parse(HostOnDevice.AddressOf(78)), 9));
        Assert.Equal((1, 1), (socket.Send([1]), kernel.Send([1])));
        Assert.True(Until(() => host.Stack.Statistics[DropReason.NeighborUnresolved] == 1));
        Assert.Equal(SocketError.TimedOut, Assert.Throws<NetworkException>(() => socket.Receive(new byte[10])).SocketErrorCode);
        kernel.ReceiveTimeout = 3_500;      // longer than the kernel asks for a neighbor
        Assert.Equal(SocketError.TimedOut, Assert.Throws<SocketException>(() => kernel.Receive(new byte[10])).SocketErrorCode);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    public void A_neighbor_that_does_not_answer_is_an_unreachable_host_to_who_asked_for_such_errors(string kind) => Run(Family, () =>
    {
        using HostOnDevice host = new(kind, options: new InterfaceOptions { Neighbors = Hasty });
        using NetworkSocket socket = host.OpenSocket();
        Set(socket, Family.IsV6 ? 25 : 11, 1);      // IP_RECVERR
        socket.Connect(To(HostOnDevice.AddressOf(77), 9));
        Assert.Equal(1, socket.Send([1]));
        NetworkException error = Assert.Throws<NetworkException>(() => socket.Receive(new byte[10]));
        Assert.Equal((SocketError.HostUnreachable, Errno.EHOSTUNREACH), (error.SocketErrorCode, error.Errno));
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_router_s_smaller_MTU_is_learned_and_is_an_error_or_makes_fragments() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        using FarHost far = new(mtu: 1400);
        host.Stack.Configure(static stack => stack.Host.AddRoute($"{FarHost.Address}/{(FarHost.Address.Contains(':', StringComparison.Ordinal) ? 128 : 32)}", HostOnDevice.Kernel));
        InetEndpoint echo = To(FarHost.Address, FarHost.EchoPort);
        int headers = Family.HeaderLength + 8, fits = 1400 - headers;
        using NetworkSocket strict = host.OpenSocket();
        strict.Connect(echo);
        CheckAnswer(strict, fits);
        SetDiscovery(strict, 2);      // IP_PMTUDISC_DO

        Assert.Equal(1500 - headers, strict.Send(new byte[1500 - headers]));      // fits our link
        NetworkException error = Assert.Throws<NetworkException>(() => strict.Receive(new byte[2000]));
        Assert.Equal((SocketError.MessageSize, Errno.EMSGSIZE), (error.SocketErrorCode, error.Errno));
        error = Assert.Throws<NetworkException>(() => strict.Send(new byte[fits + 1]));
        Assert.Equal(Errno.EMSGSIZE, error.Errno);
        CheckAnswer(strict, fits);

        using NetworkSocket lenient = host.OpenSocket();
        lenient.Connect(echo);
        SetDiscovery(lenient, 1);      // IP_PMTUDISC_WANT
        foreach (int size in (int[])[fits, fits + 1, 1500 - headers, 5000, Sizes.Largest]) CheckAnswer(lenient, size);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void What_the_kernel_sends_to_a_joined_group_arrives(string kind) => Run(Family, () =>
    {
        using HostOnDevice host = new(kind);
        using NetworkSocket socket = host.OpenSocket();
        socket.Bind(new InetEndpoint(Family.Any, 5353));
        socket.JoinGroup(InetAddress.Parse(GroupOf(3)), host.Interface.Index);
        using Socket sender = HostOnDevice.OpenKernelSocket();
        sender.SendTo(new byte[5000], new IPEndPoint(IPAddress.Parse(GroupOf(4)), 5353));
        sender.SendTo(new byte[5001], new IPEndPoint(IPAddress.Parse(GroupOf(3)), 5353));
        Assert.Equal(5001, socket.Receive(new byte[6000]));
        host.CloseAndCheckCapture();
    });

    private void SetDiscovery(NetworkSocket socket, int mode) => Set(socket, Family.IsV6 ? 23 : 10, mode);      // IP_MTU_DISCOVER

    private void Set(NetworkSocket socket, int option, int value) =>
        socket.SetRawSocketOption(Family.IsV6 ? 41 : 0, option, BitConverter.GetBytes(value));      // IPPROTO_IPV6, IPPROTO_IP

    private string GroupOf(int number) => Family.IsV6 ? $"ff15::1:{number}" : $"239.1.2.{number}";

    private static InetEndpoint To(string address, int port) => new(InetAddress.Parse(address), (ushort)port);

    private static void CheckAnswer(NetworkSocket socket, int size)
    {
        byte[] question = new byte[size], answer = new byte[65_536];
        TestSettings.Random(size).NextBytes(question);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                socket.Send(question);
                Assert.Equal(question, answer[..socket.Receive(answer)]);
                return;
            }
            catch (NetworkException e) when (e.Errno == Errno.EMSGSIZE && attempt == 0)
            {
                // What a router said of what was sent before.
            }
        }
    }
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class ErrorV6Tests : ErrorTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
