using UserNet.Errors;
using UserNet.Ip;
using UserNet.Wire;

namespace UserNet.Core;

/// <summary>What FreeBSD makes of ICMP errors about segments. RFC 1122 §4.2.3.9, RFC 4443 §3, RFC 5461.</summary>
internal static class FreeBsdErrors
{
    private const byte InTransit = 0, PointsAtOctet = 0, OptionMissing = 1, IsolatedSource = 8, PrecedenceViolated = 14, PrecedenceCutOff = 15;

    /// <summary>The error number; success for an error that says nothing to a connection.</summary>
    /// <param name="error">The error; not one of packets that are too big.</param>
    /// <param name="mayReset">A connect may end by it: the peer is there and does not want it, or there is a loop on the way.</param>
    public static Errno Of(in IcmpError error, out bool mayReset)
    {
        Errno errno = error.IsV6 ? OfV6(error.TypeV6, error.Code) : OfV4(error.Type, error.Code);
        bool isTimeExceeded = error.IsV6 ? error.TypeV6 == Icmpv6Type.TimeExceeded : error.Type == Icmpv4Type.TimeExceeded;
        mayReset = errno == Errno.ECONNREFUSED || (errno == Errno.EHOSTUNREACH && isTimeExceeded);
        return errno;
    }

    private static Errno OfV4(Icmpv4Type type, byte code) => type switch
    {
        Icmpv4Type.DestinationUnreachable => (UnreachableCode)code switch
        {
            UnreachableCode.Protocol or UnreachableCode.Port => Errno.ECONNREFUSED,
            UnreachableCode.NetworkProhibited or UnreachableCode.HostProhibited or UnreachableCode.Prohibited => Errno.ECONNREFUSED,
            UnreachableCode.FragmentationNeeded => Errno.Success,
            _ => code is <= IsolatedSource or (byte)UnreachableCode.NetworkForService or (byte)UnreachableCode.HostForService
                or PrecedenceViolated or PrecedenceCutOff ? Errno.EHOSTUNREACH : Errno.Success,
        },
        Icmpv4Type.TimeExceeded => code == InTransit ? Errno.EHOSTUNREACH : Errno.Success,
        Icmpv4Type.ParameterProblem => code is PointsAtOctet or OptionMissing ? Errno.ENOPROTOOPT : Errno.Success,
        _ => Errno.Success,
    };

    private static Errno OfV6(Icmpv6Type type, byte code) => type switch
    {
        Icmpv6Type.DestinationUnreachable => (Icmpv6UnreachableCode)code switch
        {
            Icmpv6UnreachableCode.NoRoute or Icmpv6UnreachableCode.Address => Errno.EHOSTUNREACH,
            Icmpv6UnreachableCode.Port or Icmpv6UnreachableCode.Prohibited => Errno.ECONNREFUSED,
            Icmpv6UnreachableCode.BeyondScope => Errno.ENOPROTOOPT,
            _ => Errno.Success,
        },
        Icmpv6Type.TimeExceeded => code == InTransit ? Errno.EHOSTUNREACH : Errno.Success,
        Icmpv6Type.ParameterProblem => (Icmpv6ParameterCode)code == Icmpv6ParameterCode.NextHeader ? Errno.ECONNREFUSED
            : code is 0 or 2 ? Errno.ENOPROTOOPT : Errno.Success,
        _ => Errno.Success,
    };
}
