using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>What Windows alone lets a socket say of the ports that are chosen for it, and of who may share them.</summary>
public sealed class WindowsPortOptionsTests
{
    private static readonly InetEndpoint OneServer = InetEndpoint.Parse("10.1.0.9:80"), OtherServer = InetEndpoint.Parse("10.1.0.9:81");

    [Fact]
    public void Without_an_option_a_port_that_connect_chose_serves_one_destination()
    {
        using NetworkStack stack = OnePort();
        Assert.Equal(BindRule.Granted, Connect(stack.Open("tcp4"), OneServer));
        Assert.Equal(BindRule.ExhaustedByConnect, Connect(stack.Open("tcp4"), OtherServer));
    }

    [Fact]
    public void Sockets_with_SO_REUSE_UNICASTPORT_share_a_port_between_destinations_but_not_to_one()
    {
        using NetworkStack stack = OnePort();
        Assert.Equal(BindRule.Granted, Connect(Reusing(stack), OneServer));
        Assert.Equal(BindRule.Granted, Connect(Reusing(stack), OtherServer));
        Assert.Equal(BindRule.ExhaustedByConnect, Connect(Reusing(stack), OtherServer));
        Assert.Equal(BindRule.ExhaustedByConnect, Connect(stack.Open("tcp4"), InetEndpoint.Parse("10.1.0.9:82")));
    }

    [Fact]
    public void A_socket_with_the_option_does_not_share_with_one_without_it()
    {
        using NetworkStack stack = OnePort();
        Assert.Equal(BindRule.Granted, Connect(stack.Open("tcp4"), OneServer));
        Assert.Equal(BindRule.ExhaustedByConnect, Connect(Reusing(stack), OtherServer));
    }

    [Fact]
    public void With_it_bind_to_port_0_leaves_the_port_to_connect()
    {
        using NetworkStack stack = OnePort();
        NetworkSocket first = Reusing(stack), second = Reusing(stack);
        Assert.Equal((BindRule.Granted, BindRule.Granted), (first.Bind("10.1.0.1:0"), second.Bind("10.1.0.1:0")));
        Assert.Equal(0, first.LocalName.Port);
        Assert.Equal((BindRule.Granted, BindRule.Granted), (Connect(first, OneServer), Connect(second, OtherServer)));
        Assert.Equal((50_000, 50_000), (first.LocalName.Port, second.LocalName.Port));
    }

    [Fact]
    public void The_options_are_refused_once_the_socket_is_bound_and_where_Windows_is_not()
    {
        using NetworkStack stack = OnePort(), linux = BindRig.Stack(Personality.Linux);
        NetworkSocket bound = stack.OpenBound("tcp4", "10.1.0.1:7");
        Assert.Equal(BindRule.InvalidOption, bound.SetAs(static (engine, socket) => engine.SetReuseUnicastPort(socket, true)));
        Assert.Equal(BindRule.InvalidOption, bound.SetAs(static (engine, socket) => engine.SetRandomizePort(socket, true)));
        NetworkSocket other = linux.Open("tcp4");
        Assert.Equal(BindRule.UnknownOption, other.SetAs(static (engine, socket) => engine.SetReuseUnicastPort(socket, true)));
        Assert.Equal(BindRule.UnknownOption, other.SetAs(static (engine, socket) => engine.SetRandomizePort(socket, true)));
    }

    [Fact]
    public void SO_RANDOMIZE_PORT_leaves_the_order_of_the_settings()
    {
        using NetworkStack stack = BindRig.Stack(Personality.Windows, settings: static settings =>
            settings.StreamBind = settings.StreamConnect = settings.Datagram = PortAlgorithm.Sequential);
        int[] inOrder = [.. Enumerable.Range(0, 8).Select(_ => stack.OpenBound("udp4", "10.1.0.1:0").LocalName.Port)];
        Assert.Equal(Enumerable.Range(inOrder[0], 8), inOrder);
        int[] random = [.. Enumerable.Range(0, 8).Select(_ => Randomized(stack))];
        Assert.NotEqual(Enumerable.Range(random[0], 8), random);

        static int Randomized(NetworkStack stack)
        {
            NetworkSocket socket = stack.Open("udp4");
            Assert.Equal(BindRule.Granted, socket.SetAs(static (engine, binding) => engine.SetRandomizePort(binding, true)));
            Assert.Equal(BindRule.Granted, socket.Bind("10.1.0.1:0"));
            return socket.LocalName.Port;
        }
    }

    [Fact]
    public void MaxUserPort_brings_back_the_range_of_old_and_takes_what_those_systems_took()
    {
        var settings = new BindSettings(Personality.Windows);
        Assert.Equal((null, new PortRange(49152, 65535)), (settings.MaxUserPort, settings.EphemeralPorts));
        settings.MaxUserPort = 5000;
        Assert.Equal((5000, new PortRange(1025, 5000)), (settings.MaxUserPort, settings.EphemeralPorts));
        Assert.Throws<ArgumentOutOfRangeException>(() => settings.MaxUserPort = 4999);
        Assert.Throws<ArgumentOutOfRangeException>(() => settings.MaxUserPort = 65535);
        using NetworkStack stack = BindRig.Stack(Personality.Windows, settings: static all => all.MaxUserPort = 5000);
        for (int i = 0; i < 20; i++) Assert.InRange(stack.OpenBound("udp4", "0.0.0.0:0").LocalName.Port, 1025, 5000);
    }

    public static TheoryData<string, uint, BindRule> Descriptors => new()
    {
        { "default", 1, BindRule.Granted },
        { "default", 2, BindRule.SharingDenied },
        { "everyone", 2, BindRule.Granted },
        { "only 2", 2, BindRule.Granted },
        { "only 2", 3, BindRule.SharingDenied },
        { "only 2", 1, BindRule.SharingDenied },
    };

    [Theory]
    [MemberData(nameof(Descriptors))]
    public void A_descriptor_decides_who_binds_an_address_beside_a_wildcard(string descriptor, uint second, BindRule expected)
    {
        using NetworkStack stack = BindRig.Stack(Personality.WindowsKernel);
        NetworkSocket first = stack.Open("tcp4", uid: 1);
        SecurityDescriptor? security = descriptor switch
        {
            "everyone" => SecurityDescriptor.Everyone,
            "only 2" => SecurityDescriptor.Only(2),
            _ => null,
        };
        Assert.Equal(BindRule.Granted, first.Bind("0.0.0.0:5000"));
        BindEngine.SetSecurity(first.Binding, security);
        Assert.Equal(expected, stack.Open("tcp4", uid: second).Bind("10.1.0.1:5000"));
    }

    private static NetworkStack OnePort() =>
        BindRig.Stack(Personality.Windows, settings: static settings => settings.EphemeralPorts = new PortRange(50_000, 50_000));

    private static NetworkSocket Reusing(NetworkStack stack)
    {
        NetworkSocket socket = stack.Open("tcp4");
        Assert.Equal(BindRule.Granted, socket.SetAs(static (engine, binding) => engine.SetReuseUnicastPort(binding, true)));
        return socket;
    }

    private static BindRule Connect(NetworkSocket socket, InetEndpoint remote)
    {
        socket.Blocking = false;
        TransferResult result = socket.ConnectAs(remote);
        return result.Errno == Errors.Errno.EINPROGRESS ? BindRule.Granted : result.Rule;
    }
}
