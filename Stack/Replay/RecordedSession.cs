using System.Globalization;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>
/// What passed an interface of a host, in order, with times and directions: read from a recording, to be replayed by a
/// <see cref="ReplayLink"/>.
/// </summary>
/// <remarks>It is all in memory, and never changes. Any thread.</remarks>
public sealed class RecordedSession
{
    /// <summary>The longest time that a session may last: what lasts longer has clocks that lie.</summary>
    public static readonly TimeSpan LongestSession = TimeSpan.FromDays(366);

    private readonly SessionFrame[] _frames;

    private RecordedSession(string name, LinkMedium medium, SessionFrame[] frames, int bentTimes)
    {
        (Name, Medium, _frames, BentTimes) = (name, medium, frames, bentTimes);
        foreach (SessionFrame frame in frames)
        {
            bool isOutbound = frame.Direction == PacketDirection.Outbound;
            if (isOutbound) OutboundCount++;
            if (isOutbound && frame.Offload.IsMany) TakesBursts = true;
            var view = new FrameView(frame.Octets.Span, medium == LinkMedium.Ethernet);
            if (isOutbound && Station is null && (view.IsArp || view.IsIpv4 || view.IsIpv6) && view.IsEthernet)
                Station = view.Ethernet.Source;
            Mtu = Math.Max(Mtu, MtuSeenIn(view, frame));
        }

        if (Mtu == 0) Mtu = DefaultMtu;
    }

    private const int DefaultMtu = 1500;

    /// <summary>What the recording calls the interface.</summary>
    public string Name { get; }

    /// <summary>What its frames are.</summary>
    public LinkMedium Medium { get; }

    /// <summary>All frames, both ways, in the order of the recording.</summary>
    public IReadOnlyList<SessionFrame> Frames => _frames;

    /// <summary>When the first frame passed, UTC.</summary>
    public DateTimeOffset Start => _frames[0].Time;

    /// <summary>When the last frame passed, UTC.</summary>
    public DateTimeOffset End => _frames[^1].Time;

    /// <summary>How many frames the host sent.</summary>
    public int OutboundCount { get; }

    /// <summary>How many frames stand behind a later one; they count as of its time.</summary>
    public int BentTimes { get; }

    /// <summary>The station address that the host sent from first; null when it sent none.</summary>
    public MacAddress? Station { get; }

    /// <summary>True when the host sent frames that stand for many segments.</summary>
    public bool TakesBursts { get; }

    /// <summary>
    /// The largest IP packet that the interface must have carried, octets: what the host's SYNs offer, or the longest
    /// packet; 1,500 at least where it sent no SYN.
    /// </summary>
    public int Mtu { get; }

    /// <summary>Reads a session from a pcapng file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="interfaceName">Which interface of several; null for the only one.</param>
    /// <exception cref="RecordingException">
    /// The file has no such interface, or several and none is named; or frames of it have no direction, no time or were
    /// cut off; or they are neither Ethernet nor IP, or last for longer than <see cref="LongestSession"/>; or there are
    /// none.
    /// </exception>
    /// <exception cref="PcapngException">It is no pcapng file, or ends within a block.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static RecordedSession Read(string path, string? interfaceName = null)
    {
        using FileStream file = File.OpenRead(path);
        return Read(file, interfaceName);
    }

    /// <summary>Reads a session from a stream, which stays open.</summary>
    /// <inheritdoc cref="Read(string, string?)"/>
    public static RecordedSession Read(Stream stream, string? interfaceName = null)
    {
        List<CapturedInterface> interfaces = [];
        List<(int Number, CapturedPacket Packet)> packets = [];
        using (PcapngReader reader = new(stream, leaveOpen: true))
        {
            for (int number = 1; reader.TryRead(out CapturedPacket packet); number++)
            {
                TakeNew(reader, interfaces);
                packets.Add((number, packet));
            }

            TakeNew(reader, interfaces);
        }

        CapturedInterface chosen = Choose(interfaces, interfaceName);
        LinkMedium medium = chosen.LinkType switch
        {
            1 => LinkMedium.Ethernet,
            101 => LinkMedium.Ip,
            _ => throw new RecordingException($"{NameOf(chosen)} is of link type {chosen.LinkType}; Ethernet (1) and IP (101) can be replayed."),
        };
        return Make(chosen, medium, packets);
    }

    private static RecordedSession Make(CapturedInterface chosen, LinkMedium medium, List<(int Number, CapturedPacket Packet)> packets)
    {
        List<SessionFrame> frames = [];
        int bent = 0;
        long last = long.MinValue;
        foreach ((int number, CapturedPacket packet) in packets)
        {
            if (packet.Interface != chosen) continue;
            SessionFrame frame = ReadFrame(number, packet);
            if (frame.Nanoseconds < last)
            {
                bent++;
                frame = frame with { Nanoseconds = last };
            }

            last = frame.Nanoseconds;
            frames.Add(frame);
        }

        if (frames.Count == 0) throw new RecordingException($"The recording has no frames of {NameOf(chosen)}.");
        Int128 length = (Int128)last - frames[0].Nanoseconds;
        if (length > (Int128)LongestSession.Ticks * 100)
            throw new RecordingException($"The first and the last frame are {(double)length / 86_400e9:0} days apart; {LongestSession.Days} can be replayed.");
        return new RecordedSession(NameOf(chosen), medium, [.. frames], bent);
    }

    private static SessionFrame ReadFrame(int number, in CapturedPacket packet)
    {
        if (packet.Direction == PacketDirection.Unknown)
            throw new RecordingException($"Packet {number} has no direction: whether the host sent it is not known.");
        if (packet.Nanoseconds is not { } nanoseconds) throw new RecordingException($"Packet {number} has no time.");
        if (packet.Octets.Length < packet.OriginalLength)
            throw new RecordingException($"Packet {number} was cut off: {packet.Octets.Length} of its {packet.OriginalLength} octets are there.");
        ReadComment(packet.Comment, out DropReason verdict, out PacketOffload offload);
        return new SessionFrame(number, nanoseconds, packet.Direction, packet.Octets, offload, verdict);
    }

    private static void TakeNew(PcapngReader reader, List<CapturedInterface> interfaces)
    {
        foreach (CapturedInterface one in reader.Interfaces)
            if (!interfaces.Contains(one)) interfaces.Add(one);
    }

    private static CapturedInterface Choose(List<CapturedInterface> interfaces, string? name)
    {
        string all = string.Join(", ", interfaces.ConvertAll(NameOf));
        if (interfaces.Count == 0) throw new RecordingException("The recording has no interfaces.");
        List<CapturedInterface> named = name is null ? interfaces : interfaces.FindAll(one => one.Name == name);
        return named.Count switch
        {
            1 => named[0],
            0 => throw new RecordingException($"The recording has no interface {name}; it has {all}."),
            _ when name is null => throw new RecordingException($"The recording has {interfaces.Count} interfaces, {all}: say which."),
            _ => throw new RecordingException($"The recording has {named.Count} interfaces that are called {name}."),
        };
    }

    private static string NameOf(CapturedInterface one) =>
        one.Name ?? string.Create(CultureInfo.InvariantCulture, $"interface {one.Number}");

    // What CapturingLink says of a frame.
    private static void ReadComment(string? comment, out DropReason verdict, out PacketOffload offload)
    {
        const string dropped = "dropped: ", many = ", stands for segments of ", octets = " octets";
        (verdict, offload) = (DropReason.None, default);
        if (comment is null) return;
        foreach (string part in comment.Split([';', '\n'], StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith(dropped, StringComparison.Ordinal))
            {
                if (Enum.TryParse(part.AsSpan(dropped.Length), out DropReason reason) && Enum.IsDefined(reason)) verdict = reason;
                continue;
            }

            int at = part.IndexOf(many, StringComparison.Ordinal);
            if (at < 0 || !part.EndsWith(octets, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> size = part.AsSpan(at + many.Length);
            if (Enum.TryParse(part.AsSpan(0, at), out SegmentKind kind) && Enum.IsDefined(kind)
                && ushort.TryParse(size[..^octets.Length], NumberStyles.None, CultureInfo.InvariantCulture, out ushort octetsEach))
            {
                offload = new PacketOffload { SegmentKind = kind, SegmentSize = octetsEach };
            }
        }
    }

    private static int MtuSeenIn(in FrameView view, in SessionFrame frame)
    {
        int most = 0;
        bool isIp = view.IsIpv4 || view.IsIpv6;
        if (isIp && frame.Offload.SegmentSize == 0) most = view.IsIpv4 ? view.Ipv4.TotalLength : view.Ipv6.Octets.Length;
        if (frame.Direction != PacketDirection.Outbound || !isIp) return most;
        if (!view.IsTcp || !view.Tcp.Has(TcpFlags.Syn)) return Math.Max(most, DefaultMtu);
        TcpOptionValues.Read(view.Tcp.Options, out TcpOptionValues values);
        int headers = TcpSegment.MinHeaderLength + (view.IsIpv4 ? Ipv4Header.Length : Ipv6Header.Length);
        return values.Mss is { } mss ? Math.Max(most, mss + headers) : most;
    }
}

/// <summary>A frame of a <see cref="RecordedSession"/>.</summary>
/// <param name="Number">Which packet of the file it is, from 1, as Wireshark counts them.</param>
/// <param name="Nanoseconds">When it passed, since 1970; never before the one in front of it.</param>
/// <param name="Direction">Inbound when it arrived at the host, outbound when the host sent it.</param>
/// <param name="Octets">All of it, with its checksums filled in.</param>
/// <param name="Offload">For how many segments it stands.</param>
/// <param name="Verdict">Why the host dropped it; None when it did not, and of what it sent.</param>
public readonly record struct SessionFrame(
    int Number, long Nanoseconds, PacketDirection Direction, ReadOnlyMemory<byte> Octets, PacketOffload Offload, DropReason Verdict)
{
    /// <summary>When it passed, UTC, to a tick of 100 ns.</summary>
    public DateTimeOffset Time => ReplayTime.At(Nanoseconds);
}

/// <summary>A recording that can't be replayed, with the reason.</summary>
public sealed class RecordingException : IOException
{
    internal RecordingException(string message)
        : base(message)
    {
    }
}

/// <summary>Nanoseconds since 1970, which recordings count in, and instants.</summary>
internal static class ReplayTime
{
    public static DateTimeOffset At(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);

    public static long Of(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;

    // As tcpdump prints spans: seconds with six digits, and the sign.
    public static string Print(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{(nanoseconds < 0 ? '-' : '+')}{Math.Abs(nanoseconds / 1000) / 1e6:0.000000} s");
}
