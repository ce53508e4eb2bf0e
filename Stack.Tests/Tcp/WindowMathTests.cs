using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class WindowMathTests
{
    // Scales that Linux was seen to offer: by the largest receive buffer, or by SO_RCVBUF, which keeps twice the argument.
    [Theory]
    [InlineData(15_728_640, 0, 8)]
    [InlineData(33_554_432, 0, 10)]
    [InlineData(6_291_456, 0, 7)]
    [InlineData(15_728_640, 20_000, 0)]
    [InlineData(33_554_432, 1_000_000, 4)]
    public void Linux_offers_the_scale_of_the_largest_buffer_there_may_be(int largest, int asked, int expected)
    {
        var settings = new TcpSettings { ReceiveBuffer = new TcpBufferSizes(4096, 131_072, largest), MaxReceiveBuffer = Math.Min(largest, 4_194_304) };
        int buffer = asked == 0 ? 131_072 : WindowMath.KeptReceiveBuffer(settings, asked);
        if (asked != 0) Assert.Equal(2 * asked, buffer);
        Assert.Equal(expected, WindowMath.Scale(settings, buffer, asked != 0));
    }

    [Theory]
    [InlineData(40_000, 1460, 18_980)]       // SO_RCVBUF 20000
    [InlineData(131_072, 1460, 64_240)]      // a SYN of Linux with its defaults
    [InlineData(131_072, 1448, 65_160)]      // its SYN-ACK: segments are shorter by the timestamps
    [InlineData(131_072, 65_495, 65_495)]    // both over its loopback
    [InlineData(131_072, 65_483, 65_483)]
    [InlineData(540_000, 1460, 65_535)]
    [InlineData(2304, 1460, 1152)]           // less than a segment is all there is
    public void Linux_begins_with_half_the_buffer_in_whole_segments(int buffer, int mss, int expected) =>
        Assert.Equal(expected, WindowMath.First(TcpProfile.Linux, buffer, mss));

    [Theory]
    [InlineData(2_097_152, 6)]
    [InlineData(73_728, 1)]
    [InlineData(65_535, 0)]
    [InlineData(65_536, 1)]
    [InlineData(int.MaxValue, 14)]
    public void FreeBSD_offers_the_least_scale_that_the_largest_buffer_needs(int largest, int expected) =>
        Assert.Equal(expected, WindowMath.Scale(new TcpSettings(TcpProfile.FreeBsd) { MaxReceiveBuffer = largest }, 65_536, false));

    [Fact]
    public void FreeBSD_offers_all_of_a_buffer_of_whole_segments()
    {
        var settings = new TcpSettings(TcpProfile.FreeBsd);
        Assert.Equal(65_535, WindowMath.First(TcpProfile.FreeBsd, 65_536, 1460));
        Assert.Equal(65_700, WindowMath.WithMss(settings, 65_536, 1460));
        Assert.Equal(66_240, WindowMath.WithMss(settings, 65_536, 1440));
        Assert.Equal(1000, WindowMath.WithMss(settings, 1000, 1460));
        Assert.Equal(20_000, WindowMath.WithMss(new TcpSettings(), 20_000, 1460));

        var basis = new WindowBasis { Space = 65_700, Free = 65_700 - 799, Mss = 1460, Clamp = int.MaxValue };
        Assert.Equal(64_901, WindowMath.Field(TcpProfile.FreeBsd, WindowMath.Next(settings, basis), 0));
        basis = basis with { Free = 65_700, Scale = 6 };
        Assert.Equal(1027, WindowMath.Field(TcpProfile.FreeBsd, WindowMath.Next(settings, basis), 6));
        Assert.Equal(65_535, WindowMath.Next(settings, basis with { Scale = 0 }));
    }

    [Theory]
    [InlineData(65_535, 0, 65_535)]
    [InlineData(65_536, 0, 65_535)]
    [InlineData(65_700, 6, 1026)]
    [InlineData(int.MaxValue, 14, 65_535)]
    public void The_field_of_Linux_is_cut_off(int window, byte scale, int expected) =>
        Assert.Equal(expected, WindowMath.Field(TcpProfile.Linux, window, scale));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14)]
    public void Whatever_happens_the_right_edge_does_not_go_back(byte scale)
    {
        Random random = TestSettings.Random(63 + scale);
        foreach (TcpProfile profile in (TcpProfile[])[TcpProfile.Linux, TcpProfile.FreeBsd])
        {
            var settings = new TcpSettings(profile);
            for (int i = 0; i < 20_000; i++)
            {
                int space = random.Next(1, 1 << random.Next(10, 26));
                int most = (int)Math.Min(int.MaxValue, 65_535L << scale);
                var basis = new WindowBasis
                {
                    Space = space,
                    Free = space - random.Next(space + 5000),
                    Current = Math.Min(random.Next(space), most),
                    Mss = random.Next(1, 9000),
                    Scale = scale,
                    Threshold = random.Next(1, space + 1),
                    Clamp = random.Next(4) == 0 ? random.Next(1, space + 1) : int.MaxValue,
                };
                int next = WindowMath.Next(settings, basis);
                Assert.InRange(next, basis.Current, profile == TcpProfile.Linux ? int.MaxValue : most);
                Assert.True(next <= Math.Max(basis.Current, basis.Free) + (1 << scale));
            }
        }
    }

    [Fact]
    public void Linux_closes_the_window_rather_than_offer_a_silly_one_and_grows_it_in_whole_segments()
    {
        var settings = new TcpSettings();
        var basis = new WindowBasis { Space = 20_000, Mss = 1460, Threshold = 20_000, Clamp = int.MaxValue };
        Assert.Equal(0, WindowMath.Next(settings, basis with { Free = 1459 }));
        Assert.Equal(1460, WindowMath.Next(settings, basis with { Free = 1460 }));
        Assert.Equal(0, WindowMath.Next(settings, basis with { Free = -5 }));
        Assert.Equal(5840, WindowMath.Next(settings, basis with { Free = 6000, Current = 4380, Offered = 4380 }));
        Assert.Equal(4600, WindowMath.Next(settings, basis with { Free = 6000, Current = 4600, Offered = 4600 }));      // less than a segment more: none
        Assert.Equal(18_980, WindowMath.Next(settings, basis with { Free = 20_000 }));
        Assert.Equal(8760, WindowMath.Next(settings, basis with { Free = 20_000, Threshold = 10_000 }));
        Assert.Equal(10_112, WindowMath.Next(settings, basis with { Free = 20_000, Threshold = 10_000, Scale = 7 }));
    }

    // Over the loopback of Linux: 65,495 octets in the SYN, and 64 units of 1024 in the segment after it.
    [Fact]
    public void With_scaling_Linux_rounds_up()
    {
        var basis = new WindowBasis
        {
            Space = 65_536,
            Free = 65_536,
            Current = 65_495,
            Mss = 536,
            Scale = 10,
            Threshold = 65_495,
            Clamp = int.MaxValue,
        };
        Assert.Equal(64, WindowMath.Field(TcpProfile.Linux, WindowMath.Next(new TcpSettings(), basis), 10));
    }

    [Fact]
    public void A_window_may_shrink_where_it_is_allowed()
    {
        var settings = new TcpSettings { MayShrinkWindow = true };
        var basis = new WindowBasis { Space = 200_000, Free = 50_000, Current = 150_000, Mss = 1460, Threshold = 200_000, Clamp = int.MaxValue, Scale = 7 };
        Assert.Equal(50_000 / 128 * 128, WindowMath.Next(settings, basis));
        Assert.Equal(150_016, WindowMath.Next(new TcpSettings(), basis));
    }

    [Fact]
    public void Buffers_have_a_least_size_and_a_largest()
    {
        var settings = new TcpSettings();
        Assert.Equal((2304, 4608), (WindowMath.KeptReceiveBuffer(settings, 0), WindowMath.KeptSendBuffer(settings, -1)));
        Assert.Equal(8_388_608, WindowMath.KeptReceiveBuffer(settings, int.MaxValue));
        var freeBsd = new TcpSettings(TcpProfile.FreeBsd);
        Assert.Equal((20_000, 2_097_152), (WindowMath.KeptReceiveBuffer(freeBsd, 20_000), WindowMath.KeptSendBuffer(freeBsd, int.MaxValue)));
    }
}
