using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

public sealed class ReconnectTests
{
    [Theory]
    [InlineData("Linux", "10.1.0.1")]
    [InlineData("Posix", "10.1.0.1")]
    [InlineData("Windows", "10.2.0.1")]
    public void A_second_connect_keeps_the_first_source_but_for_Windows(string personality, string source)
    {
        using NetworkSocket socket = Stack(personality).Open("udp4");
        socket.Connect(InetEndpoint.Parse("10.1.0.9:9"));
        Assert.Equal("10.1.0.1", socket.LocalName.Address.ToString());
        socket.Connect(InetEndpoint.Parse("10.2.0.9:9"));
        Assert.Equal(source, socket.LocalName.Address.ToString());
    }

    [Fact]
    public void A_reconnect_that_finds_no_route_changes_nothing_on_Windows()
    {
        using NetworkSocket socket = Stack("Windows").Open("udp4");
        socket.Connect(InetEndpoint.Parse("10.1.0.9:9"));
        InetEndpoint name = socket.LocalName;
        Assert.Equal(BindRule.NoRoute, socket.TryConnect(InetEndpoint.Parse("203.0.113.1:9")).Rule);
        Assert.Equal(name, socket.LocalName);
        Assert.Equal(InetEndpoint.Parse("10.1.0.9:9"), socket.PeerName);
    }

    [Fact]
    public void The_wildcard_is_this_host_on_Linux_and_takes_the_peer_away_on_Windows()
    {
        using NetworkSocket linux = Stack("Linux").Open("udp4"), windows = Stack("Windows").Open("udp4");
        foreach (NetworkSocket socket in new[] { linux, windows })
        {
            socket.Bind(InetEndpoint.Parse("0.0.0.0:4000"));
            socket.Connect(InetEndpoint.Parse("10.1.0.9:9"));
            socket.Connect(InetEndpoint.Parse("0.0.0.0:9"));
        }

        Assert.Equal(InetEndpoint.Parse("10.1.0.1:9"), linux.PeerName);
        Assert.Null(windows.PeerName);
        Assert.Equal(InetEndpoint.Parse("0.0.0.0:4000"), windows.LocalName);
        Assert.Equal(BindRule.NotLocal, windows.TryConnect(InetEndpoint.Parse("10.1.0.9:0")).Rule);
    }

    private static NetworkStack Stack(string personality) => BindRig.Stack(Personality.All.Single(each => each.Name == personality));
}
