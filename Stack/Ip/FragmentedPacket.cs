using System.Runtime.CompilerServices;
using UserNet.Binding;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>A packet some of whose fragments have come. Kept for others when it is done with.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class FragmentedPacket
{
    /// <summary>Octets of memory that one takes, with its places in tables; more than it really does.</summary>
    public const int Cost = 448;

    /// <summary>How many chunks the largest packet needs.</summary>
    public const int MaxChunks = 65_536 / FragmentStore.ChunkSize;

    /// <summary>How long a header may be that needs no chunk, octets.</summary>
    public const int InlineHeader = Ipv4Header.MaxLength;

    public FragmentKey Key;
    public int Bucket, SourceGroup;
    public FragmentedPacket? NextInBucket;
    public FragmentedPacket? Older, Newer;                        // of its family
    public FragmentedPacket? OlderOfGroup, NewerOfGroup;          // of its group of sources
    public Timestamp Began, Due;

    /// <summary>Octets of the payload; -1 until the last fragment has come.</summary>
    public int Total;

    /// <summary>Where the fragment ends that reaches farthest.</summary>
    public int Reach;

    /// <summary>Units of eight octets that have come.</summary>
    public int Received;

    public int Fragments;

    /// <summary>One bit for each ECN codepoint that was seen.</summary>
    public int EcnSeen;

    /// <summary>True when it is given up, and only kept so that its other fragments are known.</summary>
    public bool IsDiscarded;

    /// <summary>Where the octets are, by which KiB; 0 for a chunk not needed yet.</summary>
    public ChunkTable Chunks;

    public int ChunkCount;

    // Of the first fragment, once it has come.
    public int HeaderLength;
    public ushort HeaderChunk;                                    // where the header lies when it is longer than Header; else 0
    public ushort NextHeaderField;                                // of IPv6: where the header says what the payload begins with,
    public IpProtocol NextHeader;                                 // and what that is
    public int FirstLength;                                       // octets of payload that the fragment brought
    public FirstHeader Header;
    public LinkPort? Port;
    public LinkCast Cast;
    public AddressRole Role;

    public bool IsComplete => Total >= 0 && Received == (Total + 7) / 8;

    /// <summary>Makes one that is done with into a new one.</summary>
    public void Begin(in FragmentKey key, int bucket, int sourceGroup, Timestamp now, Timestamp due)
    {
        Key = key;
        Bucket = bucket;
        SourceGroup = sourceGroup;
        Began = now;
        Due = due;
        Total = -1;
        Reach = Received = Fragments = EcnSeen = ChunkCount = HeaderLength = 0;
        HeaderChunk = 0;
        IsDiscarded = false;
        Chunks = default;
    }

    [InlineArray(MaxChunks)]
    public struct ChunkTable
    {
        private ushort _first;
    }

    [InlineArray(InlineHeader)]
    public struct FirstHeader
    {
        private byte _first;
    }
}
