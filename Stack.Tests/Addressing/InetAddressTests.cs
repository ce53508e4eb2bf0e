using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Addressing;

public sealed class InetAddressTests
{
    [Fact]
    public void A_mapped_address_is_another_address_that_covers_the_same_packets()
    {
        InetAddress plain = InetAddress.Parse("10.0.0.1"), mapped = InetAddress.Parse("::ffff:10.0.0.1");
        Assert.NotEqual(plain, mapped);
        Assert.True(plain.HasSameOctets(mapped));
        Assert.Equal((plain.High, plain.Low), (mapped.High, mapped.Low));
        Assert.Equal(mapped, plain.MapToV6());
        Assert.Equal(plain, mapped.Unmap());
        Assert.Equal(plain.V4Bits, mapped.V4Bits);
        Assert.False(plain.HasSameOctets(InetAddress.Parse("::10.0.0.1")));
    }

    [Fact]
    public void The_default_value_is_the_wildcard_of_IPv4()
    {
        Assert.Equal(InetAddress.Parse("0.0.0.0"), default);
        Assert.Equal(AddressFamily.InterNetwork, default(InetAddress).Family);
        Assert.True(default(InetAddress).IsWildcard);
        Assert.NotEqual(InetAddress.AnyV6, default);
    }

    [Theory]
    [InlineData("0.0.0.0", "wildcard")]
    [InlineData("::", "wildcard")]
    [InlineData("::ffff:0.0.0.0", "wildcard")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.255", "loopback")]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::1", "loopback")]
    [InlineData("169.254.3.4", "link-local")]
    [InlineData("::ffff:169.254.3.4", "link-local")]
    [InlineData("fe80::1", "link-local scoped")]
    [InlineData("febf::1", "link-local scoped")]
    [InlineData("fec0::1", "")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("::ffff:224.0.0.1", "multicast")]
    [InlineData("ff01::1", "multicast scoped")]
    [InlineData("ff02::1", "multicast scoped")]
    [InlineData("ff12::1", "multicast scoped")]
    [InlineData("ff0e::1", "multicast")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("::ffff:255.255.255.255", "broadcast")]
    [InlineData("240.0.0.1", "")]
    [InlineData("126.255.255.255", "")]
    [InlineData("169.253.0.1", "")]
    [InlineData("::2", "")]
    [InlineData("::7f00:1", "")]
    [InlineData("2001:db8::1", "")]
    public void An_address_is_of_the_kind_that_its_bits_say(string text, string kinds)
    {
        InetAddress address = InetAddress.Parse(text);
        string[] expected = kinds.Split(' ');
        Assert.Equal(expected.Contains("wildcard"), address.IsWildcard);
        Assert.Equal(expected.Contains("loopback"), address.IsLoopback);
        Assert.Equal(expected.Contains("link-local"), address.IsLinkLocal);
        Assert.Equal(expected.Contains("multicast"), address.IsMulticast);
        Assert.Equal(expected.Contains("broadcast"), address.IsLimitedBroadcast);
        Assert.Equal(expected.Contains("scoped"), address.NeedsScope);
    }

    [Fact]
    public void Random_addresses_are_of_the_kind_that_IPAddress_says()
    {
        Random random = TestSettings.Random();
        byte[] octets = new byte[16];
        byte[] first = [0, 0xFE, 0xFF, 0x20, 0xFC];
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            random.NextBytes(octets);
            octets[0] = first[random.Next(first.Length)];
            InetAddress address = InetAddress.FromOctets(octets);
            IPAddress real = address.ToIPAddress();
            Assert.Equal(real.IsIPv6LinkLocal, address.IsLinkLocal);
            Assert.Equal(real.IsIPv6Multicast, address.IsMulticast);
            Assert.Equal(real.IsIPv4MappedToIPv6, address.IsV4Mapped);
            Assert.Equal(real.IsIPv6Multicast ? octets[1] & 0xF : 0, address.MulticastScope);
        }
    }

    [Fact]
    public void Octets_come_back_as_they_went_in()
    {
        byte[] v4 = [10, 1, 2, 3], v6 = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
        Span<byte> written = stackalloc byte[16];
        Assert.Equal(4, InetAddress.FromOctets(v4).WriteOctets(written));
        Assert.Equal(v4, written[..4].ToArray());
        Assert.Equal(16, InetAddress.FromOctets(v6).WriteOctets(written));
        Assert.Equal(v6, written.ToArray());
        Assert.Throws<ArgumentException>(() => InetAddress.FromOctets(new byte[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => InetAddress.LoopbackV4.WriteOctets(new byte[3]));
    }

    [Fact]
    public void Equal_addresses_have_equal_hashes_and_the_family_counts()
    {
        InetAddress plain = InetAddress.Parse("10.0.0.1"), mapped = plain.MapToV6();
        Assert.Equal(plain.GetHashCode(), InetAddress.FromV4(0x0A000001).GetHashCode());
        Assert.NotEqual(plain.GetHashCode(), mapped.GetHashCode());
        Assert.True(plain == InetAddress.FromV4(0x0A000001) && plain != mapped && !plain.Equals((object)mapped));
    }

    [Fact]
    public void Casts_to_NET_and_back_lose_only_the_scope()
    {
        Assert.Equal(IPAddress.IPv6Loopback, (IPAddress)InetAddress.LoopbackV6);
        Assert.Equal(InetAddress.Parse("fe80::1"), (InetAddress)IPAddress.Parse("fe80::1%3"));
    }
}
