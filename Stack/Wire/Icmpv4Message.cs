using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What an ICMP message says. RFC 792, IANA ICMP parameters.</summary>
public enum Icmpv4Type : byte
{
    /// <summary>The answer to an echo request.</summary>
    EchoReply = 0,
    /// <summary>The packet did not arrive; the code says why.</summary>
    DestinationUnreachable = 3,
    /// <summary>Obsolete, and ignored. RFC 6633.</summary>
    SourceQuench = 4,
    /// <summary>There is a better first hop.</summary>
    Redirect = 5,
    /// <summary>Please answer.</summary>
    EchoRequest = 8,
    /// <summary>The time to live ran out, or fragments did not come in time.</summary>
    TimeExceeded = 11,
    /// <summary>The header can't be understood.</summary>
    ParameterProblem = 12,
    /// <summary>What time is it?</summary>
    TimestampRequest = 13,
    /// <summary>The time of day.</summary>
    TimestampReply = 14,
}

/// <summary>Why a destination is unreachable. RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.</summary>
public enum UnreachableCode : byte
{
    /// <summary>No route to the network.</summary>
    Network = 0,
    /// <summary>The host does not answer.</summary>
    Host = 1,
    /// <summary>The host does not speak the transport.</summary>
    Protocol = 2,
    /// <summary>Nobody has the port.</summary>
    Port = 3,
    /// <summary>Too big for the next link, and DF is set. RFC 1191.</summary>
    FragmentationNeeded = 4,
    /// <summary>The source route failed.</summary>
    SourceRouteFailed = 5,
    /// <summary>The network is not known.</summary>
    NetworkUnknown = 6,
    /// <summary>The host is not known.</summary>
    HostUnknown = 7,
    /// <summary>The network is prohibited.</summary>
    NetworkProhibited = 9,
    /// <summary>The host is prohibited.</summary>
    HostProhibited = 10,
    /// <summary>The network is not reachable with this type of service.</summary>
    NetworkForService = 11,
    /// <summary>The host is not reachable with this type of service.</summary>
    HostForService = 12,
    /// <summary>Prohibited by an administrator.</summary>
    Prohibited = 13,
}

/// <summary>The octets of an ICMP message. RFC 792.</summary>
public readonly ref struct Icmpv4Message : IWireView<Icmpv4Message>
{
    private readonly ReadOnlySpan<byte> _octets;

    private Icmpv4Message(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Icmpv4Message view)
    {
        view = default;
        if (octets.Length < Icmpv4Header.Length) return false;
        view = new Icmpv4Message(octets);
        return true;
    }

    /// <summary>All of the message.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>What it says.</summary>
    public Icmpv4Type Type => (Icmpv4Type)_octets[0];

    /// <summary>What it says more exactly.</summary>
    public byte Code => _octets[1];

    /// <summary>The four octets whose meaning depends on the type.</summary>
    public uint Rest => ReadUInt32BigEndian(_octets[4..]);

    /// <summary>Whose echo it is.</summary>
    public ushort Identifier => ReadUInt16BigEndian(_octets[4..]);

    /// <summary>Which echo of that one it is.</summary>
    public ushort SequenceNumber => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>The MTU of the next link where fragmentation was needed; 0 from an old router. RFC 1191 §4.</summary>
    public ushort NextHopMtu => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>What follows the eight octets: echo data, or the beginning of the packet that an error is about.</summary>
    public ReadOnlySpan<byte> Payload => _octets[Icmpv4Header.Length..];

    /// <summary>True for an error, about which no error may be sent. RFC 1122 §3.2.2.</summary>
    public bool IsError => IsErrorType(Type);

    /// <summary>True when the checksum is right.</summary>
    public bool ChecksumIsRight => InternetChecksum.Of(_octets) == 0;

    /// <summary>True for a type that reports about another packet.</summary>
    public static bool IsErrorType(Icmpv4Type type) => type is
        Icmpv4Type.DestinationUnreachable or Icmpv4Type.SourceQuench or Icmpv4Type.Redirect or
        Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem;
}

/// <summary>What the first eight octets of an ICMP message say; the only way to write them.</summary>
/// <param name="Type">What it says.</param>
/// <param name="Code">What it says more exactly.</param>
/// <param name="Rest">The four octets whose meaning depends on the type.</param>
public readonly record struct Icmpv4Header(Icmpv4Type Type, byte Code = 0, uint Rest = 0)
{
    /// <summary>Octets before the payload.</summary>
    public const int Length = 8;

    /// <summary>An echo request or reply.</summary>
    public static Icmpv4Header Echo(Icmpv4Type type, ushort identifier, ushort sequenceNumber) =>
        new(type, 0, ((uint)identifier << 16) | sequenceNumber);

    /// <summary>Puts the header in front of the payload and seals both with the checksum.</summary>
    public void PrependTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Prepend(Length);
        header[0] = (byte)Type;
        header[1] = Code;
        WriteUInt16BigEndian(header[2..], 0);
        WriteUInt32BigEndian(header[4..], Rest);
        WriteUInt16BigEndian(header[2..], InternetChecksum.Of(packet.Span));
    }
}
