using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tests.Binding;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class NetworkSocketOptionsTests
{
    [Fact]
    public void Sharing_options_are_properties_that_read_what_was_set()
    {
        using NetworkSocket socket = BindRig.Stack(Personality.Linux).Open("tcp4");
        Assert.False(socket.ReuseAddress || socket.ReusePort);
        socket.ReuseAddress = socket.ReusePort = true;
        Assert.True(socket.ReuseAddress && socket.ReusePort);
        socket.ReusePort = false;
        Assert.True(socket.ReuseAddress && !socket.ReusePort);
    }

    [Fact]
    public void A_device_is_set_and_read_by_name()
    {
        using NetworkSocket socket = BindRig.Stack(Personality.Linux).Open("udp4");
        Assert.Null(socket.Device);
        socket.Device = "v1";
        Assert.Equal("v1", socket.Device);
        NetworkException refused = Assert.Throws<NetworkException>(() => socket.Device = "nowhere");
        Assert.Equal(Errno.ENODEV, refused.Errno);
        Assert.Equal("v1", socket.Device);
        socket.Device = null;
        Assert.Null(socket.Device);
    }

    [Fact]
    public void An_option_that_the_personality_lacks_is_refused_not_swallowed()
    {
        using NetworkSocket socket = BindRig.Stack(Personality.Windows).Open("tcp4");
        Assert.Equal(SocketError.ProtocolOption, Assert.Throws<NetworkException>(() => socket.ReusePort = true).SocketErrorCode);
        Assert.Equal(SocketError.ProtocolOption, Assert.Throws<NetworkException>(() => socket.Device = "v0").SocketErrorCode);
        Assert.False(socket.ReusePort);
    }

    [Fact]
    public void A_refusal_has_the_code_that_the_personality_would_show()
    {
        NetworkException OfPort(Personality personality)
        {
            NetworkStack stack = BindRig.Stack(personality);
            using NetworkSocket first = stack.Open("tcp4"), second = stack.Open("tcp4", Sharing.ReuseAddress);
            first.Bind(InetEndpoint.Parse("10.1.0.1:80"));
            return Assert.Throws<NetworkException>(() => second.Bind(InetEndpoint.Parse("10.1.0.1:80")));
        }

        NetworkException linux = OfPort(Personality.Linux), windows = OfPort(Personality.Windows);
        NetworkException kernel = OfPort(Personality.WindowsKernel);
        Assert.Equal(SocketError.AddressAlreadyInUse, linux.SocketErrorCode);
        Assert.Contains("EADDRINUSE", linux.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.AccessDenied, windows.SocketErrorCode);
        Assert.Contains("WSAEACCES", windows.Message, StringComparison.Ordinal);
        Assert.Contains("STATUS_ACCESS_DENIED", kernel.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connect_is_explained_without_being_done()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        using NetworkSocket socket = stack.Open("udp6");
        BindExplanation noScope = socket.ExplainConnect(InetEndpoint.Parse("[fe80::9]:9"));
        BindExplanation good = socket.ExplainConnect(InetEndpoint.Parse("[fe80::9%2]:9"));
        BindExplanation noRoute = socket.ExplainConnect(InetEndpoint.Parse("[2001:db8:ffff::1]:9"));
        Assert.Equal((BindRule.NoScope, BindRule.Granted, BindRule.NoRoute), (noScope.Rule, good.Rule, noRoute.Rule));
        Assert.Contains(Remedy.ScopeId, noScope.Remedies);
        Assert.Contains(Remedy.Route, noRoute.Remedies);
        Assert.False(socket.IsBound);
        Assert.Null(socket.Device);
        Assert.Equal(0, stack.HolderCount);
    }

    [Fact]
    public void A_closed_socket_is_explained_to_nobody()
    {
        NetworkSocket socket = BindRig.Stack(Personality.Linux).Open("udp4");
        socket.Close();
        Assert.Throws<ObjectDisposedException>(() => socket.ExplainBind(InetEndpoint.Parse("0.0.0.0:80")));
        Assert.Throws<ObjectDisposedException>(() => socket.ExplainConnect(InetEndpoint.Parse("10.1.0.9:80")));
        Assert.Throws<ObjectDisposedException>(() => socket.ExplainListen());
    }

    [Fact]
    public void The_twin_that_receives_is_the_newest_on_Linux_and_the_first_bound_on_Windows()
    {
        (bool First, bool Second) Receives(Personality personality)
        {
            NetworkStack stack = BindRig.Stack(personality);
            using NetworkSocket first = stack.Open("udp4", Sharing.ReuseAddress), second = stack.Open("udp4", Sharing.ReuseAddress);
            first.Bind(InetEndpoint.Parse("10.1.0.1:53"));
            second.Bind(InetEndpoint.Parse("10.1.0.1:53"));
            NetworkSocket? receiver = stack.FindReceiver(
                ProtocolType.Udp, InetEndpoint.Parse("10.1.0.1:53"), InetEndpoint.Parse("10.1.0.9:4000"));
            return (receiver == first, receiver == second);
        }

        Assert.Equal((false, true), Receives(Personality.Linux));
        Assert.Equal((true, false), Receives(Personality.Windows));
    }
}
