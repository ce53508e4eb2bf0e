using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A version 3 report: group records one after the other. RFC 3376 §4.2.</summary>
/// <remarks>Parsed when every record fits; to be walked by <c>foreach</c>.</remarks>
public readonly ref struct IgmpReport : IWireView<IgmpReport>
{
    private readonly ReadOnlySpan<byte> _octets;

    private IgmpReport(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IgmpReport view)
    {
        view = default;
        if (octets.Length < IgmpHeader.Length || octets[0] != (byte)IgmpType.MembershipReportV3) return false;
        ReadOnlySpan<byte> rest = octets[IgmpHeader.Length..];
        for (int records = ReadUInt16BigEndian(octets[6..]); records > 0; records--)
        {
            if (!IgmpGroupRecord.TryParse(rest, out IgmpGroupRecord record)) return false;
            rest = rest[record.Length..];
        }

        view = new IgmpReport(octets);
        return true;
    }

    /// <summary>All of the report.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>How many records it has.</summary>
    public int RecordCount => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>Walks the records.</summary>
    public Enumerator GetEnumerator() => new(_octets[IgmpHeader.Length..], RecordCount);

    /// <summary>Walks the records of a report.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private int _left;
        private IgmpGroupRecord _current;

        internal Enumerator(ReadOnlySpan<byte> records, int count)
        {
            _rest = records;
            _left = count;
        }

        /// <summary>The record it has come to.</summary>
        public readonly IgmpGroupRecord Current => _current;

        /// <summary>Goes on to the next record; false when there is none.</summary>
        public bool MoveNext()
        {
            if (_left == 0 || !IgmpGroupRecord.TryParse(_rest, out _current)) return false;
            _rest = _rest[_current.Length..];
            _left--;
            return true;
        }
    }
}

/// <summary>What a host listens to in one group. RFC 3376 §4.2.4.</summary>
/// <remarks>May be followed by other octets: it says itself how long it is.</remarks>
public readonly ref struct IgmpGroupRecord : IWireView<IgmpGroupRecord>
{
    internal const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _octets;

    private IgmpGroupRecord(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IgmpGroupRecord view)
    {
        view = default;
        if (octets.Length < HeaderLength) return false;
        int length = HeaderLength + (4 * ReadUInt16BigEndian(octets[2..])) + (4 * octets[1]);
        if (octets.Length < length) return false;
        view = new IgmpGroupRecord(octets[..length]);
        return true;
    }

    /// <summary>What it says, or a number that is to be ignored.</summary>
    public GroupRecordType Type => (GroupRecordType)_octets[0];

    /// <summary>The group.</summary>
    public InetAddress Group => InetAddress.FromV4(ReadUInt32BigEndian(_octets[4..]));

    /// <summary>How many sources it lists.</summary>
    public int SourceCount => ReadUInt16BigEndian(_octets[2..]);

    /// <summary>Auxiliary data, of which the protocol defines none.</summary>
    public ReadOnlySpan<byte> AuxiliaryData => _octets[(HeaderLength + (4 * SourceCount))..];

    /// <summary>How many octets it has.</summary>
    public int Length => _octets.Length;

    /// <summary>The address of a source.</summary>
    /// <param name="index">From 0 to <see cref="SourceCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source.</exception>
    public InetAddress Source(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SourceCount);
        return InetAddress.FromV4(ReadUInt32BigEndian(_octets[(HeaderLength + (4 * index))..]));
    }
}

/// <summary>Writes a version 3 report record by record into an empty buffer. RFC 3376 §4.2.</summary>
/// <remarks>Gate held. The report is complete, and sealed with its checksum, after <see cref="Finish"/>.</remarks>
public ref struct IgmpReportWriter
{
    private GroupRecordWriter _records;

    /// <summary>Begins a report.</summary>
    /// <param name="packet">An empty buffer.</param>
    /// <param name="maxLength">How many octets the report may get: the MTU less the IP header with its option.</param>
    /// <exception cref="ArgumentException">The buffer is not empty.</exception>
    public IgmpReportWriter(PacketBuffer packet, int maxLength) =>
        _records = new GroupRecordWriter(packet, maxLength, (byte)IgmpType.MembershipReportV3, GroupRecordWriter.V4Length);

    /// <summary>How many records were appended.</summary>
    public readonly int RecordCount => _records.RecordCount;

    /// <summary>How many sources another record could list; -1 when there is no room for a record.</summary>
    public readonly int RoomForSources => _records.RoomForSources;

    /// <summary>Appends a record; false, and nothing is done, when there is no room for it.</summary>
    public bool TryAppend(GroupRecordType type, InetAddress group, scoped ReadOnlySpan<InetAddress> sources = default) =>
        _records.TryAppend(type, group, sources);

    /// <summary>Writes the number of records and the checksum. Called once, last.</summary>
    public readonly void Finish() => _records.Finish();
}
