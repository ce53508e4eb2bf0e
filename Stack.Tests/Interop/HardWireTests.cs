using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Ip;
using UserNet.Samples.TapHost;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;
using Count = UserNet.Doors.Counter;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Streams between UserNet and the kernel where the wire, the path or somebody on it is no friend.</summary>
[Collection(nameof(WholeProcess))]
public class HardWireTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static IPEndPoint Echo => new(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort);

    [Theory]
    [InlineData(0.01, 0.0, 0.0, 0.0)]
    [InlineData(0.05, 0.0, 0.0, 0.0)]
    [InlineData(0.0, 0.05, 0.0, 0.0)]
    [InlineData(0.0, 0.0, 0.05, 0.0)]
    [InlineData(0.0, 0.0, 0.0, 0.02)]
    [InlineData(0.01, 0.01, 0.01, 0.01)]
    public void Every_octet_arrives_over_a_wire_that_loses_doubles_reorders_and_corrupts(double loss, double twice, double late, double wrong) => Run(Family, () =>
    {
        LinkConditions conditions = new()
        {
            Loss = loss,
            Duplication = twice,
            Reordering = late,
            Corruption = wrong,
            Delay = TimeSpan.FromMilliseconds(2),
            ReorderDelay = TimeSpan.FromMilliseconds(3),
        };
        using HostOnDevice host = new("tap", records: false, around: link => new ImpairedLink(
            link, TimeProvider.System, TestSettings.Random(11).NextBytes, conditions, conditions));
        byte[] octets = new byte[2_000_000], answer = new byte[octets.Length];
        PseudoRandomOctets.Fill(6, 0, octets);
        using (Socket socket = HostOnDevice.OpenKernelStream())
        {
            (socket.ReceiveTimeout, socket.SendTimeout) = (30_000, 30_000);
            socket.Connect(Echo);
            Task sending = Task.Run(() =>
            {
                for (int sent = 0; sent < octets.Length;) sent += socket.Send(octets, sent, octets.Length - sent, SocketFlags.None);
            });
            for (int got = 0; got < octets.Length;) got += socket.Receive(answer, got, answer.Length - got, SocketFlags.None);
            sending.Wait();
        }

        Assert.Equal(octets, answer);
        if (loss > 0) Assert.NotEqual(0, host.Stack.Statistics[Count.TcpRetransSegs]);
        TestContext.Current.TestOutputHelper?.WriteLine(host.Stack.Statistics.ToString());
        host.CheckConnectionsAreGone();
    });

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    public void A_router_of_the_kernel_s_with_a_smaller_MTU_is_heard_and_the_transfer_goes_on(string kind, bool offload) => Run(Family, () =>
    {
        using HostOnDevice host = new(kind, offload);
        using FarHost far = new(mtu: 1500);
        string net = Family.IsV6 ? "2001:db8:8::/64" : "10.8.0.0/24";
        IpTool($"route {(Family.IsV6 ? "add" : "change")} {net} dev near{(Family.IsV6 ? " metric 1" : "")} mtu lock 1300");      // the far host believes in 1,500
        host.Stack.Configure(stack => stack.Host.AddRoute(net, HostOnDevice.Kernel));
        byte[] octets = new byte[1_000_000], answer = new byte[octets.Length];
        PseudoRandomOctets.Fill(4, 0, octets);
        using (NetworkSocket socket = host.OpenStream())
        {
            socket.Connect(new InetEndpoint(InetAddress.Parse(FarHost.Address), FarHost.EchoPort));
            Assert.Equal(HostOnDevice.FullSegment, socket.Info.SendMss);
            Task sending = Task.Run(() => socket.Send(octets));
            for (int got = 0; got < octets.Length;) got += socket.Receive(answer.AsSpan(got));
            sending.Wait();
            Assert.Equal(octets, answer);
            Assert.Equal((1300, HostOnDevice.FullSegment - 200), (socket.Info.PathMtu, socket.Info.SendMss));
        }

        host.CloseAndCheckCapture();
        Assert.NotEmpty(Shark.Fields(host.CaptureFile, Family.IsV6 ? "icmpv6.type == 2 && icmpv6.mtu == 1300" : "icmp.type == 3 && icmp.code == 4 && icmp.mtu == 1300", "frame.number"));
    });

    [Fact]
    public void Nmap_finds_what_listens_by_half_a_handshake_and_by_a_whole_one() => Run(Family, () =>
    {
        PingTests.Need("nmap");
        using HostOnDevice host = new("tap");
        foreach (string how in (string[])["-sS", "-sT"])
        {
            string output = Tool("nmap", $"{(Family.IsV6 ? "-6 " : "")}-n -Pn {how} -p 7,9,13,19,21,80,2000 {HostOnDevice.Here}");
            foreach (int port in (int[])[7, 9, 13, 19, 80]) Assert.Matches($"(?m)^{port}/tcp +open ", output);
            foreach (int port in (int[])[21, 2000]) Assert.Matches($"(?m)^{port}/tcp +closed ", output);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class HardWireV6Tests : HardWireTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
