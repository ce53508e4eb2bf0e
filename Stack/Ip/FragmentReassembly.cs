using System.Diagnostics;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Ip;

/// <summary>Who is told that the fragments of a packet did not come in time.</summary>
internal interface IFragmentTimeout
{
    /// <summary>A packet was given up of which the first fragment had come.</summary>
    /// <param name="first">The first fragment, perhaps without its end; lent.</param>
    /// <param name="now">The time.</param>
    void OnFragmentTimeout(in IpArrival first, Timestamp now);
}

/// <summary>Puts packets together from their fragments. RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2; RFC 8200 §4.5.</summary>
/// <remarks>
/// A fragment that comes twice is ignored. One that overlaps others, contradicts what they say of the packet's length, or brings other
/// octets the second time takes the whole packet with it, and what still comes of it (RFC 5722, which is about IPv6, but whose reasons
/// hold for IPv4). Both families share the memory. Memory is bounded by <see cref="IpInputSettings.FragmentMemory"/> and the number of packets, and the oldest packet makes
/// place: with the settings as they are at first it is never more than 6 MiB, tables and all, whatever comes. It is taken as it is needed
/// and kept for later. A fragment costs by its length, however many others there are and in whichever order they come. Gate held.
/// </remarks>
public sealed partial class FragmentReassembly : IExpires
{
    private const int LargestPacket = 65_535;
    private const int TcpFlagsEnd = 16, TcpSecondUnit = 8;      // RFC 1858 §3, RFC 3128
    private const int UnitsAChunk = FragmentStore.ChunkSize / 8;
    private const int Quoted = 576, QuotedV6 = 1232;      // octets of the first fragment that an error may want
    private const int EcnMask = 3, NotEct = 1 << 0, Ce = 1 << 3;

    private readonly IpInputSettings _settings;
    private readonly LinkContext _context;
    private readonly IFragmentTimeout _host;

    internal FragmentReassembly(IpInputSettings settings, LinkContext context, IFragmentTimeout host)
    {
        _settings = settings;
        _context = context;
        _host = host;
    }

    /// <summary>Who is told of IPv6 packets.</summary>
    internal IFragmentTimeout? HostV6 { get; set; }

    /// <summary>How many packets wait for fragments, or are remembered as given up.</summary>
    public int Count { get; private set; }

    /// <summary>How much memory their octets and book-keeping take, octets.</summary>
    public int Held { get; private set; }

    /// <summary>Chunks looked at and steps along chains, for tests of what a fragment costs.</summary>
    internal long Steps { get; private set; }

    /// <summary>Takes a fragment of an IPv4 packet for this host.</summary>
    /// <param name="fragment">The fragment; what is needed of it is copied.</param>
    /// <param name="now">The time.</param>
    /// <param name="whole">The whole packet, which becomes the caller's, when this was the last missing piece; else null.</param>
    /// <returns>None, or why the fragment was dropped.</returns>
    public DropReason Add(in IpArrival fragment, Timestamp now, out PacketBuffer? whole)
    {
        whole = null;
        _context.Counters.Count(Counter.IpReassemblyNeeded);
        var piece = new FragmentPiece(fragment);
        return IsMalformed(piece, fragment.Protocol) ? DropReason.FragmentMalformed : Add(piece, fragment, now, out whole);
    }

    /// <summary>Takes a fragment of an IPv6 packet for this host, whose place and length the caller has found possible.</summary>
    /// <param name="fragment">The fragment; what is needed of it is copied.</param>
    /// <param name="piece">The same, taken apart.</param>
    /// <param name="now">The time.</param>
    /// <param name="whole">The whole packet, which becomes the caller's, when this was the last missing piece; else null.</param>
    /// <returns>None, or why the fragment was dropped. FragmentMalformed: it brings nothing, or its headers are too long to be kept.</returns>
    internal DropReason AddV6(in IpArrival fragment, in FragmentPiece piece, Timestamp now, out PacketBuffer? whole)
    {
        whole = null;
        bool isMalformed = piece.Payload.IsEmpty || piece.Headers.Length > FragmentStore.ChunkSize;
        return isMalformed ? DropReason.FragmentMalformed : Add(piece, fragment, now, out whole);
    }

    private DropReason Add(in FragmentPiece piece, in IpArrival fragment, Timestamp now, out PacketBuffer? whole)
    {
        whole = null;
        int start = piece.Start, end = piece.End;
        FragmentedPacket target = Find(piece.Key, out int bucket) ?? Begin(piece.Key, bucket, now);
        if (target.IsDiscarded) return DropReason.FragmentOverlap;
        DropReason reason = Judge(target, piece, start, end, out int missingChunks);
        if (reason == DropReason.FragmentDuplicate) return reason;
        if (reason == DropReason.None && target.Fragments == _settings.MaxFragments) reason = DropReason.FragmentTooMany;
        if (reason != DropReason.None)
        {
            GiveUp(target);
            return reason;
        }

        if (start == 0 && piece.Headers.Length > FragmentedPacket.InlineHeader) missingChunks++;
        MakeRoom(target, missingChunks * FragmentStore.ChunkCost);
        if (start == 0) KeepFirst(target, piece, fragment);
        Store(target, piece, start, end);
        return target.IsComplete ? Finish(target, out whole) : DropReason.None;
    }

    void IExpires.OnExpired(Timestamp now)
    {
        for (int i = 0; i < _lines.Length; i++)
        {
            while (_lines[i].Oldest is { } target && target.Due <= now) Expire(target, now);
            Arm(ref _lines[i]);
        }
    }

    /// <summary>
    /// What is wrong with the fragment alone: no octets, an end inside a unit of eight that is not the packet's, an end that no packet
    /// can have, or one of TCP that is cut so that a filter on the way can't see its flags.
    /// </summary>
    private static bool IsMalformed(in FragmentPiece piece, IpProtocol protocol)
    {
        int start = piece.Start, length = piece.Payload.Length;
        if (length == 0 || (piece.MoreFragments && length % 8 != 0)) return true;
        if (Ipv4Header.Length + piece.End > LargestPacket) return true;
        return protocol == IpProtocol.Tcp && (start == TcpSecondUnit || (start == 0 && length < TcpFlagsEnd));
    }

    /// <summary>How the fragment goes with those that have come: None, FragmentDuplicate, FragmentOverlap.</summary>
    private DropReason Judge(FragmentedPacket target, in FragmentPiece piece, int start, int end, out int missingChunks)
    {
        missingChunks = 0;
        bool isLast = !piece.MoreFragments;
        if (target.Total >= 0 && (isLast ? end != target.Total : end > target.Total)) return DropReason.FragmentOverlap;
        if (isLast && end < target.Reach) return DropReason.FragmentOverlap;

        bool any = false, all = true;
        for (int unit = start / 8, stop = (end + 7) / 8; unit < stop; unit = NextChunk(unit))
        {
            Steps++;
            ushort chunk = target.Chunks[unit / UnitsAChunk];
            UInt128 mask = MaskOf(unit, stop), got = chunk == 0 ? 0 : _store.Marks(chunk).Received & mask;
            if (chunk == 0) missingChunks++;
            any |= got != 0;
            all &= got == mask;
        }

        if (!any) return DropReason.None;
        return all && IsSame(target, piece, start, end) ? DropReason.FragmentDuplicate : DropReason.FragmentOverlap;
    }

    /// <summary>True when a fragment of this beginning, end and octets has come. All of its octets have.</summary>
    private bool IsSame(FragmentedPacket target, in FragmentPiece piece, int start, int end)
    {
        if (piece.MoreFragments == (end == target.Total)) return false;
        int first = start / 8, stop = (end + 7) / 8;
        ReadOnlySpan<byte> payload = piece.Payload;
        for (int unit = first; unit < stop; unit = NextChunk(unit))
        {
            Steps++;
            ushort chunk = target.Chunks[unit / UnitsAChunk];
            UInt128 starts = _store.Marks(chunk).Starts & MaskOf(unit, stop);
            UInt128 expected = unit == first ? UInt128.One << (unit % UnitsAChunk) : 0;
            if (starts != expected) return false;
            int length = Math.Min(payload.Length, (NextChunk(unit) - unit) * 8);
            if (!payload[..length].SequenceEqual(_store.Octets(chunk).Slice(unit % UnitsAChunk * 8, length))) return false;
            payload = payload[length..];
        }

        return end == target.Total || !IsMarked(target, stop, out bool isStart) || isStart;
    }

    private bool IsMarked(FragmentedPacket target, int unit, out bool isStart)
    {
        isStart = false;
        ushort chunk = target.Chunks[unit / UnitsAChunk];
        if (chunk == 0) return false;
        UInt128 bit = UInt128.One << (unit % UnitsAChunk);
        isStart = (_store.Marks(chunk).Starts & bit) != 0;
        return (_store.Marks(chunk).Received & bit) != 0;
    }

    private void KeepFirst(FragmentedPacket target, in FragmentPiece piece, in IpArrival first)
    {
        target.HeaderLength = piece.Headers.Length;
        if (target.HeaderLength > FragmentedPacket.InlineHeader)
        {
            target.HeaderChunk = _store.Rent();
            Held += FragmentStore.ChunkCost;
        }

        piece.Headers.CopyTo(HeadersOf(target));
        target.NextHeader = piece.NextHeader;
        target.NextHeaderField = (ushort)piece.NextHeaderField;
        target.FirstLength = piece.Payload.Length;
        target.Port = first.Port;
        target.Cast = first.Cast;
        target.Role = first.Role;
    }

    private Span<byte> HeadersOf(FragmentedPacket target) =>
        target.HeaderChunk != 0 ? _store.Octets(target.HeaderChunk)[..target.HeaderLength] : ((Span<byte>)target.Header)[..target.HeaderLength];

    private void Store(FragmentedPacket target, in FragmentPiece piece, int start, int end)
    {
        int first = start / 8, stop = (end + 7) / 8;
        ReadOnlySpan<byte> payload = piece.Payload;
        for (int unit = first; unit < stop; unit = NextChunk(unit))
        {
            Steps++;
            ref ushort chunk = ref target.Chunks[unit / UnitsAChunk];
            if (chunk == 0)
            {
                chunk = _store.Rent();
                target.ChunkCount++;
                Held += FragmentStore.ChunkCost;
            }

            ref ChunkMarks marks = ref _store.Marks(chunk);
            marks.Received |= MaskOf(unit, stop);
            if (unit == first) marks.Starts |= UInt128.One << (unit % UnitsAChunk);
            int length = Math.Min(payload.Length, (NextChunk(unit) - unit) * 8);
            payload[..length].CopyTo(_store.Octets(chunk)[(unit % UnitsAChunk * 8)..]);
            payload = payload[length..];
        }

        target.Received += stop - first;
        target.Fragments++;
        target.EcnSeen |= 1 << piece.Ecn;
        target.Reach = Math.Max(target.Reach, end);
        if (!piece.MoreFragments) target.Total = end;
    }

    private DropReason Finish(FragmentedPacket target, out PacketBuffer? whole)
    {
        whole = null;
        bool isV6 = target.Key.IsV6;
        int length = target.HeaderLength + target.Total;
        DropReason reason =
            length > (isV6 ? Ipv6Output.MaxLength : LargestPacket) ? DropReason.FragmentMalformed
            : (target.EcnSeen & (NotEct | Ce)) == (NotEct | Ce) ? DropReason.FragmentMixedEcn      // RFC 3168 §5.3
            : DropReason.None;
        if (reason == DropReason.None)
        {
            whole = _context.Packets.Rent(length);
            Span<byte> header = whole.Append(target.HeaderLength);
            HeadersOf(target).CopyTo(header);
            if (isV6) WriteHeaderV6(target, header);
            else WriteHeader(target, header);
            CopyPayload(target, whole.Append(target.Total));
            _context.Counters.Count(isV6 ? Counter.Ip6Reassembled : Counter.IpReassembled);
        }

        Remove(target);
        return reason;
    }

    /// <summary>Makes the first fragment's header into that of a whole packet. RFC 791 §3.2, RFC 3168 §5.3.</summary>
    private static void WriteHeader(FragmentedPacket target, Span<byte> header)
    {
        if ((target.EcnSeen & Ce) != 0) header[1] |= EcnMask;
        WriteUInt16BigEndian(header[2..], (ushort)(target.HeaderLength + target.Total));
        WriteUInt16BigEndian(header[6..], (ushort)(ReadUInt16BigEndian(header[6..]) & 0x4000));      // DF stays
        WriteUInt16BigEndian(header[10..], 0);
        WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
    }

    /// <summary>The same of IPv6: the fragment header is gone. RFC 8200 §4.5.</summary>
    private static void WriteHeaderV6(FragmentedPacket target, Span<byte> headers)
    {
        if ((target.EcnSeen & Ce) != 0) headers[1] |= EcnMask << 4;
        WriteUInt16BigEndian(headers[4..], (ushort)(target.HeaderLength - Ipv6Header.Length + target.Total));
        headers[target.NextHeaderField] = (byte)target.NextHeader;
    }

    private void CopyPayload(FragmentedPacket target, Span<byte> payload)
    {
        for (int i = 0; !payload.IsEmpty; i++)
        {
            Steps++;
            int length = Math.Min(payload.Length, FragmentStore.ChunkSize);
            _store.Octets(target.Chunks[i])[..length].CopyTo(payload);
            payload = payload[length..];
        }
    }

    private static int NextChunk(int unit) => (unit / UnitsAChunk * UnitsAChunk) + UnitsAChunk;

    /// <summary>The bits of the units from one on, up to another or to the end of the chunk.</summary>
    private static UInt128 MaskOf(int unit, int stop)
    {
        int first = unit % UnitsAChunk, count = Math.Min(stop - unit, UnitsAChunk - first);
        Debug.Assert(count > 0, "No units are asked for.");
        return (UInt128.MaxValue >> (UnitsAChunk - count)) << first;
    }
}
