using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What an ICMP error, or an ICMPv6 one, says of a packet that this host sent.</summary>
public readonly ref struct IcmpError
{
    private readonly Ipv6Packet _aboutV6;

    /// <summary>The beginning of an IPv4 packet: its header and at least eight octets. Empty when it is IPv6.</summary>
    public Ipv4Packet About { get; init; }

    /// <summary>
    /// The beginning of an IPv6 packet; empty when it is IPv4. Set with it: <see cref="UpperProtocol"/>, <see cref="UpperOffset"/> and
    /// <see cref="TypeV6"/>.
    /// </summary>
    public Ipv6Packet AboutV6
    {
        get => _aboutV6;
        init
        {
            _aboutV6 = value;
            IsV6 = true;
        }
    }

    /// <summary>What an IPv6 packet carries behind its extension headers.</summary>
    public IpProtocol UpperProtocol { get; init; }

    /// <summary>Where in an IPv6 packet that begins.</summary>
    public int UpperOffset { get; init; }

    /// <summary>True of an IPv6 packet that is a fragment without the transport's header.</summary>
    public bool IsLaterFragment { get; init; }

    /// <summary>True when it is an ICMPv6 error about an IPv6 packet.</summary>
    public bool IsV6 { get; private init; }

    /// <summary>Unreachable, time exceeded, ...; of ICMP.</summary>
    public Icmpv4Type Type { get; init; }

    /// <summary>Unreachable, time exceeded, ...; of ICMPv6.</summary>
    public Icmpv6Type TypeV6 { get; init; }

    /// <summary>More exactly.</summary>
    public byte Code { get; init; }

    /// <summary>The MTU of the link that it did not fit, 0 where that is not said.</summary>
    public int Mtu { get; init; }

    /// <summary>Which octet a parameter problem points at: of the header, of an IPv6 packet; 0 of other errors.</summary>
    public uint FaultyOctet { get; init; }

    /// <summary>Who sent the error.</summary>
    public InetAddress Reporter { get; init; }

    /// <summary>The TTL, or hop limit, with which the message arrived.</summary>
    public byte HopLimit { get; init; }

    /// <summary>The traffic class of the packet that brought the message.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Where the packet said it was from.</summary>
    public InetAddress Source => IsV6 ? _aboutV6.Source : About.Source;

    /// <summary>Where it was to.</summary>
    public InetAddress Destination => IsV6 ? _aboutV6.Destination : About.Destination;

    /// <summary>What it carried: the transport.</summary>
    public IpProtocol Protocol => IsV6 ? UpperProtocol : About.Protocol;

    /// <summary>The packet from its IP header on, as far as it was quoted.</summary>
    public ReadOnlySpan<byte> Octets => IsV6 ? _aboutV6.Octets : About.Octets;

    /// <summary>The transport's octets, as far as they were quoted; of a later fragment, no header.</summary>
    public ReadOnlySpan<byte> Payload => IsV6 ? _aboutV6.Octets[UpperOffset..] : About.Payload;

    /// <summary>True when what was quoted begins with the transport's header.</summary>
    public bool HasTransport => IsV6 ? !IsLaterFragment : About.FragmentOffset == 0;

    /// <summary>True when the packet was too big for a link on its way, and was not to be fragmented. RFC 1191, RFC 8201.</summary>
    public bool IsTooBig => IsV6
        ? TypeV6 == Icmpv6Type.PacketTooBig
        : Type == Icmpv4Type.DestinationUnreachable && Code == (byte)UnreachableCode.FragmentationNeeded;

    /// <summary>The error number that a socket gets.</summary>
    public Errno Errno => IsV6 ? IcmpErrors.ErrnoOf(TypeV6, Code) : IcmpErrors.ErrnoOf(Type, Code);

    /// <summary>
    /// True when it won't help to try again. A soft error is shown only to a socket that asked for errors (IP_RECVERR).
    /// RFC 1122 §4.2.3.9.
    /// </summary>
    public bool IsHard => IsV6 ? IcmpErrors.IsHard(TypeV6, Code) : IcmpErrors.IsHard(Type, Code);
}

/// <summary>What a socket makes of ICMP errors: those of Linux, since .NET and POSIX leave it open.</summary>
/// <remarks>Total: what is not known of ICMP is EHOSTUNREACH, and soft. Any thread.</remarks>
public static class IcmpErrors
{
    private const byte HostIsolated = 8, PrecedenceCutoff = 15;

    /// <summary>The error number of an error.</summary>
    public static Errno ErrnoOf(Icmpv4Type type, byte code) => type switch
    {
        Icmpv4Type.DestinationUnreachable => ErrnoOf((UnreachableCode)code),
        Icmpv4Type.ParameterProblem => Errno.EPROTO,
        _ => Errno.EHOSTUNREACH,
    };

    /// <summary>True when it won't help to try again.</summary>
    public static bool IsHard(Icmpv4Type type, byte code) => type switch
    {
        Icmpv4Type.ParameterProblem => true,
        Icmpv4Type.DestinationUnreachable => (UnreachableCode)code switch
        {
            UnreachableCode.Network or UnreachableCode.Host or UnreachableCode.SourceRouteFailed => false,
            UnreachableCode.NetworkForService or UnreachableCode.HostForService => false,
            _ => code <= PrecedenceCutoff,
        },
        _ => false,
    };

    /// <summary>The error number of an ICMPv6 error.</summary>
    /// <remarks>What is not known is EPROTO, and soft.</remarks>
    public static Errno ErrnoOf(Icmpv6Type type, byte code) => type switch
    {
        Icmpv6Type.DestinationUnreachable => (Icmpv6UnreachableCode)code switch
        {
            Icmpv6UnreachableCode.NoRoute => Errno.ENETUNREACH,
            Icmpv6UnreachableCode.BeyondScope or Icmpv6UnreachableCode.Address => Errno.EHOSTUNREACH,
            Icmpv6UnreachableCode.Port => Errno.ECONNREFUSED,
            <= Icmpv6UnreachableCode.RejectRoute => Errno.EACCES,
            _ => Errno.EPROTO,
        },
        Icmpv6Type.PacketTooBig => Errno.EMSGSIZE,
        Icmpv6Type.TimeExceeded => Errno.EHOSTUNREACH,
        _ => Errno.EPROTO,
    };

    /// <summary>True when it won't help to try again, of an ICMPv6 error.</summary>
    public static bool IsHard(Icmpv6Type type, byte code) => type switch
    {
        Icmpv6Type.ParameterProblem => true,
        Icmpv6Type.DestinationUnreachable => (Icmpv6UnreachableCode)code is not
            (Icmpv6UnreachableCode.NoRoute or Icmpv6UnreachableCode.BeyondScope or Icmpv6UnreachableCode.Address),
        _ => false,
    };

    private static Errno ErrnoOf(UnreachableCode code) => code switch
    {
        UnreachableCode.Network or UnreachableCode.NetworkUnknown => Errno.ENETUNREACH,
        UnreachableCode.NetworkProhibited or UnreachableCode.NetworkForService => Errno.ENETUNREACH,
        UnreachableCode.Protocol => Errno.ENOPROTOOPT,
        UnreachableCode.Port => Errno.ECONNREFUSED,
        UnreachableCode.FragmentationNeeded => Errno.EMSGSIZE,
        UnreachableCode.SourceRouteFailed => Errno.EOPNOTSUPP,
        UnreachableCode.HostUnknown => Errno.EHOSTDOWN,
        (UnreachableCode)HostIsolated => Errno.ENONET,
        _ => Errno.EHOSTUNREACH,
    };
}
