using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>
/// A way through the extension headers of an IPv6 packet, in the order in which they stand: hop-by-hop options, routing, fragment,
/// destination options. RFC 8200 §4.
/// </summary>
/// <remarks>
/// It ends before what is no extension header, which is the transport; behind a fragment header that is not the first of its packet,
/// whose rest is not a header at all; and before a header that is cut off. Their order is for whoever receives them to judge. Any
/// thread.
/// </remarks>
public ref struct Ipv6Extensions
{
    private const int Unit = 8;      // lengths count in these, the first not counted

    private readonly ReadOnlySpan<byte> _octets;
    private int _length;
    private bool _isAtEnd;

    /// <summary>Before the first extension header of a packet.</summary>
    public Ipv6Extensions(in Ipv6Packet packet)
    {
        _octets = packet.Octets;
        Offset = _octets.IsEmpty ? 0 : Ipv6Header.Length;
        Next = _octets.IsEmpty ? IpProtocol.NoNextHeader : packet.NextHeader;
    }

    /// <summary>What the header at hand is.</summary>
    public IpProtocol Current { get; private set; }

    /// <summary>The octets of the header at hand.</summary>
    public readonly ReadOnlySpan<byte> Octets => _octets.Slice(Offset, _length);

    /// <summary>Where the header at hand begins in the packet; at the end, the transport.</summary>
    public int Offset { get; private set; }

    /// <summary>Where the field stands that says what is behind the headers passed so far: an error about it points there.</summary>
    public int NextHeaderOffset { get; private set; } = 6;

    /// <summary>What follows the header at hand; at the end, the transport, or a header that is cut off.</summary>
    public IpProtocol Next { get; private set; }

    /// <summary>True when a header is cut off: what follows is not known.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>True when there was a fragment header, of a part of a packet: an offset, or more to come.</summary>
    public bool IsFragment { get; private set; }

    /// <summary>Where the payload of a fragment belongs in the whole, octets.</summary>
    public int FragmentOffset { get; private set; }

    /// <summary>True when the fragment header that was met says that its part is not the last.</summary>
    public bool MoreFragments { get; private set; }

    /// <summary>Which packet the fragment header that was met names.</summary>
    public uint Identification { get; private set; }

    /// <summary>The options of hop-by-hop or destination options, without the first two octets.</summary>
    public readonly ReadOnlySpan<byte> Options => Octets[2..];

    /// <summary>True for a header that this walks over.</summary>
    public static bool IsExtension(IpProtocol protocol) => protocol is
        IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Fragment or IpProtocol.DestinationOptions;

    /// <summary>Walks to the end, and answers whether all headers are there.</summary>
    public bool MoveToEnd()
    {
        while (MoveNext())
        {
        }

        return !IsCutOff;
    }

    /// <summary>Goes on to the next header; false at the transport, or at a header that is cut off.</summary>
    public bool MoveNext()
    {
        Offset += _length;
        _length = 0;
        if (_isAtEnd || IsCutOff || !IsExtension(Next)) return false;
        int left = _octets.Length - Offset;
        int length = left < Unit ? 0 : Next == IpProtocol.Fragment ? Unit : (_octets[Offset + 1] + 1) * Unit;
        if (length == 0 || length > left)
        {
            IsCutOff = true;
            return false;
        }

        _length = length;
        NextHeaderOffset = Offset;
        Current = Next;
        Next = (IpProtocol)_octets[Offset];
        if (Current == IpProtocol.Fragment) ReadFragment();
        return true;
    }

    private void ReadFragment()
    {
        ushort place = ReadUInt16BigEndian(_octets[(Offset + 2)..]);
        FragmentOffset = place & 0xFFF8;
        MoreFragments = (place & 1) != 0;
        Identification = ReadUInt32BigEndian(_octets[(Offset + 4)..]);
        IsFragment |= (place & 0xFFF9) != 0;
        _isAtEnd |= FragmentOffset > 0;
    }
}
