using System.Net;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Addressing;

public sealed class InetEndpointTests
{
    [Theory]
    [InlineData("10.0.0.1:80")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::1]:80")]
    [InlineData("[fe80::1%3]:65535")]
    [InlineData("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535")]
    [InlineData("[::ffff:10.0.0.1]:80")]
    public void An_endpoint_comes_back_from_its_text(string text)
    {
        InetEndpoint endpoint = InetEndpoint.Parse(text);
        Assert.Equal(text, endpoint.ToString());
        Assert.Equal(text, $"{endpoint}");
        Assert.Equal(IPEndPoint.Parse(text), endpoint.ToIPEndPoint());
        Assert.Equal(endpoint, InetEndpoint.From(IPEndPoint.Parse(text)));
    }

    [Theory]
    [InlineData("10.0.0.1", "its end does")]
    [InlineData("10.0.0.1:", "its end does")]
    [InlineData("10.0.0.1:65536", "character 14, '6', does")]
    [InlineData("10.0.0.1:080", "character 11, '8', does")]
    [InlineData("10.0.0.1:+80", "character 10, '+', does")]
    [InlineData("10.0.0.1:80 ", "character 12, ' ', does")]
    [InlineData("::1:80", "character 1, ':', does")]
    [InlineData("[::1]", "its end does")]
    [InlineData("[::1:80", "its end does")]
    [InlineData("[10.0.0.1]:80", "character 10, ']', does")]
    [InlineData("[fe80::1%]:80", "character 10, ']', does")]
    [InlineData("[fe80::1%eth0]:80", "character 10, 'e', does")]
    [InlineData("[fe80::1%4294967296]:80", "character 19, '6', does")]
    [InlineData("10.0.0.1%3:80", "character 9, '%', does")]
    public void Bad_text_is_refused_with_its_place(string text, string place)
    {
        Assert.False(InetEndpoint.TryParse(text, out InetEndpoint endpoint));
        Assert.Equal(default, endpoint);
        FormatException fault = Assert.Throws<FormatException>(() => InetEndpoint.Parse(text));
        Assert.Equal($"'{text}' is not an endpoint: {place} not fit.", fault.Message);
    }

    [Fact]
    public void NET_s_endpoint_can_stand_for_ours()
    {
        InetEndpoint endpoint = new IPEndPoint(IPAddress.Parse("fe80::1%3"), 80);
        Assert.Equal(new InetEndpoint(InetAddress.Parse("fe80::1"), 80, 3), endpoint);
        Assert.Equal(3, ((IPEndPoint)endpoint).Address.ScopeId);
    }

    [Fact]
    public void Formatting_writes_only_what_fits()
    {
        Span<char> text = stackalloc char[8];
        Assert.True(InetEndpoint.Parse("[::1]:80").TryFormat(text, out int written));
        Assert.Equal(8, written);
        Assert.False(InetEndpoint.Parse("[::1]:801").TryFormat(text, out written));
        Assert.Equal(0, written);
    }
}
