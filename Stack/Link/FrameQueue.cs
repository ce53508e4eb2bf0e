using System.Diagnostics.CodeAnalysis;
using UserNet.Buffers;

namespace UserNet.Link;

/// <summary>The frames that wait for their link, in order; bounded.</summary>
/// <remarks>Gate held.</remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue.")]
public sealed class FrameQueue
{
    /// <summary>How many frames may wait, as the transmit queue of a Linux interface.</summary>
    public const int Capacity = 1024;

    private PacketBuffer[] _frames = new PacketBuffer[64];
    private int _first;

    /// <summary>How many frames wait.</summary>
    public int Count { get; private set; }

    /// <summary>How much memory the buffers of all that wait may take, octets: many large ones are not held for long.</summary>
    public const int MemoryLimit = 4 * 1024 * 1024;

    /// <summary>What the buffers of those that wait take, octets.</summary>
    public int Memory { get; private set; }

    /// <summary>Adds a frame behind the others; false when the queue is full, and the frame is still the caller's.</summary>
    public bool TryAdd(PacketBuffer frame)
    {
        if (Count == Capacity || Memory + frame.Capacity > MemoryLimit) return false;
        Memory += frame.Capacity;
        if (Count == _frames.Length) Grow();
        _frames[(_first + Count++) & (_frames.Length - 1)] = frame;
        return true;
    }

    /// <summary>The frame at a place, the oldest being 0.</summary>
    public PacketBuffer this[int place] => _frames[(_first + place) & (_frames.Length - 1)];

    /// <summary>Takes the oldest frame out.</summary>
    public PacketBuffer Take()
    {
        PacketBuffer frame = _frames[_first];
        _frames[_first] = null!;
        _first = (_first + 1) & (_frames.Length - 1);
        Count--;
        Memory -= frame.Capacity;
        return frame;
    }

    private void Grow()
    {
        var wider = new PacketBuffer[2 * _frames.Length];
        for (int i = 0; i < Count; i++) wider[i] = this[i];
        _frames = wider;
        _first = 0;
    }
}
