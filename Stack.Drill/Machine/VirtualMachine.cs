using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Drill.Language;
using UserNet.Drill.Machine.Commands;
using UserNet.Facades.Posix;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Drill.Machine;

/// <summary>A host of UserNet's own, whose time passes only when it is told to.</summary>
/// <remarks>
/// What happens takes no time. The same options and the same calls give the same packets at the same instants. Belongs to the thread
/// that made it.
/// </remarks>
internal sealed partial class VirtualMachine : IMachine
{
    /// <summary>The name of its interface, as commands know it.</summary>
    public const string Device = "tun0";

    // A stack whose timers set each other off at one instant would never let time pass.
    private const int MostAtOnce = 100_000;

    private readonly MachineOptions _options;
    private readonly ManualClock _clock = new();
    private readonly MachineScheduler _scheduler = new();
    private readonly MachineLink _link;
    private readonly NetworkStack _stack;
    private readonly PosixProcess _process;
    private readonly VirtualSystem _system;
    private readonly PcapngWriter? _recording;
    private readonly Queue<SentPacket> _sent = new();
    private long _start;      // of the script's time, ticks of the clock
    private bool _isOver;

    /// <summary>A machine as it comes up: addresses and routes are there, nothing is open.</summary>
    /// <exception cref="UnsupportedException">The addresses can't be those of one host and one peer.</exception>
    public VirtualMachine(MachineOptions options)
    {
        _options = options;
        _link = new MachineLink(OnSent);
        var random = new SeededRandom((ulong)(uint)options.Seed);
        _stack = new NetworkStack(new NetworkStackOptions
        {
            Randomness = random.Fill,
            TimeProvider = options.TickPhase is { } phase ? new TickingClock(_clock, phase, options.TicksAreCoarse) : _clock,
            Scheduler = _scheduler,
            Personality = PersonalityOf(options.Profile),
            Tcp = options.Profile == DrillProfile.FreeBsd ? TcpProfile.FreeBsd : TcpProfile.Linux,
        });
        if (options.Recording is { } stream)
        {
            _recording = new PcapngWriter(stream, _clock.GetUtcNow(), leaveOpen: true);
            _recording.AddInterface(Device, LinkMedium.Ip);
        }

        SetUp(options);
        _process = new PosixProcess(_stack);
        _system = new VirtualSystem(_process);
        Files = new MachineFiles(this);
    }

    /// <inheritdoc/>
    public DrillAddresses Addresses => _options.Addresses;

    /// <inheritdoc/>
    public ISystem System => _system;

    /// <inheritdoc/>
    public long Now => (_clock.Now.Ticks - _start) / TimeSpan.TicksPerMicrosecond;

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public Action<Func<bool>>? Meanwhile
    {
        get => _scheduler.Meanwhile;
        set => _scheduler.Meanwhile = value;
    }

    /// <summary>Whose calls they are.</summary>
    internal PosixProcess Process => _process;

    /// <summary>The stack itself.</summary>
    internal NetworkStack Stack => _stack;

    /// <summary>Its wire.</summary>
    internal MachineLink Link => _link;

    /// <summary>Whose manners it has.</summary>
    internal DrillProfile Profile => _options.Profile;

    /// <summary>The files that commands know.</summary>
    internal MachineFiles Files { get; }

    /// <summary>What was told to knobs that keep it and do nothing else.</summary>
    internal Dictionary<string, string> Notes { get; } = [];

    /// <summary>What counters had when they were looked at last.</summary>
    internal Dictionary<string, long> CountersBefore { get; } = [];

    /// <inheritdoc/>
    public void StartClock()
    {
        Settle();
        _start = _clock.Now.Ticks;
        _system.Epoch = _clock.GetUtcNow();
    }

    /// <inheritdoc/>
    public void WaitUntil(long time, Func<bool> isOver)
    {
        Timestamp end = InstantOf(time);
        while (!isOver() && Advance(end))
        {
        }
    }

    /// <inheritdoc/>
    public bool TryTake(long until, Func<bool> isOver, out SentPacket packet)
    {
        Timestamp end = InstantOf(until);
        while (!_sent.TryDequeue(out packet))
        {
            if (isOver() || !Advance(end)) return _sent.TryDequeue(out packet);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Inject(ReadOnlySpan<byte> packet)
    {
        byte[] octets = packet.ToArray();
        _recording?.Write(0, _clock.Now, octets, PacketDirection.Inbound);
        _link.Deliver(octets, MergedSizeOf(octets));
        Settle();
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_isOver) return;
        _isOver = true;
        _process.Dispose();
        Settle();
        _recording?.Flush();
    }

    /// <inheritdoc/>
    public string? Run(CommandText command)
    {
        string? failure = CommandRunner.Run(this, command);
        Settle();
        return failure;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _stack.Dispose();
        _recording?.Dispose();
    }

    /// <summary>Changes what the interface sends in one packet, octets.</summary>
    internal void SetMtu(int mtu) => _stack.Configure(stack => stack.Host.Interfaces.Find(Device)!.Port!.Mtu = mtu);

    /// <summary>Says whether TCP hands over bursts, or each segment by itself.</summary>
    internal void SetBursts(bool areSent) => _stack.Configure(stack => stack.Host.Interfaces.Find(Device)!.Port!.SendsBursts = areSent);

    /// <summary>Says whether the interface's queue drops all that is sent, of which TCP learns.</summary>
    internal void SetDrops(bool all)
    {
        _link.LosesAll = all;
        _stack.Configure(stack => stack.Host.Interfaces.Find(Device)!.Port!.DropsAll = all);
    }

    /// <summary>Says whether the interface's queue spreads what is sent over time.</summary>
    internal void SetPacing(bool isPaced) => _stack.Configure(stack => stack.Host.Interfaces.Find(Device)!.Port!.IsPaced = isPaced);

    /// <summary>Makes a route over the interface, in place of the one that there is.</summary>
    internal void SetRoute(InetPrefix prefix, RouteMetrics metrics) => _stack.Configure(stack =>
    {
        if (stack.Host.Routes.FindExact(prefix) is not null) stack.Host.RemoveRoute(prefix);
        stack.Host.AddRoute(new NewRoute(prefix) { Device = stack.Host.IndexOf(Device), Metrics = metrics });
    });

    private static Personality PersonalityOf(DrillProfile profile) =>
        profile == DrillProfile.FreeBsd ? Personality.Posix with { Name = "FreeBSD", HasReusePort = true, BindTellsConnected = false } : Personality.Linux;

    private void SetUp(MachineOptions options)
    {
        DrillAddresses ends = options.Addresses;
        _stack.Attach(Device, _link, new InterfaceOptions { Addresses = [$"{ends.Local}/{ends.PrefixLength}"], Mtu = options.Mtu, DuplicateTransmits = 0 });
        _stack.Configure(stack =>
        {
            string all = ends.Remote.AddressFamily == AddressFamily.InterNetworkV6 ? "::/0" : "0.0.0.0/0";
            stack.Host.AddRoute(all, device: Device);
            stack.Icmp.ErrorInterval = stack.IcmpV6.ErrorInterval = TimeSpan.Zero;
            stack.Icmp.ErrorsPerSecond = stack.IcmpV6.ErrorsPerSecond = 0;
        });
        Settle();
    }

    /// <summary>Does what is next: work, or a timer that is due by an instant; else moves the time there.</summary>
    /// <returns>False when nothing was left to be done.</returns>
    private bool Advance(Timestamp end)
    {
        if (_scheduler.Step()) return true;
        if (FireNext(end)) return true;
        if (end > _clock.Now && end < Timestamp.Never) _clock.AdvanceTo(end);
        return false;
    }

    private bool FireNext(Timestamp end) => _clock.NextTimer <= end && _clock.AdvanceToNextTimer();

    /// <summary>Does all that is due now.</summary>
    private void Settle()
    {
        for (int i = 0; _scheduler.Step() || FireNext(_clock.Now); i++)
            if (i == MostAtOnce) throw new InvalidOperationException("The stack does not come to rest.");
    }

    private void OnSent(byte[] packet)
    {
        if (_isOver) return;      // what closing says is no part of the script
        _recording?.Write(0, _clock.Now, packet, PacketDirection.Outbound);
        _sent.Enqueue(new SentPacket(packet, Now));
    }

    // As a device with GRO gives it: one packet, and the size of the segments that it was made of.
    private int MergedSizeOf(byte[] packet)
    {
        if (_options.Merged == 0) return 0;
        ReadOnlySpan<byte> unit = Ipv4Packet.TryParse(packet, out Ipv4Packet v4) ? v4.Payload : packet.AsSpan(Math.Min(packet.Length, Ipv6Header.Length));
        return TcpSegment.TryParse(unit, out TcpSegment segment) && segment.Payload.Length > _options.Merged ? _options.Merged : 0;
    }

    private Timestamp InstantOf(long time)
    {
        const long Most = (long.MaxValue / TimeSpan.TicksPerMicrosecond) - 1;
        return time > Most - (_start / TimeSpan.TicksPerMicrosecond) ? Timestamp.Never : new Timestamp(_start + (time * TimeSpan.TicksPerMicrosecond));
    }
}
