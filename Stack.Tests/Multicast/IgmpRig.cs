using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Core;
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

/// <summary>A host on a link whose other end is the test, in virtual time: what it says of its groups, in words.</summary>
internal sealed class IgmpRig : IDisposable
{
    public const string Router = "10.9.0.1";

    private readonly byte[] _alert = Ipv4Options.RouterAlert.ToArray();

    public IgmpRig(int seed = 1, int mtu = 1500, LinkMedium medium = LinkMedium.Ethernet, string[]? addresses = null)
    {
        Link = new TestLink(medium, mtu);
        Stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(seed).NextBytes, TimeProvider = Clock });
        Interface = Stack.Attach("eth0", Link, new InterfaceOptions { Addresses = addresses ?? ["10.9.0.2/24"], ConflictDetection = ConflictDetection.None });
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
            using (Stack.Core.Enter()) return Stack.Groups.VersionOn(Device, Stack.Core.Now);
        }
    }

    public static InetAddress At(string address) => InetAddress.Parse(address);

    public static InetAddress[] All(params string[] addresses) => [.. addresses.Select(At)];

    public NetworkSocket Socket() => Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram);

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
    public string[] Said() => [.. Link.TakeSent().Select(Read)];

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

    public DropReason Query(string group = "0.0.0.0", double within = 10, string[]? sources = null, int robustness = 2, int interval = 125, string? to = null, bool alerts = true) => Receive(
        Frames.Make(buffer => new IgmpQueryHeader(At(group), TimeSpan.FromSeconds(within), TimeSpan.FromSeconds(interval), robustness)
            .PrependTo(buffer, All(sources ?? []))),
        to ?? (group == "0.0.0.0" ? "224.0.0.1" : group), alerts);

    /// <summary>A query of version 2, or of version 1 where there is no time to answer in.</summary>
    public DropReason OldQuery(string group = "0.0.0.0", int tenths = 100) =>
        Message(IgmpType.MembershipQuery, group, group == "0.0.0.0" ? "224.0.0.1" : group, (byte)tenths, alerts: tenths != 0);

    public DropReason Message(IgmpType type, string group, string to, byte code = 0, bool alerts = true) =>
        Receive(Frames.Make(buffer => new IgmpHeader(type, At(group), code).PrependTo(buffer)), to, alerts);

    public DropReason Receive(byte[] igmp, string to, bool alerts = true, byte timeToLive = 1, string from = Router)
    {
        var header = new Ipv4Header(At(from), At(to), IpProtocol.Igmp, timeToLive, 0xC0);
        if (Link.Medium == LinkMedium.Ethernet)
        {
            MacAddress station = At(to).IsMulticast ? EthernetPort.GroupOf(At(to)) : Interface.Address!.Value;
            return Link.Receive(Frames.Ipv4(station, header, igmp, alerts ? _alert : null));
        }

        return Link.Receive(Frames.Make(buffer =>
        {
            igmp.CopyTo(buffer.Append(igmp.Length));
            header.PrependTo(buffer, alerts ? _alert : default);
        }));
    }

    public void Dispose()
    {
        Stack.Dispose();
        Assert.Equal(0, Stack.Core.Context.Packets.Outstanding);
    }

    public string Read(byte[] frame)
    {
        ReadOnlySpan<byte> octets = frame;
        MacAddress? station = null;
        if (Link.Medium == LinkMedium.Ethernet)
        {
            Assert.True(EthernetFrame.TryParse(frame, out EthernetFrame ethernet));
            station = ethernet.Destination;
            octets = ethernet.Payload;
        }

        Assert.True(Ipv4Packet.TryParse(octets, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Assert.True(station is null || station == EthernetPort.GroupOf(packet.Destination));
        Assert.Equal((IpProtocol.Igmp, 1, 0xC0), (packet.Protocol, packet.TimeToLive, packet.TrafficClass));
        Assert.Equal(Ipv4Options.RouterAlert.ToArray(), packet.Options.ToArray());
        Assert.True(packet.TotalLength <= Link.Mtu && !packet.IsFragment);
        Assert.True(IgmpMessage.TryParse(packet.Payload, out IgmpMessage message) && message.ChecksumIsRight);
        if (message.Type != IgmpType.MembershipReportV3)
        {
            Assert.Equal(message.Type == IgmpType.LeaveGroup ? MulticastGroups.AllRouters : message.Group, packet.Destination);
            return $"{message.Type} {message.Group}";
        }

        Assert.Equal(MulticastGroups.AllReportListeners, packet.Destination);
        Assert.True(IgmpReport.TryParse(packet.Payload, out IgmpReport report));
        List<string> records = [];
        foreach (IgmpGroupRecord record in report) records.Add(Read(record));
        Assert.Equal(report.RecordCount, records.Count);
        return string.Join("; ", records);
    }

    private static string Read(in IgmpGroupRecord record)
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
