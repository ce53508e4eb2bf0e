using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>A TAP or TUN interface: what we send, the kernel receives there, and what it sends there comes here.</summary>
/// <remarks>
/// The kernel refuses frames while the interface is down (EIO), and poll reports it writable again once it is up: nothing has to
/// be tried again and again.
/// </remarks>
internal sealed unsafe partial class TunTapDevice : Device
{
    private readonly Descriptor _tun;
    private readonly FrameBatch _batch;
    private readonly bool _hasHeader;

    private TunTapDevice(
        DeviceSpec spec, Descriptor tun, InterfaceControl control, bool hasHeader, LinkFeatures features, MacAddress? kernelAddress, DeviceOptions options)
        : base(spec, control)
    {
        _tun = tun;
        _hasHeader = hasHeader;
        _batch = new FrameBatch(options.BatchFrames);
        Features = features;
        KernelAddress = kernelAddress;
        Address = kernelAddress is { } taken ? options.ChooseAddress(taken) : null;
    }

    private protected override Descriptor Pollable => _tun;

    private protected override bool Receive(IFrameSink sink)
    {
        bool more = true;
        while (_batch.HasRoom)
        {
            VirtioHeader header = default;
            nint length = ReadFrame(&header);
            if (length < 0)
            {
                OnReadError(Marshal.GetLastPInvokeError());
                more = false;
                break;
            }

            if (length >= FrameBatch.FrameRoom)
                CountCutShort();
            else if (length > 0)
                _batch.Add((int)length, header.ToOffload());
        }

        if (_batch.Count == 0) return more;
        CountReceived(_batch.Count, _batch.Length);
        _batch.Deliver(sink);
        return more;
    }

    private protected override int Write(ReadOnlySpan<LinkFrame> frames, out SendObstacle obstacle)
    {
        obstacle = SendObstacle.None;
        int taken = 0;
        while (taken < frames.Length)
        {
            ref readonly LinkFrame frame = ref frames[taken];
            nint written = WriteFrame(frame);
            if (written > 0)
            {
                CountSent(frame.Octets.Length);
            }
            else
            {
                // Nothing written: the interface is not quite up yet, and poll will tell.
                Errno errno = written == 0 ? Errno.EAGAIN : (Errno)Marshal.GetLastPInvokeError();
                if (errno == Errno.EINTR) continue;
                if (errno is Errno.EAGAIN or Errno.EIO or Errno.ENOBUFS or Errno.ENOMEM)
                {
                    obstacle = SendObstacle.UntilWritable;
                    break;
                }

                if ((int)errno == ErrorNumbers.BadState) break;    // deleted: the reading thread notices
                CountRefused();
            }

            taken++;
        }

        return taken;
    }

    private protected override void OnPollError() => throw DeviceException.Gone(Spec.ToString());

    private protected override void Close() => _tun.Dispose();

    private nint ReadFrame(VirtioHeader* header)
    {
        if (!_hasHeader) return LibC.Read(_tun, _batch.Next, FrameBatch.FrameRoom);
        IoVector* parts = stackalloc IoVector[2];
        parts[0] = new IoVector { Start = header, Length = VirtioHeader.Length };
        parts[1] = new IoVector { Start = _batch.Next, Length = FrameBatch.FrameRoom };
        nint length = LibC.ReadVector(_tun, parts, 2);
        return length < 0 ? length : Math.Max(0, length - VirtioHeader.Length);
    }

    private nint WriteFrame(in LinkFrame frame)
    {
        fixed (byte* octets = frame.Octets.Span)
        {
            if (!_hasHeader) return LibC.Write(_tun, octets, (nuint)frame.Octets.Length);
            VirtioHeader header = VirtioHeader.Of(frame);
            IoVector* parts = stackalloc IoVector[2];
            parts[0] = new IoVector { Start = &header, Length = VirtioHeader.Length };
            parts[1] = new IoVector { Start = octets, Length = (nuint)frame.Octets.Length };
            return LibC.WriteVector(_tun, parts, 2);
        }
    }

    private void OnReadError(int errno)
    {
        if ((Errno)errno is not (Errno.EAGAIN or Errno.EINTR)) throw DeviceException.Gone(Spec.ToString(), errno);
    }
}
