using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What an ICMPv6 message says; those below 128 are errors. RFC 4443 §2.1, IANA ICMPv6 parameters.</summary>
public enum Icmpv6Type : byte
{
    /// <summary>The packet did not arrive; the code says why.</summary>
    DestinationUnreachable = 1,
    /// <summary>The packet did not fit a link; the rest says how large that link's packets may be.</summary>
    PacketTooBig = 2,
    /// <summary>The hop limit ran out, or fragments did not come in time.</summary>
    TimeExceeded = 3,
    /// <summary>A header can't be understood; the rest says where in the packet.</summary>
    ParameterProblem = 4,
    /// <summary>Please answer.</summary>
    EchoRequest = 128,
    /// <summary>The answer to an echo request.</summary>
    EchoReply = 129,
    /// <summary>Which groups are listened to? RFC 2710.</summary>
    ListenerQuery = 130,
    /// <summary>A group is listened to. RFC 2710.</summary>
    ListenerReport = 131,
    /// <summary>A group is listened to no more. RFC 2710.</summary>
    ListenerDone = 132,
    /// <summary>Is there a router? RFC 4861.</summary>
    RouterSolicitation = 133,
    /// <summary>There is a router. RFC 4861.</summary>
    RouterAdvertisement = 134,
    /// <summary>Who has the address? RFC 4861.</summary>
    NeighborSolicitation = 135,
    /// <summary>I have the address. RFC 4861.</summary>
    NeighborAdvertisement = 136,
    /// <summary>There is a better first hop. RFC 4861.</summary>
    Redirect = 137,
    /// <summary>Groups and sources that are listened to. RFC 3810.</summary>
    ListenerReportV2 = 143,
}

/// <summary>Why an IPv6 destination is unreachable. RFC 4443 §3.1.</summary>
public enum Icmpv6UnreachableCode : byte
{
    /// <summary>No route to the destination.</summary>
    NoRoute = 0,
    /// <summary>Prohibited by an administrator.</summary>
    Prohibited = 1,
    /// <summary>The destination is beyond the scope of the source.</summary>
    BeyondScope = 2,
    /// <summary>The destination does not answer.</summary>
    Address = 3,
    /// <summary>Nobody has the port.</summary>
    Port = 4,
    /// <summary>The source is not allowed.</summary>
    SourcePolicy = 5,
    /// <summary>The route says so.</summary>
    RejectRoute = 6,
}

/// <summary>What is wrong with a header. RFC 4443 §3.4.</summary>
public enum Icmpv6ParameterCode : byte
{
    /// <summary>A field has a value that can't be.</summary>
    Field = 0,
    /// <summary>The next header is not known.</summary>
    NextHeader = 1,
    /// <summary>An option is not known.</summary>
    Option = 2,
    /// <summary>A first fragment ends before the headers do. RFC 7112 §5.</summary>
    HeaderChain = 3,
}

/// <summary>The octets of an ICMPv6 message. RFC 4443 §2.1.</summary>
public readonly ref struct Icmpv6Message : IWireView<Icmpv6Message>
{
    private readonly ReadOnlySpan<byte> _octets;

    private Icmpv6Message(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Icmpv6Message view)
    {
        view = default;
        if (octets.Length < Icmpv6Header.Length) return false;
        view = new Icmpv6Message(octets);
        return true;
    }

    /// <summary>All of the message.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>What it says.</summary>
    public Icmpv6Type Type => (Icmpv6Type)_octets[0];

    /// <summary>What it says more exactly.</summary>
    public byte Code => _octets[1];

    /// <summary>The checksum, over the message and a pseudo-header.</summary>
    public ushort Checksum => ReadUInt16BigEndian(_octets[2..]);

    /// <summary>The four octets whose meaning depends on the type: the MTU of a link, where a header is wrong.</summary>
    public uint Rest => ReadUInt32BigEndian(_octets[4..]);

    /// <summary>Whose echo it is.</summary>
    public ushort Identifier => ReadUInt16BigEndian(_octets[4..]);

    /// <summary>Which echo of that one it is.</summary>
    public ushort SequenceNumber => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>What follows the eight octets: echo data, or the beginning of the packet that an error is about.</summary>
    public ReadOnlySpan<byte> Payload => _octets[Icmpv6Header.Length..];

    /// <summary>True for an error, about which no error may be sent. RFC 4443 §2.4 (e.1).</summary>
    public bool IsError => IsErrorType(Type);

    /// <summary>True for a type that reports about another packet, whether it is known or not. RFC 4443 §2.1.</summary>
    public static bool IsErrorType(Icmpv6Type type) => (byte)type < (byte)Icmpv6Type.EchoRequest;
}

/// <summary>What the first eight octets of an ICMPv6 message say; the only way to write them.</summary>
/// <param name="Type">What it says.</param>
/// <param name="Code">What it says more exactly.</param>
/// <param name="Rest">The four octets whose meaning depends on the type.</param>
public readonly record struct Icmpv6Header(Icmpv6Type Type, byte Code = 0, uint Rest = 0)
{
    /// <summary>Octets before the payload.</summary>
    public const int Length = 8;

    /// <summary>An echo request or reply.</summary>
    public static Icmpv6Header Echo(Icmpv6Type type, ushort identifier, ushort sequenceNumber) =>
        new(type, 0, ((uint)identifier << 16) | sequenceNumber);

    /// <summary>Puts the header in front of the payload and seals both with the checksum. RFC 4443 §2.3.</summary>
    /// <param name="packet">The payload.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to.</param>
    public void PrependTo(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Prepend(Length);
        header[0] = (byte)Type;
        header[1] = Code;
        WriteUInt16BigEndian(header[2..], 0);
        WriteUInt32BigEndian(header[4..], Rest);
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Icmpv6, packet.Length);
        WriteUInt16BigEndian(header[2..], InternetChecksum.Of(packet.Span, pseudo));
    }
}
