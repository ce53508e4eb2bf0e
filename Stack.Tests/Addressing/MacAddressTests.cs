using System.Net.NetworkInformation;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Addressing;

public sealed class MacAddressTests
{
    [Theory]
    [InlineData("02:00:00:00:00:01", 0x0200_0000_0001, false, false, true)]
    [InlineData("00:1b:21:AB:cd:ef", 0x001B_21AB_CDEF, false, false, false)]
    [InlineData("01:00:5e:00:00:01", 0x0100_5E00_0001, true, false, false)]
    [InlineData("33:33:00:00:00:01", 0x3333_0000_0001, true, false, true)]
    [InlineData("ff:ff:ff:ff:ff:ff", 0xFFFF_FFFF_FFFF, true, true, true)]
    [InlineData("00:00:00:00:00:00", 0, false, false, false)]
    public void The_bits_say_whom_it_names(string text, ulong bits, bool multicast, bool broadcast, bool local)
    {
        MacAddress address = MacAddress.Parse(text);
        Assert.Equal(bits, address.Bits);
        Assert.Equal(MacAddress.FromBits(bits), address);
        Assert.Equal(multicast, address.IsMulticast);
        Assert.Equal(broadcast, address.IsBroadcast);
        Assert.Equal(local, address.IsLocal);
        Assert.Equal(text, address.ToString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("", "its end does")]
    [InlineData("02:00:00:00:00", "its end does")]
    [InlineData("02:00:00:00:00:1", "its end does")]
    [InlineData("02:00:00:00:00:001", "character 18, '1', does")]
    [InlineData("02-00-00-00-00-01", "character 3, '-', does")]
    [InlineData("02:00:00:0g:00:01", "character 11, 'g', does")]
    [InlineData("02:00:00:00:00:01:", "character 18, ':', does")]
    public void Bad_text_is_refused_with_its_place(string text, string place)
    {
        Assert.False(MacAddress.TryParse(text, out _));
        FormatException fault = Assert.Throws<FormatException>(() => MacAddress.Parse(text));
        Assert.Equal($"'{text}' is not a MAC address: {place} not fit.", fault.Message);
    }

    [Fact]
    public void PhysicalAddress_reads_the_same_octets()
    {
        Random random = TestSettings.Random();
        byte[] octets = new byte[6], written = new byte[6];
        for (int i = 0; i < 1000; i++)
        {
            random.NextBytes(octets);
            MacAddress address = MacAddress.FromOctets(octets);
            address.WriteOctets(written);
            Assert.Equal(octets, written);
            Assert.Equal(octets, PhysicalAddress.Parse(address.ToString()).GetAddressBytes());
            Assert.Equal(address, MacAddress.Parse(address.ToString()));
        }
    }

    [Fact]
    public void It_has_six_octets_and_no_more()
    {
        Assert.Throws<ArgumentException>(() => MacAddress.FromOctets(new byte[5]));
        Assert.Throws<ArgumentException>(() => MacAddress.FromOctets(new byte[7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => MacAddress.FromBits(1UL << 48));
        Assert.Throws<ArgumentException>(() => default(MacAddress).WriteOctets(new byte[5]));
        Assert.False(default(MacAddress).TryFormat(new char[16], out int written));
        Assert.Equal(0, written);
    }
}
