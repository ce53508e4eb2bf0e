using System.Globalization;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands of routes, devices and queues.</summary>
internal static class NetworkCommands
{
    /// <summary>ip [-4|-6] route|link|tcp_metrics ...</summary>
    public static int Ip(CommandCall call)
    {
        string[] words = [.. call.Arguments.SkipWhile(static word => word.StartsWith('-'))];
        foreach (string option in call.Arguments.TakeWhile(static word => word.StartsWith('-')))
            if (option is not ("-4" or "-6" or "-family")) throw call.Unsupported();
        return words switch
        {
            ["tcp_metrics" or "tcp_metric" or "tcpmetrics", "flush" or "f", ..] => ForgetPeers(call),
            ["route" or "r" or "ro", "flush", "cache" or "table", ..] => ForgetPeers(call),
            ["route" or "r" or "ro", "change" or "replace" or "add" or "append" or "chg", .. var rest] => ChangeRoute(call, rest),
            ["link" or "l", "set", .. var rest] => SetLink(call, rest),
            _ => throw call.Unsupported(),
        };
    }

    /// <summary>tc qdisc add|replace|change|del dev tun0 root ...</summary>
    public static int Tc(CommandCall call)
    {
        string[] words = [.. call.Arguments];
        if (words is not ["qdisc", "add" or "replace" or "change" or "del" or "delete" or "show" or "link", ..]) throw call.Unsupported();
        if (words[1] == "show") return 0;
        string[] rest = [.. WithoutDevice(call, words[2..])];
        if (words[1] is "del" or "delete") rest = [];
        switch (rest)
        {
            case [] or ["pfifo" or "pfifo_fast" or "bfifo" or "fq_codel" or "noqueue"]:
                call.Machine.SetDrops(false);
                call.Machine.SetPacing(false);
                return 0;
            case ["pfifo" or "bfifo", "limit", var limit] when int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out int packets):
                call.Machine.SetDrops(packets == 0);
                return 0;
            case ["fq"]:
                call.Machine.SetDrops(false);
                call.Machine.SetPacing(true);
                return 0;
            default:
                throw call.Unsupported();
        }
    }

    /// <summary>ethtool -K tun0 [tso|gso|gro|tx|rx|sg on|off]...</summary>
    public static int Ethtool(CommandCall call)
    {
        if (call.Arguments.Count < 4 || call.Arguments[0] is not ("-K" or "--offload" or "--features") || call.Arguments[1] != VirtualMachine.Device || call.Arguments.Count % 2 != 0)
            throw call.Unsupported();
        bool? tso = null, gso = null;
        for (int i = 2; i < call.Arguments.Count; i += 2)
        {
            string feature = call.Arguments[i], value = call.Arguments[i + 1];
            if (value is not ("on" or "off")) throw call.Unsupported();
            if (feature is "tso" or "tcp-segmentation-offload") tso = value == "on";
            else if (feature is "gso" or "generic-segmentation-offload") gso = value == "on";
            else if (feature is not ("gro" or "tx" or "rx" or "sg" or "lro")) throw call.Unsupported();
        }

        // While either is on, bursts are cut below TCP.
        if (tso is { } one && gso is { } other) call.Machine.SetBursts(one || other);
        else if (tso is not null || gso is not null) call.Machine.SetBursts(true);
        return 0;
    }

    /// <summary>ifconfig tun0 mtu N, of FreeBSD.</summary>
    public static int Ifconfig(CommandCall call) =>
        call.Arguments is [VirtualMachine.Device, "mtu", var mtu] ? SetMtu(call, mtu) : throw call.Unsupported();

    private static int ForgetPeers(CommandCall call)
    {
        call.Machine.Stack.ForgetPeers();
        return 0;
    }

    private static int SetLink(CommandCall call, string[] words)
    {
        string[] rest = [.. WithoutDevice(call, words).Where(static word => word != "up")];
        return rest switch
        {
            ["mtu", var mtu] => SetMtu(call, mtu),
            [] => 0,
            _ => throw call.Unsupported(),
        };
    }

    private static int SetMtu(CommandCall call, string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu) || mtu is < 68 or > ushort.MaxValue) return call.Fail($"mtu {text}: Invalid argument");
        call.Machine.SetMtu(mtu);
        return 0;
    }

    // The way itself is always the device: whoever is named as its gateway, the other end takes all.
    private static int ChangeRoute(CommandCall call, string[] words)
    {
        var metrics = new RouteMetrics();
        string[] rest = [.. WithoutDevice(call, words)];
        if (rest.Length == 0 || !InetPrefix.TryParse(PrefixOf(rest[0], call), out InetPrefix prefix)) throw call.Unsupported();
        for (int i = 1; i < rest.Length; i++)
        {
            string name = rest[i];
            if (++i == rest.Length) throw call.Unsupported();
            bool isLocked = rest[i] == "lock" && i + 1 < rest.Length;
            if (isLocked) i++;
            if (name is "via" or "src" or "proto" or "protocol" or "scope" or "table" && rest[i] != "local") continue;
            if (name == "rto_min")
            {
                metrics = metrics with { ShortestTimeout = TimeOf(rest[i]) ?? throw call.Unsupported() };
                continue;
            }

            if (!int.TryParse(rest[i], NumberStyles.None, CultureInfo.InvariantCulture, out int value)) throw call.Unsupported();
            metrics = name switch
            {
                "mtu" => metrics with { Mtu = value, LocksMtu = isLocked },
                "advmss" => metrics with { AdvertisedMss = value },
                "initcwnd" => metrics with { InitialWindow = value },
                "quickack" => metrics with { AcksAtOnce = value != 0 },
                "metric" => metrics,
                _ => throw call.Unsupported(),
            };
        }

        call.Machine.SetRoute(prefix, metrics);
        return 0;
    }

    // 100ms, 1s, 250us
    private static TimeSpan? TimeOf(string text)
    {
        string number = text.TrimEnd('m', 'u', 's');
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value)) return null;
        return text[number.Length..] switch
        {
            "ms" or "" => TimeSpan.FromMilliseconds(value),
            "us" => TimeSpan.FromMicroseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            _ => null,
        };
    }

    private static string PrefixOf(string text, CommandCall call) =>
        text == "default" ? call.Machine.Addresses.Remote.AddressFamily == AddressFamily.InterNetworkV6 ? "::/0" : "0.0.0.0/0"
        : text.Contains('/', StringComparison.Ordinal) ? text
        : text + (text.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");

    private static IEnumerable<string> WithoutDevice(CommandCall call, string[] words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "dev")
            {
                if (++i == words.Length || words[i] != VirtualMachine.Device) throw call.Unsupported();
            }
            else if (words[i] != "root" && words[i] != VirtualMachine.Device)
            {
                yield return words[i];
            }
        }
    }
}
