using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class ScriptSettingsTests
{
    [Theory]
    [InlineData(DrillProfile.Linux, DrillIpVersion.IPv4, "192.168.0.1", "192.0.2.1", 16, 1500)]
    [InlineData(DrillProfile.Linux, DrillIpVersion.IPv4MappedIPv6, "192.168.0.1", "192.0.2.1", 16, 1500)]
    [InlineData(DrillProfile.Linux, DrillIpVersion.IPv6, "fd3d:a0b:17d6::1", "fd3d:fa7b:d17d::1", 48, 1520)]
    [InlineData(DrillProfile.FreeBsd, DrillIpVersion.IPv4, "192.168.0.1", "192.0.2.1", 16, 1500)]
    [InlineData(DrillProfile.FreeBsd, DrillIpVersion.IPv6, "fd3d:fa7b:d17d::1", "2001:db8::1", 48, 1500)]
    public void Each_dialect_has_its_addresses(DrillProfile profile, DrillIpVersion version, string local, string remote, int length, int mtu)
    {
        ScriptSettings settings = Lines.Settings("", profile, version);
        Assert.Equal(local, settings.Addresses.Local.ToString());
        Assert.Equal(remote, settings.Addresses.Remote.ToString());
        Assert.Equal(length, settings.Addresses.PrefixLength);
        Assert.Equal(mtu, settings.Mtu);
    }

    [Fact]
    public void The_options_of_a_script_are_taken()
    {
        ScriptSettings settings = Lines.Settings(
            """
            --ip_version=ipv4 --local_ip=10.1.2.3 --remote_ip=10.9.9.9 --gateway_ip=10.1.0.9 --netmask_ip=255.255.240.0 --mtu=9000
            --bind_port=80 --connect_port=81 --tolerance_usecs=5 --tolerance_percent=2 --tcp_ts_tick_usecs=1000 --tcp_ts_ecr_scaled
            --strict_segments --non_fatal=packet,syscall --verbose --mss=1000 --send_omit_free
            """);
        Assert.Equal("10.1.2.3 10.9.9.9 10.1.0.9 20", $"{settings.Addresses.Local} {settings.Addresses.Remote} {settings.Addresses.Gateway} {settings.Addresses.PrefixLength}");
        Assert.Equal((9000, 80, 81), (settings.Mtu, settings.BindPort, settings.ConnectPort));
        Assert.Equal((5, 20, 1000), (settings.ToleranceMicroseconds, settings.TolerancePerMille, settings.TimestampTick));
        Assert.True(settings is { ScalesTimestampEchoes: true, IsStrictAboutSegments: true, LetsPacketsDiffer: true, LetsCallsDiffer: true, IsVerbose: true });
    }

    [Theory]
    [InlineData("--ip_version=ipv4", DrillIpVersion.IPv4)]
    [InlineData("--ip_version=ipv6", DrillIpVersion.IPv6)]
    [InlineData("--ip_version=ipv4-mapped-ipv6", DrillIpVersion.IPv4MappedIPv6)]
    [InlineData("", DrillIpVersion.IPv4)]
    public void The_script_says_the_version_of_ip_unless_the_caller_does(string options, DrillIpVersion version)
    {
        Assert.Equal(version, Lines.Settings(options).IpVersion);
        Assert.Equal(DrillIpVersion.IPv6, Lines.Settings(options, version: DrillIpVersion.IPv6).IpVersion);
    }

    [Theory]
    [InlineData("--no_such_thing=1")]
    [InlineData("--wire_client")]
    [InlineData("--ip_version=ipx")]
    [InlineData("--non_fatal=weather")]
    [InlineData("--udp_encapsulation=sctp")]
    [InlineData("--local_ip=fd00::1")]
    public void What_is_not_known_is_not_supported(string options) =>
        Assert.Throws<UnsupportedException>(() => Lines.Settings(options));

    [Theory]
    [InlineData("--mtu=many")]
    [InlineData("--mtu=65536")]
    [InlineData("--local_ip=here")]
    [InlineData("--tolerance_percent=much")]
    public void A_value_that_is_none_can_not_be_read(string options) =>
        Assert.Throws<ScriptException>(() => Lines.Settings(options));

    [Fact]
    public void Segments_of_freebsd_are_never_put_together() =>
        Assert.True(Lines.Settings("", DrillProfile.FreeBsd).IsStrictAboutSegments);
}
