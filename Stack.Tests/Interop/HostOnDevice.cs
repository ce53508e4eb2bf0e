using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Samples.TapHost;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// A host of UserNet, 10.9.0.2/24 or 2001:db8:9::2/64, on a device of this thread's namespace, with the services of TapHost; the kernel is
/// host 1 at the other end. What passes is recorded.
/// </summary>
internal sealed class HostOnDevice : IDisposable
{
    /// <summary>The address of UserNet, in the family of this thread's namespace.</summary>
    public static string Here => AddressOf(2);

    /// <summary>That of the kernel.</summary>
    public static string Kernel => AddressOf(1);

    /// <summary>UserNet's as URLs have it.</summary>
    public static string HereInUrl => Family.IsV6 ? $"[{Here}]" : Here;

    /// <summary>Any host's on the link.</summary>
    public static string AddressOf(int host) => Family.IsV6 ? $"2001:db8:9::{host}" : $"10.9.0.{host}";

    /// <summary>Octets of TCP that a full packet carries on an Ethernet, with timestamps.</summary>
    public static int FullSegment => Family.IsV6 ? 1428 : 1448;

    private static string LengthOfPrefix => Family.IsV6 ? "/64" : "/24";

    private readonly TemporaryFolder _folder;
    private readonly CancellationTokenSource _stop = new();
    private readonly CapturingLink? _link;
    private readonly PcapngWriter? _writer;
    private readonly Task _serving;

    /// <summary>Makes the interfaces and the host.</summary>
    /// <param name="kind">tap, tun, packet or pcap.</param>
    /// <param name="offload">False to have the kernel's frames come complete.</param>
    /// <param name="records">False to record nothing.</param>
    /// <param name="options">Of the interface; its addresses are given here.</param>
    /// <param name="around">Puts another link around the device's; what is recorded is what passes the device.</param>
    public HostOnDevice(
        string kind, bool offload = true, bool records = true, InterfaceOptions? options = null, Func<ILink, ILink>? around = null)
    {
        if (records) PingTests.Need("tshark");
        _folder = new TemporaryFolder();
        bool isCard = kind is "packet" or "pcap";
        KernelInterface = isCard ? "v1" : "t0";
        if (isCard)
        {
            IpTool("link add v0 type veth peer name v1");
            IpTool("link set v0 up");
        }

        Device = Device.Open(isCard ? $"{kind}:v0" : $"{kind}:t0", new DeviceOptions { Offload = offload, BringUp = true });
        try
        {
            IpTool($"addr add {Kernel}{LengthOfPrefix} dev {KernelInterface}{(Family.IsV6 ? " nodad" : "")}");
            IpTool($"link set {KernelInterface} up");
            if (Family.IsV6) WaitForKernel(KernelInterface, isEthernet: kind != "tun");
            ILink link = Device;
            if (records)
            {
                _writer = PcapngWriter.Create(CaptureFile);
                link = _link = new CapturingLink(Device, _writer, kind, TimeProvider.System);
            }

            Stack = new NetworkStack();
            Interface = Stack.Attach("eth0", around?.Invoke(link) ?? link, (options ?? new InterfaceOptions()) with { Addresses = [Here + LengthOfPrefix], DuplicateTransmits = 0 });
            bool isUsable = options?.ConflictDetection != ConflictDetection.Probe;
            if (!isUsable)
            {
                _serving = Task.CompletedTask;
                return;
            }

            SmallServers servers = new(Stack, TimeProvider.System);
            servers.Serve(InetAddress.Parse(Here), Family.IsV6 ? 64 : 24);
            Streams = new StreamServers(Stack, [InetAddress.Parse(Here)], TimeProvider.System);
            _serving = Task.WhenAll(servers.RunAsync(_stop.Token), Streams.RunAsync(_stop.Token));
        }
        catch
        {
            Stack?.Dispose();
            Device.Dispose();
            _writer?.Dispose();
            _folder.Dispose();
            throw;
        }
    }

    public Device Device { get; }

    public NetworkStack Stack { get; }

    public StackInterface Interface { get; }

    /// <summary>The services of TapHost over TCP; null where its address may not be used.</summary>
    public StreamServers? Streams { get; }

    /// <summary>How TCP behaves.</summary>
    public TcpSettings Tcp => Stack.Core.Tcp!.Settings;

    /// <summary>The interface that the kernel has at the other end.</summary>
    public string KernelInterface { get; }

    /// <summary>What passed the device; whole once the host has ended.</summary>
    public string CaptureFile => PathOf("here.pcapng");

    /// <summary>A file for the time of the test.</summary>
    public string PathOf(string name) => Path.Combine(_folder.Name, name);

    /// <summary>A socket of UserNet's.</summary>
    public NetworkSocket OpenSocket(int timeout = 10_000)
    {
        NetworkSocket socket = Stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        socket.ReceiveTimeout = timeout;
        return socket;
    }

    /// <summary>A socket of the kernel's, bound to its address here.</summary>
    public static Socket OpenKernelSocket(int port = 0)
    {
        Socket socket = new(Family.Sockets, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(Kernel), port));
        return socket;
    }

    /// <summary>A stream socket of UserNet's, whose calls wait no longer than the time, milliseconds.</summary>
    public NetworkSocket OpenStream(int timeout = 10_000)
    {
        NetworkSocket socket = Stack.CreateSocket(Family.Sockets, SocketType.Stream);
        (socket.ReceiveTimeout, socket.SendTimeout) = (timeout, timeout);
        return socket;
    }

    /// <summary>A stream socket of the kernel's.</summary>
    public static Socket OpenKernelStream() =>
        new(Family.Sockets, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000, SendTimeout = 10_000 };

    /// <summary>A listener of the kernel's, at its address here.</summary>
    public static Socket OpenKernelListener(int port, int backlog = 128)
    {
        Socket socket = OpenKernelStream();
        socket.Bind(new IPEndPoint(IPAddress.Parse(Kernel), port));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>Pieces of memory that connections hold.</summary>
    public int ChunksOutstanding
    {
        get
        {
            using (Stack.Core.Enter()) return Stack.Core.Tcp!.Chunks.Outstanding;
        }
    }

    /// <summary>No connection is left but those in TIME-WAIT, and all memory that they had is given back.</summary>
    public void CheckConnectionsAreGone()
    {
        Assert.True(Until(() => Left() is null), Left());

        string? Left()
        {
            if (ChunksOutstanding is not 0 and var chunks) return $"{chunks} chunks are out";
            if (Stack.Statistics.PacketsOutstanding is not 0 and var packets) return $"{packets} packets are out";
            TableSnapshot table = Stack.Snapshot();
            bool isClean = Streams!.Connections == 0 && table.Rows.All(static row =>
                row.Protocol != ProtocolType.Tcp || row.StateName is "LISTEN" or "TIME-WAIT");
            return isClean ? null : $"{Streams.Connections} connections are served\n{table}";
        }
    }

    /// <summary>Has the kernel's socket send datagrams of the sizes to echo, and checks each answer.</summary>
    public void CheckEcho(IEnumerable<int> sizes)
    {
        using Socket socket = OpenKernelSocket();
        socket.Connect(new IPEndPoint(IPAddress.Parse(Here), SmallServers.EchoPort));
        byte[] pattern = new byte[Sizes.Largest + 256], answer = new byte[65_536];
        TestSettings.Random(7).NextBytes(pattern);
        foreach (int size in sizes)
        {
            ReadOnlySpan<byte> question = pattern.AsSpan(size & 0xFF, size);
            try
            {
                socket.Send(question);
                int length = socket.Receive(answer);
                if (!question.SequenceEqual(answer.AsSpan(0, length))) Assert.Fail($"{size} octets were echoed as {length} others.");
            }
            catch (SocketException e)
            {
                Assert.Fail($"{size} octets: {e.SocketErrorCode}\n{Stack.Statistics}");
            }
        }
    }

    /// <summary>Nothing was dropped but what the kernel's own chatter to groups and others may bring.</summary>
    public void CheckDrops(params DropReason[] expected)
    {
        StackStatistics statistics = Stack.Statistics;
        foreach (DropReason reason in Enum.GetValues<DropReason>())
        {
            if (reason is DropReason.FrameGroupNotJoined or DropReason.IpGroupNotJoined or DropReason.FrameUnknownProtocol or DropReason.Ip6GroupNotJoined) continue;
            if (Family.IsV6 && reason is DropReason.Icmp6UnknownType or DropReason.Icmp6Ignored) continue;
            if (!expected.Contains(reason)) Assert.True(statistics[reason] == 0, $"{reason}\n{statistics}");
        }
    }

    /// <summary>Ends the host, and gives its recording to tshark.</summary>
    public void CloseAndCheckCapture()
    {
        Close();
        Assert.Null(_link!.Failure);
        Shark.FindNothingWrong(CaptureFile);
    }

    public void Dispose()
    {
        Close();
        _stop.Dispose();
        _folder.Dispose();
    }

    /// <summary>The kernel readies its IPv6 addresses by and by: before it is in the group of its address, it is not asked for it.</summary>
    private static void WaitForKernel(string device, bool isEthernet)
    {
        Assert.True(!isEthernet || Until(() => File.ReadLines("/proc/thread-self/net/igmp6").Any(
            line => line.Contains($" {device} ", StringComparison.Ordinal) && line.Contains("ff0200000000000000000001ff000001", StringComparison.Ordinal))));
        Assert.True(Until(() => IpTool("-6 addr show tentative").Length == 0));
    }

    private void Close()
    {
        _stop.Cancel();
        Assert.True(_serving.Wait(10_000), "The services did not end.");
        Streams?.Dispose();
        Stack.Dispose();
        _writer?.Dispose();
    }
}
