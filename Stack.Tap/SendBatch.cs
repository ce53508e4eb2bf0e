using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Frames that go to the kernel in one call (sendmmsg), each with its offload facts in front or without.</summary>
/// <remarks>They are copied into room of our own: that costs less than pinning each of them.</remarks>
internal sealed unsafe class SendBatch
{
    private const int Capacity = 64;
    private const int Octets = 256 * 1024;

    private readonly MessageEntry[] _messages = GC.AllocateArray<MessageEntry>(Capacity, pinned: true);
    private readonly IoVector[] _parts = GC.AllocateArray<IoVector>(Capacity, pinned: true);
    private readonly byte[] _octets = GC.AllocateUninitializedArray<byte>(Octets, pinned: true);
    private readonly bool _hasHeaders;

    /// <summary>A batch for a socket that wants headers or does not.</summary>
    public SendBatch(bool hasHeaders)
    {
        _hasHeaders = hasHeaders;
        var parts = (IoVector*)Unsafe.AsPointer(ref _parts[0]);
        for (int i = 0; i < Capacity; i++)
        {
            _messages[i].Parts = parts + i;
            _messages[i].PartCount = 1;
        }
    }

    /// <summary>
    /// Sends frames in order, as many as go together, and returns how many the kernel took; less than 0, with errno,
    /// when it did not take the first.
    /// </summary>
    public int Send(Descriptor socket, ReadOnlySpan<LinkFrame> frames)
    {
        int count = Fill(frames);
        if (count > 0)
            return LibC.SendMessages(socket, (MessageEntry*)Unsafe.AsPointer(ref _messages[0]), (uint)count, LibC.DoNotWait);
        Marshal.SetLastPInvokeError((int)Errno.EMSGSIZE);
        return -1;
    }

    private int Fill(ReadOnlySpan<LinkFrame> frames)
    {
        byte* start = (byte*)Unsafe.AsPointer(ref _octets[0]);
        int used = 0, count = 0;
        foreach (ref readonly LinkFrame frame in frames)
        {
            ReadOnlySpan<byte> octets = frame.Octets.Span;
            if (count == Capacity || octets.Length > Octets - used - VirtioHeader.Length) break;
            int length = 0;
            if (_hasHeaders)
            {
                Unsafe.WriteUnaligned(start + used, VirtioHeader.Of(frame));
                length = VirtioHeader.Length;
            }

            octets.CopyTo(_octets.AsSpan(used + length));
            length += octets.Length;
            _parts[count++] = new IoVector { Start = start + used, Length = (nuint)length };
            used += length;
        }

        return count;
    }
}
