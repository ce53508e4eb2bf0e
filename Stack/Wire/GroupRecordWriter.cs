using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>
/// Writes the records of a report of IGMP version 3 or MLD version 2 into an empty buffer: the two differ in their number and in how
/// long an address is. RFC 3376 §4.2, RFC 3810 §5.2.
/// </summary>
/// <remarks>Gate held. The report is complete, and sealed with its checksum, after one of the ways to finish it.</remarks>
internal ref struct GroupRecordWriter
{
    /// <summary>Octets of an address in IGMP, and in MLD.</summary>
    public const int V4Length = 4, V6Length = 16;

    private const int HeaderLength = 8;
    private const int RecordHeaderLength = 4;      // before the group

    private readonly PacketBuffer _packet;
    private readonly int _maxLength, _addressLength;

    /// <exception cref="ArgumentException">The buffer is not empty.</exception>
    public GroupRecordWriter(PacketBuffer packet, int maxLength, byte type, int addressLength)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (packet.Length != 0) throw new ArgumentException("A report begins in an empty buffer.", nameof(packet));
        _packet = packet;
        _addressLength = addressLength;
        Span<byte> header = packet.Append(HeaderLength);
        header.Clear();
        header[0] = type;
        _maxLength = Math.Min(maxLength, packet.Length + packet.RoomBehind);
    }

    /// <summary>How many records were appended.</summary>
    public int RecordCount { get; private set; }

    /// <summary>How many sources another record could list; -1 when there is no room for a record.</summary>
    public readonly int RoomForSources
    {
        get
        {
            int room = _maxLength - _packet.Length - RecordHeaderLength - _addressLength;
            return room < 0 || RecordCount == ushort.MaxValue ? -1 : Math.Min(room / _addressLength, ushort.MaxValue);
        }
    }

    /// <summary>Appends a record; false, and nothing is done, when there is no room for it.</summary>
    public bool TryAppend(GroupRecordType type, InetAddress group, scoped ReadOnlySpan<InetAddress> sources)
    {
        if (sources.Length > RoomForSources) return false;
        Span<byte> record = _packet.Append(RecordHeaderLength + (_addressLength * (1 + sources.Length)));
        record[0] = (byte)type;
        record[1] = 0;
        WriteUInt16BigEndian(record[2..], (ushort)sources.Length);
        record = record[RecordHeaderLength..];
        group.WriteOctets(record);
        foreach (InetAddress source in sources)
        {
            record = record[_addressLength..];
            source.WriteOctets(record);
        }

        RecordCount++;
        return true;
    }

    /// <summary>Writes the number of records and IGMP's checksum. Called once, last.</summary>
    public readonly void Finish()
    {
        WriteUInt16BigEndian(_packet.Span[6..], (ushort)RecordCount);
        WriteUInt16BigEndian(_packet.Span[2..], InternetChecksum.Of(_packet.Span));
    }

    /// <summary>Writes the number of records and ICMPv6's checksum, which covers the addresses of the packet. Called once, last.</summary>
    public readonly void Finish(InetAddress source, InetAddress destination)
    {
        WriteUInt16BigEndian(_packet.Span[6..], (ushort)RecordCount);
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Icmpv6, _packet.Length);
        WriteUInt16BigEndian(_packet.Span[2..], InternetChecksum.Of(_packet.Span, pseudo));
    }
}
