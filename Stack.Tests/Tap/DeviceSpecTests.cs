using UserNet.Addressing;
using UserNet.Tap;
using Xunit;

namespace UserNet.Tests.Tap;

public sealed class DeviceSpecTests
{
    [Theory]
    [InlineData("tap:vpn0", DeviceKind.Tap, "vpn0")]
    [InlineData("tun:t", DeviceKind.Tun, "t")]
    [InlineData("packet:enp0s31f6.100", DeviceKind.Packet, "enp0s31f6.100")]
    [InlineData("pcap:abcdefghijklmno", DeviceKind.Pcap, "abcdefghijklmno")]
    [InlineData("tap:tap%d", DeviceKind.Tap, "tap%d")]
    public void A_spec_is_read_and_written_alike(string text, DeviceKind kind, string name)
    {
        DeviceSpec spec = DeviceSpec.Parse(text);
        Assert.Equal(new DeviceSpec(kind, name), spec);
        Assert.Equal(text, spec.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("eth0")]
    [InlineData(":eth0")]
    [InlineData("TAP:x")]
    [InlineData("wifi:x")]
    [InlineData(" tap:x")]
    public void A_text_that_names_no_device_is_refused_with_what_to_write(string text)
    {
        DeviceException refusal = Assert.Throws<DeviceException>(() => Device.Open(text));
        Assert.Equal(DeviceError.BadSpec, refusal.Error);
        Assert.Contains("tap:NAME", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(text, refusal.Spec);
    }

    [Theory]
    [InlineData("tap:", "empty")]
    [InlineData("tap:abcdefghijklmnop", "16 octets")]
    [InlineData("tap:ääääääää", "16 octets")]
    [InlineData("packet:a b", "U+0020")]
    [InlineData("tun:a/b", "'/'")]
    [InlineData("pcap:a:b", "':'")]
    [InlineData("tap:..", "folder")]
    [InlineData("tap:a\tb", "U+0009")]
    public void A_name_that_no_interface_can_have_is_refused_with_its_fault(string text, string fault)
    {
        DeviceException refusal = Assert.Throws<DeviceException>(() => Device.Open(text));
        Assert.Equal(DeviceError.BadName, refusal.Error);
        Assert.Contains(fault, refusal.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(refusal);
    }

    [Fact]
    public void Options_that_cannot_be_are_refused_before_anything_is_opened()
    {
        Assert.Throws<ArgumentException>(() => Device.Open("tap:x", new DeviceOptions { Address = MacAddress.Broadcast }));
        Assert.Throws<ArgumentException>(() => Device.Open("tap:x", new DeviceOptions { Address = default(MacAddress) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Open("tap:x", new DeviceOptions { BatchFrames = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Open("tap:x", new DeviceOptions { RingOctets = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Open("tap:x", new DeviceOptions { Mtu = 67 }));
    }
}
