using System.Globalization;
using System.Text;
using UserNet.Doors;

namespace UserNet;

/// <summary>The counters and drop reasons of one layer, and how they are printed.</summary>
/// <param name="Title">The layer.</param>
/// <param name="Prefixes">How the names of its counters and reasons begin.</param>
internal sealed record StatisticsGroup(string Title, params string[] Prefixes)
{
    /// <summary>The layers from the link up. Each counter and each reason belongs to one.</summary>
    public static IReadOnlyList<StatisticsGroup> All { get; } =
    [
        new("Link", "Frame", "Interface", "Link"), new("Arp", "Arp", "Neighbor"), new("Ip", "Ip", "Fragment"),
        new("Ipv6", "Ip6"), new("Icmp", "Icmp"), new("Icmpv6", "Icmp6", "Discovery"), new("Igmp", "Igmp"), new("Mld", "Mld"),
        new("Udp", "Udp"), new("Tcp", "Tcp"), new("Socket", "Raw", "Socket"), new("Translation", "Translation"),
    ];

    private readonly Counter[] _counters = [.. Enum.GetValues<Counter>().Where(counter => Owns(Prefixes, counter.ToString()))];
    private readonly DropReason[] _reasons =
        [.. Enum.GetValues<DropReason>().Where(reason => reason != DropReason.None && Owns(Prefixes, reason.ToString()))];

    /// <summary>Prints the counters that are not 0; nothing when all are.</summary>
    public void Print(StringBuilder text, StackStatistics statistics)
    {
        if (_counters.All(counter => statistics[counter] == 0) && _reasons.All(reason => statistics[reason] == 0)) return;
        text.Append(Title).Append(":\n");
        foreach (Counter counter in _counters) PrintLine(text, statistics[counter], Words(counter.ToString()));
        foreach (DropReason reason in _reasons) PrintLine(text, statistics[reason], "dropped: " + Words(reason.ToString()));
    }

    private static void PrintLine(StringBuilder text, long count, string what)
    {
        if (count != 0) text.Append(CultureInfo.InvariantCulture, $"    {count} {what}\n");
    }

    /// <summary>IpBadChecksum belongs to Ip, and IpIs... would as well; but IgmpX does not belong to I.</summary>
    private static bool Owns(string[] prefixes, string name) => prefixes.Any(prefix =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length && char.IsUpper(name[prefix.Length]));

    /// <summary>"bad checksum" for IpBadChecksum, "fragment timeout" for FragmentTimeout.</summary>
    private string Words(string name)
    {
        string layer = Prefixes[0];
        if (name.StartsWith(layer, StringComparison.Ordinal)) name = name[layer.Length..];
        StringBuilder words = new();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && words.Length > 0) words.Append(' ');
            words.Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
