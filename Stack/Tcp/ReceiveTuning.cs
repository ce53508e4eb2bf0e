using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// How much may come in: what the buffer is good for, what of it is offered yet, and how both grow with the reader's pace.
/// </summary>
/// <remarks>Gate held.</remarks>
internal struct ReceiveTuning()
{
    private const int LeastGrowing = 128, InitialSegments = 10;

    private long _roundTrip8;             // eight times the round-trip time as the receiver sees it, ticks; 0 before a sample
    private Timestamp _tripFrom, _measuredFrom;
    private SequenceNumber _tripEnd, _measuredAt;
    private uint _lastEcho;
    private bool _isTripOpen;

    /// <summary>The receive buffer as the system counts it, octets.</summary>
    public int Buffer { get; private set; }

    /// <summary>What the buffer is good for, octets.</summary>
    public int Space { get; private set; }

    /// <summary>The most that is ever offered, octets.</summary>
    public int Clamp { get; private set; }

    /// <summary>The most that is offered now, octets: rcv_ssthresh.</summary>
    public int Threshold { get; private set; }

    /// <summary>Octets that the user took in a round trip: tcpi_rcv_space.</summary>
    public int PerTrip { get; private set; }

    /// <summary>The round-trip time as the receiver sees it: tcpi_rcv_rtt; Zero before a sample.</summary>
    public readonly TimeSpan RoundTrip => new(_roundTrip8 >> 3);

    /// <summary>Begins before the SYN.</summary>
    /// <param name="profile">Whose manner.</param>
    /// <param name="buffer">The receive buffer as the system counts it, octets.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    public void Begin(TcpProfile profile, int buffer, int clamp)
    {
        Buffer = buffer;
        Space = WindowMath.Usable(profile, buffer);
        Clamp = clamp > 0 ? Math.Min(clamp, Space) : Space;
    }

    /// <summary>The handshake is over.</summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="window">What the SYN offered, octets.</param>
    /// <param name="mss">The full segment that the peer may send, octets.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    /// <param name="first">The first number of the peer's data.</param>
    /// <param name="now">The time.</param>
    public void Start(TcpSettings settings, int window, int mss, int clamp, SequenceNumber first, Timestamp now)
    {
        if (settings.Profile.WindowFormula == TcpWindowFormula.Whole)
        {
            Buffer = Space = WindowMath.WithMss(settings, Buffer, mss);
            Clamp = Threshold = clamp > 0 ? Math.Min(clamp, Space) : Space;
            if (settings.IsFreeBsd) return;
        }
        else
        {
            // One segment is kept back, so that a whole one fits whatever was offered.
            if (Clamp > 2 * mss && Clamp + mss > Space) Clamp = Math.Max(2 * mss, Space - mss);
            Threshold = Math.Min(window, Clamp);
        }

        PerTrip = Math.Min(Threshold, InitialSegments * mss);
        (_measuredAt, _measuredFrom) = (first, now);
    }

    /// <summary>Another buffer: SO_RCVBUF, or TCP_WINDOW_CLAMP.</summary>
    /// <inheritdoc cref="Begin"/>
    public void Resize(TcpProfile profile, int buffer, int clamp)
    {
        int before = Space;
        Begin(profile, buffer, clamp);
        if (profile.WindowFormula == TcpWindowFormula.Whole || Space > before) Threshold = Math.Max(Threshold, Clamp);
        Threshold = Math.Min(Threshold, Clamp);
    }

    /// <summary>Data came: a little more may be offered than before.</summary>
    /// <param name="octets">How much.</param>
    /// <param name="unread">Octets that wait to be read.</param>
    /// <param name="segment">A full segment from the peer, octets.</param>
    /// <param name="mss">The largest that it may send, octets.</param>
    /// <returns>True when more may be.</returns>
    public bool Grow(int octets, int unread, int segment, int mss)
    {
        int room = Math.Min(Clamp, Space - unread) - Threshold;
        if (octets < LeastGrowing || room <= 0) return false;
        int by = Math.Max(2 * (octets >= mss * 3 / 4 ? mss : segment), 2 * octets);
        Threshold += Math.Min(room, by);
        return true;
    }

    /// <summary>A round-trip time by timestamps: an echo came with a full segment.</summary>
    public void SampleByEcho(uint echo, TimeSpan age)
    {
        if (echo == _lastEcho) return;
        _lastEcho = echo;
        long sample = Math.Max(age.Ticks, TimeSpan.TicksPerMillisecond);
        _roundTrip8 = _roundTrip8 == 0 ? sample << 3 : _roundTrip8 + sample - (_roundTrip8 >> 3);
    }

    /// <summary>A round-trip time without timestamps: no sender gets a whole window through in less.</summary>
    public void SampleByWindow(SequenceNumber next, int window, Timestamp now)
    {
        if (_isTripOpen)
        {
            if (next < _tripEnd) return;
            long sample = Math.Max((now - _tripFrom).Ticks, 1) << 3;
            _roundTrip8 = _roundTrip8 == 0 ? sample : Math.Min(_roundTrip8, sample);
        }

        _isTripOpen = true;
        (_tripEnd, _tripFrom) = (next + window, now);
    }

    /// <summary>
    /// Once in a round trip: when the user took more than in any before, the buffer grows to twice that, and as much more
    /// as the sender may grow meanwhile.
    /// </summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="mayGrow">False when the user has set the buffer.</param>
    /// <param name="read">The first number that is not read.</param>
    /// <param name="mss">The largest segment that the peer may send, octets.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    /// <param name="now">The time.</param>
    public void OnRoundTrip(TcpSettings settings, bool mayGrow, SequenceNumber read, int mss, int clamp, Timestamp now)
    {
        if (_roundTrip8 == 0 || now - _measuredFrom < RoundTrip) return;
        int taken = read - _measuredAt;
        if (taken > PerTrip)
        {
            if (mayGrow) GrowBuffer(settings, taken, mss, clamp);
            PerTrip = taken;
        }

        (_measuredAt, _measuredFrom) = (read, now);
    }

    /// <summary>A segment leaves: FreeBSD measures from the first that does.</summary>
    public void OnSentAsFreeBsd(Timestamp now)
    {
        if (_measuredFrom == Timestamp.Zero) _measuredFrom = now;
    }

    /// <summary>
    /// Data came in order: when more than three eighths of the buffer came in half a round trip, it grows by half, as in FreeBSD.
    /// </summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="octets">How much.</param>
    /// <param name="roundTrip">The smoothed round-trip time of what is sent; Zero before a sample.</param>
    /// <param name="now">The time.</param>
    public void OnTextAsFreeBsd(TcpSettings settings, int octets, TimeSpan roundTrip, Timestamp now)
    {
        if (roundTrip == TimeSpan.Zero || _measuredFrom == Timestamp.Zero || now - _measuredFrom <= roundTrip / 2)
        {
            PerTrip += octets;
            return;
        }

        int most = settings.ReceiveBuffer.Max;
        if (PerTrip > Space / 8 * 3 && Space < most)
        {
            Begin(settings.Profile, (int)Math.Min(Space + ((long)Space / 2), most), Clamp < Space ? Clamp : 0);
            Threshold = Clamp;
        }

        (PerTrip, _measuredFrom) = (0, Timestamp.Zero);
    }

    private void GrowBuffer(TcpSettings settings, int taken, int mss, int clamp)
    {
        long window = (2L * taken) + (16 * mss);
        window += 2 * (window * (taken - PerTrip) / Math.Max(PerTrip, 1));
        long perOctet = settings.Profile.WindowFormula == TcpWindowFormula.HalfAndGrowing ? 2 : 1;
        int buffer = (int)Math.Min(window * perOctet, settings.ReceiveBuffer.Max);
        if (buffer <= Buffer) return;
        bool isWhole = settings.Profile.WindowFormula == TcpWindowFormula.Whole;
        Begin(settings.Profile, buffer, clamp);
        if (isWhole) Threshold = Clamp;
    }
}
