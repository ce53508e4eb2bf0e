using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// A flood of SYNs: what would have to be remembered goes into the number of the SYN-ACK. RFC 4987 §3.6.
internal sealed partial class ListenQueue
{
    private Timestamp? _lastFloodAt;      // cookies are only believed while there was reason to send some

    /// <summary>The SYN queue is full: the caller gets a cookie, and nothing is kept.</summary>
    private DropReason OnFlood(
        in TcpSegment syn, in TcpOptionValues values, InetAddress local, InetAddress remote, uint scope, byte ecn, Timestamp now)
    {
        if (!context.Settings.SynCookies && !context.Settings.SynCookiesOnly) return DropReason.TcpSynQueueFull;
        bool isFreeBsd = context.Settings.IsFreeBsd;
        if (context.Host.MtuTo(remote, local, scope, now) is not (> 0 and var mtu)) return DropReason.TcpNoRoute;
        _lastFloodAt = now;
        context.Counters.Count(Counter.TcpSynCookiesSent);
        InetEndpoint here = new(local, syn.DestinationPort), caller = new(remote, syn.SourcePort);
        SynOffer peer = SynOffer.From(values, syn.Flags);
        if (!(values.HasTimestamps && context.Settings.Timestamps) && !isFreeBsd) peer = peer with { WindowScale = null, Sack = false, Ecn = false, AccurateEcn = false };      // no room to note them
        SynOffer own = SynOffer.OfHost(context.Settings, Options, mtu, IpHeaderLengthOf(remote));
        SynOffer answer = own.AnswerTo(peer);
        bool isSigned = isFreeBsd ? Options.Signatures is not null && values.HasMd5 : Options.Signatures?.Sign(local, remote) is true;
        answer = answer with { IsSigned = isSigned, HasEcnOption = answer.AccurateEcn && context.Settings.EcnOption != TcpEcnOptionUse.Never };
        var isn = new SequenceNumber(syn.SequenceNumber);
        int mss = peer.Mss != 0 ? peer.Mss : DefaultMssOf(remote);
        if (peer.Mss != 0 && Options.MaxSegment > 0 && !isFreeBsd) mss = Math.Min(mss, Options.MaxSegment);
        SequenceNumber cookie = isFreeBsd
            ? context.Cookies.MakeAsFreeBsd(here, caller, isn, new CookieContent(mss, peer.WindowScale, answer.Sack, false), now)
            : context.Cookies.Make(here, caller, isn, mss, now);
        uint clock = TcpClock.At(now) + context.Isns.TimestampOffset(here, caller);
        uint stamp = isFreeBsd ? clock : SynCookies.Timestamp(clock, peer.WindowScale, answer.Sack, answer.Ecn || answer.AccurateEcn);
        Span<byte> octets = stackalloc byte[TcpOptionWriter.MaxLength];
        int length = answer.Write(octets, context.Settings.Profile, stamp, values.TimestampValue);
        int buffer = Options.ReceiveBuffer ?? context.Settings.ReceiveBuffer.Default;
        var header = new TcpHeader(
            syn.DestinationPort, syn.SourcePort, cookie.Value, (isn + 1).Value, TcpFlags.Syn | TcpFlags.Ack | answer.EcnFlags(isAnswer: true, ecn),
            WindowMath.First(context.Settings.Profile, buffer, own.Mss, Options.WindowClamp));
        PacketBuffer packet = context.Packets.Rent(0);
        if (!TcpReply.TrySeal(context, header, packet, octets[..length], local, remote, Options.Signatures)) return DropReason.TcpWrongSignature;
        context.Counters.Count(Counter.TcpOutSegs);
        context.Host.Reply(packet, local, remote, scope, now);
        return DropReason.None;
    }

    /// <summary>An ACK of no connection: it may bring a cookie back. Otherwise it is answered by a reset.</summary>
    private DropReason OnAck(in TcpSegment segment, InetAddress local, InetAddress remote, uint scope, byte ecn, Timestamp now)
    {
        if (!segment.Has(TcpFlags.Syn) && TryOpenByCookie(segment, local, remote, scope, ecn, now)) return DropReason.None;
        if (!TcpReply.IsSilent(context.Settings)) TcpReply.Reset(context, segment, local, remote, scope, now, Options.Signatures);
        return DropReason.TcpUnacceptableAck;
    }

    private bool TryOpenByCookie(in TcpSegment segment, InetAddress local, InetAddress remote, uint scope, byte ecn, Timestamp now)
    {
        bool isExpected = context.Settings.SynCookiesOnly || (_lastFloodAt is { } flood && now - flood <= 2 * SynCookies.Period);
        bool hasCookies = context.Settings.SynCookies || context.Settings.SynCookiesOnly;
        if (!hasCookies || !isExpected || IsFull) return false;
        InetEndpoint here = new(local, segment.DestinationPort), caller = new(remote, segment.SourcePort);
        SequenceNumber cookie = new SequenceNumber(segment.AckNumber) - 1, isn = new SequenceNumber(segment.SequenceNumber) - 1;
        TcpOptionValues.Read(segment.Options, out TcpOptionValues values);
        if (!TryReadCookie(cookie, here, caller, isn, values, now, out CookieContent content)) return false;
        // Linux has looked at the signature before.
        bool isWrong = values.HasMd5 && context.Settings.IsFreeBsd && SegmentSignature.Check(context.Packets, context.Keys, segment, true, local, remote) != DropReason.None;
        if (isWrong) return true;
        if (context.Host.CreateChild(this, local, caller with { ScopeId = scope }, now) is not { } child) return false;
        context.Counters.Count(Counter.TcpSynCookiesReceived);
        context.Counters.Count(Counter.TcpPassiveOpens);
        Add(child);
        var peer = new SynOffer
        {
            Mss = (ushort)content.Mss,
            WindowScale = content.PeerScale,
            Sack = content.Sack,
            Timestamps = values.HasTimestamps && (context.Settings.Timestamps || context.Settings.IsFreeBsd),
            Ecn = content.Ecn,
            AccurateEcn = content.Ecn && EcnCodes.Ace(segment.Flags) > 1,      // RFC 9768 §5.1: no other ACK of a SYN-ACK says so
        };
        child.Restore(this, cookie, isn, peer, values, now);
        child.OnSegment(segment, ecn, now);
        return true;
    }

    private bool TryReadCookie(
        SequenceNumber cookie, in InetEndpoint here, in InetEndpoint caller, SequenceNumber isn, in TcpOptionValues values, Timestamp now,
        out CookieContent content)
    {
        if (context.Settings.IsFreeBsd) return context.Cookies.TryReadAsFreeBsd(cookie, here, caller, isn, now, out content);
        bool isGood = context.Cookies.TryCheck(cookie, here, caller, isn, now, out int mss);
        content = isGood ? SynCookies.Read(mss, values.HasTimestamps && context.Settings.Timestamps ? values.TimestampEcho : null) : default;
        return isGood;
    }

    private static int IpHeaderLengthOf(InetAddress remote) => remote.IsV6 ? 40 : 20;

    private static int DefaultMssOf(InetAddress remote) => remote.IsV6 ? AgreedOptions.DefaultMssV6 : AgreedOptions.DefaultMssV4;
}
