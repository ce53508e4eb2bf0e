using System.Net;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Addressing;

public sealed class InetPrefixTests
{
    [Theory]
    [InlineData("10.1.0.0/24", "10.1.0.0/24")]
    [InlineData("10.1.0.7/24", "10.1.0.0/24")]
    [InlineData("10.1.0.7/32", "10.1.0.7/32")]
    [InlineData("255.255.255.255/0", "0.0.0.0/0")]
    [InlineData("2001:db8:ffff::1/33", "2001:db8:8000::/33")]
    [InlineData("2001:db8::ffff:0:0:1/66", "2001:db8:0:0:c000::/66")]
    [InlineData("ffff::/0", "::/0")]
    [InlineData("::1/128", "::1/128")]
    public void A_prefix_comes_back_from_its_text(string text, string canonical)
    {
        InetPrefix prefix = InetPrefix.Parse(text);
        Assert.Equal(canonical, prefix.ToString());
        Assert.Equal(prefix, InetPrefix.Parse(canonical));
    }

    [Theory]
    [InlineData("10.1.0.0", "its end does")]
    [InlineData("10.1.0.0/", "its end does")]
    [InlineData("10.1.0.0/33", "character 11, '3', does")]
    [InlineData("10.1.0.0/08", "character 11, '8', does")]
    [InlineData("::/129", "character 6, '9', does")]
    [InlineData("10.1.0.0/24/", "character 12, '/', does")]
    public void Bad_text_is_refused_with_its_place(string text, string place)
    {
        Assert.False(InetPrefix.TryParse(text, out _));
        FormatException fault = Assert.Throws<FormatException>(() => InetPrefix.Parse(text));
        Assert.Equal($"'{text}' is not a prefix: {place} not fit.", fault.Message);
    }

    [Fact]
    public void It_contains_what_IPNetwork_contains()
    {
        Random random = TestSettings.Random();
        for (int i = 0; i < TestSettings.Count(10_000, 500_000); i++)
        {
            byte[] octets = new byte[random.Next(2) == 0 ? 4 : 16];
            random.NextBytes(octets);
            var prefix = new InetPrefix(InetAddress.FromOctets(octets), random.Next((octets.Length * 8) + 1));
            var network = new IPNetwork(prefix.Address.ToIPAddress(), prefix.Length);
            octets[random.Next(octets.Length)] ^= (byte)(1 << random.Next(8));
            InetAddress near = InetAddress.FromOctets(octets);
            Assert.Equal(network.Contains(near.ToIPAddress()), prefix.Contains(near));
        }
    }

    [Theory]
    [InlineData("10.1.0.0/24", "10.1.0.255")]
    [InlineData("10.1.0.4/30", "10.1.0.7")]
    [InlineData("10.1.0.4/31", null)]
    [InlineData("10.1.0.4/32", null)]
    [InlineData("0.0.0.0/0", "255.255.255.255")]
    [InlineData("2001:db8::/64", null)]
    public void The_broadcast_address_is_the_last_one(string prefix, string? broadcast) =>
        Assert.Equal(broadcast, InetPrefix.Parse(prefix).Broadcast?.ToString());

    [Fact]
    public void A_length_must_suit_the_family()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new InetPrefix(InetAddress.AnyV4, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InetPrefix(InetAddress.AnyV6, 129));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InetPrefix(InetAddress.AnyV6, -1));
        Assert.False(InetPrefix.Parse("0.0.0.0/0").Contains(InetAddress.LoopbackV6));
    }
}
