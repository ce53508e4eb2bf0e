using System.Diagnostics;
using System.IO.Pipelines;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Tcp;
using UserNet.Time;

namespace UserNet.Core;

/// <summary>The gate and what lies behind it: the only way to a stack's state.</summary>
/// <remarks>
/// Enter with <c>using (core.Enter())</c>, run to completion, leave. Nothing inside waits, calls user code or makes a
/// system call: frames are queued and wake-ups collected, and both are handed out after leaving.
/// </remarks>
internal sealed partial class StackCore : IDisposable
{
    private readonly Gate _gate = new();
    private readonly long _start;
    private readonly bool _timerCountsMilliseconds;
    private readonly SingleThreadScheduler? _owner;

    /// <param name="engine">Who holds which port.</param>
    /// <param name="randomness">Chance.</param>
    /// <param name="clock">Time.</param>
    /// <param name="timerCountsMilliseconds">True when the clock's timer does not know fractions of a millisecond, as the system's.</param>
    /// <param name="scheduler">Where users' continuations run.</param>
    /// <param name="tcp">What TCP does.</param>
    public StackCore(
        BindEngine engine, FillRandom randomness, TimeProvider clock, bool timerCountsMilliseconds, PipeScheduler scheduler,
        TcpSettings tcp)
    {
        _timerCountsMilliseconds = timerCountsMilliseconds;
        Engine = engine;
        Clock = clock;
        Scheduler = scheduler;
        _owner = scheduler as SingleThreadScheduler;
        Host = engine.Routes as HostAddressing;
        _start = clock.GetTimestamp();
        Context = new LinkContext(this, new PacketPool(), new LinkOutbox(), new DeadlineQueue<IExpires>(), new RandomBuffer(randomness), new DropCounters());
        if (Host is null) return;
        Output = new Ipv4Output(Host, Context);
        Icmp = new Icmpv4(Host, Output, Context);
        OutputV6 = new Ipv6Output(Host, Context, Output.Looped);
        IcmpV6 = new Icmpv6(Host, OutputV6, Context);
        Discovery = new NeighborDiscovery(Host, Context);
        Routers = new RouterDiscovery(Host, Context);
        Groups = new MulticastGroups(Host, Output, OutputV6, Context);
        Input = new Ipv4Input(Host, Icmp, Context);
        InputV6 = new Ipv6Input(Host, IcmpV6, Input.Fragments, Context);
        Tcp = new TcpContext(
            this, Context.Packets, Context.Deadlines, Context.Random, Context.Drops, Context.Counters, tcp);
        Forwarding = new Ipv4Forwarding(Host, Output, Icmp, Context);
        ForwardingV6 = new Ipv6Forwarding(Host, OutputV6, IcmpV6, Context) { Observer = Discovery };
        InterfaceEntry loopback = Host.Interfaces.Find(HostAddressing.LoopbackIndex)!;
        if (loopback.Port is not null)
            throw new ArgumentException("The addresses and routes belong to another stack already; each needs its own.", nameof(engine));
        Host.Observer = this;
        foreach (InterfaceEntry entry in Host.Interfaces.List)
            foreach (InterfaceAddress own in entry.V6Addresses) ListenFor(own, port: null);
        Start(Attach(loopback, new LoopbackLink(), null));
    }

    /// <summary>Who holds which port. Gate held.</summary>
    public BindEngine Engine { get; }

    /// <summary>Interfaces, addresses and routes; null where the routes are of the user's own making, and no link can be attached.</summary>
    public HostAddressing? Host { get; }

    /// <summary>What the ports of links share. Gate held.</summary>
    public LinkContext Context { get; }

    /// <summary>Where users' continuations run.</summary>
    public PipeScheduler Scheduler { get; }

    public Ipv4Input? Input { get; }

    public Ipv4Output? Output { get; }

    public Icmpv4? Icmp { get; }

    public Ipv6Input? InputV6 { get; }

    public Ipv6Output? OutputV6 { get; }

    public Icmpv6? IcmpV6 { get; }

    /// <summary>What this host and its links' other hosts and routers tell each other; null where <see cref="Host"/> is.</summary>
    public NeighborDiscovery? Discovery { get; }

    /// <summary>The groups that this host listens to; null where <see cref="Host"/> is.</summary>
    public MulticastGroups? Groups { get; }

    public Ipv4Forwarding? Forwarding { get; }

    public Ipv6Forwarding? ForwardingV6 { get; }

    private TimeProvider Clock { get; }

    /// <summary>The time now; read once for each entry that needs it.</summary>
    public Timestamp Now => new(Clock.GetElapsedTime(_start).Ticks);

    /// <summary>The calendar's time at a time of the stack.</summary>
    public DateTimeOffset CalendarAt(Timestamp time) => Clock.GetUtcNow() - (Now - time);

    /// <summary>Enters the gate until what is returned is disposed of.</summary>
    /// <exception cref="InvalidOperationException">The stack belongs to one thread, and this is another.</exception>
    public Scope Enter()
    {
        _owner?.CheckThread();
        _gate.Enter();
        return new Scope(this);
    }

    [Conditional("DEBUG")]
    public void AssertInside() => Debug.Assert(_gate.IsHeldByCurrentThread, "This needs the gate.");

    /// <summary>The time inside the gate.</summary>
    public readonly ref struct Scope(StackCore core)
    {
        /// <summary>Leaves; then sends and wakes.</summary>
        public void Dispose() => core.Leave();
    }
}
