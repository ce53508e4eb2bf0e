using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Discovery;

/// <summary>A stack on a link whose other end is the test, in virtual time; the test is the routers.</summary>
internal sealed class RouterRig : IDisposable
{
    public static readonly MacAddress Station = MacAddress.Parse("02:00:00:00:00:01"), Router = MacAddress.Parse("02:00:00:00:00:fe");

    private readonly PacketPool _packets = new();

    public RouterRig(InterfaceOptions? options = null, int seed = 1, bool detects = false)
    {
        Clock = new ManualClock();
        Link = new TestLink();
        Stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(seed).NextBytes, TimeProvider = Clock });
        Eth0 = Stack.Attach("eth0", Link, (options ?? new InterfaceOptions { Autoconfigures = true }) with
        {
            Address = Station, DuplicateTransmits = detects ? 1 : 0,
        });
    }

    public ManualClock Clock { get; }

    public TestLink Link { get; }

    public NetworkStack Stack { get; }

    public StackInterface Eth0 { get; }

    /// <summary>What arrived last.</summary>
    public byte[] LastFrame { get; private set; } = [];

    public HostAddressing Host => Stack.Host;

    public void Dispose()
    {
        Stack.Dispose();
        Link.Dispose();
    }

    public void Advance(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>The addresses with a prefix, as "address preferred valid" in whole seconds, with a d for deprecated and a t for temporary.</summary>
    public string[] AddressesOf(string prefix)
    {
        InetPrefix wanted = InetPrefix.Parse(prefix);
        return [.. Eth0.Addresses.Where(row => wanted.Contains(row.Address)).Select(Text)];
    }

    public static string Text(AddressRow row) =>
        $"{row.Address} {Seconds(row.PreferredFor)} {Seconds(row.ValidFor)}"
        + (row.Traits.HasFlag(AddressTraits.Deprecated) ? " d" : "") + (row.Traits.HasFlag(AddressTraits.Temporary) ? " t" : "");

    public static string Seconds(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? "forever" : $"{Math.Round(time.TotalSeconds)}";

    /// <summary>The way to a destination, as "source via next hop".</summary>
    public string Way(string destination, string? source = null)
    {
        UserNet.Binding.RouteAnswer answer = default;
        Stack.Configure(stack => answer = stack.Host.FindRoute(
            new UserNet.Binding.RouteQuery(At(destination), source is null ? InetAddress.AnyV6 : At(source))));
        return answer.Rule == UserNet.Binding.BindRule.Granted ? $"{answer.Source} via {answer.NextHop}" : answer.Rule.ToString();
    }

    /// <summary>Has a router advertise itself.</summary>
    public DropReason Advertise(
        string router = "fe80::fe", ushort lifetime = 1800, RouterPreference preference = RouterPreference.Medium,
        PrefixInformation[]? prefixes = null, RouteInformation[]? routes = null, string[]? servers = null, uint serverLifetime = 600,
        int mtu = 0, byte hopLimit = 0, uint reachable = 0, uint retrans = 0, bool managed = false, bool other = false,
        byte ipHopLimit = 255, bool namesStation = true, string destination = "ff02::1")
    {
        PacketBuffer packet = _packets.Rent(0);
        if (namesStation) DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, Router);
        if (mtu != 0) DiscoveryOptionWriter.AppendMtu(packet, mtu);
        foreach (PrefixInformation prefix in prefixes ?? []) DiscoveryOptionWriter.AppendPrefix(packet, prefix);
        foreach (RouteInformation route in routes ?? []) DiscoveryOptionWriter.AppendRoute(packet, route);
        if (servers is not null) DiscoveryOptionWriter.AppendServers(packet, [.. servers.Select(At)], serverLifetime);
        InetAddress source = At(router), to = At(destination);
        new RouterAdvertisementHeader(hopLimit, lifetime, preference, managed, other, reachable, retrans).PrependTo(packet, source, to);
        return Send(packet, source, to, ipHopLimit);
    }

    /// <summary>Has a router tell of a better first hop.</summary>
    public DropReason Redirect(
        string router, string destination, string target, byte ipHopLimit = 255, string? to = null, MacAddress? station = null)
    {
        PacketBuffer packet = _packets.Rent(0);
        if (station is { } named) DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, named);
        InetAddress source = At(router), us = At(to ?? Eth0.Addresses.First(row => row.Address.IsV6 && !row.Address.IsLinkLocal).Address.ToString());
        new RedirectHeader(At(target), At(destination)).PrependTo(packet, source, us);
        return Send(packet, source, us, ipHopLimit);
    }

    public DropReason Send(PacketBuffer message, InetAddress source, InetAddress destination, byte hopLimit = 255)
    {
        new Ipv6Header(source, destination, IpProtocol.Icmpv6, hopLimit).PrependTo(message);
        MacAddress station = destination.IsMulticast ? EthernetPort.GroupOf(destination) : Station;
        new EthernetHeader(station, Router, EtherType.Ipv6).PrependTo(message);
        LastFrame = message.Span.ToArray();
        message.Return();
        return Link.Receive(LastFrame);
    }

    /// <summary>A prefix that is on the link and to make addresses of.</summary>
    public static PrefixInformation Prefix(
        string prefix, uint valid = 7200, uint preferred = 3600, bool onLink = true, bool autonomous = true) =>
        new(InetPrefix.Parse(prefix), onLink, autonomous, valid, preferred);

    /// <summary>What was sent since it was last asked: sources, destinations and ICMPv6 types, as "fe80::1 ff02::2 RouterSolicitation".</summary>
    public string[] TakeSent() => [.. Link.TakeSent().Select(Describe).OfType<string>()];

    private static string? Describe(byte[] octets)
    {
        if (!EthernetFrame.TryParse(octets, out EthernetFrame frame) || !Ipv6Packet.TryParse(frame.Payload, out Ipv6Packet packet)) return null;
        return packet.NextHeader == IpProtocol.Icmpv6
            ? $"{packet.Source} {packet.Destination} {(Icmpv6Type)packet.Payload[0]}"
            : $"{packet.Source} {packet.Destination} {packet.NextHeader}";
    }
}
