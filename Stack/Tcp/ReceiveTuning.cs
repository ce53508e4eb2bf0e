using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// How much may come in: what the buffer is good for, what of it is offered yet, and how both grow with the reader's pace.
/// </summary>
/// <remarks>Gate held.</remarks>
internal struct ReceiveTuning()
{
    private const int InitialSegments = 10, LeastClamp = 1152, Half = 128;

    private long _roundTrip8;             // eight times the round-trip time as the receiver sees it, ticks; 0 before a sample
    private Timestamp _tripFrom, _measuredFrom;
    private SequenceNumber _tripEnd, _measuredAt;
    private uint _lastEcho;               // by which a round trip was measured, or not
    private bool _isTripOpen;
    private byte _ratio = Half;           // how many of 256 octets of buffer are payload, by the packets that came (scaling_ratio)

    /// <summary>The receive buffer as the system counts it, octets.</summary>
    public int Buffer { get; private set; }

    /// <summary>What the buffer is good for, octets.</summary>
    public int Space { get; private set; }

    /// <summary>How many of 256 octets of buffer are payload.</summary>
    public readonly int Ratio => _ratio;

    /// <summary>The most that is ever offered, octets.</summary>
    public int Clamp { get; private set; }

    /// <summary>The most that is offered now, octets: rcv_ssthresh.</summary>
    public int Threshold { get; private set; }

    /// <summary>Octets that the user took in a round trip: tcpi_rcv_space.</summary>
    public int PerTrip { get; private set; }

    /// <summary>The round-trip time as the receiver sees it: tcpi_rcv_rtt; Zero before a sample.</summary>
    public readonly TimeSpan RoundTrip => new(_roundTrip8 >> 3);

    /// <summary>True once a round-trip time is known by which the reader's pace is measured.</summary>
    public readonly bool MeasuresReader => _roundTrip8 != 0;

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
    /// <param name="window">What there is room for at first, octets.</param>
    /// <param name="mss">The full segment that the peer may send, octets.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    /// <param name="most">The most that a window field can say, octets.</param>
    /// <param name="first">The first number of the peer's data.</param>
    /// <param name="now">The time.</param>
    public void Start(TcpSettings settings, int window, int mss, int clamp, int most, SequenceNumber first, Timestamp now)
    {
        if (settings.Profile.WindowFormula == TcpWindowFormula.Whole)
        {
            Buffer = Space = WindowMath.WithMss(settings, Buffer, mss);
            Clamp = Threshold = clamp > 0 ? Math.Min(clamp, Space) : Space;
            if (settings.IsFreeBsd) return;
        }
        else
        {
            Clamp = Math.Min(Clamp, most);
            if (Clamp >= Space && settings.AppWindow > 0 && Space > 4 * mss)
                Clamp = Math.Max(Space - (Space >> Math.Min(settings.AppWindow, 31)), 4 * mss);
            // One segment is kept back, so that a whole one fits whatever was offered.
            if (settings.AppWindow > 0 && Clamp > 2 * mss && Clamp + mss > Space) Clamp = Math.Max(2 * mss, Space - mss);
            Threshold = Math.Min(window, Clamp);
        }

        PerTrip = Math.Max(1, Math.Min(Threshold, InitialSegments * mss));
        (_measuredAt, _measuredFrom) = (first, now);
    }

    /// <summary>Another buffer: SO_RCVBUF. What is offered follows as data comes.</summary>
    public void Resize(TcpProfile profile, int buffer, int clamp)
    {
        if (profile.WindowFormula == TcpWindowFormula.HalfAndGrowing)
        {
            SetBuffer(buffer);
            return;
        }

        Begin(profile, buffer, clamp);
        Threshold = Clamp;
    }

    /// <summary>SO_RCVLOWAT: a reader waits for so many octets at once (tcp_set_rcvlowat).</summary>
    public void MakeRoomFor(int octets)
    {
        long buffer = ((long)octets << 8) / _ratio;
        if (buffer <= Buffer) return;
        SetBuffer((int)Math.Min(buffer, int.MaxValue));
        Clamp = Math.Max(Clamp, octets);
    }

    /// <summary>TCP_WINDOW_CLAMP, or what the packets that come leave of the buffer (tcp_set_window_clamp).</summary>
    /// <param name="clamp">The most that is ever to be offered, octets.</param>
    /// <param name="window">What is offered, octets.</param>
    public void SetClamp(int clamp, int window)
    {
        clamp = Math.Max(LeastClamp, clamp);
        if (clamp == Clamp) return;
        bool isLess = clamp < Clamp;
        Clamp = clamp;
        Threshold = isLess ? Math.Min(Threshold, clamp) : Math.Max(Threshold, Math.Min(window, clamp));
    }

    /// <summary>The peer's segments have another size: so much of the buffer is payload, and so much of each packet is not.</summary>
    /// <param name="octets">Payload of a packet.</param>
    /// <param name="cost">What it takes of the buffer: <see cref="ReceiveMemory.CostOf"/>.</param>
    /// <param name="window">What is offered, octets.</param>
    public void Measure(int octets, int cost, int window)
    {
        byte ratio = (byte)Math.Clamp((long)octets * 256 / cost, 1, byte.MaxValue);
        if (ratio == _ratio) return;
        _ratio = ratio;
        SetBuffer(Buffer);
        SetClamp(Space, window);
        PerTrip = Math.Min(PerTrip, Clamp);
    }

    /// <summary>What so much of the buffer is good for, octets; negative where it is overdrawn.</summary>
    public readonly int WindowOf(int buffer) => (int)((long)buffer * _ratio >> 8);

    /// <summary>More waits than the buffer takes (tcp_clamp_window): it grows as far as it may, and windows become small.</summary>
    /// <param name="held">What waits, as the buffer counts it, octets.</param>
    /// <param name="most">How far the buffer may grow; 0 where the user has set it.</param>
    /// <param name="mss">The largest segment that the peer may send, octets.</param>
    public void Overflow(int held, int most, int mss)
    {
        if (Buffer < most) SetBuffer(Math.Min(held, most));
        if (held > Buffer) Threshold = Math.Min(Clamp, 2 * mss);
    }

    /// <summary>Data came: a little more may be offered than before (tcp_grow_window).</summary>
    /// <param name="arrival">What came.</param>
    /// <param name="free">What of the buffer is good for more, octets.</param>
    /// <param name="segment">A full segment from the peer, octets.</param>
    /// <param name="mss">The largest that it may send, octets.</param>
    /// <param name="largest">The largest receive buffer there may be, octets.</param>
    /// <returns>True when more may be.</returns>
    public bool Grow(in (int Octets, int Cost) arrival, int free, int segment, int mss, int largest)
    {
        int room = Math.Min(Clamp, free) - Threshold;
        if (room <= 0) return false;
        int by = WindowOf(arrival.Cost) <= arrival.Octets ? 2 * mss : FitsLater(arrival, largest) ? 2 * segment : 0;
        if (by == 0) return false;
        Threshold += Math.Min(room, Math.Max(by, 2 * arrival.Octets));
        return true;
    }

    // While the window is small against what it may become, packets may waste some of it.
    private readonly bool FitsLater(in (int Octets, int Cost) arrival, int largest)
    {
        int cost = WindowOf(arrival.Cost) >> 1, window = WindowOf(largest) >> 1;
        for (; Threshold <= window; cost >>= 1, window >>= 1)
            if (cost <= arrival.Octets) return true;
        return false;
    }

    /// <summary>True when an echo was not seen before: one is measured by once.</summary>
    public bool IsNewEcho(uint echo)
    {
        if (echo == _lastEcho) return false;
        _lastEcho = echo;
        return true;
    }

    /// <summary>A round-trip time by timestamps: an echo came with a full segment.</summary>
    /// <param name="age">How long ago what is echoed was sent.</param>
    /// <param name="isRead">Nothing waits to be read: else it is the reader's time as well.</param>
    public void SampleByEcho(TimeSpan age, bool isRead)
    {
        long sample = Math.Max(age.Ticks, TimeSpan.TicksPerMillisecond), eighth = sample << 3;
        if (_roundTrip8 == 0 || eighth < _roundTrip8) _roundTrip8 = eighth;
        else if (isRead) _roundTrip8 += sample - (_roundTrip8 >> 3);
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
    /// as the sender may grow meanwhile (tcp_rcv_space_adjust).
    /// </summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="mayGrow">False when the user has set the buffer.</param>
    /// <param name="read">The first number that is not read.</param>
    /// <param name="waiting">Octets that wait to be read.</param>
    /// <param name="beyond">Octets from the next in order to the last that is held beyond a gap.</param>
    /// <param name="now">The time.</param>
    public void OnRead(TcpSettings settings, bool mayGrow, SequenceNumber read, int waiting, int beyond, Timestamp now)
    {
        if (_roundTrip8 == 0 || now - _measuredFrom < RoundTrip) return;
        int taken = read - _measuredAt - waiting;
        if (taken > PerTrip) GrowBuffer(settings, mayGrow, taken, beyond);
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

    /// <summary>The buffer makes room for so much in a round trip, and for what waits beyond a gap (tcp_rcvbuf_grow).</summary>
    /// <inheritdoc cref="OnRead"/>
    public void GrowBuffer(TcpSettings settings, bool mayGrow, int taken, int beyond)
    {
        int before = Math.Max(PerTrip, 1);
        PerTrip = taken;
        if (!mayGrow) return;
        long window = 2L * taken;
        window += 2 * (window * (taken - before) / before);
        window += beyond;
        bool isWhole = settings.Profile.WindowFormula == TcpWindowFormula.Whole;
        int buffer = (int)Math.Min(isWhole ? window : (window << 8) / _ratio, settings.ReceiveBuffer.Max);
        if (buffer <= Buffer) return;
        if (isWhole)
        {
            Buffer = Space = buffer;
            Clamp = Threshold = Math.Max(Clamp, Space);
        }
        else
        {
            SetBuffer(buffer);
            Clamp = Space;
        }
    }

    private void SetBuffer(int buffer)
    {
        Buffer = buffer;
        Space = WindowOf(buffer);
    }
}
