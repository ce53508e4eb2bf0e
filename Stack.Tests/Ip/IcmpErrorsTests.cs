using UserNet.Errors;
using UserNet.Ip;
using UserNet.Wire;
using Xunit;
using static UserNet.Errors.Errno;

namespace UserNet.Tests.Ip;

public sealed class IcmpErrorsTests
{
    // What Linux makes of each unreachable code (ip(7), icmp(7) and observation), and whether it is fatal.
    [Theory]
    [InlineData(0, ENETUNREACH, false)]
    [InlineData(1, EHOSTUNREACH, false)]
    [InlineData(2, ENOPROTOOPT, true)]
    [InlineData(3, ECONNREFUSED, true)]
    [InlineData(4, EMSGSIZE, true)]
    [InlineData(5, EOPNOTSUPP, false)]
    [InlineData(6, ENETUNREACH, true)]
    [InlineData(7, EHOSTDOWN, true)]
    [InlineData(8, ENONET, true)]
    [InlineData(9, ENETUNREACH, true)]
    [InlineData(10, EHOSTUNREACH, true)]
    [InlineData(11, ENETUNREACH, false)]
    [InlineData(12, EHOSTUNREACH, false)]
    [InlineData(13, EHOSTUNREACH, true)]
    [InlineData(14, EHOSTUNREACH, true)]
    [InlineData(15, EHOSTUNREACH, true)]
    [InlineData(16, EHOSTUNREACH, false)]
    [InlineData(255, EHOSTUNREACH, false)]
    public void An_unreachable_destination_is_told_as_Linux_tells_it(byte code, Errno errno, bool isHard)
    {
        Assert.Equal(errno, IcmpErrors.ErrnoOf(Icmpv4Type.DestinationUnreachable, code));
        Assert.Equal(isHard, IcmpErrors.IsHard(Icmpv4Type.DestinationUnreachable, code));
        var error = new IcmpError { Type = Icmpv4Type.DestinationUnreachable, Code = code };
        Assert.Equal((errno, isHard, code == 4), (error.Errno, error.IsHard, error.IsTooBig));
    }

    [Fact]
    public void Every_other_error_has_one_number_whatever_its_code()
    {
        for (int code = 0; code < 256; code++)
        {
            Assert.Equal(EHOSTUNREACH, IcmpErrors.ErrnoOf(Icmpv4Type.TimeExceeded, (byte)code));
            Assert.False(IcmpErrors.IsHard(Icmpv4Type.TimeExceeded, (byte)code));
            Assert.Equal(EPROTO, IcmpErrors.ErrnoOf(Icmpv4Type.ParameterProblem, (byte)code));
            Assert.True(IcmpErrors.IsHard(Icmpv4Type.ParameterProblem, (byte)code));
        }
    }

    [Fact]
    public void Numbers_are_those_of_Linux_on_x86() => Assert.Equal((64, 71, 112), ((int)ENONET, (int)EPROTO, (int)EHOSTDOWN));
}
