using System.Diagnostics;

namespace UserNet.Buffers;

/// <summary>A packet on its way out: octets with room in front, into which each layer prepends its header.</summary>
/// <remarks>
/// One owner at a time, who passes it on or gives it back by <see cref="Return"/>. Gate held.
/// <code>
/// |&lt;-- headroom --&gt;|&lt;-- Length: headers, payload --&gt;|&lt;-- tailroom --&gt;|
/// </code>
/// </remarks>
public sealed class PacketBuffer
{
    /// <summary>Room in front of the payload: an Ethernet header with two tags, an IP header with options, and more.</summary>
    public const int Headroom = 128;

    private readonly byte[] _octets;
    private readonly PacketPool _pool;
    private int _start = Headroom;
    private PacketOffload _offload;      // its ChecksumStart counts from the first octet of the buffer

    internal PacketBuffer(byte[] octets, PacketPool pool)
    {
        _octets = octets;
        _pool = pool;
    }

    /// <summary>How many octets the packet has.</summary>
    public int Length { get; private set; }

    /// <summary>How many octets could be prepended.</summary>
    public int RoomInFront => _start;

    /// <summary>How many octets could be appended.</summary>
    public int RoomBehind => _octets.Length - _start - Length;

    /// <summary>The packet's octets.</summary>
    public Span<byte> Span => _octets.AsSpan(_start, Length);

    /// <summary>The packet's octets, to be lent to a link.</summary>
    public ReadOnlyMemory<byte> Memory => new(_octets, _start, Length);

    /// <summary>What is still to be done to the octets; where they begin moves along with what is put in front.</summary>
    public PacketOffload Offload
    {
        get => _offload.NeedsChecksum ? _offload with { ChecksumStart = (ushort)(_offload.ChecksumStart - _start) } : _offload;
        set => _offload = value.NeedsChecksum ? value with { ChecksumStart = (ushort)(value.ChecksumStart + _start) } : value;
    }

    /// <summary>Who is told when the packet has left or is dropped; null for nobody.</summary>
    public IPacketOwner? Owner { get; set; }

    /// <summary>What the owner is charged for it until then; goes with <see cref="Owner"/>.</summary>
    public int Charge { get; set; }

    internal bool IsRented { get; set; }

    /// <summary>The packet behind it where its owner keeps several in a chain.</summary>
    internal PacketBuffer? Next { get; set; }

    internal int Capacity => _octets.Length;

    /// <summary>Makes room in front and returns it, for a header to be written into.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The headroom is used up.</exception>
    public Span<byte> Prepend(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, _start);
        _start -= octets;
        Length += octets;
        return _octets.AsSpan(_start, octets);
    }

    /// <summary>Makes room behind and returns it, for payload to be written into.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is not so much room.</exception>
    public Span<byte> Append(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, RoomBehind);
        Length += octets;
        return _octets.AsSpan(_start + Length - octets, octets);
    }

    /// <summary>Takes octets away in front: a header that has been read, or is to be written anew.</summary>
    public void TrimFront(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, Length);
        _start += octets;
        Length -= octets;
    }

    /// <summary>Takes octets away behind.</summary>
    public void TrimBack(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, Length);
        Length -= octets;
    }

    /// <summary>Another buffer stands for this one from now on: its last fragment, or a copy.</summary>
    public void GiveOwnerTo(PacketBuffer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (other.Owner, other.Charge, Owner, Charge) = (Owner, Charge, null, 0);
    }

    /// <summary>Gives the buffer back to its pool, and tells its owner.</summary>
    public void Return()
    {
        Debug.Assert(IsRented, "A packet buffer was returned twice.");
        IPacketOwner? owner = Owner;
        int charge = Charge;
        (Owner, Charge) = (null, 0);
        _pool.TakeBack(this);
        owner?.OnPacketReleased(charge);
    }

    internal void Reset()
    {
        _start = Headroom;
        Length = 0;
        _offload = default;
    }
}

/// <summary>Who sent a packet and wants to know when its buffer is free again.</summary>
public interface IPacketOwner
{
    /// <summary>A packet of this owner left by its link, or was dropped. Gate held.</summary>
    /// <param name="charge">What the packet was charged.</param>
    void OnPacketReleased(int charge);
}
