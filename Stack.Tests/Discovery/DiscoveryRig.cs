using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Discovery;

/// <summary>A host at 02:00:00:00:00:01 whose link is the test, and messages of Neighbor Discovery to it and from it, in words.</summary>
internal sealed class DiscoveryRig : IDisposable
{
    public const string Station = "02:00:00:00:00:01", A = "02:00:00:00:00:0a", B = "02:00:00:00:00:0b";
    public const string Here = "2001:db8::1", HereLocal = "fe80::1", Peer = "2001:db8::a", PeerLocal = "fe80::a";

    public DiscoveryRig(int transmits = 0, int seed = 1, InterfaceOptions? options = null, params string[] addresses)
    {
        _given = [.. addresses.Select(static text => InetAddress.Parse(text.Split('/')[0]))];
        Stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(seed).NextBytes, TimeProvider = Clock });
        if (addresses.Length == 0) addresses = [$"{Here}/64", $"{HereLocal}/64"];
        Interface = Stack.Attach("eth0", Link, (options ?? new InterfaceOptions()) with
        {
            Address = MacAddress.Parse(Station), Addresses = addresses, DuplicateTransmits = transmits,
        });
    }

    private readonly HashSet<InetAddress> _given;

    public ManualClock Clock { get; } = new();

    public TestLink Link { get; } = new();

    public NetworkStack Stack { get; }

    public StackInterface Interface { get; }

    public EthernetPort Port => (EthernetPort)Stack.Host.Interfaces.Find("eth0")!.Port!;

    public void Dispose()
    {
        Stack.Dispose();
        Link.Dispose();
    }

    public void Advance(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Has a solicitation arrive; to the group of its target where nothing else is said.</summary>
    public DropReason Solicit(
        string target, string source = Peer, string? station = A, string? to = null, ulong? nonce = null, byte hopLimit = 255, string from = A) =>
        Link.Receive(Frame(Icmpv6Type.NeighborSolicitation, target, source, to ?? GroupOf(target), hopLimit, from, options =>
        {
            if (station is not null) DiscoveryOptionWriter.AppendStation(options, DiscoveryOptionType.SourceLinkAddress, MacAddress.Parse(station));
            if (nonce is { } number) DiscoveryOptionWriter.AppendNonce(options, number);
        }));

    /// <summary>Has an advertisement arrive: "SOR" are the flags.</summary>
    public DropReason Advertise(string target, string flags, string? station = A, string to = Here, string? source = null, byte hopLimit = 255, string from = A)
    {
        AdvertisementTraits traits = AdvertisementTraits.None;
        if (flags.Contains('S', StringComparison.Ordinal)) traits |= AdvertisementTraits.Solicited;
        if (flags.Contains('O', StringComparison.Ordinal)) traits |= AdvertisementTraits.Override;
        if (flags.Contains('R', StringComparison.Ordinal)) traits |= AdvertisementTraits.Router;
        return Link.Receive(Frame(Icmpv6Type.NeighborAdvertisement, target, source ?? target, to, hopLimit, from, options =>
        {
            if (station is not null) DiscoveryOptionWriter.AppendStation(options, DiscoveryOptionType.TargetLinkAddress, MacAddress.Parse(station));
        }, traits));
    }

    public static byte[] Frame(
        Icmpv6Type type, string target, string source, string to, byte hopLimit, string from, Action<PacketBuffer>? options = null,
        AdvertisementTraits traits = AdvertisementTraits.None) => Frames.Make(buffer =>
    {
        InetAddress destination = InetAddress.Parse(to), sender = InetAddress.Parse(source);
        options?.Invoke(buffer);
        new NeighborHeader(type, InetAddress.Parse(target), traits).PrependTo(buffer, sender, destination);
        new Ipv6Header(sender, destination, IpProtocol.Icmpv6, hopLimit).PrependTo(buffer);
        MacAddress station = destination.IsMulticast ? EthernetPort.GroupOf(destination) : MacAddress.Parse(Station);
        new EthernetHeader(station, MacAddress.Parse(from), EtherType.Ipv6).PrependTo(buffer);
    });

    public static string GroupOf(string address) => UserNet.Discovery.NeighborDiscovery.SolicitedNode(InetAddress.Parse(address)).ToString();

    /// <summary>Sends a datagram.</summary>
    public void Send(string to, string? from = null)
    {
        using NetworkSocket socket = Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        if (from is not null) socket.Bind(new InetEndpoint(InetAddress.Parse(from), 0, InetAddress.Parse(from).IsLinkLocal ? Interface.Index : 0));
        socket.SendTo("x"u8, new InetEndpoint(InetAddress.Parse(to), 9, InetAddress.Parse(to).IsLinkLocal ? Interface.Index : 0));
    }

    /// <summary>
    /// What was sent, in words: "ask T from S to D/M [SLLA]", "probe T to D/M", "tell T SOR from S to D/M [TLLA]", "packet to D/M".
    /// What it says of groups, of routers, and of the link-local address that it made itself, is left out.
    /// </summary>
    public List<string> TakeSaid() => [.. Link.TakeSent().Where(IsOfGiven).Select(Say).OfType<string>()];

    /// <summary>True unless a frame probes for an address that the rig was not made with, asks for routers, or says something of groups.</summary>
    public bool IsOfGiven(byte[] octets)
    {
        if (!EthernetFrame.TryParse(octets, out EthernetFrame frame) || !Ipv6Packet.TryParse(frame.Payload, out Ipv6Packet packet)) return true;
        if (packet.NextHeader != IpProtocol.Icmpv6) return packet.NextHeader != IpProtocol.HopByHop;      // in front of MLD alone
        if (packet.Payload[0] == (byte)Icmpv6Type.RouterSolicitation) return false;
        if (NeighborSolicitation.TryParse(packet.Payload, out NeighborSolicitation asked)) return !packet.Source.IsWildcard || _given.Contains(asked.Target);
        return !NeighborAdvertisement.TryParse(packet.Payload, out NeighborAdvertisement told) || !told.Target.IsLinkLocal || _given.Contains(told.Target);
    }

    public NeighborRow? RowOf(string address)
    {
        foreach (NeighborRow row in Interface.Neighbors)
            if (row.Address == InetAddress.Parse(address)) return row;
        return null;
    }

    public NeighborState? StateOf(string address) => RowOf(address)?.State;

    public AddressRole Role(string address)
    {
        AddressRole role = default;
        Stack.Configure(stack => role = stack.Host.RoleOf(InetAddress.Parse(address), Interface.Index));
        return role;
    }

    public AddressTraits TraitsOf(string address) => Stack.Host.Interfaces.Find(InetAddress.Parse(address), Interface.Index)!.Traits;

    private static string? Say(byte[] octets)
    {
        Assert.True(EthernetFrame.TryParse(octets, out EthernetFrame frame));
        Assert.Equal(MacAddress.Parse(Station), frame.Source);
        if (!Ipv6Packet.TryParse(frame.Payload, out Ipv6Packet packet)) return $"frame of {frame.Type}";
        string to = $"{packet.Destination}/{frame.Destination}";
        if (packet.NextHeader != IpProtocol.Icmpv6) return $"packet to {to}";
        var pseudo = new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Icmpv6, packet.Payload.Length);
        Assert.Equal(0, InternetChecksum.Of(packet.Payload, pseudo));
        if (NeighborSolicitation.TryParse(packet.Payload, out NeighborSolicitation asked))
        {
            Assert.Equal(255, packet.HopLimit);
            string option = asked.Options.Station(DiscoveryOptionType.SourceLinkAddress) is { } station ? $" {station}" : "";
            return packet.Source.IsWildcard
                ? $"probe {asked.Target} to {to}{option}{(asked.Options.Nonce is null ? "" : " nonce")}"
                : $"ask {asked.Target} from {packet.Source} to {to}{option}";
        }

        if (!NeighborAdvertisement.TryParse(packet.Payload, out NeighborAdvertisement told)) return $"icmp {packet.Payload[0]} to {to}";
        Assert.Equal(255, packet.HopLimit);
        string flags = (told.IsSolicited ? "S" : "") + (told.Overrides ? "O" : "") + (told.IsRouter ? "R" : "");
        string named = told.Options.Station(DiscoveryOptionType.TargetLinkAddress) is { } own ? $" {own}" : "";
        return $"tell {told.Target} {flags} from {packet.Source} to {to}{named}";
    }
}
