using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// The kernel's bridge asks who listens to what, keeps it in mind, and lets a group's datagrams through to those alone: what it has understood is
/// what was joined. What passed is judged by tshark.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class BridgeGroupsTests
{
    private const int Port = 5007;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_bridge_knows_what_is_joined_and_from_whom(bool isV6) => Run(IpFamily.V6, () =>
    {
        using var rig = new Rig(isV6, version: isV6 ? 2 : 3);
        (string g, string x, string s) = isV6 ? ("ff05::77", "ff05::78", "ff3e::77") : ("239.1.1.77", "239.1.1.78", "232.1.1.77");
        (string one, string two) = isV6 ? ("2001:db8::1", "2001:db8::2") : ("192.0.2.1", "192.0.2.2");
        NetworkSocket any = rig.Open(), picky = rig.Open(), shy = rig.Open();
        any.JoinGroup(InetAddress.Parse(g), rig.Device);
        picky.JoinGroup(InetAddress.Parse(s), rig.Device, InetAddress.Parse(one));
        picky.JoinGroup(InetAddress.Parse(s), rig.Device, InetAddress.Parse(two));
        shy.JoinGroup(InetAddress.Parse(x), rig.Device);
        Rig.Await([$"{g} exclude", $"{x} exclude", $"{s} include {one} {two}"]);

        // Queries are answered: entries live 2 times 3 s and 0.5 s.
        Thread.Sleep(8000);
        Rig.Await([$"{g} exclude", $"{x} exclude", $"{s} include {one} {two}"]);

        shy.BlockSource(new GroupRequest(InetAddress.Parse(x), rig.Device), InetAddress.Parse(two));
        picky.LeaveGroup(InetAddress.Parse(s), rig.Device, InetAddress.Parse(one));
        Rig.Await([$"{g} exclude", $"{x} exclude {two}", $"{s} include {two}"]);
        shy.SetGroupFilter(new GroupRequest(InetAddress.Parse(x), rig.Device), new SourceFilter(FilterMode.Include, [InetAddress.Parse(one)]));
        Rig.Await([$"{g} exclude", $"{x} include {one}", $"{s} include {two}"]);

        // Datagrams pass both ways.
        using Socket kernel = rig.OpenKernelSocket();
        any.Bind(new InetEndpoint(isV6 ? InetAddress.AnyV6 : InetAddress.AnyV4, Port));
        any.ReceiveTimeout = 5000;
        kernel.SendTo([1, 2, 3], new IPEndPoint(IPAddress.Parse(g), Port));
        Assert.Equal(3, any.Receive(new byte[10]));
        kernel.SetSocketOption(
            isV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.AddMembership,
            isV6 ? new IPv6MulticastOption(IPAddress.Parse(x), Rig.BridgeIndex) : new MulticastOption(IPAddress.Parse(x), (int)Rig.BridgeIndex));
        Assert.True(Until(() => { shy.SendTo([4, 5], new InetEndpoint(InetAddress.Parse(x), Port, isV6 ? rig.Device : 0)); return kernel.Poll(100_000, SelectMode.SelectRead); }));
        Assert.Equal(2, kernel.Receive(new byte[10]));

        foreach (NetworkSocket socket in new[] { any, picky, shy }) socket.Dispose();
        Rig.Await([]);
        rig.Judge(isV6 ? "icmpv6.type == 143" : "igmp.type == 0x22");
    });

    [Fact]
    public void A_querier_of_version_1_is_spoken_to_in_version_1_and_no_longer_than_it_asks() => Run(IpFamily.V6, () =>
    {
        using var rig = new Rig(isV6: true, version: 2);
        NetworkSocket early = rig.Open();
        early.JoinGroup(InetAddress.Parse("ff05::70"), rig.Device);
        Rig.Await(["ff05::70 exclude"]);
        Assert.Equal(2, rig.Version);
        Assert.True(Until(() => rig.QueriesOfTheLink > 0));      // it has said how often it asks
        IpTool("link set br0 type bridge mcast_mld_version 1");
        rig.AwaitVersion(1);
        NetworkSocket late = rig.Open();
        late.JoinGroup(InetAddress.Parse("ff05::71"), rig.Device, InetAddress.Parse("2001:db8::1"));      // of sources version 1 knows nothing
        Rig.Await(["ff05::70 exclude", "ff05::71 exclude"], ignoresModes: true);
        late.Dispose();
        Rig.Await(["ff05::70 exclude"], ignoresModes: true);
        IpTool("link set br0 type bridge mcast_mld_version 2");
        rig.AwaitVersion(2);
        late = rig.Open();
        late.JoinGroup(InetAddress.Parse("ff05::71"), rig.Device, InetAddress.Parse("2001:db8::1"));
        Rig.Await(["ff05::70 exclude", "ff05::71 include 2001:db8::1"]);
        rig.Judge("icmpv6.type == 131 && icmpv6.mld.multicast_address == ff05::71");
        rig.Judge("icmpv6.type == 132 && icmpv6.mld.multicast_address == ff05::71");
    });

    /// <summary>A host of UserNet on a TAP that is a port of a bridge; the bridge asks every three seconds.</summary>
    private sealed class Rig : IDisposable
    {
        private const string Here = "2001:db8:9::2/64", HereV4 = "10.9.0.2/24";

        private readonly TemporaryFolder _folder = new();
        private readonly PcapngWriter _writer;
        private readonly Device _device;
        private readonly NetworkStack _stack;
        private readonly bool _isV6;
        private bool _hasEnded;

        public Rig(bool isV6, int version)
        {
            PingTests.Need("tshark");
            _isV6 = isV6;
            try
            {
                IpTool($"link add br0 type bridge mcast_snooping 1 mcast_querier 1 {(isV6 ? "mcast_mld_version" : "mcast_igmp_version")} {version} mcast_query_interval 300 "
                    + "mcast_query_response_interval 50 mcast_startup_query_interval 100 mcast_last_member_interval 50 forward_delay 0");
                Tool("bridge", "mdb show");
            }
            catch (InvalidOperationException e)
            {
                Assert.Skip($"the kernel's bridges do not look after groups: {e.Message}");
            }

            IpTool("addr add 10.9.0.1/24 dev br0");
            IpTool("addr add 2001:db8:9::1/64 dev br0 nodad");
            _device = UserNet.Tap.Device.Open("tap:t0", new DeviceOptions { BringUp = true });
            IpTool("link set t0 master br0");
            IpTool("link set br0 up");
            IpTool("link set t0 up");
            _writer = PcapngWriter.Create(CaptureFile);
            _stack = new NetworkStack();
            StackInterface eth0 = _stack.Attach("eth0", new CapturingLink(_device, _writer, "t0", TimeProvider.System), new InterfaceOptions
            {
                Addresses = isV6 ? [Here] : [HereV4],
            });
            Device = eth0.Index;
        }

        public uint Device { get; }

        public static uint BridgeIndex
        {
            get
            {
                using JsonDocument document = JsonDocument.Parse(IpTool("-j link show dev br0"));
                return document.RootElement[0].GetProperty("ifindex").GetUInt32();
            }
        }

        public int Version
        {
            get
            {
                int version = 0;
                _stack.Configure(stack => version = stack.Groups.MldVersionOn(Device, stack.Core.Now));
                return version;
            }
        }

        // The bridge's first one may come from a global address: a link-local one it has only a moment later.
        public long QueriesOfTheLink => _stack.Statistics[UserNet.Doors.Counter.MldInQueries] - _stack.Statistics[DropReason.MldForged];

        /// <summary>Waits until the host speaks this version of MLD.</summary>
        public void AwaitVersion(int version)
        {
            if (Until(() => Version == version, 20_000)) return;
            End();
            Assert.Fail(Tool("tshark", $"-n -r {CaptureFile} -Y icmpv6"));
        }

        private string CaptureFile => Path.Combine(_folder.Name, "here.pcapng");

        public NetworkSocket Open()
        {
            NetworkSocket socket = _stack.CreateSocket(_isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram);
            socket.SetSocketOption(
                _isV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.MulticastInterface,
                _isV6 ? (int)Device : IPAddress.HostToNetworkOrder((int)Device));
            return socket;
        }

        /// <summary>A socket of the kernel's that sends to groups over the bridge.</summary>
        public Socket OpenKernelSocket()
        {
            Socket socket = new(_isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            if (_isV6) socket.DualMode = false;
            socket.Bind(new IPEndPoint(_isV6 ? IPAddress.IPv6Any : IPAddress.Any, Port));
            socket.SetSocketOption(
                _isV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.MulticastInterface,
                _isV6 ? (int)BridgeIndex : IPAddress.HostToNetworkOrder((int)BridgeIndex));
            return socket;
        }

        /// <summary>Waits until the bridge has understood these, and no others but what the host itself joins.</summary>
        public static void Await(string[] expected, bool ignoresModes = false)
        {
            string Wanted() => string.Join('\n', (ignoresModes ? expected.Select(one => one.Split(' ')[0]) : expected).Order(StringComparer.Ordinal));
            Assert.True(Until(() => string.Join('\n', Known(ignoresModes)) == Wanted(), 15_000), $"The bridge knows\n{string.Join('\n', Known(ignoresModes))}\nand not\n{Wanted()}");
        }

        /// <summary>There are such packets, they and their like are well formed, and they go as the RFCs say.</summary>
        public void Judge(string filter)
        {
            End();
            Shark.FindNothingWrong(CaptureFile, "igmp || icmpv6");
            string[][] packets = _isV6
                ? Shark.Fields(CaptureFile, $"{filter} && ipv6.src == fe80::/10", "ipv6.hlim", "ipv6.opt.router_alert", "icmpv6.checksum.status")
                : Shark.Fields(CaptureFile, $"{filter} && ip.src == 10.9.0.2", "ip.ttl", "ip.opt.ra", "igmp.checksum.status");
            Assert.NotEmpty(packets);
            Assert.All(packets, fields => Assert.Equal(["1", "0", "1"], fields));
        }

        public void Dispose()
        {
            End();
            _folder.Dispose();
        }

        private void End()
        {
            if (_hasEnded) return;
            _hasEnded = true;
            _stack.Dispose();
            _device.Dispose();
            _writer.Dispose();
        }

        /// <summary>Group, mode and sources of each entry of the host's port, but for those of solicited nodes.</summary>
        private static string[] Known(bool ignoresModes)
        {
            using JsonDocument document = JsonDocument.Parse(Tool("bridge", "-j -d mdb show dev br0"));
            List<string> known = [];
            foreach (JsonElement entry in document.RootElement[0].GetProperty("mdb").EnumerateArray())
            {
                string group = entry.GetProperty("grp").GetString()!;
                if (entry.GetProperty("port").GetString() != "t0" || entry.TryGetProperty("src", out _) || group.StartsWith("ff02::1:ff", StringComparison.Ordinal)) continue;
                string mode = entry.TryGetProperty("filter_mode", out JsonElement filter) ? filter.GetString()! : "exclude";
                IEnumerable<string> sources = entry.TryGetProperty("source_list", out JsonElement list)
                    ? list.EnumerateArray().Where(one => mode == "include" || IsBlocked(one)).Select(one => one.GetProperty("address").GetString()!).Order(StringComparer.Ordinal) : [];
                known.Add(ignoresModes ? group : string.Join(' ', [group, mode, .. sources]));
            }

            return [.. known.Order(StringComparer.Ordinal)];
        }

        // In EXCLUDE mode a source whose timer still runs is let through. RFC 3376 §6.2.2.
        private static bool IsBlocked(JsonElement source) => !source.TryGetProperty("timer", out JsonElement timer) || timer.GetString()!.Trim().StartsWith("0.00", StringComparison.Ordinal);
    }
}
