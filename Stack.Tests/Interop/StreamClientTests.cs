using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Doors;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Samples.TapHost;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Streams of UserNet that open a connection to the kernel; the ends of connections in every order; options that both must agree on.</summary>
[Collection(nameof(WholeProcess))]
public class StreamClientTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private const int Port = 5000;

    private static InetEndpoint There => new(InetAddress.Parse(HostOnDevice.Kernel), Port);
    private static IPEndPoint Echo => new(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort);

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    [InlineData("packet", true)]
    public void A_server_of_the_kernel_s_gets_every_octet_and_gives_them_back(string kind, bool offload) => Run(Family, () =>
    {
        using HostOnDevice host = new(kind, offload);
        (NetworkSocket here, Socket there) = Pair(host);
        using (here)
        using (there)
        {
            byte[] octets = new byte[3_000_000], answer = new byte[octets.Length];
            PseudoRandomOctets.Fill(5, 0, octets);
            Task echoing = Task.Run(() =>
            {
                byte[] some = new byte[65_536];
                while (there.Receive(some) is var length and > 0)
                    for (int sent = 0; sent < length;) sent += there.Send(some, sent, length - sent, SocketFlags.None);
                there.Shutdown(SocketShutdown.Send);
            });
            Task sending = Task.Run(() =>
            {
                here.Send(octets);
                here.Shutdown(SocketShutdown.Send);
            });
            int got = 0;
            for (int length; (length = here.Receive(answer.AsSpan(got))) > 0;) got += length;
            Task.WaitAll(sending, echoing);
            Assert.Equal(octets.Length, got);
            Assert.Equal(octets, answer);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_web_server_on_the_kernel_s_side_gives_its_files() => Run(Family, () =>
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "there is no python3");
        using HostOnDevice host = new("tap");
        byte[] octets = new byte[500_000];
        PseudoRandomOctets.Fill(10, 0, octets);
        string folder = Directory.CreateDirectory(host.PathOf("files")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "octets"), octets);
        InetEndpoint there = There;
        using Process server = Begin("/usr/bin/python3", $"-m http.server --bind {HostOnDevice.Kernel} --directory {folder} {Port}");
        try
        {
            using SocketsHttpHandler handler = new()
            {
                ConnectCallback = async (_, token) => (await host.Stack.ConnectAsync(there, token)).AsStream(),
            };
            using HttpClient client = new(handler);
            byte[]? got = null;
            Assert.True(Until(() => TryGet(client, out got)));
            Assert.Equal(octets, got);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();

        static bool TryGet(HttpClient client, out byte[]? octets)
        {
            try
            {
                octets = client.GetByteArrayAsync($"http://{There}/octets").GetAwaiter().GetResult();
                return true;
            }
            catch (HttpRequestException e) when (e.InnerException is NetworkException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                octets = null;      // not there yet
                return false;
            }
        }
    });

    [Fact]
    public void A_closed_port_refuses_and_a_host_that_is_not_there_is_unreachable() => Run(Family, () =>
    {
        using HostOnDevice host = new(
            "tap", options: new InterfaceOptions { Neighbors = new NeighborSettings { RetryInterval = TimeSpan.FromMilliseconds(50) } });
        using NetworkSocket refused = host.OpenStream();
        NetworkException e = Assert.Throws<NetworkException>(() => refused.Connect(There));
        Assert.Equal((SocketError.ConnectionRefused, Errno.ECONNREFUSED), (e.SocketErrorCode, e.Errno));
        using NetworkSocket lost = host.OpenStream();
        e = Assert.Throws<NetworkException>(() => lost.Connect(new InetEndpoint(InetAddress.Parse(HostOnDevice.AddressOf(77)), 5000)));
        Assert.Equal((SocketError.HostUnreachable, Errno.EHOSTUNREACH), (e.SocketErrorCode, e.Errno));
        using NetworkSocket nowhere = host.OpenStream();
        e = Assert.Throws<NetworkException>(() => nowhere.Connect(InetEndpoint.Parse(Family.IsV6 ? "[2001:db8:99::1]:5000" : "192.0.2.1:5000")));
        Assert.Equal(Errno.ENETUNREACH, e.Errno);
        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_closes_first_holds_the_port_in_TIME_WAIT_and_a_half_that_is_closed_lets_the_other_go_on(bool kernelIsFirst) => Run(Family, () =>
    {
        PingTests.Need("ss");
        using HostOnDevice host = new("tap");
        (NetworkSocket here, Socket there) = Pair(host);
        using (here)
        using (there)
        {
            byte[] octets = new byte[100];
            if (kernelIsFirst)
            {
                there.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, here.Receive(octets));
                Assert.Equal(3, here.Send([1, 2, 3]));
                Assert.Equal(3, there.Receive(octets));
                Assert.Equal(TcpState.CloseWait, here.Info.State);
                here.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, there.Receive(octets));
            }
            else
            {
                here.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, there.Receive(octets));
                Assert.True(Until(() => here.Info.State == TcpState.FinWait2));
                Assert.Equal(3, there.Send([1, 2, 3]));
                Assert.Equal(3, here.Receive(octets));
                Assert.Equal(Errno.EPIPE, Assert.Throws<NetworkException>(() => here.Send([1])).Errno);
                there.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, here.Receive(octets));
            }
        }

        Assert.True(Until(() => States(host).Contains("TIME-WAIT") != kernelIsFirst), host.Stack.Snapshot().ToString());
        Assert.Equal(kernelIsFirst, Tool("ss", "-tanH state time-wait").Length > 0);
        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void Both_close_at_once() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        for (int i = 0; i < 50; i++)
        {
            (NetworkSocket here, Socket there) = Pair(host);
            using Barrier barrier = new(2);
            Task closing = Task.Run(() =>
            {
                barrier.SignalAndWait();
                there.Dispose();
            });
            barrier.SignalAndWait();
            here.Dispose();
            closing.Wait();
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_reset_is_a_reset_on_either_side() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        (NetworkSocket here, Socket there) = Pair(host);
        there.LingerState = new LingerOption(true, 0);
        there.Close();
        Assert.True(Until(() => here.Info.State == TcpState.Closed));
        Assert.Equal(Errno.ECONNRESET, Assert.Throws<NetworkException>(() => here.Receive(new byte[1])).Errno);
        Assert.Equal(Errno.EPIPE, Assert.Throws<NetworkException>(() => here.Send([1])).Errno);
        here.Dispose();

        (here, there) = Pair(host);
        here.LingerState = new LingerOption(true, 0);
        here.Dispose();
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => there.Receive(new byte[1])).SocketErrorCode);
        there.Dispose();

        // Octets that nobody reads any more are answered so, too: RFC 9293 §3.6.1, RFC 2525 §2.17.
        (here, there) = Pair(host);
        there.Send([1, 2, 3]);
        Assert.True(Until(() => here.Available == 3));
        here.Dispose();
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => there.Receive(new byte[1])).SocketErrorCode);
        there.Dispose();
        Assert.DoesNotContain("TIME-WAIT", States(host));
        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void Urgent_octets_are_told_and_taken_both_ways() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        (NetworkSocket here, Socket there) = Pair(host);
        using (here)
        using (there)
        {
            byte[] octets = new byte[10];
            there.Send("abc"u8);
            there.Send("U"u8, SocketFlags.OutOfBand);
            there.Send("def"u8);
            Assert.True(Until(() => here.Info.BytesReceived == 7));
            Assert.Equal(3, here.Available);            // up to the mark
            Assert.Equal(1, here.Receive(octets, SocketFlags.OutOfBand));
            Assert.Equal((byte)'U', octets[0]);
            Assert.Equal(Errno.EINVAL, Assert.Throws<NetworkException>(() => here.Receive(octets, SocketFlags.OutOfBand)).Errno);
            Assert.Equal(3, here.Receive(octets));      // ends before the mark
            Assert.True(here.IsAtMark);
            Assert.Equal(3, here.Receive(octets));
            Assert.Equal("def", System.Text.Encoding.ASCII.GetString(octets, 0, 3));
            Assert.False(here.IsAtMark);

            here.Send("abc"u8);
            here.Send("U"u8, SocketFlags.OutOfBand);
            here.Send("def"u8);
            Assert.True(Until(() => there.Available >= 3));
            Assert.True(Until(() => there.Poll(0, SelectMode.SelectError)));
            Assert.Equal(1, there.Receive(octets, SocketFlags.OutOfBand));
            Assert.Equal((byte)'U', octets[0]);
            Assert.Equal(3, there.Receive(octets));
            Assert.Equal(3, there.Receive(octets));
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void ECN_is_agreed_on_with_the_kernel_both_ways() => Run(Family, () =>
    {
        PingTests.Need("ss");
        using HostOnDevice host = new("tap");
        string ecn = Family.IsV6 ? "ipv6.tclass.ecn" : "ip.dsfield.ecn";
        File.WriteAllText("/proc/sys/net/ipv4/tcp_ecn", "1");
        host.Tcp.Ecn = TcpEcnMode.Offer;
        (NetworkSocket here, Socket there) = Pair(host);
        using (here)
        using (there)
        {
            Assert.True(here.Info.Options.HasFlag(TcpInfoOptions.Ecn));
            Assert.Contains(" ecn ", Tool("ss", "-tinoH state established"), StringComparison.Ordinal);
            here.Send(new byte[5000]);
            there.Send(new byte[5000]);
            for (int got = 0; got < 5000;) got += there.Receive(new byte[5000]);
            for (int got = 0; got < 5000;) got += here.Receive(new byte[5000]);
        }

        using (Socket socket = HostOnDevice.OpenKernelStream())
        {
            socket.Connect(Echo);
            Assert.Contains(" ecn ", Tool("ss", "-tinoH state established"), StringComparison.Ordinal);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
        Assert.NotEmpty(Shark.Fields(host.CaptureFile, $"tcp.len > 0 && {ecn} == 2 && {(Family.IsV6 ? "ipv6" : "ip")}.src == {HostOnDevice.Here}", "frame.number"));
        Assert.Empty(Shark.Fields(host.CaptureFile, $"tcp.flags.syn == 1 && {ecn} != 0", "frame.number"));      // RFC 3168 §6.1.1
    });

    [Fact]
    public void Fast_Open_carries_data_in_the_SYN_both_ways() => Run(Family, () =>
    {
        const int TcpFastOpen = 23, TcpFastOpenConnect = 30;
        using HostOnDevice host = new("tap");
        File.WriteAllText("/proc/sys/net/ipv4/tcp_fastopen", "3");
        host.Tcp.FastOpen = TcpFastOpenModes.Client | TcpFastOpenModes.Server;
        byte[] octets = new byte[10];
        using (Socket listener = HostOnDevice.OpenKernelListener(Port))
        {
            listener.SetRawSocketOption(6, TcpFastOpen, BitConverter.GetBytes(16));
            for (int i = 0; i < 3; i++)      // the first one asks for a cookie
            {
                using NetworkSocket here = host.OpenStream();
                here.SetRawSocketOption(6, TcpFastOpenConnect, BitConverter.GetBytes(1));
                here.Connect(There);
                Assert.Equal(3, here.Send("abc"u8));
                using Socket there = listener.Accept();
                Assert.Equal(3, there.Receive(octets));
                Assert.Equal(1, there.Send("d"u8));
                Assert.Equal(1, here.Receive(octets));
                Assert.Equal(i > 0, here.Info.Options.HasFlag(TcpInfoOptions.SynData));
            }

            Assert.Equal(2, KernelCounter("TCPFastOpenPassive"));
        }

        using NetworkSocket server = host.OpenStream();
        server.SetRawSocketOption(6, TcpFastOpen, BitConverter.GetBytes(16));
        server.Bind(new InetEndpoint(InetAddress.Parse(HostOnDevice.Here), Port));
        server.Listen(16);
        for (int i = 0; i < 3; i++)
        {
            using Socket there = HostOnDevice.OpenKernelStream();
            there.SetRawSocketOption(6, TcpFastOpenConnect, BitConverter.GetBytes(1));
            there.Connect(new IPEndPoint(IPAddress.Parse(HostOnDevice.Here), Port));
            Assert.Equal(3, there.Send("abc"u8));
            using NetworkSocket here = server.Accept();
            Assert.Equal(3, here.Receive(octets));
            Assert.Equal(1, here.Send("d"u8));
            Assert.Equal(1, there.Receive(octets));
        }

        Assert.Equal(2, host.Stack.Statistics[UserNet.Doors.Counter.TcpFastOpenPassive]);
        Assert.Equal(2, KernelCounter("TCPFastOpenActive"));
        server.Dispose();
        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void A_kernel_that_reads_nothing_closes_its_window_and_is_asked_until_it_opens() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        (NetworkSocket here, Socket there) = Pair(host);
        using (here)
        using (there)
        {
            byte[] octets = new byte[8 << 20], answer = new byte[octets.Length];
            PseudoRandomOctets.Fill(8, 0, octets);
            here.SendTimeout = 30_000;
            Task sending = Task.Run(() => here.Send(octets));
            Assert.True(Until(() => here.Info is { Probes: > 0 }), here.Info.ToString());
            for (int got = 0; got < octets.Length;) got += there.Receive(answer, got, answer.Length - got, SocketFlags.None);
            sending.Wait();
            Assert.Equal(octets, answer);
        }

        // The other way: the kernel asks, and hears that there is room again.
        (here, there) = Pair(host);
        using (here)
        using (there)
        {
            byte[] octets = new byte[16 << 20], answer = new byte[octets.Length];
            PseudoRandomOctets.Fill(9, 0, octets);
            there.SendTimeout = 30_000;
            Task sending = Task.Run(() =>
            {
                for (int sent = 0; sent < octets.Length;) sent += there.Send(octets, sent, octets.Length - sent, SocketFlags.None);
            });
            Thread.Sleep(500);
            for (int got = 0; got < octets.Length;) got += here.Receive(answer.AsSpan(got));
            sending.Wait();
            Assert.Equal(octets, answer);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    private static (NetworkSocket Here, Socket There) Pair(HostOnDevice host)
    {
        using Socket listener = HostOnDevice.OpenKernelListener(0);
        NetworkSocket here = host.OpenStream();
        here.Connect(InetEndpoint.From((IPEndPoint)listener.LocalEndPoint!));
        Socket there = listener.Accept();
        (there.ReceiveTimeout, there.SendTimeout) = (10_000, 10_000);
        return (here, there);
    }

    private static IEnumerable<string> States(HostOnDevice host) =>
        host.Stack.Snapshot().Rows.Where(static row => row.Protocol == ProtocolType.Tcp).Select(static row => row.StateName);

    /// <summary>A counter of TCP's extensions in this thread's namespace.</summary>
    private static long KernelCounter(string name)
    {
        string[][] lines = [.. File.ReadLines("/proc/thread-self/net/netstat").Select(static line => line.Split(' ')).Where(static line => line[0] == "TcpExt:")];
        return long.Parse(lines[1][Array.IndexOf(lines[0], name)], System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class StreamClientV6Tests : StreamClientTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
