namespace UserNet.Tests.Ip;

/// <summary>Chooses, from a seed, ip commands that change a host and questions to ask it.</summary>
internal sealed class RouteGenerator(int seed)
{
    private static readonly string[] Devices = ["v0", "v1", "v2", "lo"];
    private static readonly string[] Refusals = ["unreachable", "prohibit", "blackhole", "throw"];

    private readonly Random _random = new(seed);
    private readonly List<string> _added = [];

    /// <summary>A change; the kernel may well refuse it.</summary>
    public string Change()
    {
        switch (_random.Next(12))
        {
            case 0 or 1 or 2: return AddV4Address();
            case 3 or 4: return AddV6Address();
            case 5 or 6 or 7: return $"route add {V4Prefix()} {Way(V4(10), "10.99.0.1")}";
            case 8 or 9: return $"route add {V6Prefix()} {Way(V6(), "2001:db8:99::1")}";
            case 10: return $"route add {Pick(Refusals)} {(_random.Next(2) == 0 ? V4Prefix() : V6Prefix())} metric {_random.Next(3)}0";
            default: return _added.Count == 0 ? AddV4Address() : $"addr del {Pick(_added)}";
        }
    }

    /// <summary>
    /// A destination with, perhaps, a source and a device. IPv6 groups and link-local addresses always get a device.
    /// </summary>
    public (string To, string? From, string? Device) Question()
    {
        bool isV6 = _random.Next(2) == 0;
        string to = isV6 ? V6Destination() : V4Destination();
        string? from = _random.Next(3) == 0 ? isV6 ? V6() : V4Source() : null;
        bool mayHaveDevice = !isV6 || from is null || IsStrict(to);
        string? device = mayHaveDevice && (_random.Next(3) == 0 || IsStrict(to)) ? Pick(Devices) : null;
        return (to, from, device);
    }

    private static bool IsStrict(string to) => to.StartsWith("fe80", StringComparison.Ordinal) || to.StartsWith("ff", StringComparison.Ordinal);

    private string AddV4Address()
    {
        string address = $"10.{_random.Next(5)}.{_random.Next(2)}.{_random.Next(1, 5)}/{_random.Next(22, 33)} dev {Pick(Devices)}";
        _added.Add(address);
        return $"addr add {address}{(_random.Next(6) == 0 ? " scope link" : "")}{(_random.Next(6) == 0 ? " brd +" : "")}";
    }

    private string AddV6Address()
    {
        string address = $"{Pick("2001:db8:", "fd00:", "fec0:", "2002:", "3ffe:")}{_random.Next(4)}::{_random.Next(1, 6)}"
            + $"/{Pick("48", "60", "64", "126", "128")} dev {Pick(Devices)}";
        _added.Add(address);
        return $"addr add {address} nodad{(_random.Next(5) == 0 ? " preferred_lft 0" : "")}";
    }

    private string Way(string gateway, string source) =>
        _random.Next(4) switch
        {
            0 => $"dev {Pick(Devices)}",
            1 => $"via {gateway} dev {Pick(Devices)}",
            2 => $"via {gateway} src {source}",
            _ => $"via {gateway}",
        } + (_random.Next(2) == 0 ? $" metric {_random.Next(1, 4)}" : "");

    private string V4Prefix()
    {
        int length = _random.Next(5) == 0 ? 0 : _random.Next(8, 33);
        uint bits = (uint)((Pick(203, 198, 10, 127, 224) << 24) | (_random.Next(3) << 16) | (_random.Next(2) << 8) | _random.Next(256));
        bits = length == 0 ? 0 : bits & (uint.MaxValue << (32 - length));
        return $"{bits >> 24}.{(bits >> 16) & 255}.{(bits >> 8) & 255}.{bits & 255}/{length}";
    }

    private string V6Prefix() => Pick(
        "::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:2::/64", "fd00:1::/32", "2000::/3", $"2001:db8:{_random.Next(6)}::/64");

    private string V4(int first) => $"{first}.{_random.Next(6)}.{_random.Next(2)}.{_random.Next(8)}";

    private string V6() => $"{Pick("2001:db8:", "2001:db8:", "fd00:", "2002:", "fec0:", "3ffe:")}{_random.Next(6)}::{_random.Next(8)}";

    private string V4Destination() => _random.Next(12) switch
    {
        0 => "255.255.255.255",
        1 => $"{Pick("224.0.0.", "224.1.1.", "239.0.0.")}{_random.Next(1, 9)}",
        2 => $"127.{_random.Next(3)}.0.{_random.Next(256)}",
        3 => "127.255.255.255",
        4 => $"0.0.0.{_random.Next(1, 9)}",
        5 => $"10.{_random.Next(5)}.{_random.Next(2)}.255",
        6 or 7 => $"{Pick("203", "198", "240")}.{_random.Next(3)}.{_random.Next(2)}.{_random.Next(256)}",
        8 => $"10.99.0.{_random.Next(4)}",
        _ => V4(10),
    };

    private string V4Source() => _random.Next(6) switch
    {
        0 => "127.0.0.1",
        1 => "127.1.0.7",
        2 => Pick("224.1.1.1", "255.255.255.255", "0.0.0.7", "10.1.0.255"),
        _ => Pick("10.1.0.1", "10.1.0.2", "10.2.0.1", "10.99.0.1", V4(10)),
    };

    private string V6Destination() => _random.Next(8) switch
    {
        0 => Pick("::1", "2001:db8:99::1", "2001:db8:1::1", "2001:db8:1::2"),
        1 => $"{Pick("ff02::", "ff05::", "ff0e::")}{_random.Next(1, 4)}",
        2 => $"fe80::{_random.Next(1, 3)}:{_random.Next(1, 3)}",
        _ => V6(),
    };

    private T Pick<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];
}
