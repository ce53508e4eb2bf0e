using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>
/// A network in a box: hosts, links, switches and routers, with one thread, a clock of its own and chance that follows
/// from one seed. What happens in it happens again in every run.
/// </summary>
/// <remarks>
/// <para>
/// Build it (<see cref="AddHost"/>,
/// <see cref="Connect(VirtualHost, string, VirtualHost, string, VirtualLinkOptions?)"/>), then let time pass. At each
/// instant all that was scheduled runs until nothing is left; then the next timer fires, alone; so things happen in
/// order of time, and those of one instant in the order in which they came about. Time jumps from one to the next.
/// </para>
/// <para>
/// It belongs to one thread: the one that made it, then the one that last added to it or let it run
/// (<see cref="Step"/>, <see cref="RunFor"/>, ...). A call of one of its hosts, links or clocks, or of its own, by any
/// other thread is a fault: <see cref="ForeignThreadException"/>, for the caller and out of the run.
/// </para>
/// </remarks>
public sealed partial class VirtualNetwork : IDisposable
{
    private readonly Dictionary<string, int> _streams = [];
    private readonly List<IDisposable> _parts = [];
    private bool _isDisposed;

    /// <summary>An empty network at the beginning of the year 2000.</summary>
    /// <param name="seed">Where all chance comes from.</param>
    /// <param name="clock">The clock; null for one that begins in the year 2000.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clock stands before 1970, of which recordings can't tell.</exception>
    public VirtualNetwork(ulong seed, ManualClock? clock = null)
    {
        Seed = seed;
        Clock = clock ?? new ManualClock();
        Epoch = PcapngWriter.NanosecondsOf(Clock.GetUtcNow() - Clock.Now.SinceStart);
        _thread = Environment.CurrentManagedThreadId;
        Items = new VirtualItems(this);
        _log = new FrameLog(NoteFault);
        _order = new FrameOrder(_log);
        _digestSubscription = _log.Subscribe(_digest!);
        Scheduler = new VirtualScheduler(this, "the network");
        Clock.Owner = Scheduler;
    }

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; }

    /// <summary>The time, true everywhere but in hosts whose clocks are wrong; running the network moves it.</summary>
    public ManualClock Clock { get; }

    /// <summary>Where what belongs to no host runs: user code, and stacks that were made without <see cref="AddHost"/>.</summary>
    public VirtualScheduler Scheduler { get; }

    internal bool IsDisposed => _isDisposed;

    /// <summary>Where frames on their way run.</summary>
    internal VirtualItems Items { get; }

    /// <summary>
    /// A stream of chance of its own. It follows from the seed, the name, and how often the name was asked for: what
    /// others draw, and whether there are others, does not change it.
    /// </summary>
    public FillRandom Randomness(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int ordinal = _streams.GetValueOrDefault(name);
        _streams[name] = ordinal + 1;
        return SeededRandom.Named(Seed, name, ordinal).Fill;
    }

    /// <summary>
    /// Ends all hosts and links, without a word on the wires. What was recorded, counted and digested can still be
    /// read; nothing can be added or run any more. Twice does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has it run.</exception>
    /// <remarks>What a stream throws to which a recording is written comes out when all is closed.</remarks>
    public void Dispose()
    {
        TakeOver();
        if (_isDisposed) return;
        _isDisposed = true;
        foreach (VirtualHost host in _hosts) host.Halt();
        foreach (IDisposable part in _parts) part.Dispose();
        _parts.Clear();
        CloseRecorders();
        Clock.Owner = null;      // it may be the caller's
    }
}
