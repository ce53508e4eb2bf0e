using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

// Remote endpoints: connect, accept, disconnect.
public sealed partial class PortSpace
{
    private ushort _timeWaitFound;      // the port of the one that was ended last

    /// <summary>Gives a bound holder a remote endpoint.</summary>
    /// <param name="holder">It holds a port; a connected one gets another remote endpoint.</param>
    /// <param name="local">The local address that the route gives, concrete.</param>
    /// <param name="remote">The remote endpoint.</param>
    /// <param name="state">SynSent for a stream, Established for a datagram socket.</param>
    /// <returns>Granted; for a stream TupleInUse.</returns>
    /// <exception cref="InvalidOperationException">The holder holds nothing here.</exception>
    public BindOutcome Connect(Holder holder, InetAddress local, in InetEndpoint remote, TcpState state)
    {
        ThrowIfNotHeld(holder);
        BindOutcome outcome = CheckConnect(holder, local, remote);
        if (outcome.IsGranted) Attach(holder, new TupleKey(local, holder.Port, remote.Address, remote.Port), state);
        return outcome;
    }

    /// <summary>Chooses a port for a stream's connect from the claim's own address and gives it the remote endpoint.</summary>
    /// <inheritdoc cref="ConnectAny(Holder, in Claim, InetAddress, in InetEndpoint, PortRange?, bool)"/>
    public BindOutcome ConnectAny(Holder holder, in Claim claim, in InetEndpoint remote, PortRange? range = null) =>
        ConnectAny(holder, claim, claim.Address, remote, range);

    /// <summary>Chooses a port for a stream's connect and gives it the remote endpoint.</summary>
    /// <param name="holder">It holds nothing yet.</param>
    /// <param name="claim">What it would claim if it were bound as it is named, perhaps to the wildcard.</param>
    /// <param name="local">The local address that the route gives, concrete: that is what it claims.</param>
    /// <param name="remote">The remote endpoint.</param>
    /// <param name="range">IP_LOCAL_PORT_RANGE, or null for the range of the settings.</param>
    /// <param name="isRandom">SO_RANDOMIZE_PORT: a random port, whatever the settings say.</param>
    /// <returns>Granted, ExhaustedByConnect.</returns>
    /// <exception cref="InvalidOperationException">The holder holds a port already.</exception>
    public BindOutcome ConnectAny(Holder holder, in Claim claim, InetAddress local, in InetEndpoint remote, PortRange? range = null, bool isRandom = false)
    {
        ThrowIfHeld(holder);
        Claim narrowed = claim.Address == local ? claim : claim.NarrowedTo(local, Rest);
        var destination = new DestinationKey(local.Unmap(), remote.Address.Unmap(), remote.Port);
        PortAlgorithm algorithm = isRandom ? PortAlgorithm.SimpleRandom : _settings.StreamConnect;
        PortRange ports = range ?? Usable(_settings.RangeOf(Protocol, local.IsV6), algorithm, reusesAddress: false);
        var choice = new PortChoice(
            algorithm, ports, destination, IgnoresParity: range is not null, LeavesOneOfOdd: range is null && LeavesOneOfOdd(algorithm));
        BlockForConnect(narrowed, destination);
        int port = Choose(choice);
        if (port < 0) return BindRule.ExhaustedByConnect;
        Insert(holder, narrowed, (ushort)port, HolderOrigin.Connect);
        Attach(holder, new TupleKey(local, (ushort)port, remote.Address, remote.Port), TcpState.SynSent);
        return BindRule.Granted;
    }

    /// <summary>
    /// Enters a connection that a listener took: it holds the listener's port on the address that the peer called.
    /// </summary>
    /// <param name="child">It holds nothing yet.</param>
    /// <param name="listener">Whose port and options it inherits.</param>
    /// <param name="local">The address that the peer called.</param>
    /// <param name="remote">The peer.</param>
    /// <returns>Granted, TupleInUse.</returns>
    /// <exception cref="InvalidOperationException">
    /// The child holds a port already, or the listener holds none.
    /// </exception>
    public BindOutcome Accept(Holder child, Holder listener, InetAddress local, in InetEndpoint remote)
    {
        ThrowIfHeld(child);
        ThrowIfNotHeld(listener);
        ref readonly Claim parent = ref listener.Claim;
        var tuple = new TupleKey(local, listener.Port, remote.Address, remote.Port);
        uint device = parent.Device != 0 || !remote.Address.NeedsScope ? parent.Device : remote.ScopeId;
        if (FindTuple(tuple, device, null) is { } other) return new BindOutcome(BindRule.TupleInUse, other);
        Claim claim = parent.NarrowedTo(local, Rest) with { Device = device };
        Insert(child, claim, listener.Port, HolderOrigin.Accept);
        Attach(child, tuple, TcpState.SynReceived);
        return BindRule.Granted;
    }

    /// <summary>Enters a holder with all that another one claims, and with its peer and state; the other one is to let go of its peer.</summary>
    internal void Inherit(Holder heir, Holder holder)
    {
        ThrowIfHeld(heir);
        if (holder.DestinationPorts is not null) LeaveDestination(holder);
        Insert(heir, holder.Claim, holder.Port, holder.Origin);
        Attach(heir, holder.Tuple, holder.State);
    }

    /// <summary>
    /// Takes the remote endpoint from a holder, which keeps its port; no rule is asked, so claims may overlap after it.
    /// </summary>
    /// <param name="holder">It holds a port.</param>
    /// <param name="claim">What it claims from now on.</param>
    /// <exception cref="InvalidOperationException">The holder holds nothing here.</exception>
    public void Disconnect(Holder holder, in Claim claim)
    {
        ThrowIfNotHeld(holder);
        _domains.Unmark(holder);
        _index.Remove(holder);
        if (holder.IsListening || claim.Address != holder.Claim.Address) LeaveGroup(holder);
        if (holder.DestinationPorts is not null) LeaveDestination(holder);
        holder.IsConnected = false;
        holder.RemoteAddress = default;
        holder.RemotePort = 0;
        holder.State = TcpState.Closed;
        ClaimAnew(holder, claim);
        holder.LocalAddress = claim.Address;
        _index.Add(holder);
        _domains.Mark(holder);
    }

    /// <summary>
    /// Gives a datagram holder a peer without a port: it counts as connected, has no name for its peer, and hears any port of that address.
    /// </summary>
    /// <param name="holder">It holds a port.</param>
    /// <param name="local">The local address that the route gives, concrete.</param>
    /// <param name="remote">The peer's address.</param>
    /// <exception cref="InvalidOperationException">The holder holds nothing here.</exception>
    internal void ConnectToAddress(Holder holder, InetAddress local, InetAddress remote)
    {
        Disconnect(holder, ClaimAfterConnect(holder, local));
        SetState(holder, TcpState.Established);
        holder.RemoteAddress = remote;
        NoteFirstPeer(holder);
    }

    /// <summary>
    /// Finds a connection in TIME-WAIT that holds a port towards a destination and may be ended for a new one; the next time
    /// the search goes on behind it, since those further on have waited longer.
    /// </summary>
    /// <param name="local">The address that the new connection comes from, concrete.</param>
    /// <param name="remote">Where it goes.</param>
    /// <param name="mayEnd">Says of a holder whether it may be ended.</param>
    /// <param name="state">What that is told.</param>
    /// <returns>Null when there is none.</returns>
    internal Holder? FindInTimeWait<TState>(InetAddress local, in InetEndpoint remote, Func<Holder, TState, bool> mayEnd, TState state)
    {
        var destination = new DestinationKey(local.Unmap(), remote.Address.Unmap(), remote.Port);
        if (!_destinations.TryGetValue(destination, out PortSet? ports)) return null;
        for (int i = 1; i <= ushort.MaxValue; i++)
        {
            ushort port = (ushort)(_timeWaitFound + i);
            if (!ports.Contains(port)) continue;
            var tuple = new TupleKey(destination.Local, port, destination.Remote, destination.RemotePort);
            if (FindTuple(tuple, 0, null) is not { State: TcpState.TimeWait } holder || !mayEnd(holder, state)) continue;
            _timeWaitFound = port;
            return holder;
        }

        return null;
    }

    /// <summary>What of IPv4 is left to a dual-stack socket that a connect gave an IPv6 address.</summary>
    private Coverage Rest =>
        _personality.Sharing != SharingModel.Linux ? Coverage.None : IsStream ? Coverage.RestOfStream : Coverage.RestV4;

    /// <summary>
    /// What a holder claims once a connect chose this local address: no more than that, where connects narrow claims.
    /// </summary>
    internal Claim ClaimAfterConnect(Holder holder, InetAddress local) =>
        _personality.NarrowsOnConnect && holder.Claim.Address != local
            ? holder.Claim.NarrowedTo(local, Rest)
            : holder.Claim;

    private void BlockForConnect(in Claim claim, in DestinationKey destination)
    {
        _search.Clear();
        _search.Avoid(_settings.Reserved);
        _domains.BlockForConnect(_search, claim, _personality);
        if (_destinations.TryGetValue(destination, out PortSet? ports)) _search.Avoid(ports);
    }

    private void Attach(Holder holder, in TupleKey tuple, TcpState state)
    {
        _domains.Unmark(holder);
        _index.Remove(holder);
        if (holder.DestinationPorts is not null) LeaveDestination(holder);
        LeaveGroup(holder);
        holder.LocalAddress = tuple.Local;
        holder.RemoteAddress = tuple.Remote;
        holder.RemotePort = tuple.RemotePort;
        holder.IsConnected = true;
        holder.State = state;
        ClaimAnew(holder, ClaimAfterConnect(holder, tuple.Local));
        _index.Add(holder);
        NoteFirstPeer(holder);
        _domains.Mark(holder);
        if (holder.Origin == HolderOrigin.Connect && (_personality.ConnectSharesPorts || holder.Claim.SharesUnicastPort)) JoinDestination(holder);
    }

    /// <summary>
    /// As in Linux, a datagram socket's first peer counts, be it one without a port, until the socket loses the address that it was
    /// connected from.
    /// </summary>
    private void NoteFirstPeer(Holder holder)
    {
        if (IsStream || holder.ConnectSequence != 0) return;
        holder.ConnectSequence = ++_sequence;
        holder.ConnectHash = holder.Hash;
    }

    /// <summary>As in Linux, a datagram socket that comes to another address is the newest there.</summary>
    private void ClaimAnew(Holder holder, in Claim claim)
    {
        if (!IsStream && claim.Address != holder.Claimed.Address)
        {
            holder.Sequence = ++_sequence;
            if (claim.Address.IsWildcard) holder.ConnectSequence = 0;
        }

        holder.Claimed = claim;
    }

    private void JoinDestination(Holder holder)
    {
        DestinationKey destination = DestinationOf(holder);
        if (!_destinations.TryGetValue(destination, out PortSet? ports))
        {
            if (!_spareSets.TryPop(out ports)) ports = new PortSet();
            _destinations.Add(destination, ports);
        }

        ports.Add(holder.Port);
        holder.DestinationPorts = ports;
    }

    private void LeaveDestination(Holder holder)
    {
        PortSet ports = holder.DestinationPorts!;
        holder.DestinationPorts = null;
        ports.Remove(holder.Port);
        if (ports.Count != 0) return;
        _destinations.Remove(DestinationOf(holder));
        if (_spareSets.Count < MostSpares) _spareSets.Push(ports);
    }

    private static DestinationKey DestinationOf(Holder holder) =>
        new(holder.LocalAddress.Unmap(), holder.RemoteAddress.Unmap(), holder.RemotePort);
}
