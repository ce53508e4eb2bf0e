using System.Buffers;

namespace UserNet.Tcp;

/// <summary>A chunk's octets as one link of the sequence that a receive ring lends.</summary>
internal sealed class ChunkLink : ReadOnlySequenceSegment<byte>
{
    /// <summary>The link after it.</summary>
    public ChunkLink? Following => (ChunkLink?)Next;

    /// <summary>
    /// Says what the link stands for, how many octets lie before it in its sequence, and what follows.
    /// </summary>
    public void Set(ReadOnlyMemory<byte> octets, long before, ChunkLink? following)
    {
        Memory = octets;
        RunningIndex = before;
        Next = following;
    }
}
