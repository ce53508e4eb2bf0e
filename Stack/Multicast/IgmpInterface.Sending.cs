using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// How messages are packed and sent. RFC 3376 §4, §4.2.
internal sealed partial class IgmpInterface
{
    private const int HeaderLength = Ipv4Header.Length + 4;      // with the router alert option
    private const byte InternetworkControl = 0xC0;

    private static readonly IpSendOptions Manner = new()
    {
        Protocol = IpProtocol.Igmp,
        TimeToLive = 1,
        TrafficClass = InternetworkControl,
        Options = Ipv4Options.RouterAlert.ToArray(),
        LoopsBack = false,
    };

    private void SendMessage(in IgmpHeader message, InetAddress destination, Timestamp now)
    {
        PacketBuffer packet = context.Packets.Rent(IgmpHeader.Length);
        message.PrependTo(packet);
        Send(packet, destination, now);
    }

    /// <summary>Sends from an address of the interface, or from 0.0.0.0 while it has none. RFC 3376 §4.2.13.</summary>
    private void Send(PacketBuffer packet, InetAddress destination, Timestamp now)
    {
        InetAddress source = SourceSelection.SelectV4(interfaces, entry, null, AddressScope.Link, onlyOutgoing: true) ?? InetAddress.AnyV4;
        context.Counters.Count(Counter.IgmpOutReports);
        output.Send(packet, new RouteAnswer(BindRule.Granted, source, entry.Index, AddressRole.Multicast), destination, Manner, now);
    }

    /// <summary>Puts records into as few version 3 reports as they fit, and sends each that is full.</summary>
    private ref struct ReportBatch(IgmpInterface owner, Timestamp now)
    {
        private PacketBuffer? _packet;
        private IgmpReportWriter _writer;

        /// <summary>
        /// Adds a record. One whose sources find no room in any report is split, unless it says what is excluded: then
        /// what does not fit is left out. RFC 3376 §4.2.16.
        /// </summary>
        public void Append(IgmpRecordType type, InetAddress group, scoped ReadOnlySpan<InetAddress> sources)
        {
            bool excludes = type is IgmpRecordType.ModeIsExclude or IgmpRecordType.ChangeToExcludeMode;
            do
            {
                if (_packet is not null && _writer.RoomForSources < sources.Length) Flush();
                if (_packet is null) Begin();
                int fits = Math.Min(_writer.RoomForSources, sources.Length);
                if (fits < Math.Min(sources.Length, 1)) return;      // a link for which nothing is small enough
                _writer.TryAppend(type, group, sources[..fits]);
                sources = excludes ? default : sources[fits..];
            }
            while (!sources.IsEmpty);
        }

        /// <summary>Sends what there is.</summary>
        public void Flush()
        {
            if (_packet is not { } packet) return;
            _packet = null;
            if (_writer.RecordCount == 0)
            {
                packet.Return();
                return;
            }

            _writer.Finish();
            owner.Send(packet, MulticastGroups.AllReportListeners, now);
        }

        private void Begin()
        {
            int room = Math.Min(owner.PortMtu, PacketPool.LargeSize) - HeaderLength;
            _packet = owner.Rent(room);
            _writer = new IgmpReportWriter(_packet, room);
        }
    }

    private int PortMtu => entry.Port!.Mtu;

    private PacketBuffer Rent(int octets) => context.Packets.Rent(Math.Max(octets, IgmpHeader.Length));
}
