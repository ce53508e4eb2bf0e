using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>
/// The 65,536 ports of one protocol and who holds them: every socket that is bound, listening, connecting, connected or
/// in TIME-WAIT is here once, and this is also where a packet's receiver is found.
/// </summary>
/// <remarks>
/// A port's holders form a ring in order of insertion (but see <see cref="QueuesAtTail"/>), which the rules walk; the
/// sharing domains mark the same ports in bitmaps, which the search for a free port combines; the index finds them for
/// a packet. A holder enters and leaves all three together, in <see cref="Insert"/> and <see cref="Remove"/>; in
/// between, whatever changes what it claims, its state or its peer takes its mark and its entry out first and puts them
/// back after. Gate held throughout.
/// </remarks>
public sealed partial class PortSpace
{
    private const int MostSpares = 64;

    private readonly Personality _personality;
    private readonly BindSettings _settings;
    private readonly PortChooser _chooser;
    private readonly PortSearch _search = new();
    private readonly HolderRings _rings = new();
    private readonly SharingDomains _domains = new();
    private readonly Dictionary<DestinationKey, PortSet> _destinations = [];
    private readonly Dictionary<ushort, ReusePortMemo> _memos = [];
    // Empty ones to use again, so that coming and going allocates nothing.
    private readonly Stack<ReuseGroup> _spareGroups = [];
    private readonly Stack<PortSet> _spareSets = [];
    private readonly LookupIndex _index;
    private long _sequence;
    private int _released = -1;      // the port that was released last

    internal PortSpace(ProtocolType protocol, Personality personality, BindSettings settings, RandomBuffer random)
    {
        Protocol = protocol;
        Kind = protocol switch
        {
            ProtocolType.Tcp => PortSpaceKind.Stream,
            ProtocolType.Icmp => PortSpaceKind.Identifier,
            ProtocolType.Raw => PortSpaceKind.Raw,
            _ => PortSpaceKind.Datagram,
        };
        _personality = personality;
        _settings = settings;
        _chooser = new PortChooser(random, settings.Script);
        _index = new LookupIndex(random.NextUInt64());
    }

    /// <summary>The protocol whose ports these are.</summary>
    public ProtocolType Protocol { get; }

    /// <summary>How many holders there are.</summary>
    public int Count => _index.Count;

    internal PortSpaceKind Kind { get; }

    private bool IsStream => Kind == PortSpaceKind.Stream;

    /// <summary>Gives a port to a holder if the rules grant it. Nothing changes otherwise.</summary>
    /// <param name="holder">Who asks; it holds nothing yet.</param>
    /// <param name="claim">What it claims of the port.</param>
    /// <param name="port">The port, not 0.</param>
    /// <returns>Granted, InUse, SharingDenied.</returns>
    /// <exception cref="InvalidOperationException">The holder holds a port already.</exception>
    public BindOutcome Bind(Holder holder, in Claim claim, ushort port)
    {
        ThrowIfHeld(holder);
        BindOutcome outcome = Check(claim, port, self: null);
        if (!outcome.IsGranted) return outcome;
        Insert(holder, claim, port, HolderOrigin.Bind);
        if (Kind == PortSpaceKind.Datagram && claim.ReusesPort) JoinGroup(holder);
        Remember(claim, port);
        return outcome;
    }

    /// <summary>
    /// Chooses a port and gives it to a holder: bind to port 0, listen on an unbound socket, a datagram's first send.
    /// </summary>
    /// <param name="holder">Who asks; it holds nothing yet.</param>
    /// <param name="claim">What it claims of whichever port it gets.</param>
    /// <param name="range">IP_LOCAL_PORT_RANGE, or null for the range of the settings.</param>
    /// <param name="isRandom">SO_RANDOMIZE_PORT: a random port, whatever the settings say.</param>
    /// <returns>Granted, Exhausted.</returns>
    /// <exception cref="InvalidOperationException">The holder holds a port already.</exception>
    public BindOutcome BindAny(Holder holder, in Claim claim, PortRange? range = null, bool isRandom = false)
    {
        ThrowIfHeld(holder);
        PortAlgorithm algorithm = isRandom ? PortAlgorithm.SimpleRandom : IsStream ? _settings.StreamBind : _settings.Datagram;
        var choice = new PortChoice(
            algorithm, Usable(range ?? _settings.RangeOf(Protocol, claim.Address.IsV6), algorithm, claim.ReusesAddress),
            new DestinationKey(claim.Address, default, 0), claim.ReusesAddress, LeavesOneOfOdd: LeavesOneOfOdd(algorithm));
        bool mayRelax = IsStream && _settings.AutobindReuse, isScripted = algorithm == PortAlgorithm.Scripted;
        int port = ChooseForBind(choice, claim, relaxed: mayRelax && isScripted);      // a script is read once
        if (port < 0 && mayRelax && !isScripted) port = ChooseForBind(choice, claim, relaxed: true);
        if (port < 0) return BindRule.Exhausted;
        Insert(holder, claim, (ushort)port, HolderOrigin.Bind);
        if (Kind == PortSpaceKind.Datagram && claim.ReusesPort) JoinGroup(holder);
        Remember(claim, (ushort)port);
        return BindRule.Granted;
    }

    /// <summary>What <see cref="Bind"/> would answer, without doing it.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="port">The port, not 0.</param>
    /// <param name="self">A holder that does not count, or null.</param>
    public BindOutcome Check(in Claim claim, ushort port, Holder? self)
    {
        Holder? newest = _rings.Newest(port);
        if (Kind == PortSpaceKind.Raw) return BindRule.Granted;
        if (Kind == PortSpaceKind.Identifier) return BindRules.CheckIdentifier(newest, claim, self);
        if (newest is null || (newest.Older != newest && !IsOverlapped(claim, port))) return BindRule.Granted;
        ReusePortMemo memo = _memos.Count == 0 ? default : _memos.GetValueOrDefault(port);
        return BindRules.Check(newest, memo, claim, self, _personality.Sharing, IsStream);
    }

    /// <summary>Gives a holder's port back. What others hold of the same port stays.</summary>
    /// <exception cref="InvalidOperationException">The holder holds nothing here: it was released before.</exception>
    public void Release(Holder holder)
    {
        ThrowIfNotHeld(holder);
        ushort port = holder.Port;
        Remove(holder);
        holder.Port = 0;
        holder.State = TcpState.Closed;
        holder.IsHeld = false;
        _released = port;
    }

    /// <summary>
    /// Changes what a holder shares and on which device, for all who ask later; no rule is asked. Linux reads these
    /// live.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The holder holds nothing here, or the claim is on another address.
    /// </exception>
    public void SetClaim(Holder holder, in Claim claim)
    {
        ThrowIfNotHeld(holder);
        if (claim.Address != holder.Claim.Address)
            throw new InvalidOperationException($"The holder has {holder.Claim.Address}, which options do not change.");
        if (holder.Claim == claim) return;
        _domains.Unmark(holder);
        holder.Claimed = claim;
        _domains.Mark(holder);
    }

    /// <summary>
    /// Follows the state of a holder's connection; a listener and a TIME-WAIT holder share otherwise than the rest.
    /// </summary>
    /// <exception cref="InvalidOperationException">The holder holds nothing here.</exception>
    public void SetState(Holder holder, TcpState state)
    {
        ThrowIfNotHeld(holder);
        if (holder.State == state) return;
        bool leavesListen = holder.IsListening;
        _domains.Unmark(holder);
        holder.State = state;
        _domains.Mark(holder);
        if (leavesListen) LeaveGroup(holder);
    }

    /// <summary>
    /// Makes a bound stream holder a listener, if the rules let it listen beside the port's other holders.
    /// </summary>
    /// <returns>Granted, InUse, SharingDenied.</returns>
    /// <exception cref="InvalidOperationException">The holder holds nothing here.</exception>
    public BindOutcome Listen(Holder holder)
    {
        ThrowIfNotHeld(holder);
        BindOutcome outcome = CheckListen(holder);
        if (!outcome.IsGranted) return outcome;
        Remember(holder.Claim, holder.Port);
        SetState(holder, TcpState.Listen);
        if (holder.Claim.ReusesPort && holder.Group is null) JoinGroup(holder);
        return BindRule.Granted;
    }

    /// <summary>
    /// The ports that an algorithm ever chooses: of three Linux's own leave the last one to datagrams.
    /// </summary>
    private PortRange Usable(PortRange range, PortAlgorithm algorithm, bool reusesAddress)
    {
        // Of five, the upper half has three.
        bool isInHalves = reusesAddress && algorithm == PortAlgorithm.LinuxBind;
        bool losesLast = LeavesOneOfOdd(algorithm) && (range.Count == 3 || (range.Count == 5 && isInHalves));
        return losesLast ? new PortRange(range.First, (ushort)(range.Last - 1)) : range;
    }

    private bool LeavesOneOfOdd(PortAlgorithm algorithm) =>
        IsStream && _personality.LeavesLastOfOddRange && algorithm is PortAlgorithm.LinuxBind or PortAlgorithm.LinuxConnect;

    /// <summary>
    /// Whether anybody's claim on the port overlaps this one: told by the bitmaps, so that a port of many addresses is not walked.
    /// </summary>
    private bool IsOverlapped(in Claim claim, ushort port)
    {
        _search.Clear();
        _domains.BlockOverlapping(_search, claim);
        return !_search.IsFree(port);
    }

    private int ChooseForBind(in PortChoice choice, in Claim claim, bool relaxed)
    {
        BlockForBind(claim, relaxed);
        return Choose(choice);
    }

    private void BlockForBind(in Claim claim, bool relaxed)
    {
        _search.Clear();
        if (Kind == PortSpaceKind.Identifier)
        {
            _domains.BlockAll(_search);      // a choice is never shared, and what is reserved are ports
            return;
        }

        _search.Avoid(_settings.Reserved);
        _domains.BlockForBind(_search, claim, _personality.Sharing, IsStream, relaxed);
    }

    /// <summary>Chooses under the settings' rule for a port that has just been released.</summary>
    private int Choose(in PortChoice choice)
    {
        if (_released < 0 || _settings.ReleasedPort == ReleasedPort.Any || choice.Algorithm == PortAlgorithm.Scripted)
            return _chooser.Choose(choice, _search);
        if (_settings.ReleasedPort == ReleasedPort.First)
        {
            bool suits = choice.Range.Contains(_released) && _search.IsFree(_released);
            return suits ? _released : _chooser.Choose(choice, _search);
        }

        _search.AvoidPort(_released);
        int port = _chooser.Choose(choice, _search);
        if (port >= 0) return port;
        _search.AvoidPort(-1);
        return choice.Range.Contains(_released) && _search.IsFree(_released) ? _chooser.Choose(choice, _search) : -1;
    }

    private void Insert(Holder holder, in Claim claim, ushort port, HolderOrigin origin)
    {
        if (holder.Space != this) holder.Space = this;
        holder.IsHeld = true;
        holder.Claimed = claim;
        holder.LocalAddress = claim.Address;
        holder.Port = port;
        holder.Origin = origin;
        holder.Sequence = ++_sequence;
        holder.ConnectSequence = 0;
        _rings.Add(holder, asOldest: QueuesAtTail(claim));
        _index.Add(holder);
        _domains.Mark(holder);
    }

    /// <summary>
    /// Linux puts IPv6 datagram sockets with SO_REUSEPORT behind all others of the port, as if they were the oldest.
    /// </summary>
    private bool QueuesAtTail(in Claim claim) =>
        !IsStream && claim.ReusesPort && claim.Address.IsV6 && _personality.Sharing == SharingModel.Linux;

    private void Remove(Holder holder)
    {
        _domains.Unmark(holder);
        _index.Remove(holder);
        LeaveGroup(holder);
        if (holder.DestinationPorts is not null) LeaveDestination(holder);
        if (_rings.Remove(holder) && _memos.Count != 0) _memos.Remove(holder.Port);
        holder.IsConnected = false;
        holder.RemoteAddress = default;
        holder.RemotePort = 0;
    }

    private void Remember(in Claim granted, ushort port)
    {
        if (!IsStream || _personality.Sharing != SharingModel.Linux) return;
        if (!granted.ReusesPort)
        {
            if (_memos.Count != 0) _memos.Remove(port);
            return;
        }

        _memos[port] = _memos.GetValueOrDefault(port).After(granted);
    }

    private void JoinGroup(Holder holder)
    {
        for (Holder? other = _index.Unconnected(holder.Claim.Address, holder.Port); other is not null; other = other.NextInBucket)
        {
            if (other != holder && other.Port == holder.Port && other.Group is { } group && group.Suits(holder.Claim))
            {
                group.Join(holder);
                return;
            }
        }

        if (!_spareGroups.TryPop(out ReuseGroup? made)) made = new ReuseGroup();
        made.Join(holder);
    }

    private void LeaveGroup(Holder holder)
    {
        if (holder.Group is not { } group) return;
        group.Leave(holder);
        if (group.Count == 0 && _spareGroups.Count < MostSpares) _spareGroups.Push(group);
    }

    private static void ThrowIfHeld(Holder holder)
    {
        if (holder.IsHeld)
            throw new InvalidOperationException($"The holder has port {holder.Port} already; release it first.");
    }

    private void ThrowIfNotHeld(Holder holder)
    {
        if (!holder.IsHeld || holder.Space != this)
            throw new InvalidOperationException($"The holder has no {Protocol} port here; was it released before?");
    }
}
