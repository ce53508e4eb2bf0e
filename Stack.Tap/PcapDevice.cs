using System.Runtime.InteropServices;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>A network card, beside the kernel, by libpcap in immediate mode.</summary>
/// <remarks>
/// The library does not say which checksums were left open and which frames stand for many segments: that is seen from
/// the frames (<see cref="OffloadGuess"/>). Its handle and its descriptor live as long as a call that uses them.
/// </remarks>
internal sealed unsafe partial class PcapDevice : CardDevice
{
    private readonly PcapHandle _pcap;
    private readonly FrameBatch _batch;

    private PcapDevice(DeviceSpec spec, InterfaceControl control, PcapHandle pcap, Descriptor socket, int index, DeviceOptions options)
        : base(spec, control, socket, index)
    {
        _pcap = pcap;
        _batch = new FrameBatch(options.BatchFrames);
    }

    private protected override bool Receive(IFrameSink sink)
    {
        bool more = true;
        while (_batch.HasRoom)
        {
            PcapFrame* frame;
            byte* octets;
            int answer = LibPcap.Next(_pcap, &frame, &octets);
            if (answer != 1)
            {
                if (answer < 0) OnReadError();
                more = false;
                break;
            }

            if (frame->Kept < frame->Length || frame->Kept >= FrameBatch.FrameRoom)
            {
                CountCutShort();
                continue;
            }

            var lent = new ReadOnlySpan<byte>(octets, (int)frame->Kept);
            lent.CopyTo(new Span<byte>(_batch.Next, FrameBatch.FrameRoom));
            _batch.Add(lent.Length, OffloadGuess.Of(lent, Mtu));
        }

        if (_batch.Count == 0) return more;
        CountReceived(_batch.Count, _batch.Length);
        _batch.Deliver(sink);
        return more;
    }

    private protected override int Write(ReadOnlySpan<LinkFrame> frames, out SendObstacle obstacle)
    {
        obstacle = CarrierObstacle;
        int taken = 0;
        while (taken < frames.Length && obstacle == SendObstacle.None)
        {
            ReadOnlySpan<byte> octets = frames[taken].Octets.Span;
            int sent;
            fixed (byte* start = octets) sent = LibPcap.Inject(_pcap, start, (nuint)octets.Length);
            if (sent >= 0)
            {
                CountSent(octets.Length);
                taken++;
            }
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
        _pcap.Dispose();
    }

    private void OnReadError()
    {
        if (!StillExists()) throw DeviceException.Gone(Spec.ToString());
        NoteDown();
    }
}
