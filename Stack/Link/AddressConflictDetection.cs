using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Link;

/// <summary>
/// Whether an IPv4 address of this host is its alone: asked before it is used, announced, and defended. RFC 5227.
/// </summary>
/// <remarks>Names in capitals are the constants of RFC 5227 §1.1. Gate held.</remarks>
public sealed class AddressConflictDetection
{
    private const int ProbeCount = 3, AnnounceCount = 2, MaxConflicts = 10;      // PROBE_NUM, ANNOUNCE_NUM, MAX_CONFLICTS
    private const int Remembered = 16;

    private static readonly TimeSpan
        ProbeWait = TimeSpan.FromSeconds(1),                   // PROBE_WAIT
        ProbeMin = TimeSpan.FromSeconds(1),                    // PROBE_MIN
        ProbeMax = TimeSpan.FromSeconds(2),                    // PROBE_MAX
        AnnounceWait = TimeSpan.FromSeconds(2),                // ANNOUNCE_WAIT
        AnnounceInterval = TimeSpan.FromSeconds(2),            // ANNOUNCE_INTERVAL
        RateLimitInterval = TimeSpan.FromSeconds(60),          // RATE_LIMIT_INTERVAL
        DefendInterval = TimeSpan.FromSeconds(10),             // DEFEND_INTERVAL
        Pace = TimeSpan.FromMilliseconds(1);

    private readonly EthernetPort _port;
    private readonly LinkContext _context;
    private readonly Dictionary<InetAddress, Claim> _claims = [];
    private readonly List<AddressConflict> _recent = new(Remembered);
    private Timestamp _nextAnnouncement, _nextAttempt;
    private int _refusals;             // since an address was last found to be free

    internal AddressConflictDetection(EthernetPort port, LinkContext context)
    {
        _port = port;
        _context = context;
    }

    private enum Stage : byte
    {
        Probing,
        Announcing,
        Settled,
        Refused,
    }

    /// <summary>Whether addresses are announced and defended; whether they are probed first is said by being tentative.</summary>
    public ConflictDetection Mode { get; set; } = ConflictDetection.Announce;

    /// <summary>What is done about a conflict.</summary>
    public ConflictDefense Defense { get; set; }

    /// <summary>How many conflicting packets came, those about IPv6 addresses included.</summary>
    public long Count { get; private set; }

    /// <summary>The last 16 conflicts, oldest first, IPv6 ones included.</summary>
    public IReadOnlyList<AddressConflict> Recent => _recent;

    /// <summary>
    /// Asks whether somebody has the address, and tells the host what came of it; when it is free, announces it. §2.1.
    /// </summary>
    /// <remarks>After ten refusals in a row one address a minute is asked for at most.</remarks>
    public void Probe(InetAddress address, Timestamp now)
    {
        Claim claim = ClaimOf(address, Stage.Probing);
        Timestamp start = now + Chance(TimeSpan.Zero, ProbeWait);
        if (_refusals >= MaxConflicts) start = Timestamp.Max(start, _nextAttempt);
        _nextAttempt = start + RateLimitInterval;
        Arm(claim, start);
    }

    /// <summary>Tells all on the link that the address is this station's: twice, two seconds apart. §2.3.</summary>
    /// <remarks>Of many addresses one is announced each millisecond, so that they do not fill the link's queue.</remarks>
    public void Announce(InetAddress address, Timestamp now)
    {
        Claim claim = ClaimOf(address, Stage.Announcing);
        Timestamp at = Timestamp.Max(now, _nextAnnouncement);
        _nextAnnouncement = at + Pace;
        if (at > now) Arm(claim, at);
        else GoOnAnnouncing(claim, now);
    }

    /// <summary>The host has the address now, or wants it where it is tentative.</summary>
    internal void Add(InetAddress address, bool isTentative, Timestamp now)
    {
        bool isOurs = _claims.TryGetValue(address, out Claim? claim) && claim.Stage is Stage.Announcing or Stage.Settled;
        if (isOurs)
        {
            if (isTentative) _context.Host.OnAddressConfirmed(address, _port.Index, now);
            return;
        }

        if (isTentative) Probe(address, now);
        else if (Mode == ConflictDetection.None) ClaimOf(address, Stage.Settled);
        else Announce(address, now);
    }

    /// <summary>The host does not have the address any more.</summary>
    internal void Remove(InetAddress address)
    {
        if (_claims.Remove(address, out Claim? claim)) Disarm(claim);
    }

    /// <summary>The link is down: nothing is known of any address.</summary>
    internal void Clear()
    {
        foreach (Claim claim in _claims.Values) Disarm(claim);
        _claims.Clear();
    }

    /// <summary>True for an address that the host has on this link, or wants to have and may yet get.</summary>
    internal bool Claims(InetAddress address) => _claims.TryGetValue(address, out Claim? claim) && claim.Stage != Stage.Refused;

    /// <summary>True for an address of which it is not known yet whether the host may have it.</summary>
    internal bool IsProbing(InetAddress address) => _claims.TryGetValue(address, out Claim? claim) && claim.Stage == Stage.Probing;

    /// <summary>True for an address that turned out to be somebody else's while it was probed for.</summary>
    internal bool IsRefused(InetAddress address) => _claims.TryGetValue(address, out Claim? claim) && claim.Stage == Stage.Refused;

    /// <summary>Another station said that a claimed address is its own, or probed for it at the same time. §2.1.1, §2.4.</summary>
    internal void OnConflict(InetAddress address, MacAddress other, Timestamp now)
    {
        Claim claim = _claims[address];
        ConflictOutcome outcome = claim.Stage == Stage.Probing ? ConflictOutcome.Refused : OutcomeOf(claim, now);
        AddressConflict conflict = Record(address, other, outcome, now);
        switch (outcome)
        {
            case ConflictOutcome.Refused:
                _refusals++;
                claim.Stage = Stage.Refused;
                Disarm(claim);
                break;
            case ConflictOutcome.Defended:
                claim.Defended = now;
                _port.Arp.SendAnnouncement(address);
                break;
            case ConflictOutcome.GivenUp:
                Remove(address);
                break;
        }

        _context.Host.OnAddressConflict(conflict);
    }

    /// <summary>Takes down a conflict, of whichever family.</summary>
    internal AddressConflict Record(InetAddress address, MacAddress other, ConflictOutcome outcome, Timestamp now)
    {
        Count++;
        if (_recent.Count == Remembered) _recent.RemoveAt(0);
        var conflict = new AddressConflict(address, other, _port.Index, now, outcome);
        _recent.Add(conflict);
        return conflict;
    }

    private ConflictOutcome OutcomeOf(Claim claim, Timestamp now)
    {
        if (Mode == ConflictDetection.None) return ConflictOutcome.Tolerated;
        if (Defense == ConflictDefense.GiveUp) return ConflictOutcome.GivenUp;
        bool isDefended = claim.Defended is { } last && now < last + DefendInterval;
        if (!isDefended) return ConflictOutcome.Defended;
        return Defense == ConflictDefense.DefendOnce ? ConflictOutcome.GivenUp : ConflictOutcome.Tolerated;
    }

    private void OnExpired(Claim claim, Timestamp now)
    {
        if (claim.Stage == Stage.Announcing) GoOnAnnouncing(claim, now);
        else GoOnProbing(claim, now);
    }

    private void GoOnProbing(Claim claim, Timestamp now)
    {
        if (claim.Sent == ProbeCount)
        {
            _refusals = 0;
            _context.Host.OnAddressConfirmed(claim.Address, _port.Index, now);
            Announce(claim.Address, now);
            return;
        }

        claim.Sent++;
        _port.Arp.SendProbe(claim.Address);
        Arm(claim, now + (claim.Sent == ProbeCount ? AnnounceWait : Chance(ProbeMin, ProbeMax)));
    }

    private void GoOnAnnouncing(Claim claim, Timestamp now)
    {
        claim.Sent++;
        _port.Arp.SendAnnouncement(claim.Address);
        if (claim.Sent < AnnounceCount) Arm(claim, now + AnnounceInterval);
        else claim.Stage = Stage.Settled;
    }

    private Claim ClaimOf(InetAddress address, Stage stage)
    {
        if (!_claims.TryGetValue(address, out Claim? claim)) _claims.Add(address, claim = new Claim(this, address));
        Disarm(claim);
        claim.Stage = stage;
        claim.Sent = 0;
        return claim;
    }

    private void Arm(Claim claim, Timestamp due)
    {
        Disarm(claim);
        claim.Deadline = _context.Deadlines.Add(due, claim);
    }

    private void Disarm(Claim claim)
    {
        _context.Deadlines.Cancel(claim.Deadline);
        claim.Deadline = default;
    }

    // A time from [least, most), in microseconds.
    private TimeSpan Chance(TimeSpan least, TimeSpan most) =>
        least + TimeSpan.FromMicroseconds(_context.Random.Below((uint)(most - least).TotalMicroseconds));

    private sealed class Claim(AddressConflictDetection detection, InetAddress address) : IExpires
    {
        public InetAddress Address => address;

        public Stage Stage { get; set; }

        public int Sent { get; set; }                          // probes or announcements of this stage

        public Deadline Deadline { get; set; }

        public Timestamp? Defended { get; set; }

        public void OnExpired(Timestamp now) => detection.OnExpired(this, now);
    }
}
