using System.Buffers;
using System.Runtime.CompilerServices;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Frames that go to the kernel in one call (sendmmsg), each with its offload facts in front or without.</summary>
internal sealed unsafe class SendBatch
{
    /// <summary>The most frames of a call.</summary>
    public const int Capacity = 64;

    private readonly MessageEntry[] _messages = GC.AllocateArray<MessageEntry>(Capacity, pinned: true);
    private readonly IoVector[] _parts = GC.AllocateArray<IoVector>(Capacity * 2, pinned: true);
    private readonly VirtioHeader[] _headers = GC.AllocateArray<VirtioHeader>(Capacity, pinned: true);
    private readonly MemoryHandle[] _handles = new MemoryHandle[Capacity];
    private readonly bool _hasHeaders;

    /// <summary>A batch for a socket that wants headers or does not.</summary>
    public SendBatch(bool hasHeaders)
    {
        _hasHeaders = hasHeaders;
        var parts = (IoVector*)Unsafe.AsPointer(ref _parts[0]);
        var headers = (VirtioHeader*)Unsafe.AsPointer(ref _headers[0]);
        for (int i = 0; i < Capacity; i++)
        {
            parts[2 * i] = new IoVector { Start = headers + i, Length = VirtioHeader.Length };
            _messages[i].Parts = parts + (2 * i) + (hasHeaders ? 0 : 1);
            _messages[i].PartCount = hasHeaders ? 2u : 1u;
        }
    }

    /// <summary>Sends frames, at most <see cref="Capacity"/>, and returns how many the kernel took; less than 0, with errno, for none.</summary>
    public int Send(Descriptor socket, ReadOnlySpan<LinkFrame> frames)
    {
        int pinned = 0;
        try
        {
            for (; pinned < frames.Length; pinned++)
            {
                ref readonly LinkFrame frame = ref frames[pinned];
                _handles[pinned] = frame.Octets.Pin();
                _parts[(2 * pinned) + 1] = new IoVector { Start = _handles[pinned].Pointer, Length = (nuint)frame.Octets.Length };
                if (_hasHeaders) _headers[pinned] = VirtioHeader.Of(frame);
            }

            return LibC.SendMessages(socket, (MessageEntry*)Unsafe.AsPointer(ref _messages[0]), (uint)pinned, LibC.DoNotWait);
        }
        finally
        {
            for (int i = 0; i < pinned; i++) _handles[i].Dispose();
        }
    }
}
