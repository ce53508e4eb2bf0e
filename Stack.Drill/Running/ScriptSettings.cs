using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserNet.Drill.Language;
using UserNet.Drill.Live;

namespace UserNet.Drill.Running;

/// <summary>What a script is played with: the options at its head over the defaults of its dialect.</summary>
internal sealed class ScriptSettings
{
    private const int LinuxPercent = 125, FreeBsdPercent = 50;      // in thousandths

    // Of no consequence here: memory of zero-copy sends, words replaced when the script
    // was read, a port of tests that need a kernel module.
    private static readonly string[] Ignored = ["send_omit_free", "define", "D", "psp_udp_port"];

    private ScriptSettings(DrillProfile profile, DrillIpVersion version)
    {
        Profile = profile;
        IpVersion = version;
        TolerancePerMille = profile == DrillProfile.FreeBsd ? FreeBsdPercent : LinuxPercent;
        Addresses = DefaultAddresses(profile, version == DrillIpVersion.IPv6);
        // As the runner of Google's suite does, so that the MSS is the same over both versions of IP.
        Mtu = profile == DrillProfile.Linux && version == DrillIpVersion.IPv6 ? 1520 : 1500;
    }

    /// <summary>Whose names and meanings hold.</summary>
    public DrillProfile Profile { get; }

    /// <summary>Over which version of IP, and by which family of sockets.</summary>
    public DrillIpVersion IpVersion { get; }

    /// <summary>True when IPv6 is on the wire.</summary>
    public bool IsV6 => IpVersion == DrillIpVersion.IPv6;

    /// <summary>Those of the ends.</summary>
    public DrillAddresses Addresses { get; private set; }

    /// <summary>The largest IP packet of the wire, octets.</summary>
    public int Mtu { get; private set; }

    /// <summary>Octets in each segment of the peer's larger packets, which its link made of many; 0 when they are what they are.</summary>
    public int Merged { get; private set; }

    /// <summary>The port that passive sockets are bound to.</summary>
    public ushort BindPort { get; private set; } = 8080;

    /// <summary>The peer's port that active sockets are connected to.</summary>
    public ushort ConnectPort { get; private set; } = 8080;

    /// <summary>How far a time may be off at least, microseconds.</summary>
    public long ToleranceMicroseconds { get; private set; } = 4000;

    /// <summary>How far a time may be off, in thousandths of what passed since the event before.</summary>
    public int TolerancePerMille { get; private set; }

    /// <summary>Microseconds of a tick of the stack's timestamps; 0 when their values are not compared.</summary>
    public long TimestampTick { get; private set; }

    /// <summary>Echoes that were never seen as a value are counted on from the first value.</summary>
    public bool ScalesTimestampEchoes { get; private set; }

    /// <summary>The key of segments that are signed: --tcp_md5_secret; null for none. RFC 2385.</summary>
    public string? Md5Secret { get; private set; }

    /// <summary>A line is one segment; else several that follow each other may make up a line.</summary>
    public bool IsStrictAboutSegments { get; private set; }

    /// <summary>A packet that differs is a remark.</summary>
    public bool LetsPacketsDiffer { get; private set; }

    /// <summary>A call that differs is a remark.</summary>
    public bool LetsCallsDiffer { get; private set; }

    /// <summary>The trace has calls and commands too.</summary>
    public bool IsVerbose { get; private set; }

    /// <summary>Reads the options of a script.</summary>
    /// <exception cref="UnsupportedException">An option, or a value of it, is not known.</exception>
    /// <exception cref="ScriptException">An option's value is none.</exception>
    public static ScriptSettings Of(Script script, DrillOptions options)
    {
        var settings = new ScriptSettings(options.Profile, options.IpVersion ?? VersionOf(script) ?? DrillIpVersion.IPv4);
        settings.IsStrictAboutSegments = options.Profile == DrillProfile.FreeBsd;
        foreach (ScriptOption option in script.Options) settings.Take(option);
        if (options.IsLive) settings.ToleranceMicroseconds += KernelTimers.Coarseness;
        return settings;
    }

    /// <summary>The version of IP that a script asks for; null when it says nothing.</summary>
    /// <exception cref="UnsupportedException">It is not known.</exception>
    public static DrillIpVersion? VersionOf(Script script)
    {
        DrillIpVersion? version = null;
        foreach (ScriptOption option in script.Options)
        {
            if (option.Name != "ip_version") continue;
            version = option.Value switch
            {
                "ipv4" => DrillIpVersion.IPv4,
                "ipv6" => DrillIpVersion.IPv6,
                "ipv4-mapped-ipv6" => DrillIpVersion.IPv4MappedIPv6,
                _ => throw Unknown(option),
            };
        }
        return version;
    }

    private void Take(ScriptOption option)
    {
        switch (option.Name)
        {
            case "ip_version": break;
            case "local_ip": Addresses = Addresses with { Local = AddressOf(option) }; break;
            case "remote_ip": Addresses = Addresses with { Remote = AddressOf(option) }; break;
            case "gateway_ip": Addresses = Addresses with { Gateway = AddressOf(option) }; break;
            case "netmask_ip": Addresses = Addresses with { PrefixLength = LengthOf(AddressOf(option)) }; break;
            case "mtu": Mtu = (int)NumberOf(option, ushort.MaxValue); break;
            case "mss": Merged = (int)NumberOf(option, ushort.MaxValue); break;
            case "bind_port": BindPort = (ushort)NumberOf(option, ushort.MaxValue); break;
            case "connect_port": ConnectPort = (ushort)NumberOf(option, ushort.MaxValue); break;
            case "tolerance_usecs": ToleranceMicroseconds = NumberOf(option, int.MaxValue); break;
            case "tolerance_percent": TolerancePerMille = PerMilleOf(option); break;
            case "tcp_ts_tick_usecs": TimestampTick = NumberOf(option, int.MaxValue); break;
            case "tcp_ts_ecr_scaled": ScalesTimestampEchoes = IsOn(option); break;
            case "strict_segments": IsStrictAboutSegments |= IsOn(option); break;
            case "tcp_md5_secret": Md5Secret = option.Value ?? throw new ScriptException("--tcp_md5_secret: which?", option.At); break;
            case "verbose": IsVerbose = IsOn(option); break;
            case "non_fatal": TakeNonFatal(option); break;
            case "udp_encapsulation" when option.Value is "tcp" or "none": break;      // lines say where
            default:
                if (!Ignored.Contains(option.Name)) throw Unknown(option);
                break;
        }
    }

    private void TakeNonFatal(ScriptOption option)
    {
        foreach (string what in (option.Value ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (what == "packet") LetsPacketsDiffer = true;
            else if (what == "syscall") LetsCallsDiffer = true;
            else throw Unknown(option);
        }
    }

    private IPAddress AddressOf(ScriptOption option)
    {
        string text = (option.Value ?? "").Split('/')[0];
        if (!IPAddress.TryParse(text, out IPAddress? address))
            throw new ScriptException($"--{option.Name}: {option.Value} is no address", option.At);
        if (!IsV6 && address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != (IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork))
            throw new UnsupportedException($"option --{option.Name} of the other version of IP", option.At);
        return address;
    }

    private static int LengthOf(IPAddress mask)
    {
        int length = 0;
        foreach (byte octet in mask.GetAddressBytes())
        {
            length += int.LeadingZeroCount(~(octet << 24));
            if (octet != 0xFF) break;
        }
        return length;
    }

    private static long NumberOf(ScriptOption option, long most) =>
        long.TryParse(option.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= most
            ? number
            : throw new ScriptException($"--{option.Name}: {option.Value} is no number from 0 to {most}", option.At);

    private static int PerMilleOf(ScriptOption option) =>
        decimal.TryParse(option.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent)
            && percent < 10_000
            ? (int)(percent * 10)
            : throw new ScriptException($"--{option.Name}: {option.Value} is no percentage", option.At);

    private static bool IsOn(ScriptOption option) => option.Value switch
    {
        null or "1" or "true" => true,
        "0" or "false" => false,
        _ => throw new ScriptException($"--{option.Name} takes no {option.Value}", option.At),
    };

    private static UnsupportedException Unknown(ScriptOption option) =>
        new($"option --{option.Name}{(option.Value is null ? "" : "=")}{option.Value}", option.At);

    private static DrillAddresses DefaultAddresses(DrillProfile profile, bool isV6) => (profile, isV6) switch
    {
        (_, false) => Named("192.168.0.1", "192.0.2.1", "192.168.0.2", 16),
        (DrillProfile.FreeBsd, true) => Named("fd3d:fa7b:d17d::1", "2001:db8::1", "fd3d:fa7b:d17d::2", 48),
        _ => Named("fd3d:a0b:17d6::1", "fd3d:fa7b:d17d::1", "fd3d:a0b:17d6:8888::1", 48),
    };

    private static DrillAddresses Named(string local, string remote, string gateway, int length) =>
        new(IPAddress.Parse(local), IPAddress.Parse(remote), IPAddress.Parse(gateway), length);
}
