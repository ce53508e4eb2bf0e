using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using UserNet.Tests.Binding.Model;
using Xunit;

namespace UserNet.Tests.Binding;

public sealed class TableSnapshotTests
{
    [Fact]
    public void It_prints_the_table_as_ss_does()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        stack.OpenBound("tcp4", "0.0.0.0:80", Sharing.ReuseAddress).Listen();
        stack.OpenBound("tcp6", "[::]:4443", uid: 1001).Listen();
        stack.OpenBound("tcp6", "[::]:8443", v6Only: true);
        NetworkSocket datagram = stack.OpenBound("udp4", "0.0.0.0:5353", Sharing.ReuseAddress | Sharing.ReusePort);
        stack.OpenBound("udp6", "[fe80::1:1%2]:546");
        datagram.Connect(InetEndpoint.Parse("10.1.0.9:53"));

        string expected =
            """
            Netid  State   Local Address:Port  Peer Address:Port  Terms
            tcp    LISTEN  0.0.0.0:80          0.0.0.0:*          uid 0, SO_REUSEADDR
            tcp    LISTEN  *:4443              *:*                uid 1001, shares nothing
            tcp    UNCONN  [::]:8443           [::]:*             uid 0, IPV6_V6ONLY, shares nothing
            udp    UNCONN  [fe80::1:1]%v0:546  [::]:*             uid 0, device 2, shares nothing
            udp    ESTAB   10.1.0.1:5353       10.1.0.9:53        uid 0, SO_REUSEADDR, SO_REUSEPORT

            """;
        Assert.Equal(expected, stack.Snapshot().ToString());
    }

    [Fact]
    public void It_prints_a_full_table_at_once()
    {
        var table = new BindTable(Personality.Linux, new Random(1).NextBytes);
        var claim = new Claim(InetAddress.AnyV4);
        for (int port = 1; port < 65536; port++) Assert.True(table.Udp.Bind(new Holder(), claim, (ushort)port).IsGranted);
        string text = new TableSnapshot(table).ToString();
        Assert.Equal(65536, text.AsSpan().Count('\n'));
    }

    [Fact]
    public void It_names_the_states_of_streams()
    {
        var table = new BindTable(Personality.Linux, new Random(1).NextBytes);
        (TcpState State, string Name)[] states =
        [
            (TcpState.SynSent, "SYN-SENT"), (TcpState.SynReceived, "SYN-RECV"), (TcpState.Established, "ESTAB"),
            (TcpState.FinWait1, "FIN-WAIT-1"), (TcpState.FinWait2, "FIN-WAIT-2"), (TcpState.CloseWait, "CLOSE-WAIT"),
            (TcpState.Closing, "CLOSING"), (TcpState.LastAck, "LAST-ACK"), (TcpState.TimeWait, "TIME-WAIT"),
        ];
        foreach ((TcpState state, _) in states)
        {
            var holder = new Holder();
            table.Tcp.ConnectAny(holder, new Claim(InetAddress.LoopbackV4), InetEndpoint.Parse("127.0.0.1:7000"));
            table.Tcp.SetState(holder, state);
        }

        IEnumerable<string> names = new TableSnapshot(table).Rows.Select(static row => row.StateName);
        Assert.Equal(states.Select(static entry => entry.Name).Order(), names.Order());
    }

    [Fact]
    public void Rows_come_by_protocol_port_and_age_and_an_empty_table_has_none()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        Assert.Empty(stack.Snapshot().Rows);
        Assert.Equal("Netid  State  Local Address:Port  Peer Address:Port  Terms\n", stack.Snapshot().ToString());
        stack.OpenBound("udp4", "127.0.0.1:9");
        stack.OpenBound("tcp4", "127.0.0.1:4096");
        NetworkSocket older = stack.OpenBound("tcp4", "127.0.0.1:80", Sharing.ReuseAddress);
        NetworkSocket newer = stack.OpenBound("tcp4", "127.0.0.1:80", Sharing.ReuseAddress);
        IReadOnlyList<HolderRow> rows = stack.Snapshot().Rows;
        Assert.Equal(["127.0.0.1:80", "127.0.0.1:80", "127.0.0.1:4096", "127.0.0.1:9"], rows.Select(static row => $"{row.Local}"));
        Assert.Same(older, rows[0].Owner);
        Assert.Same(newer, rows[1].Owner);
    }

    [Fact]
    public void It_stays_as_it_was_when_the_table_changes()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket socket = stack.OpenBound("tcp4", "127.0.0.1:80");
        TableSnapshot snapshot = stack.Snapshot();
        string before = snapshot.ToString();
        socket.Listen();
        socket.Close();
        Assert.Equal(before, snapshot.ToString());
        Assert.Contains("127.0.0.1:80", before, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_without_a_name_is_a_number()
    {
        var table = new BindTable(Personality.Linux, new Random(1).NextBytes);
        table.Udp.Bind(new Holder(), new Claim(InetAddress.AnyV4, device: 7), 53);
        Assert.Contains("0.0.0.0%7:53", new TableSnapshot(table).ToString(), StringComparison.Ordinal);
        Assert.Contains("0.0.0.0%7:53", new TableSnapshot(table, new PlainRoutes()).ToString(), StringComparison.Ordinal);
    }
}
