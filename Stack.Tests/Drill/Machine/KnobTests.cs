using UserNet.Drill;
using UserNet.Drill.Machine;
using Xunit;

namespace UserNet.Tests.Drill.Machine;

/// <summary>The sysctls of a machine.</summary>
public sealed class KnobTests
{
    public static TheoryData<DrillProfile, string> All
    {
        get
        {
            var all = new TheoryData<DrillProfile, string>();
            foreach (string name in LinuxKnobs.Make().Keys) all.Add(DrillProfile.Linux, name);
            foreach (string name in FreeBsdKnobs.Make().Keys) all.Add(DrillProfile.FreeBsd, name);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_knob_takes_what_it_says(DrillProfile profile, string name)
    {
        using var rig = new MachineRig(profile: profile);
        Knob knob = Knobs.Find(profile, name)!;
        string value = knob.Read(rig.Machine);
        Assert.NotEqual("", value);
        Assert.Equal(KnobAnswer.Set, knob.Write(rig.Machine, value));
        Assert.Equal(value, knob.Read(rig.Machine));
    }

    [Theory]
    [InlineData("net.ipv4.tcp_rto_min_us", "5000")]
    [InlineData("net.ipv4.tcp_rto_max_ms", "1000")]
    [InlineData("net.ipv4.tcp_keepalive_time", "7")]
    [InlineData("net.ipv4.tcp_invalid_ratelimit", "0")]
    [InlineData("net.ipv4.tcp_fastopen", "1027")]
    [InlineData("net.ipv4.tcp_congestion_control", "reno")]
    [InlineData("net.ipv4.tcp_notsent_lowat", "4294967294")]
    [InlineData("net.ipv4.tcp_reordering", "10")]
    [InlineData("net.ipv4.tcp_recovery", "0")]
    [InlineData("net.ipv4.tcp_early_retrans", "0")]
    [InlineData("net.ipv4.tcp_rmem", "1\t2\t3")]
    [InlineData("net.ipv4.ip_local_port_range", "1024\t2048")]
    [InlineData("net.ipv4.route.min_pmtu", "68")]
    [InlineData("/sys/module/tcp_cubic/parameters/hystart_detect", "1")]
    [InlineData("/sys/module/tcp_cubic/parameters/hystart", "0")]
    public void What_is_set_is_read_again(string name, string value)
    {
        using var rig = new MachineRig();
        Knob knob = Knobs.Find(DrillProfile.Linux, name)!;
        Assert.NotEqual(value, knob.Read(rig.Machine));
        Assert.Equal(KnobAnswer.Set, knob.Write(rig.Machine, value));
        Assert.Equal(value, knob.Read(rig.Machine));
    }

    [Theory]
    [InlineData("net.ipv4.tcp_sack", "x", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_sack", "", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_sack", "-1", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_sack", "256", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_sack", "2", KnobAnswer.Unsupported)]
    [InlineData("net.ipv4.tcp_rto_max_ms", "999", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_syn_retries", "128", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_syn_retries", "0", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_rmem", "1 2 3 4", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_rmem", "0", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_recovery", "8", KnobAnswer.Unsupported)]
    [InlineData("net.ipv4.tcp_early_retrans", "1", KnobAnswer.Unsupported)]
    [InlineData("net.ipv4.tcp_early_retrans", "5", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_plb_enabled", "1", KnobAnswer.Unsupported)]
    [InlineData("net.ipv4.ip_local_port_range", "9 8", KnobAnswer.Invalid)]
    [InlineData("net.ipv4.tcp_fastopen_key", "1-2-3-g", KnobAnswer.Invalid)]
    public void A_value_that_cannot_be_is_told_from_one_that_is_not_there(string name, string value, object answer)
    {
        using var rig = new MachineRig();
        Knob knob = Knobs.Find(DrillProfile.Linux, name)!;
        string before = knob.Read(rig.Machine);
        Assert.Equal(answer, knob.Write(rig.Machine, value));
        Assert.Equal(before, knob.Read(rig.Machine));
    }

    [Theory]
    [InlineData("net/ipv4/tcp_sack")]
    [InlineData("/proc/sys/net/ipv4/tcp_sack")]
    [InlineData("net.ipv4.tcp_sack")]
    public void A_knob_has_several_names(string name) => Assert.Same(Knobs.Find(DrillProfile.Linux, "net.ipv4.tcp_sack"), Knobs.Find(DrillProfile.Linux, name));

    [Fact]
    public void Interfaces_have_knobs_of_their_own() => Assert.NotNull(Knobs.Find(DrillProfile.Linux, "net.ipv4.conf.tun0.rp_filter"));
}
