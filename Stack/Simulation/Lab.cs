using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>
/// A small world for networks, with one thread, a clock of its own and chance that follows from one seed: what happens
/// in it happens again in every run.
/// </summary>
/// <remarks>
/// <para>
/// Give its parts the lab's doors: <see cref="Clock"/>, <see cref="Scheduler"/>, <see cref="Randomness"/> and its
/// links. Then let time pass. At each instant all that was scheduled runs until nothing is left; then the next timer
/// fires, alone; so things happen in order of time, and those of one instant in the order in which they came about.
/// </para>
/// <para>This is where the deterministic lab begins; hosts, routers and recordings will join it. One thread.</para>
/// </remarks>
/// <param name="seed">Where all chance comes from.</param>
/// <param name="clock">The clock; null for one that begins in the year 2000.</param>
public sealed class Lab(ulong seed, ManualClock? clock = null)
{
    private readonly Dictionary<string, int> _streams = [];

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed => seed;

    /// <summary>The time, which <see cref="RunFor"/> moves.</summary>
    public ManualClock Clock { get; } = clock ?? new ManualClock();

    /// <summary>Where everything runs.</summary>
    public StepScheduler Scheduler { get; } = new();

    /// <summary>
    /// How many scheduled items may run without the time moving before it counts as a network that never comes to
    /// rest, such as switches in a ring. 10,000,000.
    /// </summary>
    public int ItemLimit { get; init; } = 10_000_000;

    /// <summary>
    /// A stream of chance of its own. It follows from the seed, the name, and how often the name was asked for: what
    /// others draw, and whether there are others, does not change it.
    /// </summary>
    public FillRandom Randomness(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int ordinal = _streams.GetValueOrDefault(name);
        _streams[name] = ordinal + 1;
        return SeededRandom.Named(seed, name, ordinal).Fill;
    }

    /// <summary>A cable that delivers in the lab.</summary>
    public LinkPair AddCable(LinkPairOptions? options = null) =>
        new((options ?? new LinkPairOptions()) with { Scheduler = Scheduler });

    /// <summary>A switch whose cables deliver in the lab.</summary>
    public LinkSwitch AddSwitch(LinkSwitchOptions? options = null)
    {
        LinkSwitchOptions chosen = options ?? new LinkSwitchOptions();
        return new LinkSwitch(Clock, chosen with { Cable = chosen.Cable with { Scheduler = Scheduler } });
    }

    /// <summary>The link with conditions: in the direction away from who uses it, and in the one towards it.</summary>
    /// <param name="link">A link that was not started.</param>
    /// <param name="outgoing">What happens to what is sent.</param>
    /// <param name="incoming">What happens to what arrives; null for nothing.</param>
    public ImpairedLink Impair(ILink link, LinkConditions outgoing, LinkConditions? incoming = null) =>
        new(link, Clock, Randomness("impaired link"), outgoing, incoming);

    /// <summary>Runs until nothing is left to do at this instant. Time does not move, so no timer fires.</summary>
    /// <exception cref="InvalidOperationException">
    /// It did not come to rest within <see cref="ItemLimit"/> items.
    /// </exception>
    public void Run()
    {
        if (Scheduler.RunUntilIdle(ItemLimit) < ItemLimit || Scheduler.Count == 0) return;
        throw new InvalidOperationException(
            $"The lab did not come to rest: {ItemLimit:N0} items ran at {Clock.Now} s. Is there a ring of switches?");
    }

    /// <summary>Lets time pass, with all that happens meanwhile, its last instant included.</summary>
    /// <exception cref="InvalidOperationException">At some instant it did not come to rest.</exception>
    /// <remarks>What a timer or a scheduled item throws comes out here, with the clock at its instant.</remarks>
    public void RunFor(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>
    /// Lets time pass until a condition holds, which is looked at when nothing is left to do at an instant.
    /// </summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="limit">How much time may pass.</param>
    /// <returns>False when the time passed and the condition does not hold.</returns>
    /// <exception cref="InvalidOperationException">At some instant it did not come to rest.</exception>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        Timestamp end = Clock.Now + limit;
        int timers = 0;      // fired at this instant
        Timestamp instant = Clock.Now;
        while (true)
        {
            Run();
            if (condition()) return true;
            if (Clock.NextTimer > end) break;
            Clock.AdvanceToNextTimer();
            timers = Clock.Now == instant ? timers + 1 : 0;
            instant = Clock.Now;
            if (timers < ItemLimit) continue;
            throw new InvalidOperationException(
                $"The lab did not come to rest: {timers:N0} timers fired at {instant} s.");
        }

        Clock.AdvanceTo(end);
        return condition();
    }
}
