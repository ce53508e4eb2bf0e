using UserNet.Buffers;
using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>What was decided of a frame when it was put on a link.</summary>
/// <param name="Drop">Why it is lost on the wire.</param>
/// <param name="Changes">What is done to it on the wire.</param>
/// <param name="Travel">How long it travels, ticks.</param>
/// <param name="Corruption">Which bits are turned round.</param>
/// <param name="Truncation">Where it ends.</param>
internal readonly record struct FrameFate(WireDrop Drop, WireChanges Changes, long Travel, uint Corruption, uint Truncation);

/// <summary>A frame that waits for the line.</summary>
internal readonly record struct WaitingFrame(PacketBuffer Buffer, FrameFate Fate, Timestamp Since);

/// <summary>Frames that wait for a line, first come, first served. Allocates only to grow. Lock of its owner held.</summary>
internal sealed class LineQueue
{
    private WaitingFrame[] _frames = [];
    private int _first;

    /// <summary>How many frames wait.</summary>
    public int Count { get; private set; }

    /// <summary>How many octets they have.</summary>
    public long Octets { get; private set; }

    public void Add(in WaitingFrame frame)
    {
        if (Count == _frames.Length) Grow();
        _frames[(_first + Count++) & (_frames.Length - 1)] = frame;
        Octets += frame.Buffer.Length;
    }

    /// <summary>The first one; there has to be one.</summary>
    public WaitingFrame Take()
    {
        WaitingFrame frame = _frames[_first];
        _frames[_first] = default;
        _first = (_first + 1) & (_frames.Length - 1);
        Count--;
        Octets -= frame.Buffer.Length;
        return frame;
    }

    private void Grow()
    {
        var larger = new WaitingFrame[Math.Max(16, 2 * _frames.Length)];
        for (int i = 0; i < Count; i++) larger[i] = _frames[(_first + i) & (_frames.Length - 1)];
        (_frames, _first) = (larger, 0);
    }
}
