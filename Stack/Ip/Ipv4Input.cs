using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What happens to an IPv4 packet between its frame and its transport. RFC 791, RFC 1122 §3.2.1.</summary>
/// <remarks>
/// The checks come in this order, and the first that fails decides: the frame and its interface, the header, the addresses, the options;
/// then fragments are put together. Gate held.
/// </remarks>
public sealed partial class Ipv4Input : IFragmentTimeout
{
    private readonly HostAddressing _host;
    private readonly Icmpv4 _icmp;
    private readonly byte[] _options = new byte[Ipv4Options.MaxLength];      // of the packet at hand, where they are written into
    private InterfaceEntry? _entry;                                          // which the last packet arrived on

    /// <summary>The input of a host.</summary>
    /// <param name="host">Addresses, routes and settings.</param>
    /// <param name="icmp">Who tells senders of errors.</param>
    /// <param name="context">Buffers, deadlines and chance.</param>
    public Ipv4Input(HostAddressing host, Icmpv4 icmp, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(icmp);
        ArgumentNullException.ThrowIfNull(context);
        _host = host;
        _icmp = icmp;
        Fragments = new FragmentReassembly(host.InputSettings, context, this);
    }

    /// <summary>The packets that wait for fragments.</summary>
    public FragmentReassembly Fragments { get; }

    /// <summary>Checks a packet, says for whom it is, and tells its sender of an error that it should know.</summary>
    /// <param name="port">The interface that it arrived on.</param>
    /// <param name="content">What its frame carried.</param>
    /// <param name="checksumIsGood">True when the link vouches for the transport checksum.</param>
    /// <param name="now">The time.</param>
    /// <param name="arrival">
    /// The packet, when the answer is None and it is whole. Its role is Foreign when it is to be forwarded, and it may be a fragment then.
    /// </param>
    /// <param name="isWhole">False when it is a fragment that waits for others.</param>
    /// <returns>None, or why the packet was dropped.</returns>
    public DropReason Receive(
        LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now, out IpArrival arrival, out bool isWhole)
    {
        ArgumentNullException.ThrowIfNull(port);
        arrival = default;
        isWhole = false;
        if (content.Cast == LinkCast.Other) return DropReason.FrameNotForUs;
        if (_entry?.Port != port) _entry = _host.Interfaces.Find(port.Index);
        if (_entry is not { IsUp: true } entry) return DropReason.InterfaceDown;
        if (!Ipv4Packet.TryParse(content.Payload, out Ipv4Packet packet)) return DropReason.IpMalformed;
        if (!packet.ChecksumIsRight) return DropReason.IpBadChecksum;
        DropReason reason = CheckAddresses(packet, entry, content.Cast, out AddressRole role);
        if (reason != DropReason.None) return reason;

        var arrived = new IpArrival
        {
            Packet = packet,
            Port = port,
            Cast = content.Cast,
            Role = role,
            ChecksumIsGood = checksumIsGood,
            NeedsChecksum = content.NeedsChecksum,
            Options = packet.Options,
        };
        bool hasOptions = packet.HeaderLength > Ipv4Header.Length, isOurs = role != AddressRole.Foreign;
        if (hasOptions)
        {
            reason = CheckOptions(arrived, now, out bool hasRouterAlert);
            if (reason != DropReason.None) return reason;
            arrived = arrived with { HasRouterAlert = hasRouterAlert };
        }

        if (isOurs && packet.IsFragment)
        {
            reason = Fragments.Add(arrived, now, out PacketBuffer? whole);
            if (whole is null) return reason;
            arrived = Reassembled(arrived, whole);
            hasOptions = arrived.Packet.HeaderLength > Ipv4Header.Length;
        }

        arrival = hasOptions && isOurs ? WithOwnRecords(arrived, now) : arrived;
        isWhole = true;
        return DropReason.None;
    }

    /// <summary>RFC 1122 §3.3.2: the sender is told, if the first fragment came.</summary>
    void IFragmentTimeout.OnFragmentTimeout(in IpArrival first, Timestamp now) =>
        _icmp.SendError(first, Icmpv4Type.TimeExceeded, ReassemblyTimeExceeded, 0, now);

    /// <summary>The whole packet, as the last of its fragments has made it.</summary>
    private static IpArrival Reassembled(scoped in IpArrival last, PacketBuffer whole)
    {
        bool isRight = Ipv4Packet.TryParse(whole.Span, out Ipv4Packet packet);
        System.Diagnostics.Debug.Assert(isRight, "Fragments were put together to something that is no packet.");
        return last with
        {
            // Nobody has seen the whole before, to vouch for its checksum.
            Packet = packet,
            Reassembled = whole,
            Options = packet.Options,
            ChecksumIsGood = false,
            NeedsChecksum = false,
        };
    }

    private DropReason CheckOptions(in IpArrival arrived, Timestamp now, out bool hasRouterAlert)
    {
        DropReason reason = Ipv4OptionProcessing.Check(arrived.Packet.Options, out Ipv4OptionFacts facts);
        hasRouterAlert = facts.HasRouterAlert;
        if (reason == DropReason.IpBadOption)      // RFC 1122 §3.2.2.5
            _icmp.SendError(arrived, Icmpv4Type.ParameterProblem, 0, (uint)facts.FaultAt << 24, now);
        else if (reason == DropReason.IpSourceRoute && facts.HasWayToGo)      // RFC 1122 §3.3.5
            _icmp.SendError(arrived, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.SourceRouteFailed, 0, now);
        return reason;
    }

    /// <summary>
    /// Writes this host into the options that record who was on the way, in a copy: the packet is lent. RFC 1122 §3.2.1.8.
    /// </summary>
    private IpArrival WithOwnRecords(scoped in IpArrival arrived, Timestamp now)
    {
        // Those of a whole packet were its first fragment's, and right.
        Ipv4OptionProcessing.Check(arrived.Packet.Options, out Ipv4OptionFacts facts);
        if (!facts.Records) return arrived with { HasRouterAlert = facts.HasRouterAlert };
        Span<byte> options = _options.AsSpan(0, arrived.Packet.Options.Length);
        arrived.Packet.Options.CopyTo(options);
        InetAddress address = arrived.Role == AddressRole.Local ? arrived.Destination : AddressOf(_entry!);
        Ipv4OptionProcessing.Record(options, _host, address, now);
        return arrived with { HasRouterAlert = facts.HasRouterAlert, Options = options };
    }

    private static InetAddress AddressOf(InterfaceEntry entry) => entry.V4.Count > 0 ? entry.V4[0].Address : InetAddress.AnyV4;

    private const byte ReassemblyTimeExceeded = 1;
}
