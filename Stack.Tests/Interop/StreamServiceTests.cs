using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using UserNet.Doors;
using UserNet.Samples.TapHost;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>The small services over TCP, used by tools and by sockets of the kernel; and that nothing of a connection stays.</summary>
[Collection(nameof(WholeProcess))]
public class StreamServiceTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static IPEndPoint Echo => new(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort);

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    [InlineData("packet", true)]
    [InlineData("pcap", true)]
    public void Netcat_gets_its_octets_back_the_time_and_the_pattern(string kind, bool offload) => Run(Family, () =>
    {
        PingTests.Need("nc");
        using HostOnDevice host = new(kind, offload);
        string file = host.PathOf("octets");
        byte[] octets = new byte[1_000_003];
        PseudoRandomOctets.Fill(1, 0, octets);
        File.WriteAllBytes(file, octets);
        Shell($"nc -N -w 10 {HostOnDevice.Here} 7 < {file} > {file}.back");
        Assert.Equal(octets, File.ReadAllBytes(file + ".back"));
        Shell($"nc -N -w 10 {HostOnDevice.Here} 9 < {file} > {file}.none");
        Assert.Empty(File.ReadAllBytes(file + ".none"));
        Assert.EndsWith("-UTC\r\n", Shell($"nc -w 10 {HostOnDevice.Here} 13 < /dev/null"), StringComparison.Ordinal);

        string[] lines = Shell($"nc -w 10 {HostOnDevice.Here} 19 < /dev/null | head -c 740000").Split("\r\n");
        Assert.Equal(10_001, lines.Length);
        for (int i = 1; i < lines.Length - 1; i++)
            Assert.True(lines[i].Length == 72 && lines[i][..71] == lines[i - 1][1..], $"{i}: {lines[i]}");
        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void Socat_echoes_with_every_size_of_write() => Run(Family, () =>
    {
        PingTests.Need("socat");
        using HostOnDevice host = new("tap", records: false);
        string file = host.PathOf("octets");
        byte[] octets = new byte[300_000];
        PseudoRandomOctets.Fill(2, 0, octets);
        File.WriteAllBytes(file, octets);
        foreach (int size in (int[])[17, 536, 1447, 1448, 1449, 8192, 65_536])
        {
            Shell($"socat -b {size} -t 10 - TCP:{HostOnDevice.HereInUrl}:7,nodelay < {file} > {file}.back");
            Assert.Equal(octets, File.ReadAllBytes(file + ".back"));
        }

        host.CheckConnectionsAreGone();
    });

    [Fact]
    public void Many_connections_one_after_the_other_leave_nothing_behind() => Run(Family, () =>
    {
        int count = TestSettings.Count(2_000, 10_000);
        using HostOnDevice host = new("tap", records: false);
        byte[] octets = [1, 2, 3];
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < count; i++)
        {
            using Socket socket = HostOnDevice.OpenKernelStream();
            socket.Connect(Echo);
            socket.Send(octets);
            Assert.Equal(3, socket.Receive(octets));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count / watch.Elapsed.TotalSeconds:0} connections/s");
        host.CheckConnectionsAreGone();
        Assert.Equal(count, host.Stack.Statistics[UserNet.Doors.Counter.TcpPassiveOpens]);
        Assert.Equal(0, host.Stack.Statistics[UserNet.Doors.Counter.TcpEstabResets]);
        host.CheckDrops();
    });

    [Fact]
    public void A_thousand_connections_at_once_each_get_their_own_octets() => Run(Family, () =>
    {
        const int count = 1000;
        using HostOnDevice host = new("tap", records: false);
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(static _ => HostOnDevice.OpenKernelStream())];
        try
        {
            Task.WaitAll([.. sockets.Select(static socket => socket.ConnectAsync(Echo))], TimeSpan.FromSeconds(30));
            byte[] octets = new byte[5000], answer = new byte[5000];
            for (int round = 0; round < 2; round++)
            {
                for (int i = 0; i < count; i++)
                {
                    PseudoRandomOctets.Fill((ulong)i, 0, octets);
                    sockets[i].Send(octets);
                }

                for (int i = 0; i < count; i++)
                {
                    for (int got = 0; got < answer.Length;) got += sockets[i].Receive(answer, got, answer.Length - got, SocketFlags.None);
                    PseudoRandomOctets.Fill((ulong)i, 0, octets);
                    Assert.Equal(octets, answer);
                }
            }

            Assert.Equal(count, host.Streams!.Connections);
            Assert.True(Until(() => host.ChunksOutstanding == 0), $"{host.ChunksOutstanding} chunks");      // at rest none holds memory
        }
        finally
        {
            foreach (Socket socket in sockets) socket.Dispose();
        }

        host.CheckConnectionsAreGone();
        // All thousand may speak before the device has taken a word, and the kernel may be tired of waiting.
        host.CheckDrops(DropReason.LinkQueueFull, DropReason.TcpOutOfWindow);
    });

    [Fact]
    public void The_kernel_s_ss_shows_that_sack_timestamps_and_window_scaling_were_agreed_on() => Run(Family, () =>
    {
        PingTests.Need("ss");
        using HostOnDevice host = new("tap");
        using Socket socket = HostOnDevice.OpenKernelStream();
        socket.Connect(Echo);
        socket.Send([1]);
        Assert.Equal(1, socket.Receive(new byte[1]));
        string[] words = Tool("ss", "-tinoH state established").Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("sack", words);
        Assert.Contains("ts", words);
        Assert.Contains(words, static word => word.StartsWith("wscale:", StringComparison.Ordinal) && word != "wscale:0,0");
        Assert.Contains($"mss:{HostOnDevice.FullSegment}", words);
        Assert.Contains("pmtu:1500", words);

        using NetworkSocket here = host.OpenStream();
        using Socket listener = HostOnDevice.OpenKernelListener(5000);
        here.Connect(new IPEndPoint(IPAddress.Parse(HostOnDevice.Kernel), 5000));
        const TcpInfoOptions all = TcpInfoOptions.Timestamps | TcpInfoOptions.Sack | TcpInfoOptions.WindowScale;
        Assert.Equal((all, HostOnDevice.FullSegment), (here.Info.Options & all, here.Info.SendMss));
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    public void On_a_clean_wire_tshark_sees_nothing_sent_twice_out_of_order_or_asked_for_again(string kind, bool offload) => Run(Family, () =>
    {
        PingTests.Need("curl");
        PingTests.Need("tcpdump");
        using HostOnDevice host = new(kind, offload);
        string far = host.PathOf("kernel.pcap"), file = host.PathOf("octets");
        byte[] octets = new byte[4_000_000];
        PseudoRandomOctets.Fill(3, 0, octets);
        File.WriteAllBytes(file, octets);
        using (Process recording = Shark.Record(host.KernelInterface, far))
        {
            HttpTests.Curl($"-o /dev/null http://{HostOnDevice.HereInUrl}/bytes/4000000");
            HttpTests.Curl($"-T {file} http://{HostOnDevice.HereInUrl}/sink");
            for (int i = 0; i < 20; i++) HttpTests.Curl($"-o /dev/null http://{HostOnDevice.HereInUrl}/");
            Shark.Finish(recording);
        }

        host.CheckConnectionsAreGone();
        Assert.NotEmpty(Shark.Fields(far, "tcp.len > 1000", "frame.number"));
        Shark.FindNoTroubleOfStreams(far);
        if (!offload) Shark.FindNothingWrong(far, $"{(Family.IsV6 ? "ipv6" : "ip")}.src == {HostOnDevice.Here}");
        host.CloseAndCheckCapture();
    });

    /// <summary>What a command line of the shell prints.</summary>
    private static string Shell(string line) => Tool("sh", $"-c \"{line}\"");
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class StreamServiceV6Tests : StreamServiceTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
