using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Tests.Drill;

/// <content>Fields of packets.</content>
internal static partial class Mutants
{
    private const int MostOctets = 40;      // of options

    private static readonly TcpFlags[] Flags =
    [
        TcpFlags.Fin, TcpFlags.Syn, TcpFlags.Rst, TcpFlags.Psh, TcpFlags.Ack, TcpFlags.Urg, TcpFlags.Ece, TcpFlags.Cwr, TcpFlags.Ae,
    ];

    private static IEnumerable<(string Kind, PacketSpec Packet)> OfPacket(PacketSpec packet)
    {
        foreach ((string kind, IpSpec ip) in OfIp(packet.Ip)) yield return (kind, packet with { Ip = ip });
        IEnumerable<(string, PacketBody)> bodies = packet.Body switch
        {
            TcpSpec segment => OfSegment(segment),
            UdpSpec datagram => [("length", datagram with { Length = datagram.Length + 1 })],
            IcmpSpec message => OfMessage(message),
            _ => [],
        };
        foreach ((string kind, PacketBody body) in bodies) yield return (kind, packet with { Body = body });
    }

    private static IEnumerable<(string Kind, IpSpec Ip)> OfIp(IpSpec ip)
    {
        EcnSpec[] others = ip.Ecn switch
        {
            EcnSpec.Unsaid => [],
            EcnSpec.Ect01 => [EcnSpec.NoEcn, EcnSpec.Ce],
            _ => [.. new[] { EcnSpec.NoEcn, EcnSpec.Ect0, EcnSpec.Ect1, EcnSpec.Ce }.Where(other => other != ip.Ecn)],
        };
        foreach (EcnSpec other in others) yield return ("ECN", ip with { Ecn = other });
        if (ip.TypeOfService is { } service) yield return ("TOS", ip with { TypeOfService = service ^ 1 });
        if (ip.TimeToLive is { } hops) yield return ("TTL", ip with { TimeToLive = hops - 1 });
        if (ip.FlowLabel is { } label) yield return ("flow label", ip with { FlowLabel = label ^ 1 });
    }

    private static IEnumerable<(string Kind, PacketBody Body)> OfSegment(TcpSpec segment)
    {
        foreach (TcpFlags flag in Flags)
        {
            TcpFlags flags = segment.Flags ^ flag;
            yield return ($"flag {flag}".ToUpperInvariant().Replace("FLAG", "flag", StringComparison.Ordinal), segment with { Flags = flags, Ace = segment.Ace is null ? null : AceOf(flags) });
        }

        if (!segment.IsSequenceFree)
        {
            yield return ("sequence number", segment with { Sequence = segment.Sequence + 1 });
            yield return ("sequence number", segment with { Sequence = segment.Sequence - 1 });
        }

        yield return ("length", segment with { Length = segment.Length + 1 });
        if (segment.Length > 0) yield return ("length", segment with { Length = segment.Length - 1 });
        yield return ("ack", segment with { Acknowledgment = (segment.Acknowledgment ?? 0) + 1 });
        if (segment.Acknowledgment is { } ack) yield return ("ack", segment with { Acknowledgment = ack - 1 });
        if (segment.Window is { } window)
        {
            yield return ("window", segment with { Window = (ushort)(window + 1) });
            yield return ("window", segment with { Window = (ushort)(window - 1) });
        }

        yield return ("urgent pointer", segment with { Urgent = (ushort)((segment.Urgent ?? 0) + 1) });
        if (segment.Encapsulating is var (source, destination))
        {
            yield return ("UDP ports", segment with { Encapsulating = ((ushort)(source + 1), destination) });
            yield return ("UDP ports", segment with { Encapsulating = (source, (ushort)(destination + 1)) });
        }

        foreach ((string kind, IReadOnlyList<TcpOptionSpec> options) in OfOptions(segment.Options ?? [])) yield return (kind, segment with { Options = options });
    }

    private static int AceOf(TcpFlags flags) =>
        ((flags & TcpFlags.Ae) != 0 ? 4 : 0) | ((flags & TcpFlags.Cwr) != 0 ? 2 : 0) | ((flags & TcpFlags.Ece) != 0 ? 1 : 0);

    private static IEnumerable<(string Kind, IReadOnlyList<TcpOptionSpec> Options)> OfOptions(IReadOnlyList<TcpOptionSpec> options)
    {
        for (int i = 0; i < options.Count; i++)
        {
            yield return ("option removed", Padded(Replaced(options, i)));
            if (LengthOf([.. options, options[i]]) <= MostOctets) yield return ("option repeated", Padded(Replaced(options, i, options[i], options[i])));
            if (i > 0 && !options[i].Equals(options[i - 1])) yield return ("options swapped", Replaced(Replaced(options, i, options[i - 1]), i - 1, options[i]));
            foreach ((string kind, TcpOptionSpec other) in OfOption(options[i]))
                if (LengthOf(Replaced(options, i, other)) <= MostOctets) yield return (kind, Padded(Replaced(options, i, other)));
        }
    }

    // Whole words, so that it is a script that can be read; what takes no room where it was is missed by its length alone.
    private static List<TcpOptionSpec> Padded(IReadOnlyList<TcpOptionSpec> options)
    {
        List<TcpOptionSpec> padded = [.. options];
        while (LengthOf(padded) % 4 != 0) padded.Add(new NopSpec());
        return padded;
    }

    private static int LengthOf(IEnumerable<TcpOptionSpec> options) => options.Sum(static option => option switch
    {
        MssSpec => 4,
        WindowScaleSpec => 3,
        SackPermittedSpec => 2,
        NopSpec or EndOfListSpec => 1,
        SackSpec sack => 2 + (8 * sack.Blocks.Count),
        TimestampSpec => 10,
        FastOpenSpec open => open.Cookie.Length + (open.IsExperimental ? 4 : 2),
        Md5Spec => 18,
        AccEcnSpec counters => 2 + (3 * counters.Counters.Count),
        RawOptionSpec raw => raw.Octets.Length,
        _ => 0,
    });

    private static IEnumerable<(string Kind, TcpOptionSpec Option)> OfOption(TcpOptionSpec option) => option switch
    {
        MssSpec mss => [("mss", mss with { Mss = (ushort)(mss.Mss + 1) }), ("mss", mss with { Mss = (ushort)(mss.Mss - 1) })],
        WindowScaleSpec scale => [("wscale", scale with { Shift = (byte)(scale.Shift + 1) })],
        SackPermittedSpec => [("option kind", new NopSpec())],
        NopSpec => [("option kind", new EndOfListSpec())],
        EndOfListSpec => [("option kind", new NopSpec())],
        SackSpec sack => OfSack(sack),
        TimestampSpec stamps => OfTimestamps(stamps),
        FastOpenSpec { Cookie.Length: > 0 } open => [("cookie", open with { Cookie = WithOther(open.Cookie, 0) }), ("option kind", open with { IsExperimental = !open.IsExperimental })],
        FastOpenSpec open => [("option kind", open with { IsExperimental = !open.IsExperimental })],
        Md5Spec { Digest: { } digest } => [("md5", new Md5Spec(WithOther(digest, 0)))],
        AccEcnSpec counters => OfCounters(counters),
        RawOptionSpec raw => raw.Octets.Select((_, i) => ("option octets", (TcpOptionSpec)new RawOptionSpec(WithOther(raw.Octets, i)))),
        _ => [],
    };

    private static IEnumerable<(string Kind, TcpOptionSpec Option)> OfSack(SackSpec sack)
    {
        for (int i = 0; i < sack.Blocks.Count; i++)
        {
            (uint left, uint right) = sack.Blocks[i];
            yield return ("SACK", new SackSpec(Replaced(sack.Blocks, i, (left + 1, right))));
            yield return ("SACK", new SackSpec(Replaced(sack.Blocks, i, (left, right - 1))));
            if (sack.Blocks.Count > 1) yield return ("SACK", new SackSpec(Replaced(sack.Blocks, i)));
            if (i > 0 && sack.Blocks[i - 1] != sack.Blocks[i]) yield return ("SACK", new SackSpec(Replaced(Replaced(sack.Blocks, i, sack.Blocks[i - 1]), i - 1, (left, right))));
        }
    }

    private static IEnumerable<(string Kind, TcpOptionSpec Option)> OfTimestamps(TimestampSpec stamps)
    {
        const uint far = 100_000;      // ticks: more than any tolerance, also where a tick is a microsecond
        if (stamps.Value is { } value) yield return ("TS val", stamps with { Value = value + far });
        if (stamps.Echo is { } echo) yield return ("TS ecr", stamps with { Echo = echo + 1 });
    }

    private static IEnumerable<(string Kind, TcpOptionSpec Option)> OfCounters(AccEcnSpec option)
    {
        yield return ("AccECN", option with { Kind = option.Kind == 172 ? (byte)174 : (byte)172 });
        for (int i = 0; i < option.Counters.Count; i++)
        {
            (AccEcnCounter counter, uint octets) = option.Counters[i];
            yield return ("AccECN", option with { Counters = Replaced(option.Counters, i, (counter, octets + 1)) });
        }
    }

    private static IEnumerable<(string Kind, PacketBody Body)> OfMessage(IcmpSpec message)
    {
        if (message.Mtu is { } mtu) yield return ("MTU", message with { Mtu = mtu + 1 });
        if (message.Id is { } id) yield return ("ICMP id", message with { Id = (ushort)(id + 1) });
        if (message.EchoedSequence is { } sequence) yield return ("echoed sequence number", message with { EchoedSequence = sequence + 1 });
    }

    private static byte[] WithOther(byte[] octets, int index)
    {
        byte[] other = [.. octets];
        other[index] ^= 1;
        return other;
    }
}
