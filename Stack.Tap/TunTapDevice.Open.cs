using System.Runtime.InteropServices;
using System.Text;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Making or attaching an interface.</summary>
internal sealed unsafe partial class TunTapDevice
{
    private const string Node = "/dev/net/tun";
    private const nuint SetInterface = 0x400454ca, SetPersistent = 0x400454cb, GetFeatures = 0x800454cf, SetOffload = 0x400454d0;
    private const nuint SetHeaderLength = 0x400454d8;
    private const int IsTun = 1, IsTap = 2, NoPacketInformation = 0x1000, HasVirtioHeader = 0x4000, Exclusive = 0x8000;
    // TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_TSO_ECN, TUN_F_USO4, TUN_F_USO6
    private const uint Checksums = 1, SegmentsV4 = 2, SegmentsV6 = 4, CongestionMarks = 8, DatagramsV4 = 0x20, DatagramsV6 = 0x40;
    private const int RequestLength = 40;

    /// <summary>Makes or attaches the interface.</summary>
    public static TunTapDevice OpenNew(DeviceSpec spec, DeviceOptions options)
    {
        Descriptor? tun = null;
        InterfaceControl? control = null;
        TunTapDevice? device = null;
        try
        {
            using (var asked = new InterfaceControl(spec.ToString(), spec.Name)) RefuseByExistence(spec, options, asked);
            tun = OpenNode(spec);
            bool hasHeader = Attach(ref spec, tun, options);
            LinkFeatures features = AgreeOnOffload(tun, hasHeader);
            control = new InterfaceControl(spec.ToString(), spec.Name);
            MacAddress? kernelAddress = spec.Kind == DeviceKind.Tap ? control.Hardware.Address : null;
            if (kernelAddress is { } address && address == options.Address)
            {
                throw new DeviceException(
                    DeviceError.AddressTaken, spec.ToString(), $"{spec} can't be opened with the address {address}: the kernel uses it at "
                    + "its own end of the TAP. Give another one, or none to have one chosen.");
            }

            device = new TunTapDevice(spec, tun, control, hasHeader, features, kernelAddress, options);
            device.Configure(options);
            return device;
        }
        catch
        {
            device?.Dispose();
            control?.Dispose();
            tun?.Dispose();
            throw;
        }
    }

    private static void RefuseByExistence(DeviceSpec spec, DeviceOptions options, InterfaceControl control)
    {
        bool exists = control.TryGetIndex(out _);
        if (options.Creation == DeviceCreation.Open && !exists) throw NotMadeYet(spec);
        if (!exists) return;
        if (options.Creation == DeviceCreation.Create)
        {
            throw new DeviceException(
                DeviceError.Exists, spec.ToString(), $"{spec} can't be made: there is an interface {spec.Name} already. Choose "
                + $"another name, or open it as it is; 'sudo ip link del {spec.Name}' deletes it.");
        }

        (string driver, string bus) = control.Driver;
        if (driver == "tun" && (bus.Length == 0 || bus == (spec.Kind == DeviceKind.Tap ? "tap" : "tun"))) return;
        if (driver.Length == 0) return;    // it does not say; the kernel will
        string found = driver == "tun" ? $"a {bus.ToUpperInvariant()}: open {bus}:{spec.Name}" : $"an interface of the driver {driver}: open "
            + $"packet:{spec.Name} or choose a name that is free";
        throw new DeviceException(
            DeviceError.WrongKind, spec.ToString(), $"{spec} can't be opened: {spec.Name} is {found}.", Errno.EINVAL);
    }

    private static Descriptor OpenNode(DeviceSpec spec)
    {
        Descriptor tun = LibC.Open(Node, LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        if (!tun.IsInvalid) return tun;
        int errno = Marshal.GetLastPInvokeError();
        tun.Dispose();
        throw (Errno)errno switch
        {
            Errno.EACCES or Errno.EPERM => DeviceException.From(
                spec.ToString(), $"open {Node}", errno, DeviceError.NoPermission,
                $"Let users open it: sudo chmod 0666 {Node}, and give yourself the interface: {AddCommand(spec)}"),
            Errno.ENOENT => DeviceException.From(
                spec.ToString(), $"open {Node}", errno, DeviceError.NotSupported,
                "Load the driver: sudo modprobe tun. In a container, start it with --device /dev/net/tun"),
            _ when (Errno)errno == Errno.ENODEV || errno == ErrorNumbers.NoSuchDeviceOrAddress => DeviceException.From(
                spec.ToString(), $"open {Node}", errno, DeviceError.NotSupported, "Load the driver: sudo modprobe tun"),
            _ => DeviceException.From(spec.ToString(), $"open {Node}", errno),
        };
    }

    /// <summary>Gets the interface, and says whether its frames come with their facts in front.</summary>
    private static bool Attach(ref DeviceSpec spec, Descriptor tun, DeviceOptions options)
    {
        uint features = 0;
        _ = LibC.Control(tun, GetFeatures, &features);
        bool hasHeader = options.Offload && (features & HasVirtioHeader) != 0;
        byte* request = stackalloc byte[RequestLength];
        new Span<byte>(request, RequestLength).Clear();
        Encoding.UTF8.GetBytes(spec.Name, new Span<byte>(request, InterfaceControl.NameRoom));
        *(ushort*)(request + InterfaceControl.NameRoom) = (ushort)(
            NoPacketInformation | (spec.Kind == DeviceKind.Tap ? IsTap : IsTun) | (hasHeader ? HasVirtioHeader : 0)
            | (options.Creation == DeviceCreation.Create ? Exclusive : 0));
        if (LibC.Control(tun, SetInterface, request) != 0) throw Refusal(spec, Marshal.GetLastPInvokeError());
        spec = spec with { Name = Marshal.PtrToStringUTF8((nint)request)! };    // the kernel fills in a %d

        if (hasHeader)
        {
            int length = VirtioHeader.Length;
            if (LibC.Control(tun, SetHeaderLength, &length) != 0)
                throw DeviceException.From(spec.ToString(), "set the length of the offload header", Marshal.GetLastPInvokeError());
        }

        if (options.Persistent is { } persistent && LibC.Control(tun, SetPersistent, persistent ? (nuint)1 : 0) != 0)
            throw DeviceException.From(spec.ToString(), "make the interface outlive the device", Marshal.GetLastPInvokeError());
        return hasHeader;
    }

    /// <summary>
    /// Tells the kernel which work it may leave to us, as much as it knows of, and says which work we may leave to it: the same.
    /// </summary>
    private static LinkFeatures AgreeOnOffload(Descriptor tun, bool hasHeader)
    {
        const LinkFeatures Tcp = LinkFeatures.Checksum | LinkFeatures.TcpSegmentation | LinkFeatures.TcpSegmentation6;
        const uint TcpBits = Checksums | SegmentsV4 | SegmentsV6;
        if (hasHeader)
        {
            // Datagrams: Linux 6.2.
            if (Accepts(tun, TcpBits | CongestionMarks | DatagramsV4 | DatagramsV6)) return Tcp | LinkFeatures.UdpSegmentation;
            if (Accepts(tun, TcpBits | CongestionMarks) || Accepts(tun, TcpBits)) return Tcp;
            if (Accepts(tun, Checksums | SegmentsV4)) return LinkFeatures.Checksum | LinkFeatures.TcpSegmentation;
            if (Accepts(tun, Checksums)) return LinkFeatures.Checksum;
        }

        // An earlier owner of a persistent interface may have left other settings.
        _ = Accepts(tun, 0);
        return LinkFeatures.None;
    }

    private static bool Accepts(Descriptor tun, uint offload) => LibC.Control(tun, SetOffload, (nuint)offload) == 0;

    private static DeviceException Refusal(DeviceSpec spec, int errno) => (Errno)errno switch
    {
        Errno.EPERM => DeviceException.From(
            spec.ToString(), $"get the interface {spec.Name}", errno, DeviceError.NoPermission,
            $"Make it for your user: {AddCommand(spec)} (when it exists, 'sudo ip link del {spec.Name}' first). Or run as root, or: "
            + $"sudo setcap cap_net_admin=ep {DeviceException.Program}"),
        Errno.EINVAL => DeviceException.From(
            spec.ToString(), $"get the interface {spec.Name}", errno, DeviceError.WrongKind,
            $"There is an interface of that name that is of another kind, or has several queues. Delete it, and: {AddCommand(spec)}"),
        _ when errno == ErrorNumbers.Busy => DeviceException.From(
            spec.ToString(), $"get the interface {spec.Name}", errno, DeviceError.Busy,
            "Another program, or another device of this one, has it open: close that, or use another name."),
        _ => DeviceException.From(spec.ToString(), $"get the interface {spec.Name}", errno),
    };

    private static DeviceException NotMadeYet(DeviceSpec spec) => new(
        DeviceError.NoInterface, spec.ToString(),
        $"{spec} can't be opened: there is no interface {spec.Name} in this network namespace. Make it: {AddCommand(spec)}", Errno.ENODEV);

    private static string AddCommand(DeviceSpec spec)
    {
        string mode = spec.Kind == DeviceKind.Tap ? "tap" : "tun";
        return $"sudo ip tuntap add {spec.Name} mode {mode} user $USER && sudo ip link set {spec.Name} up";
    }
}
