using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>How FreeBSD's windows grow and shrink, octet by octet.</summary>
public sealed class OctetControlTests
{
    private const int Mss = 1000, Most = 65_535 << 6;

    private readonly TcpSettings _settings = new(TcpProfile.FreeBsd);
    private readonly OctetSender _sender;
    private readonly OctetControl _reno = OctetControl.NewReno;
    private Timestamp _now = Timestamp.Zero;

    public OctetControlTests() => _sender = new OctetSender(_settings) { Window = 10 * Mss };

    [Fact]
    public void Slow_start_grows_by_what_is_acknowledged_and_two_segments_an_ack_at_most()
    {
        Assert.Equal(11_000, AfterAck(_reno, 1000));
        Assert.Equal(13_000, AfterAck(_reno, 5000));
        Assert.Equal(13_001, AfterAck(_reno, 1));
        Assert.Equal(14_001, AfterAck(_reno, 5000, isAtEnd: false));      // after a timeout by one
        Assert.Equal(14_001, AfterAck(_reno, 5000, isLimiting: false));
        _settings.CountsOctets = false;
        Assert.Equal(15_001, AfterAck(_reno, 1));
    }

    [Fact]
    public void A_loss_halves_the_window_once_in_a_round_trip_in_whole_segments()
    {
        _sender.Window = 9_999;
        _reno.OnLoss(_sender, Mss, _settings, _now);
        Assert.Equal((4_000, true), (_sender.Threshold, _sender.IsInFastRecovery));
        _sender.Window = 20_000;
        _reno.OnLoss(_sender, Mss, _settings, _now);
        Assert.Equal(4_000, _sender.Threshold);
        _reno.OnRecoveryOver(_sender, pipe: 6_000, Mss);
        Assert.Equal(4_000, _sender.Window);
        _reno.OnRecoveryOver(_sender, pipe: 500, Mss);      // no burst
        Assert.Equal(2_000, _sender.Window);
    }

    [Fact]
    public void A_mark_leaves_what_the_administrator_says()
    {
        (_settings.AlternativeBackoff, _settings.NewRenoBetaEcn) = (true, 80);
        _reno.OnMark(_sender, Mss, _settings, _now);
        Assert.Equal((8_000, 8_000), (_sender.Window, _sender.Threshold));
        _reno.OnMark(_sender, Mss, _settings, _now);
        Assert.Equal(8_000, _sender.Window);
    }

    [Fact]
    public void A_timeout_leaves_one_segment_and_only_the_first_of_several_sets_the_threshold()
    {
        _sender.Backoff = 1;
        _reno.OnTimeout(_sender, limit: 9_000, Mss, _now);
        Assert.Equal((1_000, 4_000), (_sender.Window, _sender.Threshold));
        _sender.Backoff = 2;
        _reno.OnTimeout(_sender, limit: 1_000, Mss, _now);
        Assert.Equal((1_000, 4_000), (_sender.Window, _sender.Threshold));
    }

    [Fact]
    public void After_idleness_the_first_window_is_used_again_and_three_quarters_are_remembered()
    {
        (_sender.Window, _sender.Threshold) = (40_000, 20_000);
        _reno.OnIdle(_sender, restart: 10_000, Mss, _now);
        Assert.Equal((10_000, 30_000), (_sender.Window, _sender.Threshold));
        _sender.Window = 3_000;
        _reno.OnIdle(_sender, restart: 10_000, Mss, _now);
        Assert.Equal(3_000, _sender.Window);
    }

    [Fact]
    public void Cubic_halves_at_its_first_loss_and_leaves_seven_tenths_at_later_ones()
    {
        OctetControl cubic = OctetControl.Of(CongestionAlgorithm.Cubic);
        _sender.Window = 100 * Mss;
        cubic.OnStart(_sender, _now);
        cubic.OnLoss(_sender, Mss, _settings, _now);
        Assert.Equal(50_000, _sender.Threshold);
        cubic.OnRecoveryOver(_sender, pipe: 90_000, Mss);
        _sender.ExitRecovery();
        Assert.InRange(_sender.Window, 48_000, 49_000);      // of seven tenths, which are the new peak, seven tenths
        int before = _sender.Window;
        cubic.OnLoss(_sender, Mss, _settings, _now);
        Assert.Equal((before * 217L / 256 * 179) / 256, _sender.Threshold);      // below the old peak the new one is lower still: RFC 9438 §4.7
    }

    [Fact]
    public void Cubic_comes_back_to_its_peak_and_goes_beyond()
    {
        OctetControl cubic = OctetControl.Of(CongestionAlgorithm.Cubic);
        _sender.Window = 100 * Mss;
        cubic.OnStart(_sender, _now);
        for (int i = 0; i < 10; i++)
        {
            _sender.Rtt.Sample(100, 0, _settings);
            AfterAck(cubic, 0);
        }

        cubic.OnLoss(_sender, Mss, _settings, _now);
        cubic.OnRecoveryOver(_sender, pipe: 90_000, Mss);
        _sender.ExitRecovery();
        int low = _sender.Window, last = low;
        for (int round = 0; round < 100; round++)
        {
            _now += TimeSpan.FromMilliseconds(100);
            for (int i = 0; i < 20; i++) last = AfterAck(cubic, 2 * Mss);
        }

        Assert.True(last > low + (20 * Mss), $"{low} to {last}");
        Assert.True(last < Most);
    }

    private int AfterAck(OctetControl control, int octets, bool isAtEnd = true, bool isLimiting = true)
    {
        control.OnAck(_sender, new OctetAck { Acked = octets, Mss = Mss, Most = Most, IsAtEnd = isAtEnd, IsLimiting = isLimiting, Now = _now }, _settings);
        return _sender.Window;
    }
}
