using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>A host on a link whose other end is the test, in virtual time: what it says of its IPv6 groups, in words.</summary>
internal sealed class MldRig : IDisposable
{
    public const string Router = "fe80::1", Own = "fe80::2";

    public MldRig(
        int seed = 1, int mtu = 1500, LinkMedium medium = LinkMedium.Ethernet, string[]? addresses = null, int probes = 0, bool listensAtOnce = false)
    {
        Link = new TestLink(medium, mtu);
        Stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(seed).NextBytes, TimeProvider = Clock });
        Interface = Stack.Attach("eth0", Link, new InterfaceOptions { Addresses = addresses ?? [$"{Own}/64"], DuplicateTransmits = probes });
        if (!listensAtOnce) Settle();      // what the host itself joined has been said
    }

    public ManualClock Clock { get; } = new();

    public TestLink Link { get; }

    public NetworkStack Stack { get; }

    public StackInterface Interface { get; }

    public uint Device => Interface.Index;

    public int Version
    {
        get
        {
            using (Stack.Core.Enter()) return Stack.Groups.MldVersionOn(Device, Stack.Core.Now);
        }
    }

    public int States => Stack.Groups.StateCount(Device, isV6: true);

    public static InetAddress At(string address) => InetAddress.Parse(address);

    public static InetAddress[] All(params string[] addresses) => [.. addresses.Select(At)];

    public NetworkSocket Socket() => Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Dgram);

    /// <summary>A socket that joined a group, for all sources or for those given.</summary>
    public NetworkSocket Joined(string group, params string[] sources)
    {
        NetworkSocket socket = Socket();
        if (sources.Length == 0) socket.JoinGroup(At(group), Device);
        foreach (string source in sources) socket.JoinGroup(At(group), Device, At(source));
        return socket;
    }

    /// <summary>Lets what is to be said of joins be said, and forgets it.</summary>
    public void Settle()
    {
        Clock.Advance(TimeSpan.FromSeconds(30));
        Link.Sent.Clear();
    }

    /// <summary>What was sent since, a line a message, all of whose headers are as the RFCs want them.</summary>
    public string[] Said() => [.. Link.TakeSent().Select(frame => Read(frame)).OfType<string>()];

    /// <summary>The times, in milliseconds from now, at which something is said within a time, and what.</summary>
    public List<(double At, string Text)> Listen(double seconds)
    {
        List<(double, string)> heard = [];
        Timestamp start = Clock.Now, end = start + TimeSpan.FromSeconds(seconds);
        while (Clock.NextTimer <= end)
        {
            Clock.AdvanceToNextTimer();
            foreach (string text in Said()) heard.Add(((Clock.Now - start).TotalMilliseconds, text));
        }

        Clock.AdvanceTo(end);
        return heard;
    }

    public DropReason Query(
        string group = "::", double within = 10, string[]? sources = null, int robustness = 2, int interval = 125, string? to = null, string from = Router,
        bool alerts = true)
    {
        InetAddress destination = At(to ?? (group == "::" ? "ff02::1" : group));
        byte[] query = Frames.Make(buffer => new MldQueryHeader(At(group), TimeSpan.FromSeconds(within), TimeSpan.FromSeconds(interval), robustness)
            .WriteTo(buffer, At(from), destination, All(sources ?? [])));
        return Receive(query, destination, alerts, from: from);
    }

    /// <summary>A query of version 1.</summary>
    public DropReason OldQuery(string group = "::", double within = 10) =>
        Message(Icmpv6Type.ListenerQuery, group, group == "::" ? "ff02::1" : group, (ushort)(within * 1000));

    public DropReason Message(Icmpv6Type type, string group, string to, ushort delay = 0, string from = Router) =>
        Receive(Frames.Make(buffer => new MldHeader(type, At(group), delay).PrependTo(buffer, At(from), At(to))), At(to), from: from);

    public DropReason Receive(byte[] message, InetAddress to, bool alerts = true, byte hopLimit = 1, string from = Router) => Link.Receive(Frames.Make(buffer =>
    {
        message.CopyTo(buffer.Append(message.Length));
        if (alerts) Ipv6RouterAlert.PrependTo(buffer, IpProtocol.Icmpv6);
        new Ipv6Header(At(from), to, alerts ? IpProtocol.HopByHop : IpProtocol.Icmpv6, hopLimit).PrependTo(buffer);
        if (Link.Medium != LinkMedium.Ethernet) return;
        MacAddress station = to.IsMulticast ? EthernetPort.GroupOf(to) : Interface.Address!.Value;
        new EthernetHeader(station, Frames.Peer, EtherType.Ipv6).PrependTo(buffer);
    }));

    public void Dispose()
    {
        Stack.Dispose();
        Assert.Equal(0, Stack.Core.Context.Packets.Outstanding);
    }

    /// <summary>An MLD message in words, with (::) where it comes from no address; null of another frame.</summary>
    public string? Read(byte[] frame)
    {
        var view = new FrameView(frame, Link.Medium == LinkMedium.Ethernet);
        if (!view.IsIcmpv6 || view.Icmpv6.Type is >= Icmpv6Type.RouterSolicitation and <= Icmpv6Type.Redirect) return null;
        Ipv6Packet packet = view.Ipv6;
        if (Link.Medium == LinkMedium.Ethernet) Assert.Equal(EthernetPort.GroupOf(packet.Destination), view.Ethernet.Destination);
        Assert.Equal((1, 0, 0u), (packet.HopLimit, packet.TrafficClass, packet.FlowLabel));
        Assert.Equal("3a00050200000100", Convert.ToHexStringLower(packet.Octets[40..48]));
        Assert.True(packet.Source == InetAddress.AnyV6 || packet.Source.IsLinkLocal);
        Assert.True(packet.Octets.Length <= Link.Mtu);
        ReadOnlySpan<byte> octets = view.Transport;
        Assert.Equal(0, InternetChecksum.Of(octets, new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Icmpv6, octets.Length)));
        string from = packet.Source == InetAddress.AnyV6 ? " (::)" : "";
        if (MldMessage.TryParse(octets, out MldMessage message))
        {
            Assert.Equal(message.Type == Icmpv6Type.ListenerDone ? MulticastGroups.AllRoutersV6 : message.Group, packet.Destination);
            Assert.Equal((24, TimeSpan.Zero), (octets.Length, message.MaxResponseDelay));
            return $"{message.Type} {message.Group}{from}";
        }

        Assert.Equal(MulticastGroups.AllReportListenersV6, packet.Destination);
        Assert.True(MldReport.TryParse(octets, out MldReport report));
        List<string> records = [];
        foreach (MldAddressRecord record in report) records.Add(Read(record));
        Assert.Equal(report.RecordCount, records.Count);
        return string.Join("; ", records) + from;
    }

    private static string Read(in MldAddressRecord record)
    {
        string name = record.Type switch
        {
            GroupRecordType.ModeIsInclude => "IS_IN",
            GroupRecordType.ModeIsExclude => "IS_EX",
            GroupRecordType.ChangeToIncludeMode => "TO_IN",
            GroupRecordType.ChangeToExcludeMode => "TO_EX",
            GroupRecordType.AllowNewSources => "ALLOW",
            _ => "BLOCK",
        };
        string[] sources = new string[record.SourceCount];
        for (int i = 0; i < sources.Length; i++) sources[i] = record.Source(i).ToString();
        return $"{name} {record.Group} {{{string.Join(", ", sources)}}}";
    }
}
