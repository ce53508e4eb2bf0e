using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Capture;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Errors;
using UserNet.Link;

namespace UserNet.Drill.Live;

/// <summary>The Linux kernel, in a network namespace of its own, behind a TUN interface, in real time.</summary>
/// <remarks>
/// One thread, which goes before others from the making to <see cref="End"/>. Two threads stand behind it: one that lives in the namespace, where sockets, interfaces and knobs are made, and one for calls
/// that wait. The namespace ends with the first of them. Several machines may work at once.
/// </remarks>
internal sealed partial class LiveMachine : IMachine
{
    private readonly MachineOptions _options;
    private readonly CallThread _namespace, _caller;
    private readonly LiveSystem _system;
    private readonly LiveCommands _commands;
    private readonly string _folder;
    private readonly WakeEvent _wake = new();
    private readonly Queue<SentPacket> _sent = new();
    private readonly PcapngWriter? _recording;
    private TunWire _wire = null!;
    private long _start, _left;
    private readonly int _priority;
    private int _urgentThread;
    private bool _isEnded, _isDisposed;

    /// <summary>Makes a namespace with what section 3.1 of the language puts into it, and the knobs of the Linux profile.</summary>
    /// <exception cref="LiveException">The process may not, or the kernel can't.</exception>
    /// <exception cref="UnsupportedException">The profile is not Linux's.</exception>
    public LiveMachine(MachineOptions options)
    {
        _options = options;
        if (options.Profile != DrillProfile.Linux) throw new UnsupportedException("a profile other than Linux's on the Linux kernel", new Position(1, 1));
        Addresses = InVersion(options);
        _folder = Directory.CreateTempSubdirectory("usernet-drill-").FullName;
        // Urgent all of them, and from the start: a collection of garbage that one of them begins stops the others too.
        _urgentThread = LiveLibC.ThreadId();
        _priority = Urgency.Raise(_urgentThread);
        _namespace = new CallThread("drill namespace", isUrgent: true);
        _caller = new CallThread("drill calls", isUrgent: true) { Finished = _wake.Set };
        _commands = new LiveCommands(_namespace, _folder, Addresses);
        _system = new LiveSystem(_namespace, Call, _folder, () => _commands.SocketAlgorithm);
        try
        {
            _namespace.Run(SetUp);
            if (options.Recording is not null) _recording = Record(options.Recording);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DrillAddresses Addresses { get; }

    /// <inheritdoc/>
    public ISystem System => _system;

    /// <inheritdoc/>
    public long Now => _start == 0 ? 0 : ToTime(Stopwatch.GetTimestamp());

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public Action<Func<bool>>? Meanwhile { get; set; }

    /// <summary>How late the machine was at its worst with what was to be done at a time, microseconds.</summary>
    public long WorstLateness { get; private set; }

    /// <summary>What was left out since this kernel lacks it.</summary>
    public IReadOnlyList<string> Remarks => _commands.Remarks;

    /// <inheritdoc/>
    public void StartClock()
    {
        Collect();
        _sent.Clear();
        WorstLateness = _left = 0;
        (_start, _system.Epoch) = RealTime.Both();
    }

    /// <inheritdoc/>
    public void Inject(ReadOnlySpan<byte> packet)
    {
        Enter();
        Collect();
        long begun = Now;
        _recording?.Write(0, Nanoseconds(begun), packet, PacketDirection.Inbound);
        _wire.Inject(packet);
        NoteLateness(Now - begun);
        Leave();
    }

    /// <inheritdoc/>
    public string? Run(CommandText command)
    {
        Enter();
        string? failure = _commands.Run(command);
        Leave();
        return failure;
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_isEnded) return;
        _isEnded = true;
        _system.CloseAll();
        if (_urgentThread != 0) Urgency.Lower(_urgentThread, _priority);
        _urgentThread = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        End();
        _recording?.Dispose();
        _caller.Dispose();
        _wire?.Dispose();
        _namespace.Dispose();
        _wake.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A command's process may still write there.
        }
    }

    private static DrillAddresses InVersion(MachineOptions options)
    {
        DrillAddresses given = options.Addresses;
        return options.IpVersion == DrillIpVersion.IPv6
            ? given
            : given with { Local = Plain(given.Local), Remote = Plain(given.Remote), Gateway = Plain(given.Gateway) };
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static long Nanoseconds(long time) => Math.Max(0, time) * 1000;

    // In the namespace's thread.
    private void SetUp()
    {
        if (LiveLibC.Unshare(LiveLibC.NewNetwork) != 0)
            throw new LiveException("make a network namespace", global::System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
        Sysctls.Quieten("all");
        Sysctls.Quieten("default");
        _wire = new TunWire(_options.Mtu);
        Sysctls.Quieten(TunWire.Name);
        using var netlink = new Netlink();
        TunWire.BringUp();
        netlink.AddAddress(_wire.Index, Addresses.Local, Addresses.PrefixLength);
        // Some scripts call their own address the gateway; a host is no gateway of its own.
        netlink.AddRoute(_wire.Index, Addresses.Remote, Addresses.Gateway.Equals(Addresses.Local) ? null : Addresses.Gateway);
        _commands.SetDefaults();
        if (Addresses.Local.AddressFamily == AddressFamily.InterNetworkV6) AwaitAddress();
    }

    // The kernel makes an address its own later, on a thread of its own, also where it asks nobody whether another has it.
    private void AwaitAddress()
    {
        string own = Convert.ToHexStringLower(Addresses.Local.GetAddressBytes()) + " 80 ";
        for (int i = 0; i < 1000; i++)
        {
            if (File.ReadLines("/proc/thread-self/net/ipv6_route").Any(route => route.StartsWith(own, StringComparison.Ordinal))) return;
            Thread.Sleep(1);
        }

        throw new LiveException($"give the interface the address {Addresses.Local}", (int)Errno.EAGAIN);
    }

    private static PcapngWriter Record(Stream stream)
    {
        var writer = new PcapngWriter(stream, leaveOpen: true);
        writer.AddInterface(TunWire.Name, LinkMedium.Ip);
        return writer;
    }

    private long ToTime(long ticks) => (ticks - _start) / (Stopwatch.Frequency / 1_000_000);
}
