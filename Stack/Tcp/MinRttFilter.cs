using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// The least of the samples of a stretch of time, from three that are kept: the best, and two later ones.
/// </summary>
/// <remarks>The later ones stand by for when the best grows too old, so that nothing else need be remembered.</remarks>
internal struct MinRttFilter
{
    private Kept _best, _second, _third;

    /// <summary>The least sample; null before the first.</summary>
    public readonly TimeSpan? Value => _best.Rtt == 0 ? null : TimeSpan.FromTicks(_best.Rtt);

    /// <summary>Takes a sample.</summary>
    /// <param name="rtt">A round-trip time.</param>
    /// <param name="now">When it was taken.</param>
    /// <param name="window">How long a sample counts.</param>
    public void Sample(TimeSpan rtt, Timestamp now, TimeSpan window)
    {
        var sample = new Kept((uint)Math.Clamp(rtt.Ticks, 1, uint.MaxValue), (uint)(now.Ticks / TimeSpan.TicksPerMillisecond));
        uint most = (uint)Math.Min(uint.MaxValue, window.Ticks / TimeSpan.TicksPerMillisecond);
        if (_best.Rtt == 0 || sample.Rtt <= _best.Rtt || sample.At - _third.At > most)
        {
            _best = _second = _third = sample;
            return;
        }

        if (sample.Rtt <= _second.Rtt) _second = _third = sample;
        else if (sample.Rtt <= _third.Rtt) _third = sample;
        Age(sample, most);
    }

    // The second is looked for in the second quarter of the window and the third in its second half.
    private void Age(Kept sample, uint window)
    {
        uint age = sample.At - _best.At;
        if (age > window)
        {
            (_best, _second, _third) = (_second, _third, sample);
            if (sample.At - _best.At > window) (_best, _second) = (_second, _third);
        }
        else if (_second.At == _best.At && age > window / 4)
        {
            _second = _third = sample;
        }
        else if (_third.At == _second.At && age > window / 2)
        {
            _third = sample;
        }
    }

    // In small fields, since every connection has three: ticks, up to seven minutes, and milliseconds, which may wrap around.
    private readonly record struct Kept(uint Rtt, uint At);
}
