using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class TcpSettingsTests
{
    private static readonly TcpSettings Linux = new(), FreeBsd = new(TcpProfile.FreeBsd);

    [Fact]
    public void Linux_sends_a_SYN_again_after_equal_waits_then_doubled_ones()
    {
        double[] waits = [.. Enumerable.Range(0, 9).Select(i => Linux.SynTimeout(i, isAnswer: false).TotalSeconds)];
        Assert.Equal([1, 1, 1, 1, 1, 2, 4, 8, 16], waits);
        waits = [.. Enumerable.Range(0, 6).Select(i => Linux.SynTimeout(i, isAnswer: true).TotalSeconds)];
        Assert.Equal([1, 2, 4, 8, 16, 32], waits);
    }

    [Fact]
    public void FreeBSD_doubles_at_once_and_adds_its_slop()
    {
        double[] waits = [.. Enumerable.Range(0, 4).Select(i => FreeBsd.SynTimeout(i, isAnswer: false).TotalSeconds)];
        Assert.Equal([1, 2.2, 4.2, 8.2], waits);
    }

    // ip-sysctl: tcp_retries2 = 15 is a hypothetical timeout of 924.6 s; a value of 8 gives the 100 s that RFC 1122 wants at least.
    [Fact]
    public void Fifteen_retries_are_924_6_seconds()
    {
        Assert.Equal(924.6, Linux.GiveUpAfter(Linux.MaxTimeout).TotalSeconds, 6);
        Assert.Equal(102.2, Linux.OrphanGivesUpAfter(Linux.MaxTimeout).TotalSeconds, 6);
        Assert.Equal(3.0, Linux.TimeLimit(3, Linux.MaxTimeout).TotalSeconds, 6);
    }

    [Fact]
    public void No_number_of_retries_overflows()
    {
        Assert.Equal(Linux.MaxTimeout, Linux.SynTimeout(255, isAnswer: true));
        Assert.Equal(TimeSpan.FromSeconds(204.6 + (246 * 120)), Linux.TimeLimit(255, Linux.MaxTimeout));
        Assert.Equal(TimeSpan.Zero, Linux.TimeLimit(5, TimeSpan.Zero));
    }
}
