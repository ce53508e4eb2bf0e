using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>Reads a script with the words that the runners of its suite define, which depend on the version of IP.</summary>
internal static class ScriptDefines
{
    private const string FreeBsd = "FreeBSD", Standard = "STANDARD";

    /// <summary>Reads a script.</summary>
    /// <exception cref="ScriptException">It can't be read.</exception>
    /// <exception cref="UnsupportedException">It asks for a version of IP that is not known, or for something else that is not there.</exception>
    public static Script Read(string text, string path, DrillOptions options)
    {
        DrillIpVersion assumed = options.IpVersion ?? DrillIpVersion.IPv4;
        Script script = ScriptReader.Read(text, path, Of(options, assumed));
        DrillIpVersion version = options.IpVersion ?? ScriptSettings.VersionOf(script) ?? assumed;
        return version == assumed ? script : ScriptReader.Read(text, path, Of(options, version));
    }

    // What the caller defines comes last, so that it holds.
    private static List<string> Of(DrillOptions options, DrillIpVersion version) =>
        [.. options.Profile == DrillProfile.FreeBsd ? OfFreeBsd(options) : OfLinux(version), .. options.Defines];

    // nplab's scripts that differ from RFC 9293 have two branches, FreeBSD and STANDARD: whoever asks for one does not get both.
    private static string[] OfFreeBsd(DrillOptions options) => options.Defines.Any(IsStandard) ? [] : [FreeBsd];

    private static bool IsStandard(string define) => define.Split('=')[0] == Standard;

    // The Fast Open cookies are those of the key of the Linux profile, and of a key of zeros, for the addresses of the dialect.
    private static string[] OfLinux(DrillIpVersion version)
    {
        bool isV6 = version == DrillIpVersion.IPv6, isV6Socket = version != DrillIpVersion.IPv4;
        return
        [
            isV6 ? "TFO_COOKIE=c1d1e9742a47a9bc" : "TFO_COOKIE=3021b9d889017eeb",
            isV6 ? "TFO_COOKIE_ZERO=82af1a8f9a205c34" : "TFO_COOKIE_ZERO=b7c12350a90dc8f5",
            isV6 ? "CODE=address_unreachable" : "CODE=host_unreachable",
            isV6Socket ? "CMSG_LEVEL_IP=SOL_IPV6" : "CMSG_LEVEL_IP=SOL_IP",
            isV6Socket ? "CMSG_TYPE_RECVERR=IPV6_RECVERR" : "CMSG_TYPE_RECVERR=IP_RECVERR",
        ];
    }
}
