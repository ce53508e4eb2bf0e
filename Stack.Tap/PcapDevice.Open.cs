using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Getting hold of a card by libpcap.</summary>
internal sealed unsafe partial class PcapDevice
{
    private const int DefaultRing = 32 << 20;

    /// <summary>Opens a card.</summary>
    public static PcapDevice OpenNew(DeviceSpec spec, DeviceOptions options)
    {
        string text = spec.ToString();
        LibPcap.Require(text);
        InterfaceControl? control = null;
        PcapHandle? pcap = null;
        Descriptor? socket = null;
        PcapDevice? device = null;
        try
        {
            control = new InterfaceControl(text, spec.Name);
            int index = control.RequireIndex();
            MacAddress kernelAddress = PacketDevice.RequireEthernet(spec, control);
            MacAddress address = options.ChooseAddress(kernelAddress);
            pcap = Activate(spec, options);
            socket = new Descriptor(LibPcap.SelectableDescriptor(pcap), owned: false);
            Prepare(text, pcap, socket, options.Promiscuous ? null : address);
            if (!PacketSocket.Join(socket, index, address, options.Promiscuous))
                throw DeviceException.From(text, $"take in frames for {address}", Marshal.GetLastPInvokeError());
            device = new PcapDevice(spec, control, pcap, socket, index, options) { Address = address, KernelAddress = kernelAddress };
            device.Configure(options);
            return device;
        }
        catch
        {
            device?.Dispose();
            socket?.Dispose();
            pcap?.Dispose();
            control?.Dispose();
            throw;
        }
    }

    private static PcapHandle Activate(DeviceSpec spec, DeviceOptions options)
    {
        byte* error = stackalloc byte[LibPcap.ErrorRoom];
        error[0] = 0;
        PcapHandle pcap = LibPcap.Create(spec.Name, error);
        if (pcap.IsInvalid) throw Failure(spec.ToString(), "open the interface", Marshal.PtrToStringUTF8((nint)error) ?? "");
        _ = LibPcap.SetFrameRoom(pcap, FrameBatch.FrameRoom);
        _ = LibPcap.SetPromiscuous(pcap, options.Promiscuous ? 1 : 0);
        _ = LibPcap.SetImmediate(pcap, 1);
        _ = LibPcap.SetBuffer(pcap, options.RingOctets ?? DefaultRing);
        int answer = LibPcap.Activate(pcap);
        if (answer >= 0) return pcap;    // above 0 it is a warning
        string reason = LibPcap.ErrorOf(pcap);
        pcap.Dispose();
        throw answer switch
        {
            LibPcap.NoSuchDevice => DeviceException.NoInterface(spec.ToString(), spec.Name),
            LibPcap.NoPermission or LibPcap.NoPermissionForPromiscuous => DeviceException.From(
                spec.ToString(), "open the interface by libpcap", (int)Errors.Errno.EPERM),
            _ => Failure(spec.ToString(), "open the interface", reason.Length == 0 ? $"error {answer}" : reason),
        };
    }

    private static void Prepare(string spec, PcapHandle pcap, Descriptor socket, MacAddress? address)
    {
        byte* error = stackalloc byte[LibPcap.ErrorRoom];
        error[0] = 0;
        if (socket.IsInvalid) throw Failure(spec, "wait for frames", "the interface can't be polled");
        if (LibPcap.SetNonBlocking(pcap, 1, error) != 0) throw Failure(spec, "read without waiting", Marshal.PtrToStringUTF8((nint)error) ?? "");
        if (LibPcap.SetDirection(pcap, LibPcap.Incoming) != 0) throw Failure(spec, "leave out what is sent", LibPcap.ErrorOf(pcap));

        // The library's own non-blocking mode is about reading alone: sending would wait.
        int flags = LibC.FileControl(socket, LibC.GetFlags, 0);
        if (flags < 0 || LibC.FileControl(socket, LibC.SetFlags, flags | LibC.NonBlocking) != 0)
            throw DeviceException.From(spec, "send without waiting", Marshal.GetLastPInvokeError());
        if (address is null) return;
        PcapProgram program;
        if (LibPcap.Compile(pcap, &program, $"ether dst {address} or ether multicast", 1, LibPcap.AnyNetmask) != 0)
            throw Failure(spec, "make a filter", LibPcap.ErrorOf(pcap));
        int answer = LibPcap.SetFilter(pcap, &program);
        LibPcap.FreeProgram(&program);
        if (answer != 0) throw Failure(spec, "set a filter", LibPcap.ErrorOf(pcap));
    }

    private static DeviceException Failure(string spec, string what, string reason) =>
        new(DeviceError.Failed, spec, $"{spec}: libpcap can't {what}: {reason}.");
}
