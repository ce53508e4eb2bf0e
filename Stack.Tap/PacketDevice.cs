using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>A network card, beside the kernel: frames come up in a ring shared with it, and are read where they lie.</summary>
/// <remarks>
/// Frames are those that come in from the wire, to our address or to groups: what the kernel itself sends out there does not come
/// up. A VLAN tag that card or kernel took off is put back into its place.
/// </remarks>
internal sealed unsafe partial class PacketDevice : CardDevice
{
    // struct tpacket3_hdr
    private const int NextPlace = 0, KeptPlace = 12, LengthPlace = 16, StatusPlace = 20, MacPlace = 24, TagPlace = 32, TagTypePlace = 36;
    private const uint ChecksumNotReady = 8, HasTag = 0x10, HasTagType = 0x40, ChecksumValid = 0x80;    // TP_STATUS_...
    private const int TagLength = 4, TagOffset = 2 * MacAddress.Length;

    private static readonly Version KernelWithDatagrams = new(6, 2);    // before, it takes no burst of datagrams

    private readonly PacketRing _ring;
    private readonly LinkFrame[] _frames;
    private readonly SendBatch _sending;
    private readonly bool _hasHeaders;
    private int _block;

    private PacketDevice(
        DeviceSpec spec, InterfaceControl control, Descriptor socket, PacketRing ring, int index, bool hasHeaders, DeviceOptions options)
        : base(spec, control, socket, index)
    {
        _ring = ring;
        _hasHeaders = hasHeaders;
        _frames = new LinkFrame[options.BatchFrames];
        _sending = new SendBatch(hasHeaders);
        if (!hasHeaders || !options.Offload) return;
        Features = LinkFeatures.Checksum | LinkFeatures.TcpSegmentation | LinkFeatures.TcpSegmentation6;
        if (Environment.OSVersion.Version >= KernelWithDatagrams) Features |= LinkFeatures.UdpSegmentation;
    }

    private protected override bool Receive(IFrameSink sink)
    {
        if (!_ring.TryTake(_block, out int left, out int place)) return false;
        int count = 0;
        long octets = 0;
        for (; left > 0; left--)
        {
            byte* header = _ring.Start + place;
            if (TryRead(header, out LinkFrame frame))
            {
                _frames[count++] = frame;
                octets += frame.Octets.Length;
            }

            if (count == _frames.Length) Deliver(sink, ref count, ref octets);
            place += (int)*(uint*)(header + NextPlace);
        }

        Deliver(sink, ref count, ref octets);
        _ring.Return(_block);
        _block = (_block + 1) % _ring.Blocks;
        return true;
    }

    private protected override int Write(ReadOnlySpan<LinkFrame> frames, out SendObstacle obstacle)
    {
        obstacle = CarrierObstacle;
        int taken = 0;
        while (taken < frames.Length && obstacle == SendObstacle.None)
        {
            int sent = _sending.Send(Socket, frames[taken..]);
            for (int i = 0; i < sent; i++) CountSent(frames[taken + i].Octets.Length);
            if (sent >= 0)
                taken += sent;
            else if (PacketErrors.IsRefusal(Marshal.GetLastPInvokeError(), out obstacle))
            {
                CountRefused();
                taken++;
            }
        }

        return taken;
    }

    private protected override void Close()
    {
        base.Close();
        _ring.Free();
    }

    private void Deliver(IFrameSink sink, ref int count, ref long octets)
    {
        if (count == 0) return;
        CountReceived(count, octets);
        sink.OnFrames(_frames.AsSpan(0, count), Span<DropReason>.Empty);
        count = 0;
        octets = 0;
    }

    /// <summary>One frame of a block; false when it was too long for it.</summary>
    private bool TryRead(byte* header, out LinkFrame frame)
    {
        frame = default;
        int length = (int)*(uint*)(header + KeptPlace);
        if (length < *(uint*)(header + LengthPlace))
        {
            CountCutShort();
            return false;
        }

        uint status = *(uint*)(header + StatusPlace);
        byte* start = header + *(ushort*)(header + MacPlace);
        PacketOffload offload;
        if (_hasHeaders)
            offload = Unsafe.ReadUnaligned<VirtioHeader>(start - VirtioHeader.Length).ToOffload();
        else if ((status & ChecksumNotReady) != 0)
            offload = OffloadGuess.Of(new ReadOnlySpan<byte>(start, length), Mtu);
        else
            offload = new PacketOffload { ChecksumIsGood = (status & ChecksumValid) != 0 };
        if ((status & HasTag) != 0 && length >= TagOffset)
        {
            // The octets in front are reserved, or held the facts that have been read.
            start -= TagLength;
            length += TagLength;
            new ReadOnlySpan<byte>(start + TagLength, TagOffset).CopyTo(new Span<byte>(start, TagOffset));
            ushort type = (status & HasTagType) != 0 ? *(ushort*)(header + TagTypePlace) : (ushort)0x8100;    // IEEE 802.1Q
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(start + TagOffset, 2), type);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(start + TagOffset + 2, 2), (ushort)*(uint*)(header + TagPlace));
            if (offload.NeedsChecksum) offload = offload with { ChecksumStart = (ushort)(offload.ChecksumStart + TagLength) };
        }

        frame = new LinkFrame(_ring.Memory.Slice((int)(start - _ring.Start), length), offload);
        return true;
    }
}
