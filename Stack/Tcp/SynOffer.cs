using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>What a SYN or SYN-ACK says beside its numbers: this host's, or what the peer's said.</summary>
internal readonly record struct SynOffer
{
    /// <summary>The largest segment that may be sent to who says it, octets; 0 when it does not say.</summary>
    public ushort Mss { get; init; }

    /// <summary>By how many bits its windows are shifted; null when windows are not to be scaled. RFC 7323 §2.2.</summary>
    public byte? WindowScale { get; init; }

    /// <summary>It understands selective acknowledgments. RFC 2018 §2.</summary>
    public bool Sack { get; init; }

    /// <summary>It sends timestamps. RFC 7323 §3.2.</summary>
    public bool Timestamps { get; init; }

    /// <summary>ECN-setup: ECE and CWR in a SYN, ECE without CWR in a SYN-ACK. RFC 3168 §6.1.1.</summary>
    public bool Ecn { get; init; }

    /// <summary>Accurate ECN: what AE, CWR and ECE say of it in RFC 9768 §3.1.2 and §3.1.3. It goes before <see cref="Ecn"/>.</summary>
    public bool AccurateEcn { get; init; }

    /// <summary>It is written with the option of Accurate ECN. RFC 9768 §3.2.3.2.1.</summary>
    public bool HasEcnOption { get; init; }

    /// <summary>The Fast Open option it has. RFC 7413 §4.1.1.</summary>
    public FastOpenKind FastOpen { get; init; }

    /// <summary>The cookie in it; empty in a SYN: one is asked for.</summary>
    public FastOpenCookie Cookie { get; init; }

    /// <summary>The cookie had a length that no cookie has; <see cref="Cookie"/> is empty then.</summary>
    public bool HasBadCookie { get; init; }

    /// <summary>It is signed. RFC 2385.</summary>
    public bool IsSigned { get; init; }

    /// <summary>It says nothing at all: FreeBSD's TCP_NOOPT.</summary>
    public bool IsSilent { get; init; }

    /// <summary>What this host offers.</summary>
    /// <param name="settings">The stack's.</param>
    /// <param name="options">The socket's.</param>
    /// <param name="mtu">The largest packet that gets through, octets.</param>
    /// <param name="ipHeaderLength">Octets of the IP header.</param>
    public static SynOffer OfHost(TcpSettings settings, ConnectionOptions options, int mtu, int ipHeaderLength)
    {
        int mss = Math.Clamp(mtu - ipHeaderLength - TcpHeader.Length, settings.MinSendMss, ushort.MaxValue);
        if (options.MaxSegment > 0 && !settings.IsFreeBsd) mss = Math.Min(mss, options.MaxSegment);
        bool isSilent = options.NoOptions;
        int buffer = options.ReceiveBuffer ?? settings.ReceiveBuffer.Default;
        return new SynOffer
        {
            Mss = (ushort)mss,
            IsSilent = isSilent,
            WindowScale = settings.WindowScaling && !isSilent
                ? WindowMath.Scale(settings, buffer, options.ReceiveBuffer is not null, options.WindowClamp) : null,
            Sack = settings.Sack && !isSilent,
            Timestamps = settings.Timestamps && !isSilent,
            Ecn = settings.Ecn != TcpEcnMode.Off,
            AccurateEcn = settings.TakesAccurateEcn,
        };
    }

    /// <summary>What a peer's SYN or SYN-ACK says.</summary>
    public static SynOffer From(in TcpOptionValues options, TcpFlags flags)
    {
        TcpFlags expected = (flags & TcpFlags.Ack) != 0 ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr;
        FastOpenCookie cookie = default;
        bool isBad = options.HasFastOpen && !FastOpenCookie.TryFrom(options.FastOpenCookie, out cookie);
        return new SynOffer
        {
            Mss = options.Mss ?? 0,
            WindowScale = options.WindowScale,
            Sack = options.SackPermitted,
            Timestamps = options.HasTimestamps,
            Ecn = (flags & (TcpFlags.Ece | TcpFlags.Cwr)) == expected,
            AccurateEcn = EcnCodes.MeansAccurate(flags),
            FastOpen = !options.HasFastOpen ? FastOpenKind.None
                : options.FastOpenIsExperimental ? FastOpenKind.Experimental : FastOpenKind.Standard,
            Cookie = cookie,
            HasBadCookie = isBad,
        };
    }

    /// <summary>What a SYN-ACK says to the peer's offer: of this host's, what the peer has offered too.</summary>
    /// <remarks>
    /// Of Fast Open nothing is taken over: whoever grants a cookie adds it, in the option that the peer has used.
    /// </remarks>
    public SynOffer AnswerTo(in SynOffer peer) => this with
    {
        WindowScale = peer.WindowScale is null ? null : WindowScale,
        Sack = Sack && peer.Sack,
        Timestamps = Timestamps && peer.Timestamps,
        Ecn = Ecn && peer.Ecn,
        AccurateEcn = AccurateEcn && peer.AccurateEcn,
        FastOpen = FastOpenKind.None,
        Cookie = default,
    };

    /// <summary>The control bits of ECN for a SYN, or for a SYN-ACK.</summary>
    /// <param name="isAnswer">A SYN-ACK.</param>
    /// <param name="seen">The ECN field of the SYN that is answered.</param>
    public TcpFlags EcnFlags(bool isAnswer, byte seen = EcnCodes.NotEct)
    {
        if (isAnswer) return AccurateEcn ? EcnCodes.Reflect(seen) : Ecn ? TcpFlags.Ece : TcpFlags.None;
        return AccurateEcn ? EcnCodes.Bits : Ecn ? TcpFlags.Ece | TcpFlags.Cwr : TcpFlags.None;
    }

    /// <summary>Writes the options in the order and with the padding of a profile.</summary>
    /// <param name="target">Where to, 40 octets.</param>
    /// <param name="profile">Whose manner.</param>
    /// <param name="timestamp">TSval.</param>
    /// <param name="echo">TSecr; 0 in a SYN.</param>
    /// <returns>How many octets, a multiple of 4.</returns>
    /// <remarks>
    /// Of the option of Accurate ECN as many counters are written as there is room for, Fast Open's going first; they stand where
    /// they begin.
    /// </remarks>
    public int Write(Span<byte> target, TcpProfile profile, uint timestamp, uint echo)
    {
        if (IsSilent) return 0;
        var writer = new TcpOptionWriter(target);
        if (profile.OptionLayout == TcpOptionLayout.WholeWords) WriteWholeWords(ref writer, timestamp, echo);
        else WritePacked(ref writer, timestamp, echo);
        return writer.Length;
    }

    // Linux: the end of every option lies at a word's end, and what it lacks is filled in front; SACK-permitted is
    // just what timestamps lack.
    private void WriteWholeWords(ref TcpOptionWriter writer, uint timestamp, uint echo)
    {
        WriteSignature(ref writer);
        if (Mss != 0) writer.MaximumSegmentSize(Mss);
        if (Timestamps)
        {
            if (Sack) writer.SackPermitted();
            writer.FillTo(2);
            writer.Timestamps(timestamp, echo);
        }

        bool hasSackLater = Sack && !Timestamps;
        int after = FastOpenLength + (hasSackLater ? WordLength : 0) + (WindowScale is null ? 0 : WordLength);
        WriteAccurateEcn(ref writer, after, padding: hasSackLater ? 2 : WindowScale is null ? 0 : 1);
        if (hasSackLater)
        {
            writer.FillTo(2);
            writer.SackPermitted();
        }

        if (WindowScale is { } shift)
        {
            writer.FillTo(1);
            writer.WindowScale(shift);
        }

        WriteFastOpen(ref writer);
        writer.FillTo(0);
    }

    // FreeBSD: an option begins where its value lies well, and what is left at the end is filled with ends of the list.
    private void WritePacked(ref TcpOptionWriter writer, uint timestamp, uint echo)
    {
        if (Mss != 0) writer.MaximumSegmentSize(Mss);
        if (WindowScale is { } shift)
        {
            writer.FillTo(1);
            writer.WindowScale(shift);
        }

        if (Sack) writer.SackPermitted();
        if (Timestamps)
        {
            writer.FillTo(2);
            writer.Timestamps(timestamp, echo);
        }

        WriteSignature(ref writer);
        WriteAccurateEcn(ref writer, FastOpenLength, padding: 0);
        WriteFastOpen(ref writer);
        writer.EndAtWord();
    }

    // The counters stand at their first values whatever came with the SYN: RFC 9768 §3.2.3.2.1. Options that follow need their room.
    private void WriteAccurateEcn(ref TcpOptionWriter writer, int after, int padding)
    {
        if (!HasEcnOption) return;
        int before = (writer.Length + 3) & ~3, none = 0;
        int counters = EcnCounters.Fit(0, TcpOptionWriter.MaxLength - before - after, padding, ref none);
        if (counters >= 0) writer.AccurateEcn(counters, EcnCounters.FirstEct1, EcnCounters.FirstCe, EcnCounters.FirstEct0);
    }

    private void WriteSignature(ref TcpOptionWriter writer)
    {
        if (!IsSigned) return;
        writer.FillTo(2);
        writer.Signature();
    }

    private const int WordLength = 4;

    private int FastOpenLength => FastOpen == FastOpenKind.None ? 0 : ((FastOpen == FastOpenKind.Standard ? 2 : 4) + Cookie.Length + 3) & ~3;

    private void WriteFastOpen(ref TcpOptionWriter writer)
    {
        if (FastOpen == FastOpenKind.None || (IsSigned && FastOpenLength > writer.Room)) return;
        Span<byte> octets = stackalloc byte[FastOpenCookie.MaxLength];
        ReadOnlySpan<byte> cookie = Cookie.Write(octets);
        if (FastOpen == FastOpenKind.Standard) writer.FastOpen(cookie);
        else writer.FastOpenExperimental(cookie);
    }
}
