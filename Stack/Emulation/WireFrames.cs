using UserNet.Buffers;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>
/// What a wire carries of a frame with work left to do: the frame with its checksum filled in, or one by one the segments that
/// it stands for.
/// </summary>
/// <param name="frame">The frame; lent until the last was taken.</param>
/// <param name="medium">What it is a frame of.</param>
/// <param name="room">Where frames are written that are not the frame itself; grows to what a frame needs.</param>
internal ref struct WireFrames(LinkFrame frame, LinkMedium medium, FrameRoom room)
{
    private SegmentCutter _cutter;
    private int _next, _count = -1;

    /// <summary>True when the frame was not what it says of itself: there is nothing to be carried.</summary>
    public bool IsBad { get; private set; }

    /// <summary>Where the IP header of a frame begins.</summary>
    public static int NetworkStart(ReadOnlySpan<byte> octets, LinkMedium medium) =>
        medium == LinkMedium.Ethernet && EthernetFrame.TryParse(octets, out EthernetFrame ethernet) ? ethernet.HeaderLength : 0;

    /// <summary>The next one, which is lent until the one after it is asked for; false when there are no more.</summary>
    public bool TryNext(out LinkFrame one)
    {
        one = default;
        if (_count < 0) Begin();
        if (_next == _count) return false;
        if (frame.Offload.IsComplete)
        {
            one = frame;
        }
        else if (frame.Offload.IsMany)
        {
            int length = _cutter.LengthOf(_next);
            _cutter.Write(_next, room.Of(length).Span);
            one = new LinkFrame(room.Of(length));
        }
        else
        {
            Memory<byte> copy = room.Of(frame.Octets.Length);
            frame.Octets.CopyTo(copy);
            IsBad = !OpenChecksums.TryFill(copy.Span, frame.Offload);
            one = new LinkFrame(copy);
        }

        _next++;
        return !IsBad;
    }

    private void Begin()
    {
        _count = 1;
        if (!frame.Offload.IsMany) return;
        ReadOnlySpan<byte> octets = frame.Octets.Span;
        IsBad = !SegmentCutter.TryParse(octets, NetworkStart(octets, medium), frame.Offload, out _cutter);
        _count = IsBad ? 0 : _cutter.Count;
    }
}

/// <summary>Room for one frame, used again and again. Lock of its owner held.</summary>
internal sealed class FrameRoom
{
    private byte[] _octets = [];

    /// <summary>So many octets of it.</summary>
    public Memory<byte> Of(int length)
    {
        if (length > _octets.Length) _octets = new byte[Math.Max(length, 2048)];
        return _octets.AsMemory(0, length);
    }
}
