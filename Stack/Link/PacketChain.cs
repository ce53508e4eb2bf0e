using UserNet.Buffers;

namespace UserNet.Link;

/// <summary>Packets that wait, in order, each holding on to the next one: no memory but their own.</summary>
/// <remarks>Gate held. A copy is the same chain: only one of them may be changed.</remarks>
internal struct PacketChain
{
    private PacketBuffer? _first, _last;

    public int Count { get; private set; }

    public int Octets { get; private set; }

    /// <summary>What their buffers take, whether filled or not, octets.</summary>
    public int Memory { get; private set; }

    public void Add(PacketBuffer packet)
    {
        if (_last is null) _first = packet;
        else _last.Next = packet;
        _last = packet;
        Count++;
        Octets += packet.Length;
        Memory += packet.Capacity;
    }

    /// <summary>The oldest; null when there is none.</summary>
    public readonly PacketBuffer? First => _first;

    /// <summary>Takes the oldest out; null when there is none.</summary>
    public PacketBuffer? Take()
    {
        if (_first is not { } packet) return null;
        _first = packet.Next;
        packet.Next = null;
        if (_first is null) _last = null;
        Count--;
        Octets -= packet.Length;
        Memory -= packet.Capacity;
        return packet;
    }
}
