using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using UserNet.Samples.TapHost;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>The page of TapHost, and programs that speak HTTP with it.</summary>
[Collection(nameof(WholeProcess))]
public partial class HttpTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static string Page => $"http://{HostOnDevice.HereInUrl}";
    private const int Seed = 7;

    private static long Much => TestSettings.IsLong ? 1L << 30 : 64L << 20;

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    [InlineData("tun", false)]
    [InlineData("packet", true)]
    [InlineData("pcap", true)]
    public void Curl_gets_and_puts_much_and_every_octet_is_right(string kind, bool offload) => Run(Family, () =>
    {
        PingTests.Need("curl");
        bool isFast = kind is "tap" or "tun" && offload;
        long length = isFast ? Much : Much / 4;
        using HostOnDevice host = new(kind, offload, records: false);
        string file = host.PathOf("octets"), right = DigestOf(length);
        Report("get", length, Curl($"-o {file} -w %{{time_total}} {Page}/bytes/{length}?seed={Seed}"));
        using (FileStream got = File.OpenRead(file)) Assert.Equal((length, right), (got.Length, Convert.ToHexStringLower(SHA256.HashData(got))));

        string[] answer = Curl($"-T {file} -w %{{time_total}} {Page}/sink").Split(' ', '\n');
        Report("put", length, answer[2]);
        Assert.Equal((length.ToString(CultureInfo.InvariantCulture), right), (answer[0], answer[1]));
        host.CheckConnectionsAreGone();

        void Report(string what, long octets, string seconds) => TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kind}, offload {offload}: {what} {octets * 8 / double.Parse(seconds, CultureInfo.InvariantCulture) / 1e9:0.00} Gbit/s");
    });

    [Fact]
    public void Both_ways_at_once_over_many_connections_nothing_is_mixed_up() => Run(Family, () =>
    {
        PingTests.Need("curl");
        using HostOnDevice host = new("tap", records: false);
        string file = host.PathOf("octets");
        byte[] octets = new byte[3_000_001];
        PseudoRandomOctets.Fill(Seed, 0, octets);
        File.WriteAllBytes(file, octets);
        string right = Convert.ToHexStringLower(SHA256.HashData(octets));
        Process[] all = [.. Enumerable.Range(0, 16).Select(i => Begin("curl", i % 2 == 0
            ? $"-sS -m 60 -T {file} {Page}/sink" : $"-sS -m 60 -o {host.PathOf($"got{i}")} {Page}/bytes/{octets.Length}?seed={Seed}"))];
        for (int i = 0; i < all.Length; i++)
        {
            string output = all[i].StandardOutput.ReadToEnd(), errors = all[i].StandardError.ReadToEnd();
            all[i].WaitForExit();
            Assert.Equal((0, ""), (all[i].ExitCode, errors));
            if (i % 2 == 0) Assert.Equal($"{octets.Length} {right}\n", output);
            else Assert.Equal(right, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(host.PathOf($"got{i}")))));
            all[i].Dispose();
        }

        host.CheckConnectionsAreGone();
    });

    [Fact]
    public void The_page_shows_the_bind_table_with_the_connection_that_asks() => Run(Family, () =>
    {
        PingTests.Need("curl");
        using HostOnDevice host = new("tap");
        string[] lines = Curl($"{Page}/").Split('\n');
        Assert.Contains(lines, static line => ListenRow().IsMatch(line));
        Assert.Contains(lines, static line => ConnectedRow().IsMatch(line));
        string head = Curl($"-I {Page}/bytes/123");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 123\r\n", head, StringComparison.Ordinal);

        // One connection for all: curl says how many it made.
        string made = Curl($"-w %{{num_connects}} -o /dev/null -o /dev/null -o /dev/null {Page}/bytes/10 {Page}/ {Page}/bytes/70000");
        Assert.Equal("100", made);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400")]      // no Host
    [InlineData("GET /\r\n\r\n", "400")]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\nHost: a\n\n", "200")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "200")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "200")]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505")]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "501")]
    [InlineData("GET /bytes/-1 HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /bytes/99999999999999999999 HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /bytes/1?seed=x HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /sink HTTP/1.1\r\nHost: a\r\n\r\n", "405")]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "405")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\n\r\n", "411")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", "400")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 3\r\n\r\nabc", "417")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "400")]
    [InlineData("\x16\x03\x01\n\n", "400")]
    [InlineData("PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "200")]
    public void Any_request_is_answered_and_none_takes_the_server_with_it(string request, string status) => Run(Family, () =>
    {
        using HostOnDevice host = new("tap", records: false);
        Assert.StartsWith($"HTTP/1.1 {status} ", Ask(Encoding.Latin1.GetBytes(request)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()), StringComparison.Ordinal);
        host.CheckConnectionsAreGone();
    });

    [Fact]
    public void A_head_without_end_is_refused_half_a_request_ends_with_its_connection_and_many_come_in_one_segment() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap", records: false);
        Assert.StartsWith("HTTP/1.1 431 ", Ask(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nX: " + new string('x', 30_000))), StringComparison.Ordinal);
        Assert.Equal("", Ask("PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\nabc"u8.ToArray()));
        Assert.Equal("", Ask("GET / HT"u8.ToArray()));
        string answers = Ask(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /bytes/1 HTTP/1.1\r\nHost: a\r\n\r\n", 50))));
        Assert.Equal(50, StatusLine().Count(answers));
        host.CheckConnectionsAreGone();
    });

    [Theory]
    [InlineData("", 1000)]
    [InlineData("-k", 5000)]
    public void Ab_has_no_failed_request(string keep, int requests) => Run(Family, () =>
    {
        PingTests.Need("ab");
        using HostOnDevice host = new("tap", records: false);
        string output = Tool("ab", $"-q {keep} -n {requests} -c 20 {Page}/bytes/1000");
        Assert.Contains($"Complete requests:      {requests}\n", output, StringComparison.Ordinal);
        Assert.Contains("Failed requests:        0\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        host.CheckConnectionsAreGone();
    });

    [Fact]
    public void Wrk_sees_neither_errors_nor_timeouts() => Run(Family, () =>
    {
        PingTests.Need("wrk");
        using HostOnDevice host = new("tap", records: false);
        string output = Tool("wrk", $"-t 1 -c 50 -d {TestSettings.Count(1, 10)}s {Page}/bytes/1000");
        Assert.DoesNotContain("Socket errors", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        Assert.Matches("[1-9][0-9]+ requests in", output);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        host.CheckConnectionsAreGone();
    });

    /// <summary>What curl prints; it fails when the server answers with an error.</summary>
    internal static string Curl(string arguments) => Tool("curl", $"-sS -f -m 120 {arguments}");

    private static string DigestOf(long length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] octets = new byte[1 << 20];
        for (long position = 0; position < length; position += octets.Length)
        {
            int count = (int)Math.Min(octets.Length, length - position);
            PseudoRandomOctets.Fill(Seed, position, octets.AsSpan(0, count));
            hash.AppendData(octets, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // All that comes back until the server ends.
    private static string Ask(byte[] request)
    {
        using Socket socket = HostOnDevice.OpenKernelStream();
        socket.Connect(new IPEndPoint(IPAddress.Parse(HostOnDevice.Here), StreamServers.HttpPort));
        socket.Send(request);
        socket.Shutdown(SocketShutdown.Send);
        StringBuilder text = new();
        byte[] octets = new byte[65_536];
        try
        {
            while (socket.Receive(octets) is var length and > 0) text.Append(Encoding.Latin1.GetString(octets, 0, length));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // What it did not want to hear to the end.
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^tcp +LISTEN +(10\.9\.0\.2|\[2001:db8:9::2\]):80 ")]
    private static partial Regex ListenRow();

    [GeneratedRegex(@"^tcp +ESTAB +(10\.9\.0\.2|\[2001:db8:9::2\]):80 +(10\.9\.0\.1|\[2001:db8:9::1\]):[0-9]+ ")]
    private static partial Regex ConnectedRow();

    [GeneratedRegex("HTTP/1.1 200 OK\r\n")]
    private static partial Regex StatusLine();
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class HttpV6Tests : HttpTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
