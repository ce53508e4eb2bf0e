using System.Diagnostics;
using System.Globalization;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Replay;
using UserNet.Samples.TapHost;
using UserNet.Simulation;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Sessions of TapHost with the kernel, recorded over a TAP and replayed into TapHost.</summary>
[Collection(nameof(WholeProcess))]
public sealed class ReplayedSessionTests
{
    private const string Here = "10.9.0.2";

    [Fact]
    public void What_was_answered_over_a_TAP_is_answered_again_in_the_replay() => Run(() =>
    {
        foreach (string tool in (string[])["ping", "nc", "curl"]) PingTests.Need(tool);
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "session.pcapng"), text = TextIn(folder);
        IpTool("tuntap add dev t0 mode tap");
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool("link set t0 up");
        using (TapHostProcess host = new("--tap", "t0", "--address", $"{Here}/24", "--pcap", file, "--seed", "7", "--quiet"))
        {
            Assert.StartsWith("ready", host.ReadLine(), StringComparison.Ordinal);
            Talk(text);
            host.Signal(Signals.Terminate);
            (int code, _, string errors) = host.WaitForEnd();
            Assert.Equal((0, ""), (code, errors));
        }

        Replay(file, "7");
        Replay(file, "8");

        RecordedSession session = RecordedSession.Read(file);
        Assert.Equal("tap:t0", session.Name);
        Assert.True(session.TakesBursts);
    });

    // The wire is made bad in the process: kernels with netem are rare.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Over_a_wire_that_loses_frames_it_is_the_same(bool offload) => Run(() =>
    {
        foreach (string tool in (string[])["ping", "nc", "curl"]) PingTests.Need(tool);
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "session.pcapng"), text = TextIn(folder);
        Device device = Device.Open("tap:t0", new DeviceOptions { Offload = offload, BringUp = true });
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool("link set t0 up");
        LinkConditions bad = new() { Loss = 0.01, Delay = TimeSpan.FromMilliseconds(2) };
        ImpairedLink wire = new(device, TimeProvider.System, TestSettings.Random(22).NextBytes, bad, bad);
        using (PcapngWriter writer = PcapngWriter.Create(file))
        using (CancellationTokenSource stop = new())
        using (NetworkStack stack = new())
        {
            stack.Attach("eth0", new CapturingLink(wire, writer, "tap:t0", TimeProvider.System), new InterfaceOptions { Addresses = [$"{Here}/24"] });
            SmallServers servers = new(stack, TimeProvider.System);
            servers.Serve(InetAddress.Parse(Here), 24);
            using StreamServers streams = new(stack, [InetAddress.Parse(Here)], TimeProvider.System);
            Task serving = Task.WhenAll(servers.RunAsync(stop.Token), streams.RunAsync(stop.Token));
            Talk(text);
            stop.Cancel();
            Assert.True(serving.Wait(10_000));
        }

        Replay(file, "7");
    });

    [Fact]
    public void A_host_that_has_changed_is_told_by_the_exit_code_and_the_first_frame() => Run(() =>
    {
        PingTests.Need("ping");
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "session.pcapng");
        IpTool("tuntap add dev t0 mode tap");
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool("link set t0 up");
        using (TapHostProcess host = new("--tap", "t0", "--address", $"{Here}/24", "--pcap", file, "--seed", "7", "--quiet"))
        {
            host.ReadLine();
            Tool("ping", $"-n -q -c 2 -i 0.2 -W 5 {Here}");
            host.Signal(Signals.Terminate);
            host.WaitForEnd();
        }

        (int code, string output, string errors) = RunReplay(file, "--address", "10.9.0.3/24");
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains("answers differ (semantic)", output, StringComparison.Ordinal);
        Assert.Contains("ICMP echo reply", output, StringComparison.Ordinal);

        (code, output, errors) = RunReplay(Path.Combine(folder.Name, "nothing"), "--address", "10.9.0.2/24");
        Assert.Equal((1, ""), (code, output));
        Assert.Single(errors.TrimEnd().Split('\n'));
        (code, _, errors) = RunReplay(file, "--address", "10.9.0.2/24", "--tap", "t0");
        Assert.Equal((2, "Give either --tap NAME or --device KIND:NAME, or --replay FILE."), (code, errors.Trim()));
    });

    // A program at a time: what several do at once the host answers in an order of its own.
    private static void Talk(string text)
    {
        Tool("ping", $"-n -q -c 5 -i 0.2 -W 2 {Here}");      // one answer is enough
        Assert.Equal(File.ReadAllText(text), Tool("sh", $"-c \"nc -N -w 20 {Here} 7 < {text}\""));
        Assert.Equal("", Tool("sh", $"-c \"echo hello | nc -N -u -w 1 {Here} 9\""));
        Tool("sh", $"-c \"echo hello | nc -N -u -w 1 {Here} 7\"");
        Tool("curl", $"-sS -m 30 http://{Here}/nothing");
        Tool("curl", $"-sS -m 60 -o /dev/null http://{Here}/bytes/1000 http://{Here}/bytes/10000000?seed=3");
        Tool("curl", $"-sS -m 60 -T {text} http://{Here}/sink");
        Assert.Throws<InvalidOperationException>(() => Tool("nc", $"-w 5 {Here} 99"));
    }

    private static void Replay(string file, string seed)
    {
        Stopwatch time = Stopwatch.StartNew();
        (int code, string output, string errors) = RunReplay(file, "--address", $"{Here}/24", "--seed", seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {time.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s of real time\n{output}");
        Assert.True(code == 0, output + errors);
    }

    private static (int Code, string Output, string Errors) RunReplay(string file, params string[] arguments)
    {
        using TapHostProcess host = new(["--replay", file, .. arguments]);
        return host.WaitForEnd();
    }

    private static string TextIn(TemporaryFolder folder)
    {
        string path = Path.Combine(folder.Name, "text");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, 200_000).Select(static i => (byte)(' ' + (i * 7 % 90)))]);
        return path;
    }
}
