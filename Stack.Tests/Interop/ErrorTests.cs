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
public sealed class ErrorTests
{
    private static readonly NeighborSettings Hasty = new()
    {
        RetryInterval = TimeSpan.FromMilliseconds(50),
    };

    [Theory]
    [InlineData("tap")]
    [InlineData("tun")]
    public void A_closed_port_of_the_kernel_is_a_refused_connection(string kind) => Run(() =>
    {
        using HostOnDevice host = new(kind);
        using NetworkSocket socket = host.OpenSocket();
        socket.Connect(InetEndpoint.Parse($"{HostOnDevice.Kernel}:4444"));
        Assert.Equal(3, socket.Send([1, 2, 3]));
        NetworkException refusal = Assert.Throws<NetworkException>(() => socket.Receive(new byte[10]));
        Assert.Equal((SocketError.ConnectionRefused, Errno.ECONNREFUSED), (refusal.SocketErrorCode, refusal.Errno));

        // It is said once; a port that opens meanwhile is heard.
        using Socket late = HostOnDevice.OpenKernelSocket(4444);
        Assert.Equal(1, socket.Send([7]));
        byte[] octets = new byte[10];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(1, late.ReceiveFrom(octets, ref from));
        late.SendTo([8, 9], from);
        Assert.Equal(2, socket.Receive(octets));
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_neighbor_that_does_not_answer_is_no_error_to_who_did_not_ask_for_it_as_at_the_kernel_s_sockets() => Run(() =>
    {
        using HostOnDevice host = new("tap", options: new InterfaceOptions { Neighbors = Hasty });
        using Socket kernel = HostOnDevice.OpenKernelSocket();
        using NetworkSocket socket = host.OpenSocket(timeout: 100);
        socket.Connect(InetEndpoint.Parse("10.9.0.77:9"));
        kernel.Connect(IPEndPoint.Parse("10.9.0.78:9"));
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
    public void A_neighbor_that_does_not_answer_is_an_unreachable_host_to_who_asked_for_such_errors(string kind) => Run(() =>
    {
        using HostOnDevice host = new(kind, options: new InterfaceOptions { Neighbors = Hasty });
        using NetworkSocket socket = host.OpenSocket();
        try
        {
            socket.SetRawSocketOption(0, 11, BitConverter.GetBytes(1));      // IPPROTO_IP, IP_RECVERR
        }
        catch (NetworkException e) when (e.Errno == Errno.ENOPROTOOPT)
        {
            Assert.Skip("there is no IP_RECVERR yet");
        }

        socket.Connect(InetEndpoint.Parse("10.9.0.77:9"));
        Assert.Equal(1, socket.Send([1]));
        NetworkException error = Assert.Throws<NetworkException>(() => socket.Receive(new byte[10]));
        Assert.Equal((SocketError.HostUnreachable, Errno.EHOSTUNREACH), (error.SocketErrorCode, error.Errno));
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_router_s_smaller_MTU_is_learned_and_is_an_error_or_makes_fragments() => Run(() =>
    {
        using HostOnDevice host = new("tap");
        using FarHost far = new(mtu: 1400);
        host.Stack.Configure(static stack => stack.Host.AddRoute("10.8.0.0/24", HostOnDevice.Kernel));
        InetEndpoint echo = InetEndpoint.Parse($"{FarHost.Address}:{FarHost.EchoPort}");
        using NetworkSocket strict = host.OpenSocket();
        strict.Connect(echo);
        CheckAnswer(strict, 1372);      // the most that fits 1,400
        SetDiscovery(strict, 2);      // IP_PMTUDISC_DO

        Assert.Equal(1472, strict.Send(new byte[1472]));      // fits our link
        NetworkException error = Assert.Throws<NetworkException>(() => strict.Receive(new byte[2000]));
        Assert.Equal((SocketError.MessageSize, Errno.EMSGSIZE), (error.SocketErrorCode, error.Errno));
        error = Assert.Throws<NetworkException>(() => strict.Send(new byte[1373]));
        Assert.Equal(Errno.EMSGSIZE, error.Errno);
        CheckAnswer(strict, 1372);

        using NetworkSocket lenient = host.OpenSocket();
        lenient.Connect(echo);
        SetDiscovery(lenient, 1);      // IP_PMTUDISC_WANT
        foreach (int size in (int[])[1372, 1373, 1472, 5000, 65_507]) CheckAnswer(lenient, size);
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void An_address_of_the_kernel_is_found_to_be_taken() => Run(() =>
    {
        using HostOnDevice host = new("tap", options: new InterfaceOptions { ConflictDetection = ConflictDetection.Probe });
        IpTool($"addr add {HostOnDevice.Here}/24 dev {host.KernelInterface}");
        Assert.True(Until(() => host.Interface.Conflicts.Count > 0));
        AddressConflict conflict = host.Interface.Conflicts[0];
        Assert.Equal(
            (InetAddress.Parse(HostOnDevice.Here), host.Device.KernelAddress!.Value, ConflictOutcome.Refused),
            (conflict.Address, conflict.Other, conflict.Outcome));
        Assert.Contains("0 received", Flood(), StringComparison.Ordinal);
        host.CloseAndCheckCapture();

        // Taken by us, it would answer: the kernel does not ask the wire for its own.
        string Flood()
        {
            IpTool($"addr del {HostOnDevice.Here}/24 dev {host.KernelInterface}");
            using System.Diagnostics.Process ping = Begin("ping", $"-n -q -c 1 -W 1 {HostOnDevice.Here}");
            return ping.StandardOutput.ReadToEnd();
        }
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Tshark_sees_a_group_being_joined_and_left_as_IGMPv3_has_it(string kind) => Run(() =>
    {
        PingTests.Need("tshark");
        PingTests.Need("tcpdump");
        using HostOnDevice host = new(kind);
        string file = host.PathOf("igmp.pcap");
        using (System.Diagnostics.Process recording = Shark.Record(host.KernelInterface, file, "igmp", count: 4))
        {
            using NetworkSocket socket = host.OpenSocket();
            socket.JoinGroup(InetAddress.Parse("239.1.2.3"), host.Interface.Index);
            socket.JoinGroup(InetAddress.Parse("232.1.1.1"), host.Interface.Index, InetAddress.Parse(HostOnDevice.Kernel));
            Thread.Sleep(50);
            socket.LeaveGroup(InetAddress.Parse("239.1.2.3"), host.Interface.Index);
            socket.LeaveGroup(InetAddress.Parse("232.1.1.1"), host.Interface.Index, InetAddress.Parse(HostOnDevice.Kernel));
            Assert.True(recording.WaitForExit(10_000), "Fewer than four reports came.");
        }

        string[][] reports = Shark.Fields(
            file, "igmp.type == 0x22", "igmp.version", "ip.dst", "ip.ttl", "igmp.record_type", "igmp.maddr", "igmp.saddr", "ip.opt.type");
        Assert.True(reports.Length >= 4);
        Assert.All(reports, static report => Assert.Equal(("3", "224.0.0.22", "1"), (report[0], report[1], report[2])));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("4") && report[4].Contains("239.1.2.3", StringComparison.Ordinal));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("5") && report[5].Contains(HostOnDevice.Kernel, StringComparison.Ordinal));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("3") && report[4].Contains("239.1.2.3", StringComparison.Ordinal));
        Shark.FindNothingWrong(file);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void What_the_kernel_sends_to_a_joined_group_arrives(string kind) => Run(() =>
    {
        using HostOnDevice host = new(kind);
        using NetworkSocket socket = host.OpenSocket();
        socket.Bind(InetEndpoint.Parse("0.0.0.0:5353"));
        socket.JoinGroup(InetAddress.Parse("239.1.2.3"), host.Interface.Index);
        using Socket sender = HostOnDevice.OpenKernelSocket();
        sender.SendTo(new byte[5000], new IPEndPoint(IPAddress.Parse("239.1.2.4"), 5353));
        sender.SendTo(new byte[5001], new IPEndPoint(IPAddress.Parse("239.1.2.3"), 5353));
        Assert.Equal(5001, socket.Receive(new byte[6000]));
        host.CloseAndCheckCapture();
    });

    private static void SetDiscovery(NetworkSocket socket, int mode) =>
        socket.SetRawSocketOption(0, 10, BitConverter.GetBytes(mode));      // IPPROTO_IP, IP_MTU_DISCOVER

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
