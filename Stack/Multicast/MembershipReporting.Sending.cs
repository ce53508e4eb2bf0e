using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// How records are packed into reports. RFC 3376 §4.2, RFC 3810 §5.2.
internal sealed partial class MembershipReporting
{
    /// <summary>Puts records into as few reports as they fit, and sends each that is full.</summary>
    private ref struct ReportBatch(MembershipReporting owner, Timestamp now)
    {
        private PacketBuffer? _packet;
        private GroupRecordWriter _writer;

        /// <summary>
        /// Adds a record. One whose sources find no room in any report is split, unless it says what is excluded: then
        /// what does not fit is left out. RFC 3376 §4.2.16, RFC 3810 §5.2.15.
        /// </summary>
        public void Append(GroupRecordType type, InetAddress group, scoped ReadOnlySpan<InetAddress> sources)
        {
            bool excludes = type is GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExcludeMode;
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

            owner.SendReport(packet, _writer, now);
        }

        private void Begin()
        {
            int room = owner.RoomForReport;
            _packet = owner.Rent(room);
            _writer = owner.BeginReport(_packet, room);
        }
    }

    private int RoomForReport => Math.Min(protocol.RoomOn(entry.Port!), PacketPool.LargeSize);

    private PacketBuffer Rent(int octets) => context.Packets.Rent(Math.Max(octets, Icmpv6Header.Length));

    private GroupRecordWriter BeginReport(PacketBuffer packet, int room) => protocol.BeginReport(packet, room);

    private void SendReport(PacketBuffer packet, in GroupRecordWriter records, Timestamp now) =>
        _lackedSource |= !protocol.SendReport(packet, records, entry, now);
}
