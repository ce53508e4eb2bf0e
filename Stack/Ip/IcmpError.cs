using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What an ICMP error says of a packet that this host sent.</summary>
public readonly ref struct IcmpError
{
    /// <summary>The beginning of the packet: its header and at least eight octets.</summary>
    public Ipv4Packet About { get; init; }

    /// <summary>Unreachable, time exceeded, ...</summary>
    public Icmpv4Type Type { get; init; }

    /// <summary>More exactly.</summary>
    public byte Code { get; init; }

    /// <summary>The MTU of the link that it did not fit, 0 where that is not said.</summary>
    public int Mtu { get; init; }

    /// <summary>Which octet of the header a parameter problem points at; 0 of other errors.</summary>
    public byte FaultyOctet { get; init; }

    /// <summary>Who sent the error.</summary>
    public InetAddress Reporter { get; init; }

    /// <summary>True when the packet was too big for a link on its way, and DF was set. RFC 1191.</summary>
    public bool IsTooBig => Type == Icmpv4Type.DestinationUnreachable && Code == (byte)UnreachableCode.FragmentationNeeded;

    /// <summary>The error number that a socket gets.</summary>
    public Errno Errno => IcmpErrors.ErrnoOf(Type, Code);

    /// <summary>
    /// True when it won't help to try again. A soft error is shown only to a socket that asked for errors (IP_RECVERR).
    /// RFC 1122 §4.2.3.9.
    /// </summary>
    public bool IsHard => IcmpErrors.IsHard(Type, Code);
}

/// <summary>What a socket makes of ICMP errors: those of Linux, since .NET and POSIX leave it open.</summary>
/// <remarks>Total: what is not known is EHOSTUNREACH, and soft. Any thread.</remarks>
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
