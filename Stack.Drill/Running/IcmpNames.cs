using System.Globalization;
using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>The numbers of ICMP's types and codes by the names that scripts have for them; RFC 792, RFC 1812, RFC 4443.</summary>
internal static class IcmpNames
{
    private const byte EchoRequestV4 = 8, EchoReplyV4 = 0, EchoRequestV6 = 128, EchoReplyV6 = 129;

    private static readonly string?[] UnreachableV4 =
    [
        "net_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable", "frag_needed",
        "source_route_failed", "net_unknown", "host_unknown", "source_host_isolated", "net_prohibited", "host_prohibited",
        "net_unreachable_for_tos", "host_unreachable_for_tos", "packet_filtered", "precedence_violation", "precedence_cutoff",
    ];

    private static readonly string?[] UnreachableV6 =
        ["no_route", "admin_prohibited", "not_neighbour", "address_unreachable", "port_unreachable"];

    private static readonly string?[] RedirectV4 = ["net", "host", "net_for_tos", "host_for_tos"];
    private static readonly string?[] ExceededV4 = ["ttl_exceeded_in_transit", "frag_reass_exceeded"];
    private static readonly string?[] ExceededV6 = ["exceeded_hop_limit", "exceeded_frag_time"];
    private static readonly string?[] ProblemV4 = ["code_0", "code_1", "code_2"];
    private static readonly string?[] ProblemV6 = ["header_field", "unknown_next_header", "unknown_option"];

    /// <summary>True for an echo request or an answer to one, which carry no other packet.</summary>
    public static bool IsEcho(byte type, bool isV6) =>
        isV6 ? type is EchoRequestV6 or EchoReplyV6 : type is EchoRequestV4 or EchoReplyV4;

    /// <summary>Type and code of a message.</summary>
    /// <exception cref="UnsupportedException">A name is not known.</exception>
    public static (byte Type, byte Code) NumbersOf(IcmpSpec message, bool isV6)
    {
        (byte type, string?[] codes) = message.Type switch
        {
            "unreachable" => isV6 ? ((byte)1, UnreachableV6) : ((byte)3, UnreachableV4),
            "packet_too_big" when isV6 => ((byte)2, []),
            "time_exceeded" => isV6 ? ((byte)3, ExceededV6) : ((byte)11, ExceededV4),
            "parameter_problem" => isV6 ? ((byte)4, ProblemV6) : ((byte)12, ProblemV4),
            "echo_request" => (isV6 ? EchoRequestV6 : EchoRequestV4, []),
            "echo_reply" => (isV6 ? EchoReplyV6 : EchoReplyV4, []),
            "source_quench" when !isV6 => ((byte)4, []),
            "redirect" when !isV6 => ((byte)5, RedirectV4),
            _ => (NumberOf(message.Type, message, "type"), Array.Empty<string?>()),
        };
        if (message.Code is not { } name) return (type, 0);
        int code = Array.IndexOf(codes, name);
        return (type, code >= 0 ? (byte)code : NumberOf(name, message, "code"));
    }

    /// <summary>The name of a type, or its number where it has none.</summary>
    public static string TypeOf(byte type, bool isV6) => (type, isV6) switch
    {
        (3, false) or (1, true) => "unreachable",
        (2, true) => "packet_too_big",
        (11, false) or (3, true) => "time_exceeded",
        (12, false) or (4, true) => "parameter_problem",
        (EchoRequestV4, false) or (EchoRequestV6, true) => "echo_request",
        (EchoReplyV4, false) or (EchoReplyV6, true) => "echo_reply",
        _ => type.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The name of a code, or its number where it has none; null for the one that needs none.</summary>
    public static string? CodeOf(byte type, byte code, bool isV6)
    {
        string?[] names = (type, isV6) switch
        {
            (3, false) => UnreachableV4,
            (1, true) => UnreachableV6,
            (11, false) => ExceededV4,
            (3, true) => ExceededV6,
            (12, false) => ProblemV4,
            (4, true) => ProblemV6,
            (5, false) => RedirectV4,
            _ => [],
        };
        return code < names.Length ? names[code] : code == 0 ? null : code.ToString(CultureInfo.InvariantCulture);
    }

    private static byte NumberOf(string name, IcmpSpec message, string what) =>
        byte.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            ? number
            : throw new UnsupportedException($"ICMP {what} {name}", message.At);
}
