using System.Net;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Addressing;

public sealed class InetAddressTextTests
{
    // RFC 5952: sections 4.1 (leading zeros), 4.2.1 to 4.2.3 (::), 4.3 (lower case), 5 (dotted quad), and the ways of
    // section 2 to write one address.
    [Theory]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("2001:db8:0:0:0:0:2:1", "2001:db8::2:1")]
    [InlineData("2001:db8::0:1", "2001:db8::1")]
    [InlineData("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa")]
    [InlineData("2001:DB8::A", "2001:db8::a")]
    [InlineData("2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1")]
    [InlineData("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("::ffff:c000:201", "::ffff:192.0.2.1")]
    [InlineData("::192.0.2.1", "::c000:201")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:77.88.99.255", "1:2:3:4:5:6:4d58:63ff")]
    [InlineData("::ffff:0.0.0.0", "::ffff:0.0.0.0")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    public void An_address_has_one_text(string text, string canonical)
    {
        Assert.Equal(canonical, InetAddress.Parse(text).ToString());
        Assert.Equal(InetAddress.Parse(text), InetAddress.Parse(canonical));
    }

    [Theory]
    [InlineData("", "its end")]
    [InlineData("10.0.0", "its end")]
    [InlineData("10.0.0.", "its end")]
    [InlineData("10.0.0.1.2", "character 9, '.'")]
    [InlineData("10.0.0.256", "character 10, '6'")]
    [InlineData("10.0.0.01", "character 9, '1'")]
    [InlineData("010.0.0.1", "character 2, '1'")]
    [InlineData("0x7f.0.0.1", "character 2, 'x'")]
    [InlineData("10.0.0.1 ", "character 9, ' '")]
    [InlineData(" 10.0.0.1", "character 1, ' '")]
    [InlineData("10.-1.0.1", "character 4, '-'")]
    [InlineData("10.0.0.٣", "character 8, '٣'")]
    [InlineData("2130706433", "character 5, '7'")]
    [InlineData(":", "character 1, ':'")]
    [InlineData(":::", "character 3, ':'")]
    [InlineData("1:2:3:4:5:6:7", "its end")]
    [InlineData("1:2:3:4:5:6:7:", "its end")]
    [InlineData("1:2:3:4:5:6:7:8:9", "character 16, ':'")]
    [InlineData("1:2:3:4:5:6:7:8::", "character 16, ':'")]
    [InlineData("1::2:3:4:5:6:7:8", "its end")]
    [InlineData("1::2::3", "character 6, ':'")]
    [InlineData("12345::", "character 5, '5'")]
    [InlineData("fe80::1%3", "character 8, '%'")]
    [InlineData("[::1]", "character 1, '['")]
    [InlineData("::g", "character 3, 'g'")]
    [InlineData("::1.2.3", "its end")]
    [InlineData("::1.2.3.4.5", "character 10, '.'")]
    [InlineData("::1.2.3.4:5", "character 10, ':'")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4", "character 15, '1'")]
    [InlineData("1:2:3:4:5:6:7:8.9.9.9", "character 15, '8'")]
    public void Bad_text_is_refused_with_its_place(string text, string place)
    {
        Assert.False(InetAddress.TryParse(text, out InetAddress address));
        Assert.Equal(default, address);
        FormatException fault = Assert.Throws<FormatException>(() => InetAddress.Parse(text));
        string separator = place == "its end" ? "" : ",";
        Assert.Equal($"'{text}' is not an IP address: {place}{separator} does not fit.", fault.Message);
    }

    [Fact]
    public void Random_addresses_mean_the_same_to_IPAddress()
    {
        Random random = TestSettings.Random();
        byte[] octets = new byte[16];
        for (int i = 0; i < TestSettings.Count(20_000, 2_000_000); i++)
        {
            random.NextBytes(octets);
            int zeros = random.Next(1 << 16);                  // many runs of zero groups, of every length
            for (int group = 0; group < 8; group++)
                if ((zeros >> (2 * group) & 3) != 0) octets.AsSpan(2 * group, 2).Clear();
            if (random.Next(8) == 0) (octets[10], octets[11]) = (0xFF, 0xFF);
            byte[] chosen = random.Next(4) == 0 ? octets[12..] : octets;

            var real = new IPAddress(chosen);
            InetAddress address = InetAddress.FromOctets(chosen);
            Assert.Equal(real, IPAddress.Parse(address.ToString()));
            Assert.Equal(address, InetAddress.Parse(real.ToString()));
            Assert.Equal(address, InetAddress.From(real));
            Assert.Equal(real, address.ToIPAddress());
        }
    }

    [Fact]
    public void What_a_mutation_makes_of_good_text_IPAddress_refuses_too_or_reads_alike()
    {
        Random random = TestSettings.Random(1);
        const string alphabet = "0123456789abcdefF:.%/ ";
        string[] seeds =
            ["2001:db8::1:0:0:1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "64:ff9b::1.2.3.4", "fe80::", "192.0.2.33"];
        for (int i = 0; i < TestSettings.Count(50_000, 2_000_000); i++)
        {
            char[] text = seeds[random.Next(seeds.Length)].ToCharArray();
            for (int edits = random.Next(1, 4); edits > 0; edits--)
                text[random.Next(text.Length)] = alphabet[random.Next(alphabet.Length)];
            if (!InetAddress.TryParse(text, out InetAddress address)) continue;
            Assert.True(IPAddress.TryParse(text, out IPAddress? real), new string(text));
            Assert.Equal(real, address.ToIPAddress());
        }
    }

    [Fact]
    public void Formatting_writes_only_what_fits()
    {
        InetAddress address = InetAddress.Parse("2001:db8::1");
        Span<char> text = stackalloc char[11];
        Assert.False(address.TryFormat(text[..10], out int written));
        Assert.Equal(0, written);
        Assert.True(address.TryFormat(text, out written));
        Assert.Equal("2001:db8::1", text[..written].ToString());
        Assert.Equal("<2001:db8::1>", $"<{address}>");
    }

    [Fact]
    public void The_longest_addresses_fit()
    {
        Assert.Equal(39, InetAddress.FromV6(ulong.MaxValue, ulong.MaxValue).ToString().Length);
        Assert.Equal("::ffff:255.255.255.255", InetAddress.Broadcast.MapToV6().ToString());
    }

    [Fact]
    public void Generic_code_can_parse_it()
    {
        Assert.Equal(InetAddress.LoopbackV6, Parse<InetAddress>("::1"));
        Assert.Equal(new InetEndpoint(InetAddress.LoopbackV4, 80), Parse<InetEndpoint>("127.0.0.1:80"));
        Assert.Equal(new InetPrefix(InetAddress.LoopbackV4, 8), Parse<InetPrefix>("127.0.0.0/8"));
        Assert.Equal(MacAddress.Broadcast, Parse<MacAddress>("ff:ff:ff:ff:ff:ff"));
    }

    private static T Parse<T>(string text) where T : ISpanParsable<T> => T.Parse(text, provider: null);
}
