using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using static UserNet.Tests.Simulation.PacketWatchNetwork;

namespace UserNet.Tests.Simulation;

/// <summary>Tables as tests expect them.</summary>
public sealed class TableExpectationTests : IDisposable
{
    private readonly PacketWatchNetwork _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_table_is_as_it_prints_itself()
    {
        Connected();
        _lab.Server.ExpectTable(_lab.Server.Stack.Snapshot().ToString());
        _lab.Client.ExpectTable(_lab.Client.Stack.Snapshot().ToString());
        _lab.Router.ExpectTable("");
        _lab.Router.ExpectTable("Netid  State  Local Address:Port  Peer Address:Port  Terms");
    }

    [Fact]
    public void Cells_may_be_left_out_from_the_right_and_stars_stand_for_anything()
    {
        Connected();
        _lab.Server.ExpectTable(
            """
            Netid State   Local Address:Port
            tcp   LISTEN  0.0.0.0:7

               tcp   ESTAB   10.0.2.2:7    10.0.1.2:*   uid *
            """);
        _lab.Server.ExpectTable("tcp\ntcp");
        _lab.Server.ExpectTable("t*p L*N *:7 *:* uid 0*\r\n* * *");
        Fails("tcp LISTEN 0.0.0.0:7\ntcp ESTAB 10.0.2.2:7 10.0.1.3:*");
        Fails("tcp LISTEN 0.0.0.0:7\ntcp ESTAB 10.0.2.2:7 10.0.1.2:* uid 0 too");
        Fails("tcp LISTEN 0.0.0.0:7");
        Fails("");
        Fails("tcp ESTAB\ntcp LISTEN");      // the order counts
        Fails("tcp\ntcp\ntcp");
        Assert.Throws<ArgumentNullException>(() => _lab.Server.ExpectTable(null!));

        void Fails(string rows) => Assert.Throws<ExpectationException>(() => _lab.Server.ExpectTable(rows));
    }

    [Fact]
    public void What_is_missing_and_what_is_too_much_is_shown_with_the_whole_table()
    {
        using NetworkSocket other = Bound(9, SocketType.Dgram), exotic = Bound(80, SocketType.Stream);
        ExpectationException failure = Assert.Throws<ExpectationException>(() => _lab.Server.ExpectTable(
            """
            tcp   LISTEN  0.0.0.0:7  *        uid *
            tcp   LISTEN  0.0.0.0:8
            udp   UNCONN  0.0.0.0:9
            """));
        const string expected =
            """
            At 0.0000000 s the table of server is not as expected:
                tcp  LISTEN  0.0.0.0:7  0.0.0.0:*  uid 0, SO_REUSEADDR
              - tcp  LISTEN  0.0.0.0:8
              - udp  UNCONN  0.0.0.0:9
              + tcp  UNCONN  10.0.2.2:80  0.0.0.0:*  uid 0, SO_REUSEADDR
              + udp  UNCONN  10.0.2.2:9  0.0.0.0:*  uid 0, shares nothing
            The whole table:
            Netid  State   Local Address:Port  Peer Address:Port  Terms
            tcp    LISTEN  0.0.0.0:7           0.0.0.0:*          uid 0, SO_REUSEADDR
            tcp    UNCONN  10.0.2.2:80         0.0.0.0:*          uid 0, SO_REUSEADDR
            udp    UNCONN  10.0.2.2:9          0.0.0.0:*          uid 0, shares nothing
            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), failure.Message);
        Assert.Empty(failure.Packets);
    }

    [Fact]
    public void Time_passes_until_a_table_looks_so()
    {
        _ = _lab.Connect();
        _lab.Client.ExpectTableWithin("tcp SYN-SENT 10.0.1.2:* 10.0.2.2:7", TimeSpan.Zero);
        _lab.Client.ExpectTableWithin("tcp ESTAB 10.0.1.2:* 10.0.2.2:7", Second);
        Assert.Equal(80, _lab.Network.Clock.Now.SinceStart.TotalMilliseconds);
        ExpectationException failure = Assert.Throws<ExpectationException>(() => _lab.Client.ExpectTableWithin("tcp CLOSE-WAIT", 3600 * Second));
        Assert.StartsWith(
            "At 3600.0800000 s, 3600 s later, the table of client is not as expected:\n  - tcp  CLOSE-WAIT\n  + tcp  ESTAB  ", failure.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "\nNothing is left to happen. Who waits:\n  server: echo: has not ended\n  server: accept at tcp 0.0.0.0:7 (LISTEN)\n"
            + "  server: receive at tcp 10.0.2.2:7 -> 10.0.1.2:" + Port() + " (ESTAB)", failure.Message, StringComparison.Ordinal);
        _lab.Server.Restart();
        _lab.Server.ExpectTableWithin("tcp LISTEN", TimeSpan.Zero);

        string Port() => _lab.Client.Stack.Snapshot().Rows[0].Local.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_host_that_is_down_has_no_table()
    {
        _lab.Server.Crash();
        ExpectationException failure = Assert.Throws<ExpectationException>(() => _lab.Server.ExpectTable("tcp LISTEN 0.0.0.0:7"));
        Assert.Equal("At 0.0000000 s server is down, and has no table.", failure.Message);
        _lab.Network.After(Second, _lab.Server.Restart);
        Assert.Throws<ExpectationException>(() => _lab.Server.ExpectTableWithin("tcp LISTEN 0.0.0.0:7", Second / 2));
        _lab.Server.ExpectTableWithin("tcp LISTEN 0.0.0.0:7", Second);
        Assert.Equal(1, _lab.Network.Clock.Now.SinceStart.TotalSeconds);
    }

    [Theory]
    [InlineData("*", "anything at all")]
    [InlineData("a*c", "abc")]
    [InlineData("a*c", "ac")]
    [InlineData("a*c", "acbc")]
    [InlineData("*a*b*", "xxaxxbxx")]
    [InlineData("**", "")]
    [InlineData("abc", "abc")]
    [InlineData("a*c", "abd", false)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("*a", "b", false)]
    [InlineData("a", "", false)]
    [InlineData("", "a", false)]
    [InlineData("a*a", "a", false)]
    public void A_star_stands_for_anything(string expected, string found, bool matches = true) =>
        Assert.Equal(matches, TableExpectation.Matches(expected.AsSpan(), found));

    [Fact]
    public void Stars_are_what_a_regular_expression_says()
    {
        Random random = TestSettings.Random(5);
        int matches = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string expected = Text("ab*"), found = Text("ab");
            bool isOne = System.Text.RegularExpressions.Regex.IsMatch(found, $"^{expected.Replace("*", ".*", StringComparison.Ordinal)}$");
            Assert.Equal(isOne, TableExpectation.Matches(expected.AsSpan(), found));
            matches += isOne ? 1 : 0;
        }

        Assert.InRange(matches, 1000, 19_000);

        string Text(string letters) => new([.. Enumerable.Range(0, random.Next(8)).Select(_ => letters[random.Next(letters.Length)])]);
    }

    private void Connected()
    {
        _ = _lab.Connect();
        _lab.Network.RunFor(Second);
    }

    private NetworkSocket Bound(int port, SocketType type)
    {
        NetworkSocket socket = _lab.Server.Stack.CreateSocket(AddressFamily.InterNetwork, type);
        socket.Bind(InetEndpoint.Parse($"10.0.2.2:{port}"));
        return socket;
    }
}
