namespace UserNet.Tcp;

/// <summary>What the next window follows from.</summary>
internal readonly record struct WindowBasis
{
    /// <summary>What the buffer is good for, octets: <see cref="WindowMath.Usable"/>.</summary>
    public int Space { get; init; }

    /// <summary>What of it is free, octets: may be negative.</summary>
    public int Free { get; init; }

    /// <summary>What was offered last and not yet used, octets: from RCV.NXT to the right edge.</summary>
    public int Current { get; init; }

    /// <summary>What the last acknowledgment offered, octets.</summary>
    public int Offered { get; init; }

    /// <summary>A full segment from the peer, octets.</summary>
    public int Mss { get; init; }

    /// <summary>Shift of this host's windows.</summary>
    public byte Scale { get; init; }

    /// <summary>The most that is offered now, octets; grows with what arrives.</summary>
    public int Threshold { get; init; }

    /// <summary>The most that is ever offered, octets: TCP_WINDOW_CLAMP.</summary>
    public int Clamp { get; init; }
}

/// <summary>How buffers become windows, and windows header fields. Pure. RFC 9293 §3.8.6, RFC 7323 §2.</summary>
internal static class WindowMath
{
    /// <summary>The largest shift. RFC 7323 §2.3.</summary>
    public const int MaxScale = 14;

    // FreeBSD's MCLBYTES and MSIZE: of a socket buffer's most, a ninth is for what packets cost beside their payload.
    private const int ClusterOctets = 2048, HeaderOctets = 256;

    private const int MaxField = ushort.MaxValue;

    /// <summary>What SO_RCVBUF keeps of what was asked for, octets; SO_RCVBUFFORCE is not held to the settings' most.</summary>
    public static int KeptReceiveBuffer(TcpSettings settings, int asked, bool isForced = false) =>
        Kept(asked, isForced ? int.MaxValue : settings.MaxReceiveBuffer, settings.Profile.BufferFactor, settings.Profile.MinReceiveBuffer);

    /// <summary>What SO_SNDBUF keeps of what was asked for, octets; SO_SNDBUFFORCE is not held to the settings' most.</summary>
    public static int KeptSendBuffer(TcpSettings settings, int asked, bool isForced = false) =>
        Kept(asked, isForced ? int.MaxValue : settings.MaxSendBuffer, settings.Profile.BufferFactor, settings.Profile.MinSendBuffer);

    /// <summary>How much of a receive buffer is for payload, octets.</summary>
    public static int Usable(TcpProfile profile, int buffer) =>
        profile.WindowFormula == TcpWindowFormula.HalfAndGrowing ? buffer / 2 : buffer;

    /// <summary>The buffer, in octets, once the size of a segment is known: whole segments where the profile wants them.</summary>
    public static int WithMss(TcpSettings settings, int buffer, int mss)
    {
        if (settings.Profile.WindowFormula != TcpWindowFormula.Whole || buffer <= mss || mss <= 0) return buffer;
        long rounded = ((long)buffer + mss - 1) / mss * mss, most = (long)settings.MaxReceiveBuffer * ClusterOctets / (ClusterOctets + HeaderOctets);
        return rounded > most ? buffer : (int)rounded;
    }

    /// <summary>The shift to offer in a SYN: the least by which the largest window can be said that there may ever be.</summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="buffer">The receive buffer as the system counts it, octets.</param>
    /// <param name="isFixed">True when the user set it, so that it does not grow.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    public static byte Scale(TcpSettings settings, int buffer, bool isFixed, int clamp = 0)
    {
        if (settings.Profile.WindowFormula == TcpWindowFormula.Whole) return LeastScale(settings.MaxReceiveBuffer);
        int usable = Usable(settings.Profile, buffer);
        int space = Math.Max(usable, Math.Max(settings.ReceiveBuffer.Max, settings.MaxReceiveBuffer));
        if (isFixed) space = Math.Min(space, usable);
        if (clamp > 0) space = Math.Min(space, clamp);
        return (byte)Math.Clamp(int.Log2(Math.Max(space, 1)) - 15, 0, MaxScale);
    }

    /// <summary>The first window, octets, as it stands in a SYN, never scaled: 65,535 at most.</summary>
    /// <param name="profile">Whose manner.</param>
    /// <param name="buffer">The receive buffer as the system counts it, octets.</param>
    /// <param name="mss">The full segment that this host offers to take, octets.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    public static ushort First(TcpProfile profile, int buffer, int mss, int clamp = 0) =>
        (ushort)Math.Min(Initial(profile, buffer, mss, clamp), MaxField);

    /// <summary>
    /// What there is room for at first, octets: with Linux more than a SYN can say, which the first segment after it says then.
    /// </summary>
    /// <inheritdoc cref="First"/>
    public static int Initial(TcpProfile profile, int buffer, int mss, int clamp = 0)
    {
        int space = Math.Max(0, Usable(profile, buffer));
        if (clamp > 0) space = Math.Min(space, clamp);
        if (profile.WindowFormula == TcpWindowFormula.Whole) return Math.Min(space, MaxField);
        return space > mss && mss > 0 ? space - (space % mss) : space;
    }

    /// <summary>The window field of a segment without SYN.</summary>
    /// <param name="profile">Whose manner.</param>
    /// <param name="window">The window, octets.</param>
    /// <param name="scale">Shift of this host's windows.</param>
    public static ushort Field(TcpProfile profile, int window, byte scale)
    {
        long units = profile.WindowFormula == TcpWindowFormula.Whole ? ((long)window + (1L << scale) - 1) >> scale : window >> scale;
        return (ushort)Math.Clamp(units, 0, MaxField);
    }

    /// <summary>
    /// The window to offer, octets: not less than what was offered already, unless it may shrink, and none at all rather
    /// than a silly one. RFC 9293 §3.8.6.2.2.
    /// </summary>
    public static int Next(TcpSettings settings, in WindowBasis basis)
    {
        int window = Wanted(settings, basis);
        bool mayShrink = settings.MayShrinkWindow && basis.Scale > 0;
        if (window < basis.Current && !mayShrink) window = AlignUp(basis.Current, basis.Scale);
        return settings.Profile.WindowFormula == TcpWindowFormula.Whole ? (int)Math.Min(window, (long)MaxField << basis.Scale) : window;
    }

    /// <summary>The window that there is room for, octets, whatever was offered before.</summary>
    public static int Wanted(TcpSettings settings, in WindowBasis basis) =>
        settings.Profile.WindowFormula == TcpWindowFormula.Whole ? NextOfWhole(basis) : NextGrowing(settings, basis);

    private static int NextGrowing(TcpSettings settings, in WindowBasis basis)
    {
        int space = Math.Min(basis.Space, basis.Clamp), mss = Math.Min(basis.Mss, space), free = basis.Free;
        if (mss <= 0 || free <= 0) return 0;
        bool mayShrink = settings.MayShrinkWindow && basis.Scale > 0;
        if (mayShrink) free = free >> basis.Scale << basis.Scale;
        if (free < space / 2)
        {
            free = free >> basis.Scale << basis.Scale;
            if (free < basis.Space / 16 || free < mss || free == 0) return 0;
        }

        if (mayShrink) return free > basis.Threshold ? AlignUp(basis.Threshold, basis.Scale) : free;
        free = Math.Min(free, basis.Threshold);
        if (basis.Scale > 0) return AlignUp(free, basis.Scale);
        int current = basis.Offered;      // kept while it is nearly as much: whole segments without many small steps
        if (current <= free - mss || current > free) return free - (free % mss);
        return mss == space && free > current + (space / 2) ? free : current;
    }

    private static int NextOfWhole(in WindowBasis basis)
    {
        int free = Math.Max(basis.Free, 0);
        return free < basis.Space / 4 && free < basis.Mss ? 0 : Math.Min(free, basis.Clamp);
    }

    private static byte LeastScale(int largest)
    {
        int scale = 0;
        while (scale < MaxScale && (long)MaxField << scale < largest) scale++;
        return (byte)scale;
    }

    private static int AlignUp(int octets, byte scale) => (int)Math.Min(((long)octets + (1L << scale) - 1) >> scale << scale, int.MaxValue);

    private static int Kept(int asked, int most, int factor, int least) =>
        (int)Math.Clamp((long)Math.Clamp(asked, 0, most) * factor, least, int.MaxValue);
}
