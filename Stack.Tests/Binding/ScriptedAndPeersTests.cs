using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>Ports that a rig names, peers without a port, and sockets that were shut down.</summary>
public sealed class ScriptedAndPeersTests
{
    private static readonly InetEndpoint Any = InetEndpoint.Parse("127.0.0.1:0");

    [Fact]
    public void An_explanation_reads_the_script_and_leaves_it_as_it_is()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux, settings: static settings =>
        {
            settings.StreamBind = PortAlgorithm.Scripted;
            settings.Script.Enqueue(5000);
        });
        using NetworkSocket first = stack.Open("tcp4"), second = stack.Open("tcp4");
        Assert.Equal(BindRule.Granted, first.ExplainBind(Any).Rule);
        first.Bind(Any);
        Assert.Equal(5000, first.LocalName.Port);
        BindExplanation refused = second.ExplainBind(Any);
        Assert.Equal(BindRule.Exhausted, refused.Rule);
        Assert.Contains("script", refused.Message, StringComparison.Ordinal);
        Assert.Empty(refused.Remedies);
        Assert.Equal(refused.Message, Assert.Throws<NetworkException>(() => second.Bind(Any)).Message);
    }

    [Fact]
    public void A_script_may_name_a_port_twice_where_automatic_choices_share()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux, settings: static settings =>
        {
            settings.StreamBind = PortAlgorithm.Scripted;
            settings.AutobindReuse = true;
            settings.Script.Enqueue(5000);
            settings.Script.Enqueue(5000);
        });
        using NetworkSocket first = stack.Open("tcp4", Sharing.ReuseAddress), second = stack.Open("tcp4", Sharing.ReuseAddress);
        first.Bind(Any);
        second.Bind(Any);
        Assert.Equal((5000, 5000), (first.LocalName.Port, second.LocalName.Port));
    }

    [Fact]
    public void A_peer_without_a_port_is_heard_from_any_port_and_nobody_else_is()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        using NetworkSocket socket = stack.Open("udp4");
        socket.Bind(InetEndpoint.Parse("10.1.0.1:5000"));
        socket.Connect(InetEndpoint.Parse("10.1.0.9:0"));
        Assert.Null(socket.PeerName);
        Assert.Same(socket, From("10.1.0.9:7"));
        Assert.Same(socket, From("10.1.0.9:8"));
        Assert.Null(From("10.1.0.8:7"));
        socket.Disconnect();
        Assert.Same(socket, From("10.1.0.8:7"));

        NetworkSocket? From(string remote) =>
            stack.FindReceiver(ProtocolType.Udp, InetEndpoint.Parse("10.1.0.1:5000"), InetEndpoint.Parse(remote));
    }

    [Theory]
    [InlineData("Linux", BindRule.Granted)]
    [InlineData("Posix", BindRule.AlreadyBound)]
    public void A_socket_that_was_shut_down_is_bound_again_on_Linux_only(string personality, BindRule expected)
    {
        using NetworkSocket socket = BindRig.Stack(Personality.All.Single(each => each.Name == personality)).Open("udp4");
        socket.Connect(InetEndpoint.Parse("10.1.0.9:9"));
        socket.Shutdown(SocketShutdown.Both);
        socket.Disconnect();
        Assert.Equal(expected, socket.TryBind(Any).Rule);
        Assert.Equal(BindRule.InvalidOption, socket.TryShutdown((SocketShutdown)77));
    }
}
