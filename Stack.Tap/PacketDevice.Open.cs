using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Getting hold of a card.</summary>
internal sealed unsafe partial class PacketDevice
{
    private const int ThirdVersion = 2;    // TPACKET_V3
    private const int RoomForTag = 16;
    private const int DefaultRing = 8 << 20;

    /// <summary>Opens a card.</summary>
    public static PacketDevice OpenNew(DeviceSpec spec, DeviceOptions options)
    {
        InterfaceControl? control = null;
        Descriptor? socket = null;
        PacketRing? ring = null;
        PacketDevice? device = null;
        string text = spec.ToString();
        try
        {
            control = new InterfaceControl(text, spec.Name);
            int index = control.RequireIndex();
            MacAddress kernelAddress = RequireEthernet(spec, control);
            socket = OpenSocket(text);
            MacAddress address = options.ChooseAddress(kernelAddress);
            bool hasHeaders = Prepare(text, socket, options.Promiscuous ? null : address);
            ring = PacketRing.Create(text, socket, options.RingOctets ?? DefaultRing);
            if (!PacketSocket.Join(socket, index, address, options.Promiscuous))
                throw DeviceException.From(text, $"take in frames for {address}", Marshal.GetLastPInvokeError());
            device = new PacketDevice(spec, control, socket, ring, index, hasHeaders, options) { Address = address, KernelAddress = kernelAddress };
            device.Configure(options);
            Bind(text, socket, index);
            return device;
        }
        catch
        {
            device?.Dispose();
            ring?.Free();
            socket?.Dispose();
            control?.Dispose();
            throw;
        }
    }

    /// <summary>The kernel's address on an interface that carries Ethernet frames.</summary>
    /// <exception cref="DeviceException">It carries others.</exception>
    internal static MacAddress RequireEthernet(DeviceSpec spec, InterfaceControl control)
    {
        (int type, MacAddress address) = control.Hardware;
        return type is InterfaceControl.Ethernet or InterfaceControl.Loopback ? address : throw new DeviceException(
            DeviceError.WrongKind, spec.ToString(), $"{spec} can't be opened: {spec.Name} does not carry Ethernet frames (hardware type {type}). "
            + "Use an Ethernet card, a bridge, a veth or a TAP.");
    }

    private static Descriptor OpenSocket(string spec)
    {
        Descriptor socket = LibC.Socket(LibC.PacketFamily, LibC.Raw | LibC.NonBlocking | LibC.CloseOnExec, 0);
        if (!socket.IsInvalid) return socket;
        int errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw (Errno)errno == Errno.EAFNOSUPPORT
            ? DeviceException.From(
                spec, "make a packet socket", errno, DeviceError.NotSupported, "The kernel was built without CONFIG_PACKET, or: sudo modprobe af_packet")
            : DeviceException.From(spec, "make a packet socket", errno);
    }

    /// <summary>Sets all that must be set before there is a ring, and says whether frames come with their facts.</summary>
    private static bool Prepare(string spec, Descriptor socket, MacAddress? address)
    {
        if (!PacketSocket.Set(socket, PacketSocket.Version, ThirdVersion))
        {
            throw DeviceException.From(
                spec, "get a ring of version 3", Marshal.GetLastPInvokeError(), DeviceError.NotSupported, "It needs Linux 3.2 or later.");
        }

        _ = PacketSocket.Set(socket, PacketSocket.Reserve, RoomForTag);
        _ = PacketSocket.Set(socket, PacketSocket.IgnoreOutgoing, 1);    // Linux 4.20; before that the filter does it alone
        if (!PacketSocket.Filter(socket, address))
            throw DeviceException.From(spec, "set a filter", Marshal.GetLastPInvokeError());
        return PacketSocket.Set(socket, PacketSocket.VirtioHeaders, 1);
    }

    private static void Bind(string spec, Descriptor socket, int index)
    {
        LinkSocketAddress address = new()
        {
            Family = LibC.PacketFamily,
            Protocol = BinaryPrimitives.ReverseEndianness((ushort)PacketSocket.AllProtocols),
            Index = index,
        };
        if (!BitConverter.IsLittleEndian) address.Protocol = PacketSocket.AllProtocols;
        if (LibC.Bind(socket, &address, (uint)sizeof(LinkSocketAddress)) != 0)
            throw DeviceException.From(spec, "listen to the interface", Marshal.GetLastPInvokeError());
    }
}
