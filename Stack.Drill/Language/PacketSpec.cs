using System.Net;
using UserNet.Wire;

namespace UserNet.Drill.Language;

/// <summary>A packet as a script writes it.</summary>
/// <param name="IsInbound">&lt;: into the stack; else &gt;: expected from it.</param>
/// <param name="Ip">What is said of the IP header.</param>
/// <param name="Body">What it carries.</param>
/// <param name="At">Where it stands.</param>
public sealed record PacketSpec(bool IsInbound, IpSpec Ip, PacketBody Body, Position At);

/// <summary>The codepoint of ECN, as far as a script says.</summary>
public enum EcnSpec : byte
{
    /// <summary>Nothing is said.</summary>
    Unsaid,
    /// <summary>Not-ECT.</summary>
    NoEcn,
    /// <summary>ECT(0).</summary>
    Ect0,
    /// <summary>ECT(1).</summary>
    Ect1,
    /// <summary>Either of them; of expected packets alone.</summary>
    Ect01,
    /// <summary>CE.</summary>
    Ce,
}

/// <summary>What a script says of an IP header.</summary>
/// <param name="Ecn">The codepoint of ECN.</param>
/// <param name="TypeOfService">All of the octet; null when nothing is said.</param>
/// <param name="Dscp">Its upper six bits, where they are given by themselves. RFC 2474.</param>
/// <param name="TimeToLive">Time to live or hop limit; null when nothing is said.</param>
/// <param name="FlowLabel">Of IPv6; null when nothing is said.</param>
public sealed record IpSpec(EcnSpec Ecn = EcnSpec.Unsaid, int? TypeOfService = null, int? TimeToLive = null, int? FlowLabel = null, int? Dscp = null);

/// <summary>What an IP packet carries.</summary>
public abstract record PacketBody;

/// <summary>A segment of TCP.</summary>
public sealed record TcpSpec : PacketBody
{
    /// <summary>The ports, where they are given: source, destination.</summary>
    public (ushort Source, ushort Destination)? Ports { get; init; }

    /// <summary>The control bits. Where <see cref="Ace"/> is given, AE, CWR and ECE are those of it.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>The count of AccECN that a digit among the flags gives, 1 to 7 (AE 4, CWR 2, ECE 1); null for none.</summary>
    public int? Ace { get; init; }

    /// <summary>The first sequence number.</summary>
    public uint Sequence { get; init; }

    /// <summary>Octets of payload.</summary>
    public int Length { get; init; }

    /// <summary>The sequence number is that on the wire: <c>a:b(n)!</c>.</summary>
    public bool IsSequenceAbsolute { get; init; }

    /// <summary>The sequence number does not matter: <c>...(n)</c>.</summary>
    public bool IsSequenceFree { get; init; }

    /// <summary>The acknowledgment number; null when none is given.</summary>
    public uint? Acknowledgment { get; init; }

    /// <summary>The window as it stands in the header; null when none is given.</summary>
    public ushort? Window { get; init; }

    /// <summary>The urgent pointer; null when none is given.</summary>
    public ushort? Urgent { get; init; }

    /// <summary>The options in their order; null for <c>&lt;...&gt;</c>: any.</summary>
    public IReadOnlyList<TcpOptionSpec>? Options { get; init; } = [];

    /// <summary>The segment rides in a UDP datagram: its ports, source and destination; null when it does not.</summary>
    public (ushort Source, ushort Destination)? Encapsulating { get; init; }
}

/// <summary>A UDP datagram.</summary>
/// <param name="Ports">The ports, where they are given.</param>
/// <param name="Length">Octets of payload.</param>
public sealed record UdpSpec((ushort Source, ushort Destination)? Ports, int Length) : PacketBody;

/// <summary>What the packet that an ICMP message tells of carried.</summary>
public enum EchoedKind : byte
{
    /// <summary>A segment of TCP.</summary>
    Tcp,
    /// <summary>A UDP datagram.</summary>
    Udp,
    /// <summary>Something else.</summary>
    Raw,
}

/// <summary>An ICMP message, of the version of IP that the script runs on.</summary>
/// <param name="Type">Its name as written: <c>unreachable</c>, <c>packet_too_big</c>; numbers are names too.</param>
/// <param name="Code">The code's name as written; null when none is given.</param>
/// <param name="At">Where it stands.</param>
public sealed record IcmpSpec(string Type, string? Code, Position At) : PacketBody
{
    /// <summary>The MTU that it tells; null when none is given.</summary>
    public uint? Mtu { get; init; }

    /// <summary>The identifier of an echo; null when none is given.</summary>
    public ushort? Id { get; init; }

    /// <summary>What the packet carried that it tells of.</summary>
    public EchoedKind Echoed { get; init; }

    /// <summary>The sequence number of the segment that it tells of; null when none is given.</summary>
    public uint? EchoedSequence { get; init; }

    /// <summary>Octets of payload of the packet that it tells of.</summary>
    public int EchoedLength { get; init; }

    /// <summary>That segment rode in a UDP datagram: its ports; null when it did not.</summary>
    public (ushort Source, ushort Destination)? Encapsulating { get; init; }
}

/// <summary>An option of TCP as a script writes it.</summary>
public abstract record TcpOptionSpec;

/// <summary>mss N</summary>
public sealed record MssSpec(ushort Mss) : TcpOptionSpec;

/// <summary>wscale N</summary>
public sealed record WindowScaleSpec(byte Shift) : TcpOptionSpec;

/// <summary>sackOK</summary>
public sealed record SackPermittedSpec : TcpOptionSpec;

/// <summary>nop</summary>
public sealed record NopSpec : TcpOptionSpec;

/// <summary>eol</summary>
public sealed record EndOfListSpec : TcpOptionSpec;

/// <summary>sack a:b a:b ...</summary>
public sealed record SackSpec(IReadOnlyList<(uint Left, uint Right)> Blocks) : TcpOptionSpec;

/// <summary>TS val N ecr N</summary>
/// <param name="Value">Null for <c>val ...</c>.</param>
/// <param name="Echo">Null for <c>ecr ...</c>.</param>
/// <param name="IsEchoLiteral"><c>ecr N!</c></param>
public sealed record TimestampSpec(uint? Value, uint? Echo, bool IsEchoLiteral) : TcpOptionSpec;

/// <summary>FO hex, FOEXP hex (kind 254, magic F989)</summary>
public sealed record FastOpenSpec(byte[] Cookie, bool IsExperimental) : TcpOptionSpec;

/// <summary>md5 hex, md5 valid</summary>
/// <param name="Digest">Null for one that is to be right.</param>
public sealed record Md5Spec(byte[]? Digest) : TcpOptionSpec;

/// <summary>A counter of the AccECN option.</summary>
public enum AccEcnCounter : byte
{
    /// <summary>Octets that came as ECT(0).</summary>
    E0B,
    /// <summary>Octets that came as CE.</summary>
    CeB,
    /// <summary>Octets that came as ECT(1).</summary>
    E1B,
}

/// <summary>ECN e0b N ceb N e1b N (kind 172), ECN e1b N ceb N e0b N (kind 174), fewer counters at the end.</summary>
public sealed record AccEcnSpec(byte Kind, IReadOnlyList<(AccEcnCounter Counter, uint Octets)> Counters) : TcpOptionSpec;

/// <summary>Any other option: <c>gen-K hex</c>, <c>exp-XXXX hex</c>, bare octets.</summary>
/// <param name="Octets">All of the option, kind and length included.</param>
public sealed record RawOptionSpec(byte[] Octets) : TcpOptionSpec;

/// <summary>Names for addresses that a machine uses.</summary>
/// <param name="Local">The stack's.</param>
/// <param name="Remote">The peer's.</param>
/// <param name="Gateway">The way to it.</param>
/// <param name="PrefixLength">How long the prefix of the stack's network is.</param>
public sealed record DrillAddresses(IPAddress Local, IPAddress Remote, IPAddress Gateway, int PrefixLength);
