using System.Buffers.Binary;
using UserNet.Drill;
using UserNet.Drill.Calls;
using Xunit;

namespace UserNet.Tests.Drill.Calls;

public sealed class CodeRunnerTests : IDisposable
{
    private readonly CallRig _rig = new();

    public void Dispose() => ((IDisposable)_rig).Dispose();

    // Each line as Python 3 prints it.
    [Theory]
    [InlineData("print(1 + 2 * 3)", "7")]
    [InlineData("print(-7 // 2, -7 % 2, 7 // -2, 7 % -2)", "-4 1 -4 -1")]
    [InlineData("print(7 / 2, 6 / 2)", "3.5 3.0")]
    [InlineData("print(1 << 70)", "1180591620717411303424")]
    [InlineData("print(~5, -(3), +4, not 0, not 5)", "-6 -3 4 True False")]
    [InlineData("print(6 & 3, 6 | 3, 6 ^ 3, 6 >> 1)", "2 7 5 3")]
    [InlineData("print(1 < 2 < 3, 1 < 2 > 2, 3 == 3 != 4)", "True False True")]
    [InlineData("print(0 or 5, 3 and 0, 0 and nothing, 1 or nothing)", "5 0 0 1")]
    [InlineData("print((1, 'a'), (1,), ())", "(1, 'a') (1,) ()")]
    [InlineData("print('a' + 'b', 'ab' * 2)", "ab abab")]
    [InlineData("print('%d %s %x %X %o %i %u' % (255, 'a', 255, 255, 8, 7, 9))", "255 a ff FF 10 7 9")]
    [InlineData("print('%r %s' % ('a', (1, 2)))", "'a' (1, 2)")]
    [InlineData("print('%5d|%-5d|%05d|%+d|%#x|%.3s' % (42, 42, -42, 42, 42, 'abcdef'))", "   42|42   |-0042|+42|0x2a|abc")]
    [InlineData("print('%.2f %d%%' % (3 / 2, 99))", "1.50 99%")]
    [InlineData("print('%d' % 7)", "7")]
    [InlineData("print(True + True, True == 1)", "2 True")]
    [InlineData("x = 5; x += 2; print(x)", "7")]
    [InlineData("print(TCP_ESTABLISHED, TCP_CA_Loss, TCPI_OPT_SYN_DATA | TCPI_OPT_ECN)", "1 4 40")]
    [InlineData("print('a\\nb')", "a")]
    public void It_counts_as_Python_does(string code, string printed)
    {
        Assert.Equal(default, _rig.Run(code));
        Assert.Equal(printed, _rig.Code.Printed[0]);
    }

    [Theory]
    [InlineData("assert nothing == 1", "NameError: name 'nothing' is not defined")]
    [InlineData("nothing += 1", "NameError")]
    [InlineData("print(1 / 0)", "ZeroDivisionError")]
    [InlineData("print(1 // 0)", "ZeroDivisionError")]
    [InlineData("print(1 + 'a')", "TypeError")]
    [InlineData("print(1 < 'a')", "TypeError")]
    [InlineData("print('%d' % 'a')", "TypeError")]
    [InlineData("print('%d %d' % (1,))", "not enough arguments")]
    [InlineData("print('%d' % (1, 2))", "not all arguments")]
    [InlineData("print('%q' % 1)", "ValueError")]
    [InlineData("print('%' % 1)", "ValueError")]
    [InlineData("print(1 << -1)", "ValueError")]
    public void What_Python_raises_is_a_failure(string code, string message)
    {
        CallVerdict verdict = _rig.Run(code);
        Assert.Equal("python", verdict.Field);
        Assert.Contains(message, verdict.Actual, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assertion_that_does_not_hold_tells_its_variables()
    {
        byte[] info = new byte[280];
        BinaryPrimitives.WriteInt32LittleEndian(info.AsSpan(80), 10);
        _rig.Fake.Options = (level, name) => (level, name) == (6, 11) ? info : null;
        _rig.Code.Snapshot(40);
        Assert.Equal(
            new CallVerdict("assert", "tcpi_snd_cwnd == 11", "cwnd is 10: tcpi_snd_cwnd = 10"),
            _rig.Run("assert tcpi_snd_cwnd == 10\nassert tcpi_snd_cwnd == 11, 'cwnd is %d' % tcpi_snd_cwnd"));
        Assert.Equal("assert", _rig.Run("assert 0").Field);
    }

    [Fact]
    public void Variables_are_those_of_tcp_info_and_stay_without_a_descriptor()
    {
        byte[] info = Enumerable.Range(0, 280).Select(i => (byte)i).ToArray();
        info[6] = 0x87;      // tcpi_rcv_wscale:4, tcpi_snd_wscale:4
        info[7] = 0b101;     // tcpi_fastopen_client_fail:2, tcpi_delivery_rate_app_limited:1
        byte[] memory = new byte[36];
        memory[4] = 77;
        _rig.Fake.Options = (level, name) => (level, name) switch { (6, 11) => info, (1, 55) => memory, _ => null };
        Assert.Equal("python", _rig.Run("assert tcpi_state == 0").Field);      // nothing was read yet
        _rig.Code.Snapshot(40);
        _rig.Fake.Options = static (_, _) => throw new InvalidOperationException("Nothing is to be read.");
        _rig.Code.Snapshot(null);
        Assert.Equal(default, _rig.Run(
            """
            assert tcpi_state == 0; assert tcpi_ca_state == 1; assert tcpi_options == 5
            assert tcpi_snd_wscale == 7 and tcpi_rcv_wscale == 8
            assert tcpi_delivery_rate_app_limited == 1 and tcpi_fastopen_client_fail == 2
            assert tcpi_rto == 0x0b0a0908, '%x' % tcpi_rto
            assert tcpi_total_retrans == 0x67666564
            assert tcpi_pacing_rate == 0x6f6e6d6c6b6a6968
            assert tcpi_delivered_ce == 0xc7c6c5c4
            assert tcpi_rcv_wnd == 0xebeae9e8
            assert tcpi_total_rto_recoveries == 0xf3f2
            assert tcpi_delivered_e1_bytes == 0xfffefdfc
            assert SK_MEMINFO_RCVBUF == 77 and SK_MEMINFO_DROPS == 0
            """));
    }

    [Fact]
    public void FreeBsd_counts_states_and_bits_in_its_own_way()
    {
        var rig = new CallRig(DrillProfile.FreeBsd);
        byte[] info = new byte[280];
        (info[0], info[5]) = (8, 1 | 2 | 16 | 128);
        rig.Fake.Options = (level, name) => (level, name) == (6, 11) ? info : null;
        rig.Code.Snapshot(40);
        Assert.Equal(default, rig.Run(
            """
            assert tcpi_state == TCPI_CLOSE_WAIT
            assert tcpi_options == TCPI_OPT_TIMESTAMPS|TCPI_OPT_SACK|TCPI_OPT_TFO
            """));
        Assert.Contains("TCP_ESTABLISHED", rig.Run("assert tcpi_state == TCP_ESTABLISHED").Actual, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_struct_leaves_out_what_older_kernels_do_not_have()
    {
        _rig.Fake.Options = (level, name) => (level, name) == (6, 11) ? new byte[232] : null;
        _rig.Code.Snapshot(40);
        Assert.Equal(default, _rig.Run("assert tcpi_snd_wnd == 0"));
        Assert.Contains("tcpi_rcv_wnd", _rig.Run("assert tcpi_rcv_wnd == 0").Actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Algorithms_tell_of_themselves()
    {
        byte[] dctcp = new byte[16];
        (dctcp[0], dctcp[4]) = (1, 9);
        _rig.Fake.Options = (level, name) => (level, name) switch { (6, 13) => "dctcp\0\0\0"u8.ToArray(), (6, 26) => dctcp, _ => null };
        _rig.Code.Snapshot(40);
        Assert.Equal(default, _rig.Run("assert dctcp_enabled == 1 and dctcp_alpha == 9"));
    }
}
