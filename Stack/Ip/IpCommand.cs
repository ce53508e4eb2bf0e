using System.Globalization;
using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>Carries out commands in the language of Linux's ip tool on a host's tables.</summary>
/// <remarks>
/// Understood, with or without a leading "ip": <c>[-4|-6] addr add|del A/L dev D [brd B|+|-] [scope S] [nodad]
/// [preferred_lft 0|forever]</c>, <c>link set [dev] D up|down</c>, <c>[-4|-6] route add|del [TYPE] P [via G] [dev D]
/// [src S] [metric N]</c>, where TYPE is unicast, local, unreachable, prohibit, blackhole or throw, and P may be
/// default. Gate held.
/// </remarks>
public static class IpCommand
{
    /// <summary>Carries out one command.</summary>
    /// <exception cref="FormatException">
    /// A word is not understood, missing or not an address; the message names it.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The tables do not allow it: the message of <see cref="HostAddressing"/>.
    /// </exception>
    public static void Run(HostAddressing host, string command)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(command);
        Words words = new(command);
        words.Skip("ip");
        bool isV6 = words.Skip("-6");
        if (!isV6) words.Skip("-4");
        switch (words.Next("an object"))
        {
            case "addr" or "address": Address(host, words); break;
            case "link": Link(host, words); break;
            case "route": Route(host, words, isV6); break;
            default: throw words.NotUnderstood();
        }
    }

    private static void Address(HostAddressing host, Words words)
    {
        bool adds = AddOrDelete(words);
        string text = words.Next("an address");
        (InetAddress address, int length) = AddressText.ParseWithLength(text);
        NewAddress asked = new(address, length);
        string? device = null;
        while (words.TryNext(out string word))
        {
            switch (word)
            {
                case "dev": device = words.Next("an interface"); break;
                case "brd" or "broadcast": asked = asked with { Broadcast = BroadcastOf(words, asked) }; break;
                case "scope": asked = asked with { Scope = ScopeOf(words) }; break;
                case "nodad": asked = asked with { SkipsDetection = true }; break;
                case "preferred_lft": asked = asked with { Traits = PreferenceOf(words) }; break;
                default: throw words.NotUnderstood();
            }
        }

        if (device is null) throw Words.Missing("dev");
        if (adds) host.AddAddress(device, asked);
        else host.RemoveAddress(device, text);
    }

    private static void Link(HostAddressing host, Words words)
    {
        if (words.Next("set") != "set") throw words.NotUnderstood();
        words.Skip("dev");
        string device = words.Next("an interface");
        string state = words.Next("up or down");
        if (state is not ("up" or "down")) throw words.NotUnderstood();
        if (words.TryNext(out _)) throw words.NotUnderstood();
        host.SetUp(device, state == "up");
    }

    private static void Route(HostAddressing host, Words words, bool isV6)
    {
        bool adds = AddOrDelete(words);
        string word = words.Next("a prefix");
        RouteType? type = TypeOf(word);
        if (type is not null) word = words.Next("a prefix");
        InetPrefix? prefix = word == "default" ? null : PrefixOf(word);
        InetAddress? gateway = null, source = null;
        uint device = 0;
        uint? metric = null;
        while (words.TryNext(out string key))
        {
            switch (key)
            {
                case "via": gateway = AddressText.Parse(words.Next("a gateway")); break;
                case "src": source = AddressText.Parse(words.Next("a source")); break;
                case "dev": device = DeviceOf(host, words.Next("an interface")); break;
                case "metric": metric = NumberOf(words); break;
                default: throw words.NotUnderstood();
            }
        }

        InetPrefix to = prefix ?? new InetPrefix(isV6 || gateway is { IsV6: true } ? InetAddress.AnyV6 : InetAddress.AnyV4, 0);
        NewRoute route = new(to, type ?? RouteType.Unicast)
        {
            Gateway = gateway,
            Device = device,
            Metric = metric,
            PreferredSource = source,
        };
        if (adds) host.AddRoute(route);
        else host.RemoveRoute(to, type, gateway, device, metric);
    }

    private static bool AddOrDelete(Words words) => words.Next("add or del") switch
    {
        "add" => true,
        "del" or "delete" => false,
        _ => throw words.NotUnderstood(),
    };

    private static RouteType? TypeOf(string word) => word switch
    {
        "unicast" => RouteType.Unicast,
        "local" => RouteType.Local,
        "unreachable" => RouteType.Unreachable,
        "prohibit" => RouteType.Prohibit,
        "blackhole" => RouteType.Blackhole,
        "throw" => RouteType.Throw,
        _ => null,
    };

    private static InetPrefix PrefixOf(string word)
    {
        (InetAddress address, int length) = AddressText.ParseWithLength(word);
        InetPrefix prefix = new(address, length);
        return prefix.Address == address ? prefix : throw new FormatException($"'{word}' has bits after its prefix.");
    }

    private static uint DeviceOf(HostAddressing host, string name) =>
        host.IndexOf(name) is > 0 and var index
            ? index
            : throw new ArgumentException($"There is no interface {name}.", nameof(name));

    private static InetAddress? BroadcastOf(Words words, in NewAddress asked) => words.Next("a broadcast address") switch
    {
        "-" => null,
        "+" => new InetPrefix(asked.Address, asked.PrefixLength).Broadcast,
        var text => AddressText.Parse(text),
    };

    private static AddressScope ScopeOf(Words words) => words.Next("a scope") switch
    {
        "global" => AddressScope.Global,
        "site" => AddressScope.Site,
        "link" => AddressScope.Link,
        "host" => AddressScope.Host,
        _ => throw words.NotUnderstood(),
    };

    // Nothing here counts lifetimes down, so only those that need no clock are understood.
    private static AddressTraits PreferenceOf(Words words) => words.Next("a lifetime") switch
    {
        "0" => AddressTraits.Deprecated,
        "forever" => AddressTraits.None,
        _ => throw words.NotUnderstood(),
    };

    private static uint NumberOf(Words words) =>
        uint.TryParse(words.Next("a number"), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? number
            : throw words.NotUnderstood();

    /// <summary>The words of a command, one after the other.</summary>
    private sealed class Words(string command)
    {
        private readonly string[] _words =
            command.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        private int _next;

        public bool Skip(string word)
        {
            if (_next >= _words.Length || _words[_next] != word) return false;
            _next++;
            return true;
        }

        public bool TryNext(out string word)
        {
            bool has = _next < _words.Length;
            word = has ? _words[_next++] : "";
            return has;
        }

        public string Next(string wanted) => TryNext(out string word) ? word : throw Missing(wanted);

        /// <summary>The error about the word that was taken last.</summary>
        public FormatException NotUnderstood() => new($"ip: the word '{_words[_next - 1]}' is not understood here.");

        public static FormatException Missing(string wanted) => new($"ip: {wanted} is missing.");
    }
}
