using System.Numerics;

namespace UserNet.Tcp;

/// <summary>Arrays for what is in flight, and for what waits to be read, shared by the connections of a stack. Gate held.</summary>
internal sealed class SentQueuePool
{
    private const int MemoriesKept = 64;

    private readonly Shelf<SentSegment> _segments = new();
    private readonly Shelf<long> _positions = new();
    private readonly Shelf<HeldPacket> _packets = new();
    private readonly Stack<ReceiveMemory> _memories = new();

    /// <summary>An array of at least so many segments, its length a power of two.</summary>
    public SentSegment[] RentSegments(int least) => _segments.Rent(least);

    /// <summary>An array of at least so many positions, its length a power of two.</summary>
    public long[] RentPositions(int least) => _positions.Rent(least);

    /// <summary>An empty count of what waits to be read.</summary>
    public ReceiveMemory RentMemory() => _memories.TryPop(out ReceiveMemory? memory) ? memory : new ReceiveMemory(this);

    /// <summary>Takes a count back, which is empty.</summary>
    public void Return(ReceiveMemory memory)
    {
        if (_memories.Count < MemoriesKept) _memories.Push(memory);
    }

    /// <summary>An array of at least so many records of packets, its length a power of two.</summary>
    public HeldPacket[] RentPackets(int least) => _packets.Rent(least);

    /// <summary>Takes an array back.</summary>
    public void Return(HeldPacket[] array) => _packets.Return(array);

    /// <summary>Takes an array back.</summary>
    public void Return(SentSegment[] array) => _segments.Return(array);

    /// <summary>Takes an array back.</summary>
    public void Return(long[] array) => _positions.Return(array);

    // Stacks of arrays, one for each power of two; what lies there is bounded, the rest is the collector's.
    private sealed class Shelf<T>
    {
        private const int Least = 16;
        private const int KeptOfASize = 1 << 15;      // elements, at least one array

        private readonly Stack<T[]>?[] _bySize = new Stack<T[]>[32];

        public T[] Rent(int least)
        {
            int log = BitOperations.Log2((uint)Math.Max(least, Least) - 1) + 1;
            return _bySize[log] is { Count: > 0 } stack ? stack.Pop() : new T[1 << log];
        }

        public void Return(T[] array)
        {
            if (array.Length == 0) return;
            Stack<T[]> stack = _bySize[BitOperations.Log2((uint)array.Length)] ??= new Stack<T[]>();
            if (stack.Count == 0 || (stack.Count + 1) * array.Length <= KeptOfASize) stack.Push(array);
        }
    }
}
