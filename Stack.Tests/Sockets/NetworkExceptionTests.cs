using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class NetworkExceptionTests
{
    [Fact]
    public void A_handler_written_for_the_real_socket_catches_it()
    {
        bool caught = false;
        try
        {
            throw new NetworkException(BindRule.InUse, "10.0.0.1:80 is taken.");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            caught = true;
            Assert.Equal("10.0.0.1:80 is taken.", e.Message);
        }

        Assert.True(caught);
    }

    [Fact]
    public void It_has_the_code_of_the_operating_system_s_own_refusal()
    {
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var third = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        first.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        first.Listen();         // .NET sets SO_REUSEADDR for TCP, so only a listener refuses
        third.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        SocketException real = Assert.Throws<SocketException>(() => second.Bind(first.LocalEndPoint!));
        SocketException again = Assert.Throws<SocketException>(() => first.Bind(new IPEndPoint(IPAddress.Loopback, 0)));
        SocketException refused = Assert.Throws<SocketException>(() => second.Connect(third.LocalEndPoint!));

        Assert.Equal(real.SocketErrorCode, new NetworkException(BindRule.InUse, "").SocketErrorCode);
        Assert.Equal(again.SocketErrorCode, new NetworkException(BindRule.AlreadyBound, "").SocketErrorCode);
        Assert.Equal(refused.SocketErrorCode, new NetworkException(Errno.ECONNREFUSED, "").SocketErrorCode);
    }

    [Fact]
    public void Every_rule_keeps_its_codes_through_the_exception()
    {
        foreach (BindRule rule in Enum.GetValues<BindRule>())
        {
            var exception = new NetworkException(rule, "x");
            Assert.Equal(rule, exception.Rule);
            Assert.Equal(rule.ToErrno(), exception.Errno);
            Assert.Equal(rule.ToSocketError(), exception.SocketErrorCode);
        }
    }

    [Fact]
    public void A_failure_without_a_rule_has_its_error_number()
    {
        var exception = new NetworkException(Errno.ECONNREFUSED, "No one listens at 10.0.0.1:80.");
        Assert.Equal(Errno.ECONNREFUSED, exception.Errno);
        Assert.Equal(BindRule.Granted, exception.Rule);
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
        Assert.Equal("No one listens at 10.0.0.1:80.", exception.Message);
    }
}
