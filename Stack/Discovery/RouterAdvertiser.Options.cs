using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Discovery;

// What it says behind the header, and whether others say something else.
public sealed partial class RouterAdvertiser
{
    // Of an interface with very many addresses the first: an advertisement is never cut.
    private const int MostOwnPrefixes = 16;

    private void AppendOptions(PacketBuffer packet, EthernetPort port)
    {
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, port.Address);
        if (Settings.LinkMtu is { } mtu) DiscoveryOptionWriter.AppendMtu(packet, mtu);
        Span<InetPrefix> own = stackalloc InetPrefix[MostOwnPrefixes];
        foreach (InetPrefix prefix in own[..OwnPrefixes(own)]) DiscoveryOptionWriter.AppendPrefix(packet, new OfferedPrefix(prefix).OnWire);
        if (Settings.Prefixes is { } prefixes)
            for (int i = 0; i < prefixes.Count; i++) DiscoveryOptionWriter.AppendPrefix(packet, prefixes[i].OnWire);
        for (int i = 0; i < Settings.Routes.Count; i++)
        {
            OfferedRoute route = Settings.Routes[i];
            uint lifetime = route.Lifetime is { } given ? RouterAdvertisementSettings.SecondsOf(given) : Settings.LifetimeSeconds;
            DiscoveryOptionWriter.AppendRoute(packet, new RouteInformation(route.Prefix, route.Preference, IsActive ? lifetime : 0));
        }

        AppendNames(packet);
    }

    private void AppendNames(PacketBuffer packet)
    {
        uint lifetime = IsActive ? Settings.NameServerSeconds : 0;      // RFC 8106 §5.1: 0 takes it back
        if (Settings.NameServers.Count > 0)
        {
            Span<InetAddress> servers = stackalloc InetAddress[Settings.NameServers.Count];
            for (int i = 0; i < servers.Length; i++) servers[i] = Settings.NameServers[i];
            DiscoveryOptionWriter.AppendServers(packet, servers, lifetime);
        }

        if (Settings.SearchDomains.Count > 0) DiscoveryOptionWriter.AppendDomains(packet, Settings.SearchDomains, lifetime);
    }

    /// <summary>The prefixes of the interface's addresses, each once; none where the settings name prefixes.</summary>
    private int OwnPrefixes(Span<InetPrefix> prefixes)
    {
        int count = 0;
        if (Settings.Prefixes is not null) return 0;
        for (int i = 0; i < Interface.V6Addresses.Count && count < prefixes.Length; i++)
        {
            InterfaceAddress address = Interface.V6Addresses[i];
            bool isOne = !address.Address.IsLinkLocal && !address.Is(AddressTraits.Tentative) && address.PrefixLength < 128;
            if (isOne && !prefixes[..count].Contains(address.Subnet)) prefixes[count++] = address.Subnet;
        }

        return count;
    }

    /// <summary>Counts what another router of the link says when it contradicts what is said here. RFC 4861 §6.2.7.</summary>
    /// <remarks>Zero for not said contradicts nothing; nor do lifetimes that end together, which this one's never do.</remarks>
    internal void Compare(in RouterAdvertisement other)
    {
        if (!IsActive) return;
        bool isSame = Agree(other.HopLimit, Settings.HopLimit)
            && other.IsManaged == Settings.IsManaged && other.HasOtherConfiguration == Settings.HasOtherConfiguration
            && Agree(other.ReachableTime, Milliseconds(Settings.ReachableTime)) && Agree(other.RetransTimer, Milliseconds(Settings.RetransTimer));
        foreach (DiscoveryOption option in other.Options)
        {
            if (option.Type == DiscoveryOptionType.Mtu) isSame &= Agree(option.Mtu, (uint)(Settings.LinkMtu ?? 0));
            else if (option.TryReadPrefix(out PrefixInformation prefix)) isSame &= Agrees(prefix);
        }

        if (!isSame) Inconsistencies++;
    }

    private bool Agrees(in PrefixInformation theirs)
    {
        if (Settings.Prefixes is { } prefixes)
        {
            for (int i = 0; i < prefixes.Count; i++)
                if (prefixes[i].Prefix == theirs.Prefix && !Agree(prefixes[i].OnWire, theirs)) return false;
            return true;
        }

        Span<InetPrefix> own = stackalloc InetPrefix[MostOwnPrefixes];
        return !own[..OwnPrefixes(own)].Contains(theirs.Prefix) || Agree(new OfferedPrefix(theirs.Prefix).OnWire, theirs);
    }

    private static bool Agree(in PrefixInformation a, in PrefixInformation b) =>
        a.ValidLifetime == b.ValidLifetime && a.PreferredLifetime == b.PreferredLifetime;

    private static bool Agree(uint a, uint b) => a == b || a == 0 || b == 0;
}
