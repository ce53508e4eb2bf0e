using UserNet.Drill.Calls;
using UserNet.Facades.Posix;
using Xunit;

namespace UserNet.Tests.Drill.Calls;

public sealed class MessageTests : IDisposable
{
    private const string Start = "recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=MSG_ERRQUEUE, msg_control=";

    private readonly CallRig _rig = new();

    public void Dispose() => ((IDisposable)_rig).Dispose();

    public MessageTests() => _rig.Pass("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", 40);

    private static byte[] Control(int level, int type, string data)
    {
        byte[] octets = Convert.FromHexString(data), control = new byte[ControlMessage.Space(octets.Length)];
        ControlMessage.Write(control, level, type, octets);
        return control;
    }

    private CallVerdict Receive(string wanted, params byte[][] given)
    {
        _rig.Fake.Message = message => (message.Flags, message.Control) = (0x2000, given.SelectMany(octets => octets).ToArray());
        return _rig.Play($"{Start}{wanted}}}, MSG_ERRQUEUE) = 0");
    }

    // sock_extended_err: ENOMSG 42, origin 4, type 0, code 0, info 1, data 2; the offender behind it is not looked at.
    [Theory]
    [InlineData("{ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, ee_info=SCM_TSTAMP_SCHED, ee_data=2}", null)]
    [InlineData("{ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING}", null)]
    [InlineData("{ee_errno=0}", "ee_errno 0 42")]
    [InlineData("{ee_errno=42, ee_origin=SO_EE_ORIGIN_ICMP}", "ee_origin 2 4")]
    [InlineData("{ee_info=SCM_TSTAMP_ACK}", "ee_info 2 1")]
    [InlineData("{ee_data=3}", "ee_data 3 2")]
    [InlineData("...", null)]
    public void Errors_are_compared_field_by_field(string wanted, string? difference)
    {
        CallVerdict verdict = Receive(
            $"[{{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={wanted}}}]",
            Control(0, 11, "2A000000" + "04000000" + "01000000" + "02000000" + "00000000000000000000000000000000"));
        Assert.Equal(difference, verdict.Field is null ? null : $"{verdict.Field} {verdict.Expected} {verdict.Actual}");
    }

    // 1.25 s, in the first of three timespecs.
    [Theory]
    [InlineData("scm_sec=1, scm_nsec=250000000", null)]
    [InlineData("scm_sec=1, scm_nsec=254000000", null)]
    [InlineData("scm_sec=1, scm_nsec=246000000", null)]
    [InlineData("scm_sec=1, scm_nsec=254001000", "1.254001 1.250000")]
    [InlineData("scm_sec=1, scm_nsec=245999000", "1.245999 1.250000")]
    [InlineData("scm_sec=0, scm_nsec=0", null)]
    public void Times_may_be_off_by_the_tolerance(string wanted, string? difference)
    {
        CallVerdict verdict = Receive(
            $"[{{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={{{wanted}}}}}]",
            Control(1, 37, "0100000000000000" + "80B2E60E00000000" + new string('0', 64)));
        Assert.Equal(difference, verdict.Field is null ? null : $"{verdict.Expected} {verdict.Actual}");
    }

    [Fact]
    public void Messages_are_compared_in_order_and_none_may_be_left()
    {
        byte[] first = Control(6, 36, "05000000"), second = Control(0, 1, "10");
        const string One = "{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=5}", Other = "{cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=16}";
        Assert.Equal(default, Receive($"[{One}, {Other}]", first, second));
        Assert.Equal("cmsg_level", Receive($"[{One}, {Other}]", second, first).Field);
        Assert.Equal(new CallVerdict("cmsg", "none", "level 0 type 1"), Receive($"[{One}]", first, second));
        Assert.Equal(new CallVerdict("cmsg", "level 0 type 1", "none"), Receive($"[{One}, {Other}]", first));
        Assert.Equal(new CallVerdict("cmsg_type", "36", "37"), Receive($"[{One}]", Control(6, 37, "05000000")));
        Assert.Equal(new CallVerdict("cmsg_data", "5", "6"), Receive($"[{One}]", Control(6, 36, "06000000")));
    }

    [Fact]
    public void Flags_are_compared_and_without_msg_control_there_is_no_room_for_any()
    {
        _rig.Fake.Message = message => message.Flags = 0x28;
        CallVerdict verdict = _rig.Play("recvmsg(3, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 5}], msg_flags=0}, MSG_DONTWAIT) = 15", 15);
        Assert.Equal(new CallVerdict("msg_flags", "0", "MSG_CTRUNC|MSG_TRUNC"), verdict);
        Assert.Equal("recvmsg 40 10:10+5:5 64 null", _rig.Last);
    }

    [Fact]
    public void Messages_to_send_are_laid_out_as_the_kernel_reads_them()
    {
        _rig.Pass(
            "sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMPING, cmsg_data=SOF_TIMESTAMPING_TX_ACK}]}, 0) = 5",
            5);
        Assert.Equal("sendmsg 40 5:5 0 " + "1400000000000000" + "01000000" + "25000000" + "00020000" + "00000000", _rig.Last);
    }
}
