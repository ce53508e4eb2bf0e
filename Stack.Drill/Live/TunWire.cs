using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>A TUN interface: packets are put in by it, and what leaves is seen with the kernel's own time of sending.</summary>
/// <remarks>
/// What leaves is read from a packet socket beside the interface, not from the interface: the kernel notes there when it
/// sent each packet, so that no lateness of ours is in it. packet(7), tuntap.rst. One thread.
/// </remarks>
internal sealed unsafe class TunWire : IDisposable
{
    /// <summary>The interface's name.</summary>
    public const string Name = "tun0";

    private const nuint SetInterface = 0x400454ca, SetQueueLength = 0x8943;
    private const short TunWithoutHeader = 0x1001;    // IFF_TUN | IFF_NO_PI
    private const int RequestLength = 40, QueueLength = 4000, Room = 65536 + 64, ControlRoom = 128;
    private const int ForceReceiveBuffer = 33, TimestampNanoseconds = 35;    // SO_RCVBUFFORCE, SO_TIMESTAMPNS
    private const byte Outgoing = 4;    // PACKET_OUTGOING
    private const int AllProtocols = 0x0300;    // htons(ETH_P_ALL)

    private readonly Descriptor _tun, _packets;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Room, pinned: true);

    /// <summary>Makes the interface in the namespace of this thread, and sets it up.</summary>
    public TunWire(int mtu)
    {
        _tun = LibC.Open("/dev/net/tun", LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        if (_tun.IsInvalid) throw new LiveException("open /dev/net/tun", Marshal.GetLastPInvokeError());
        try
        {
            byte* request = stackalloc byte[RequestLength];
            PutName(request);
            *(short*)(request + InterfaceControl.NameRoom) = TunWithoutHeader;
            if (LibC.Control(_tun, SetInterface, request) != 0) throw new LiveException("make a TUN interface", Marshal.GetLastPInvokeError());
            using var control = new InterfaceControl($"tun:{Name}", Name);
            Index = control.RequireIndex();
            control.Mtu = mtu;
            _packets = OpenPackets(Index);
            PutName(request);
            *(int*)(request + InterfaceControl.NameRoom) = QueueLength;
            _ = LibC.Control(_packets, SetQueueLength, request);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The interface's number.</summary>
    public int Index { get; }

    /// <summary>Readable when a packet left.</summary>
    public int Pollable => _packets.Number;

    /// <summary>Sets the interface up.</summary>
    public static void BringUp()
    {
        using var control = new InterfaceControl($"tun:{Name}", Name);
        control.BringUp();
        using var loopback = new InterfaceControl("lo", "lo");
        loopback.BringUp();
    }

    /// <summary>Has a packet come in.</summary>
    public void Inject(ReadOnlySpan<byte> packet)
    {
        fixed (byte* octets = packet)
        {
            if (LibC.Write(_tun, octets, (nuint)packet.Length) < 0)
                throw new LiveException($"put in a packet of {packet.Length} octets", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Takes the oldest packet that left and was not taken.</summary>
    /// <param name="octets">The packet, until the next call.</param>
    /// <param name="stamp">When it was sent, in ticks of <see cref="Stopwatch"/>.</param>
    public bool TryRead(out ReadOnlySpan<byte> octets, out long stamp)
    {
        byte* name = stackalloc byte[20], control = stackalloc byte[ControlRoom];    // struct sockaddr_ll
        while (true)
        {
            fixed (byte* start = _buffer)
            {
                var part = new IoVector { Start = start, Length = Room };
                var message = new MessageHeader
                {
                    Name = name, NameLength = 20, Parts = &part, PartCount = 1, Control = control, ControlLength = ControlRoom,
                };
                nint length = LiveLibC.ReceiveMessage(_packets.Number, &message, LiveLibC.DoNotWait);
                if (length < 0)
                {
                    octets = default;
                    stamp = 0;
                    return false;
                }

                if (name[10] != Outgoing) continue;
                stamp = StampIn(message);
                octets = _buffer.AsSpan(0, (int)length);
                return true;
            }
        }
    }

    /// <summary>Throws away what stands before the interface, for it has been seen beside it.</summary>
    public void Drain()
    {
        byte* octet = stackalloc byte[4];
        while (LibC.Read(_tun, octet, 4) > 0)
        {
        }
    }

    public void Dispose()
    {
        _packets?.Dispose();
        _tun.Dispose();
    }

    private static void PutName(byte* request)
    {
        new Span<byte>(request, RequestLength).Clear();
        Encoding.ASCII.GetBytes(Name, new Span<byte>(request, InterfaceControl.NameRoom));
    }

    private static Descriptor OpenPackets(int index)
    {
        Descriptor socket = LibC.Socket(LibC.PacketFamily, LibC.Raw | LibC.CloseOnExec, 0);
        if (socket.IsInvalid) throw new LiveException("make a packet socket", Marshal.GetLastPInvokeError());
        int room = 64 << 20, on = 1;
        byte* address = stackalloc byte[20];
        new Span<byte>(address, 20).Clear();
        *(ushort*)address = LibC.PacketFamily;
        *(ushort*)(address + 2) = AllProtocols;
        *(int*)(address + 4) = index;
        _ = LibC.SetOption(socket, LibC.SocketLevel, ForceReceiveBuffer, &room, sizeof(int));
        if (LibC.SetOption(socket, LibC.SocketLevel, TimestampNanoseconds, &on, sizeof(int)) == 0 && LibC.Bind(socket, address, 20) == 0) return socket;
        int errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new LiveException("watch the interface", errno);
    }

    // The kernel tells the time of day; what is wanted is the clock that never jumps.
    private static long StampIn(in MessageHeader message)
    {
        long now = Stopwatch.GetTimestamp();
        byte* control = (byte*)message.Control;
        if (message.ControlLength < 32 || *(int*)(control + 8) != LibC.SocketLevel || *(int*)(control + 12) != TimestampNanoseconds) return now;
        var value = (TimeValue*)(control + 16);
        long sent = (value->Seconds * 1_000_000_000) + value->Nanoseconds;
        return RealTime.ToTicks(sent);
    }
}
