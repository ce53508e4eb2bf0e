using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>A link to the operating system: a TAP or TUN interface, or a network card.</summary>
/// <remarks>
/// <para>
/// One background thread of its own reads, and calls the sink: <see cref="Dispose()"/> stops it at once and waits for the call of
/// the sink that runs, so it must not be called with a lock held that the sink takes. From inside the sink it does not
/// wait.
/// </para>
/// <para>
/// A frame counts as taken by <see cref="Send"/> when the kernel has it. While the interface is down, or the kernel has no room,
/// none is taken, and <see cref="IFrameSink.OnWritable"/> says when to go on. A frame that could never leave, such as
/// one longer than the interface's MTU, is taken and dropped, and counted: see <see cref="Counters"/>. Once closed or lost, the device
/// takes none.
/// </para>
/// <para>Names and interfaces are those of the network namespace of the thread that opens the device. Any thread.</para>
/// </remarks>
public abstract partial class Device : ILink
{
    private readonly InterfaceControl _control;
    private int _mtu;

    private protected Device(DeviceSpec spec, InterfaceControl control)
    {
        Spec = spec;
        _control = control;
        _wakeUp = new WakeUp(spec.ToString());
    }

    /// <summary>The kind of the device and the interface's name.</summary>
    public DeviceSpec Spec { get; }

    /// <summary>The interface's name.</summary>
    public string Name => Spec.Name;

    /// <inheritdoc/>
    public LinkMedium Medium => Spec.Kind == DeviceKind.Tun ? LinkMedium.Ip : LinkMedium.Ethernet;

    /// <inheritdoc/>
    public int Mtu => Volatile.Read(ref _mtu);

    /// <inheritdoc/>
    public LinkFeatures Features { get; private protected init; }

    /// <summary>The station address for the stack behind the device; null for a TUN, which has none.</summary>
    public MacAddress? Address { get; private protected init; }

    /// <summary>The address that the kernel itself uses on the interface; null for a TUN.</summary>
    public MacAddress? KernelAddress { get; private protected init; }

    /// <summary>True while the interface is up.</summary>
    public bool IsUp => _control.IsUp;

    /// <summary>What passed so far.</summary>
    public DeviceCounters Counters => new(
        Volatile.Read(ref _framesReceived), Volatile.Read(ref _octetsReceived),
        Volatile.Read(ref _framesSent), Volatile.Read(ref _octetsSent),
        Volatile.Read(ref _framesRefused), Volatile.Read(ref _framesCutShort), CountKernelDropped(), Volatile.Read(ref _waits));

    private protected InterfaceControl Control => _control;

    /// <summary>Opens the device that a text names: tap:NAME, tun:NAME, packet:INTERFACE or pcap:INTERFACE.</summary>
    /// <exception cref="DeviceException">It can't be had; the message says why, and what would help.</exception>
    /// <exception cref="ArgumentException">An option can't be.</exception>
    public static Device Open(string spec, DeviceOptions? options = null) => Open(DeviceSpec.Parse(spec), options);

    /// <summary>Opens a device.</summary>
    /// <exception cref="DeviceException">It can't be had; the message says why, and what would help.</exception>
    /// <exception cref="ArgumentException">An option can't be.</exception>
    public static Device Open(DeviceSpec spec, DeviceOptions? options = null)
    {
        options = (options ?? new DeviceOptions()).Checked();
        if (!OperatingSystem.IsLinux())
        {
            throw new DeviceException(
                DeviceError.NotSupported, spec.ToString(), $"{spec} can't be opened: devices need Linux, and this is another system.");
        }

        return spec.Kind switch
        {
            DeviceKind.Tap or DeviceKind.Tun => TunTapDevice.OpenNew(spec, options),
            DeviceKind.Packet => PacketDevice.OpenNew(spec, options),
            _ => PcapDevice.OpenNew(spec, options),
        };
    }

    /// <summary>Sets the interface's MTU, octets. Needs CAP_NET_ADMIN.</summary>
    /// <exception cref="DeviceException">The process may not, or the interface can't.</exception>
    public void SetMtu(int octets)
    {
        _control.Mtu = octets;
        Volatile.Write(ref _mtu, octets);
    }

    /// <summary>Sets the interface up. Needs CAP_NET_ADMIN.</summary>
    /// <exception cref="DeviceException">The process may not.</exception>
    public void BringUp() => _control.BringUp();

    /// <summary>The device's kind and name, as <see cref="Open(string, DeviceOptions?)"/> takes them.</summary>
    public override string ToString() => Spec.ToString();

    /// <summary>Sets and reads what all kinds of interfaces have.</summary>
    private protected void Configure(DeviceOptions options)
    {
        if (options.Mtu is { } mtu) _control.Mtu = mtu;
        _mtu = _control.Mtu;
        if (options.BringUp) _control.BringUp();
    }

    private protected virtual long CountKernelDropped() => 0;
}
