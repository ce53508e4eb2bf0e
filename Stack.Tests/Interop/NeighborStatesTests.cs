using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Count = UserNet.Doors.Counter;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Neighbor Discovery and duplicate address detection between a host of UserNet and the kernel, over a TAP device.</summary>
[Collection(nameof(WholeProcess))]
public sealed class NeighborStatesTests
{
    private const string Here = "2001:db8::2", Kernel = "2001:db8::1";

    // Linux goes from REACHABLE to DELAY without a packet when there was one within the time of DELAY: that is to be the shorter one.
    private static readonly NeighborSettings Quick = new()
    {
        ReachableTime = TimeSpan.FromSeconds(2.4), DelayFirstProbe = TimeSpan.FromSeconds(1), RetryInterval = TimeSpan.FromMilliseconds(300),
    };

    [Fact]
    public void An_address_that_the_kernel_has_is_not_used() => Run(() =>
    {
        using Rig rig = new();
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Kernel}/64", $"{Here}/64"] });
        Assert.True(eth0.WhenReadyAsync().Wait(10_000));
        AddressConflict conflict = Assert.Single(eth0.Conflicts);
        Assert.Equal(
            (InetAddress.Parse(Kernel), rig.Device.KernelAddress!.Value, ConflictOutcome.Refused),
            (conflict.Address, conflict.Other, conflict.Outcome));
        Assert.Equal(AddressTraits.Tentative | AddressTraits.Duplicate, rig.TraitsOf(Kernel));
        Assert.Equal(AddressTraits.None, rig.TraitsOf(Here));
        CheckPing(Tool("ping", $"-6 -n -q -i 0.05 -c 5 {Here}"));
        rig.CloseAndCheckCapture();
    });

    [Fact]
    public void An_address_that_this_host_has_is_not_used_by_the_kernel() => Run(() =>
    {
        using Rig rig = new();
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Here}/64"] });
        Assert.True(eth0.WhenReadyAsync().Wait(10_000));
        IpTool($"-6 addr add {Here}/64 dev t0");
        Assert.True(Until(() => IpTool("-6 addr show dev t0").Contains("dadfailed", StringComparison.Ordinal)), IpTool("-6 addr show dev t0"));
        Assert.Empty(eth0.Conflicts);      // somebody asked, and was told
        Assert.Equal(AddressTraits.None, rig.TraitsOf(Here));
        rig.CloseAndCheckCapture();
    });

    [Fact]
    public void Of_two_that_want_an_address_together_at_most_one_has_it() => Run(() =>
    {
        using Rig rig = new();
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Here}/64"] });
        IpTool("-6 addr add 2001:db8::5/64 dev t0");
        rig.Stack.Configure(static stack => stack.Host.AddAddress("eth0", "2001:db8::5/64"));
        Assert.True(eth0.WhenReadyAsync().Wait(10_000));
        Assert.True(Until(() => IsSettled(IpTool("-6 addr show dev t0 to 2001:db8::5"))));
        bool isOurs = rig.TraitsOf("2001:db8::5") == AddressTraits.None;
        bool isTheirs = !IpTool("-6 addr show dev t0 to 2001:db8::5").Contains("dadfailed", StringComparison.Ordinal);
        Assert.False(isOurs && isTheirs);
        rig.CloseAndCheckCapture();

        static bool IsSettled(string shown) => !shown.Contains("tentative", StringComparison.Ordinal) || shown.Contains("dadfailed", StringComparison.Ordinal);
    });

    [Fact]
    public void When_the_other_side_falls_silent_both_go_through_the_same_states() => Run(() =>
    {
        using Rig rig = new();
        foreach ((string name, int value) in ((string, int)[])[("base_reachable_time_ms", 2400), ("delay_first_probe_time", 1), ("retrans_time_ms", 300)])
            File.WriteAllText($"/proc/sys/net/ipv6/neigh/t0/{name}", value.ToString(CultureInfo.InvariantCulture));
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Here}/64"], DuplicateTransmits = 0, Neighbors = Quick });
        using Socket kernel = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        using NetworkSocket ours = rig.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        ours.Bind(InetEndpoint.Parse("[::]:9"));
        kernel.Bind(new IPEndPoint(IPAddress.IPv6Any, 9));
        string Theirs() => StateIn(IpTool($"-6 neigh show dev t0 to {Here}"));
        string Ours() => eth0.Neighbors.Where(static row => row.Address == InetAddress.Parse(Kernel)).Select(static row => row.State.ToString().ToUpperInvariant()).FirstOrDefault("");
        void SendTheirs() => kernel.SendTo([1], new IPEndPoint(IPAddress.Parse(Here), 9));
        void SendOurs() => ours.SendTo("x"u8, InetEndpoint.Parse($"[{Kernel}]:9"));

        SendTheirs();
        SendOurs();
        Assert.True(Until(() => Theirs() == "REACHABLE"), Theirs());
        Assert.True(Until(() => Ours() == "REACHABLE"), Ours());
        Assert.True(Until(() => Theirs() == "STALE"), Theirs());
        Assert.True(Until(() => Ours() == "STALE"), Ours());

        // Spoken to again they ask the station, are answered, and are sure again.
        SendTheirs();
        Assert.Equal(["DELAY", "PROBE", "REACHABLE"], Seen(Theirs, "REACHABLE").Except(["STALE"]).Union(["PROBE"]).Order());
        SendOurs();
        Assert.Contains("REACHABLE", Seen(Ours, "REACHABLE"));
        Assert.True(Until(() => Theirs() == "STALE" && Ours() == "STALE"), $"{Theirs()} {Ours()}");

        rig.IsSilent = true;      // this host hears nothing and says nothing
        SendTheirs();
        string[] theirs = Seen(Theirs, "FAILED");
        rig.IsSilent = false;
        SendOurs();
        File.WriteAllText("/proc/sys/net/ipv6/conf/t0/disable_ipv6", "1");
        string[] seen = Seen(Ours, "FAILED");
        Assert.Equal(["DELAY", "PROBE", "FAILED"], theirs.Except(["STALE"]));
        Assert.Equal(["DELAY", "PROBE", "FAILED"], seen.Except(["STALE"]));
        rig.CloseAndCheckCapture();
    });

    [Fact]
    public void A_station_that_changes_and_says_so_is_known_at_once_on_either_side() => Run(() =>
    {
        using Rig rig = new();
        File.WriteAllText("/proc/sys/net/ipv6/conf/t0/ndisc_notify", "1");
        IpTool($"-6 neigh add {Here} lladdr 02:00:00:00:00:77 dev t0 nud stale");
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Here}/64"], AnnouncesV6 = true });
        Assert.True(eth0.WhenReadyAsync().Wait(10_000));
        string own = eth0.Address!.Value.ToString();
        Assert.True(Until(() => IpTool($"-6 neigh show dev t0 to {Here}").Contains($"lladdr {own} STALE", StringComparison.OrdinalIgnoreCase)), IpTool("-6 neigh"));

        CheckPing(Tool("ping", $"-6 -n -q -i 0.05 -c 2 {Here}"));
        MacAddress moved = MacAddress.Parse("02:00:00:00:00:78");
        IpTool($"link set t0 address {moved}");
        Assert.True(
            Until(() => eth0.Neighbors.Any(row => row.Address == InetAddress.Parse(Kernel) && row.Station == moved)), string.Join('\n', eth0.Neighbors));
        rig.CloseAndCheckCapture();
    });

    [Fact]
    public void Both_count_the_same_solicitations_and_advertisements() => Run(() =>
    {
        using Rig rig = new();
        StackInterface eth0 = rig.Attach(new InterfaceOptions { Addresses = [$"{Here}/64"] });
        Assert.True(eth0.WhenReadyAsync().Wait(10_000));
        long before = KernelCounter("Icmp6OutNeighborSolicits") - rig.Stack.Statistics[Count.Icmp6InNeighborSolicits];
        CheckPing(Tool("ping", $"-6 -n -q -i 0.05 -c 3 {Here}"));
        StackStatistics statistics = rig.Stack.Statistics;
        Assert.True(statistics[Count.Icmp6InNeighborSolicits] >= 1, $"{statistics}");
        Assert.Equal(before, KernelCounter("Icmp6OutNeighborSolicits") - statistics[Count.Icmp6InNeighborSolicits]);
        Assert.Equal(statistics[Count.Icmp6OutNeighborAdvertisements], KernelCounter("Icmp6InNeighborAdvertisements"));
        rig.CloseAndCheckCapture();
    });

    private static void CheckPing(string output) => Assert.True(output.Contains(" 0% packet loss", StringComparison.Ordinal), output);

    /// <summary>The states that are seen, each once in a row, until the last one.</summary>
    private static string[] Seen(Func<string> state, string last)
    {
        List<string> seen = [];
        Assert.True(Until(() =>
        {
            string now = state();
            if (now.Length > 0 && (seen.Count == 0 || seen[^1] != now)) seen.Add(now);
            return now == last;
        }), string.Join(' ', seen));
        return [.. seen];
    }

    private static string StateIn(string line) => line.Split(' ', '\n').LastOrDefault(static word => word.Length > 3 && word.All(char.IsAsciiLetterUpper), "");

    /// <summary>A counter of the kernel's in this thread's namespace, by the names of /proc/net/snmp6.</summary>
    private static long KernelCounter(string name) => long.Parse(
        File.ReadLines("/proc/thread-self/net/snmp6").First(line => line.StartsWith($"{name} ", StringComparison.Ordinal) || line.StartsWith($"{name}\t", StringComparison.Ordinal))[name.Length..],
        CultureInfo.InvariantCulture);

    /// <summary>A TAP device whose other end is the kernel at 2001:db8::1, and a host on it; what passes is recorded.</summary>
    private sealed class Rig : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly PcapngWriter _writer;
        private readonly Gag _link;

        public Rig()
        {
            PingTests.Need("tshark");
            Device = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
            File.WriteAllText("/proc/sys/net/ipv6/conf/t0/disable_ipv6", "0");
            IpTool("link set t0 up");
            IpTool($"-6 addr add {Kernel}/64 dev t0 nodad");
            _writer = PcapngWriter.Create(Path.Combine(_folder.Name, "here.pcapng"));
            _link = new Gag(new CapturingLink(Device, _writer, "tap", TimeProvider.System));
        }

        public Device Device { get; }

        public NetworkStack Stack { get; } = new();

        /// <summary>True to have no frame pass.</summary>
        public bool IsSilent
        {
            set => _link.IsSilent = value;
        }

        public StackInterface Attach(InterfaceOptions options) => Stack.Attach("eth0", _link, options);

        public AddressTraits TraitsOf(string address)
        {
            AddressTraits traits = default;
            Stack.Configure(stack => traits = stack.Host.Interfaces.Find(InetAddress.Parse(address))!.Traits);
            return traits;
        }

        public void CloseAndCheckCapture()
        {
            Stack.Dispose();
            _writer.Dispose();
            Shark.FindNothingWrong(Path.Combine(_folder.Name, "here.pcapng"));
        }

        public void Dispose()
        {
            Stack.Dispose();
            _link.Dispose();
            _writer.Dispose();
            _folder.Dispose();
        }
    }

    /// <summary>A link that can be silenced, both ways.</summary>
    private sealed class Gag(ILink inner) : ILink, IFrameSink
    {
        private IFrameSink? _sink;

        public volatile bool IsSilent;

        public LinkMedium Medium => inner.Medium;

        public int Mtu => inner.Mtu;

        public LinkFeatures Features => inner.Features;

        public int LargestBurst => inner.LargestBurst;

        public MacAddress? Address => inner.Address;

        public void Start(IFrameSink sink)
        {
            _sink = sink;
            inner.Start(this);
        }

        public int Send(ReadOnlySpan<LinkFrame> frames) => IsSilent ? frames.Length : inner.Send(frames);

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            if (!IsSilent) _sink!.OnFrames(frames, verdicts);
        }

        public void OnWritable() => _sink!.OnWritable();

        public void OnClosed(Exception? failure) => _sink!.OnClosed(failure);

        public void Dispose() => inner.Dispose();
    }
}
