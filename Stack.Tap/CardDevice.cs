using UserNet.Errors;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>A network card, beside the kernel: what is the same however its frames are read.</summary>
internal abstract class CardDevice : Device
{
    private readonly int _index;
    private readonly Lock _dropsLock = new();
    private long _drops;

    /// <summary>A card.</summary>
    /// <param name="spec">What was asked for.</param>
    /// <param name="control">The card's flags.</param>
    /// <param name="socket">The packet socket that hears it.</param>
    /// <param name="index">The card's index.</param>
    private protected CardDevice(DeviceSpec spec, InterfaceControl control, Descriptor socket, int index)
        : base(spec, control)
    {
        Socket = socket;
        _index = index;
    }

    private protected Descriptor Socket { get; }

    private protected override Descriptor Pollable => Socket;

    /// <summary>What keeps frames in: without a carrier the kernel would take them and throw them away.</summary>
    private protected SendObstacle CarrierObstacle => Control.IsRunning ? SendObstacle.None : SendObstacle.Down;

    private protected override void OnPollError()
    {
        if (LibC.TakeError(Socket) == (int)Errno.ENETDOWN || !StillExists()) NoteDown();
    }

    private protected override bool StillExists() => Control.Exists(_index);

    private protected override long CountKernelDropped()
    {
        lock (_dropsLock)
        {
            if (!Socket.IsClosed) _drops += PacketSocket.TakeDrops(Socket);
            return _drops;
        }
    }

    private protected override void Close()
    {
        CountKernelDropped();
        lock (_dropsLock) Socket.Dispose();
    }
}
