using System.Globalization;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Tcp;

namespace UserNet.Samples.BindShell;

/// <summary>A stack's settings by the names that Linux's sysctl has for them.</summary>
internal sealed class HostSettings(NetworkStack stack, HostAddressing addressing)
{
    private const string DetectionOf = "net.ipv6.conf.";

    private readonly Dictionary<string, (bool Accepts, bool Probes)> _detection = [];

    /// <summary>
    /// Changes one and answers 0, or -EINVAL for a value that the kernel refuses.
    /// </summary>
    /// <exception cref="FormatException">There is no such setting, or the value can't be read.</exception>
    public int Change(string key, string value)
    {
        if (key.StartsWith(DetectionOf, StringComparison.Ordinal)) return ChangeDetection(key, value);
        BindRule rule = BindRule.Granted;
        stack.Configure(s =>
        {
            if (!TryChange(s.Tcp, key, value) && !TryChangeIcmp(s, key, value)) rule = Change(s.Settings, key, value);
        });
        return -(int)rule.ToErrno();
    }

    private static bool TryChange(TcpSettings settings, string key, string value)
    {
        switch (key)
        {
            case "net.ipv4.tcp_timestamps": settings.Timestamps = Number(value) != 0; return true;
            case "net.ipv4.tcp_tw_reuse": settings.TimeWaitReuse = (TcpTimeWaitReuse)Number(value); return true;
            case "net.ipv4.tcp_fin_timeout": settings.FinTimeout = TimeSpan.FromSeconds(Number(value)); return true;
            default: return false;
        }
    }

    private static bool TryChangeIcmp(NetworkStack stack, string key, string value)
    {
        switch (key)
        {
            case "net.ipv4.icmp_ratelimit": stack.Icmp.ErrorInterval = TimeSpan.FromMilliseconds(Number(value)); return true;
            case "net.ipv6.icmp.ratelimit": stack.IcmpV6.ErrorInterval = TimeSpan.FromMilliseconds(Number(value)); return true;
            default: return false;
        }
    }

    private static BindRule Change(BindSettings settings, string key, string value)
    {
        switch (key)
        {
            case "net.ipv4.ip_local_port_range": return ChangeRange(settings, value);
            case "net.ipv4.ip_local_reserved_ports":
                settings.SetReservedPorts(ReadRanges(value));
                return BindRule.Granted;
            case "net.ipv4.ip_unprivileged_port_start":
                int start = Number(value);
                if (start > settings.EphemeralPorts.First) return BindRule.InvalidOption;
                settings.UnprivilegedPortStart = start;
                return BindRule.Granted;
            case "net.ipv4.ip_nonlocal_bind": settings.NonlocalBindV4 = Number(value) != 0; return BindRule.Granted;
            case "net.ipv6.ip_nonlocal_bind": settings.NonlocalBindV6 = Number(value) != 0; return BindRule.Granted;
            case "net.ipv4.ip_autobind_reuse": settings.AutobindReuse = Number(value) != 0; return BindRule.Granted;
            case "net.ipv6.bindv6only": settings.V6OnlyByDefault = Number(value) != 0; return BindRule.Granted;
            default: throw new FormatException($"there is no setting '{key}' here.");
        }
    }

    private static BindRule ChangeRange(BindSettings settings, string value)
    {
        string[] bounds = value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (bounds.Length != 2) throw new FormatException($"'{value}' is not a lower and an upper port.");
        int low = Number(bounds[0]), high = Number(bounds[1]);
        if (high < low || low < Math.Max(settings.UnprivilegedPortStart, 1)) return BindRule.InvalidOption;
        settings.EphemeralPorts = new PortRange((ushort)low, (ushort)high);
        return BindRule.Granted;
    }

    private static PortRange[] ReadRanges(string value) => Array.ConvertAll(
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), static part =>
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            int first = Number(dash < 0 ? part : part[..dash]), last = dash < 0 ? first : Number(part[(dash + 1)..]);
            if (last < first) throw new FormatException($"'{part}' is not a range of ports.");
            return new PortRange((ushort)first, (ushort)last);
        });

    private int ChangeDetection(string key, string value)
    {
        string[] parts = key[DetectionOf.Length..].Split('.');
        if (parts.Length != 2 || parts[1] is not ("accept_dad" or "dad_transmits") || addressing.IndexOf(parts[0]) == 0)
            throw new FormatException($"there is no setting '{key}' here.");
        (bool accepts, bool probes) = _detection.GetValueOrDefault(parts[0]);
        bool isOn = Number(value) > 0;
        if (parts[1] == "accept_dad") accepts = isOn;
        else probes = isOn;
        _detection[parts[0]] = (accepts, probes);
        stack.Configure(_ => addressing.SetDuplicateDetection(parts[0], accepts && probes));
        return 0;
    }

    private static int Number(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? number
            : throw new FormatException($"'{text}' is not a number from 0 to 65535.");
}
