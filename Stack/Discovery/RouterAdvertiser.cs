using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>An interface that advertises: tells the hosts of its link of prefixes, and of itself as their router. RFC 4861 §6.2.</summary>
/// <remarks>
/// All advertisements are for all nodes. They need a link-local address that is sure; until the interface has one, and while it is down,
/// nothing is sent. Gate held.
/// </remarks>
public sealed partial class RouterAdvertiser : IExpires
{
    // RFC 4861 §10.
    private const int InitialCount = 3, FinalCount = 3;
    private static readonly TimeSpan InitialInterval = TimeSpan.FromSeconds(16), LeastBetween = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MostDelay = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);      // ours: how soon it looks for an address again

    private readonly NeighborDiscovery _discovery;
    private readonly LinkContext _context;
    private int _initial = InitialCount, _final;
    private Deadline _deadline;
    private Timestamp _due = Timestamp.Never;
    private Timestamp? _lastSent;

    internal RouterAdvertiser(NeighborDiscovery discovery, InterfaceEntry entry, RouterAdvertisementSettings settings, LinkContext context)
    {
        (_discovery, Interface, Settings, _context) = (discovery, entry, settings, context);
    }

    /// <summary>What it tells, and how often.</summary>
    public RouterAdvertisementSettings Settings { get; private set; }

    /// <summary>False from when it was told to stop on.</summary>
    public bool IsActive => _final == 0;

    /// <summary>How many advertisements it has sent.</summary>
    public long Sent { get; private set; }

    /// <summary>How many solicitations it has heard.</summary>
    public long Solicitations { get; private set; }

    /// <summary>How many advertisements of other routers contradicted its own. RFC 4861 §6.2.7.</summary>
    public long Inconsistencies { get; private set; }

    /// <summary>All of that as it is now.</summary>
    public RouterAdvertiserStatus Status => new(Settings, Sent, Solicitations, Inconsistencies);

    internal InterfaceEntry Interface { get; }

    /// <inheritdoc/>
    public void OnExpired(Timestamp now)
    {
        _due = Timestamp.Never;
        if (!TrySend(now))
        {
            if (!IsActive) return;
            _initial = InitialCount;
            Schedule(now + RetryInterval);
            return;
        }

        if (!IsActive)
        {
            if (++_final < FinalCount) Schedule(now + LeastBetween);
            return;
        }

        if (_initial > 0) _initial--;
        TimeSpan interval = Between(Settings.Shortest, Settings.MaxInterval);
        Schedule(now + (_initial > 0 && interval > InitialInterval ? InitialInterval : interval));      // RFC 4861 §6.2.4
    }

    /// <summary>Begins, or says something else from now on: a few advertisements come soon. RFC 4861 §6.2.4.</summary>
    internal void Begin(RouterAdvertisementSettings settings, Timestamp now)
    {
        (Settings, _initial, _final) = (settings, InitialCount, 0);
        ScheduleSoon(now);
    }

    /// <summary>Says that it is no router any more, three times: now, and three seconds apart. RFC 4861 §6.2.5.</summary>
    internal void Stop(Timestamp now)
    {
        if (!IsActive) return;
        Cancel();
        if (Sent == 0)
        {
            _final = FinalCount;      // nobody believes otherwise
            return;
        }

        _final = 1;
        if (TrySend(now)) Schedule(now + LeastBetween);
    }

    /// <summary>Says so once; nothing can follow.</summary>
    internal void StopAtOnce(Timestamp now)
    {
        Stop(now);
        Cancel();
    }

    /// <summary>Somebody asked for routers. RFC 4861 §6.2.6.</summary>
    internal void OnSolicitation(Timestamp now)
    {
        Solicitations++;
        if (IsActive) ScheduleSoon(now);
    }

    // One answers all who ask meanwhile; what would come sooner in any case is not put off.
    private void ScheduleSoon(Timestamp now)
    {
        Timestamp due = now + Between(TimeSpan.Zero, MostDelay);
        if (_lastSent is { } last && last + LeastBetween is var earliest && earliest > now) due = earliest + (due - now);
        if (due < _due) Schedule(due);
    }

    private void Schedule(Timestamp due)
    {
        Cancel();
        _due = due;
        _deadline = _context.Deadlines.Add(due, this);
    }

    private void Cancel()
    {
        _context.Deadlines.Cancel(_deadline);
        _due = Timestamp.Never;
    }

    // To the millisecond.
    private TimeSpan Between(TimeSpan shortest, TimeSpan longest) =>
        shortest + TimeSpan.FromMilliseconds(_context.Random.Below((uint)(longest - shortest).TotalMilliseconds + 1));

    private bool TrySend(Timestamp now)
    {
        // RFC 4861 §4.2: from a link-local address.
        if (Interface is not { IsUp: true, Port: EthernetPort { IsClosed: false } port, LinkLocal: { } source }) return false;
        PacketBuffer packet = _context.Packets.Rent(0);
        AppendOptions(packet, port);
        var header = new RouterAdvertisementHeader(
            Settings.HopLimit, IsActive ? Settings.LifetimeSeconds : (ushort)0, Settings.Preference, Settings.IsManaged,
            Settings.HasOtherConfiguration, Milliseconds(Settings.ReachableTime), Milliseconds(Settings.RetransTimer));
        header.PrependTo(packet, source, NeighborDiscovery.AllNodes);
        _discovery.SendToAll(port, packet, source);
        _context.Counters.Count(Counter.Icmp6OutRouterAdvertisements);
        _lastSent = now;
        Sent++;
        return true;
    }

    private static uint Milliseconds(TimeSpan? time) => (uint)(time ?? TimeSpan.Zero).TotalMilliseconds;
}

/// <summary>What an interface advertises, and what came of it so far.</summary>
/// <param name="Settings">What it tells, and how often.</param>
/// <param name="Sent">How many advertisements it has sent.</param>
/// <param name="Solicitations">How many solicitations it has heard.</param>
/// <param name="Inconsistencies">How many advertisements of other routers contradicted its own. RFC 4861 §6.2.7.</param>
public sealed record RouterAdvertiserStatus(RouterAdvertisementSettings Settings, long Sent, long Solicitations, long Inconsistencies);
