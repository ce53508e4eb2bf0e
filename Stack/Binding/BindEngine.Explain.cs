using UserNet.Addressing;

namespace UserNet.Binding;

// Why: the rule, the holder, and what would have helped, each remedy tried against the same rules.
public sealed partial class BindEngine
{
    /// <summary>Explains what a bind to this endpoint would be answered now, without doing it.</summary>
    public BindExplanation ExplainBind(SocketBinding socket, in InetEndpoint endpoint, in Caller caller)
    {
        uint device = socket.Device;      // a scope id would change it for good
        BindOutcome outcome = CheckBind(socket, endpoint, caller, out _);
        Claim claim = ClaimFor(socket, endpoint.Address);
        socket.Device = device;
        if (outcome.IsGranted && IsFullFor(socket)) outcome = BindRule.TableFull;
        else if (outcome.IsGranted && endpoint.Port != 0) outcome = socket.Ports.Check(claim, endpoint.Port, null);
        else if (outcome.IsGranted && !socket.BindAddressNoPort && !socket.Ports.HasFreePort(claim, RangeOf(socket)))
            outcome = BindRule.Exhausted;
        return Explain(socket, BindCall.Bind, endpoint, outcome);
    }

    /// <summary>Explains what listen would be answered now, without doing it.</summary>
    public BindExplanation ExplainListen(SocketBinding socket)
    {
        BindOutcome outcome =
            !socket.IsStream ? BindRule.NotSupported :
            socket.IsListening ? BindRule.Granted :
            !socket.IsUnconnected ? BindRule.AlreadyBound :
            socket.IsHeld ? socket.Ports.CheckListen(socket) :
            !Personality.ListenBinds ? BindRule.NotBound :
            IsFullFor(socket) ? BindRule.TableFull :
            socket.Ports.HasFreePort(ClaimFor(socket, socket.BoundAddress), RangeOf(socket)) ? BindRule.Granted : BindRule.Exhausted;
        return Explain(socket, BindCall.Listen, socket.LocalEndpoint, outcome);
    }

    /// <summary>Explains what connect would be answered now, without doing it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="mayEnd">Says of a stream in TIME-WAIT whether it makes room for a new one; null: none does.</param>
    public BindExplanation ExplainConnect(SocketBinding socket, in InetEndpoint remote, Func<Holder, bool>? mayEnd = null)
    {
        uint device = socket.Device;      // a scope id would change it for good
        BindOutcome outcome = socket.IsStream ? CheckConnectStream(socket, remote, mayEnd) : CheckConnectDatagram(socket, remote);
        if (socket.Device != device) SetDeviceByScope(socket, device);
        return Explain(socket, BindCall.Connect, remote, outcome);
    }

    private BindRule CheckConnectDatagram(SocketBinding socket, in InetEndpoint remote)
    {
        if (IsFullFor(socket) && socket.HasPorts) return BindRule.TableFull;
        bool hasPort = socket.IsHeld || socket.Ports.HasFreePort(ClaimFor(socket, socket.BoundAddress), RangeOf(socket));
        return hasPort ? Resolve(socket, remote, out _, out _) : BindRule.ExhaustedByDatagram;
    }

    /// <summary>Explains an outcome that a call on the socket had.</summary>
    public BindExplanation Explain(SocketBinding socket, BindCall call, in InetEndpoint asked, in BindOutcome outcome)
    {
        HolderRow? blocker = outcome.Blocker is { IsHeld: true } holder ? HolderRow.Of(holder) : null;
        return new BindExplanation
        {
            Call = call,
            Rule = outcome.Rule,
            Code = Personality.CodeOf(outcome.Rule),
            SocketError = Personality.SocketErrorOf(outcome.Rule),
            Protocol = HolderRow.NameOf(socket.Protocol),
            Asked = asked,
            Blocker = blocker,
            Cause = CauseOf(socket, asked, outcome.Rule, blocker),
            Remedies = RemediesFor(socket, call, asked, outcome),
        };
    }

    private bool IsScripted(SocketBinding socket) =>
        (socket.IsStream ? Settings.StreamBind : Settings.Datagram) == PortAlgorithm.Scripted;

    private string CauseOf(SocketBinding socket, in InetEndpoint asked, BindRule rule, HolderRow? blocker) => rule switch
    {
        BindRule.Granted => "nothing stands in the way",
        BindRule.InUse or BindRule.SharingDenied or BindRule.TupleInUse when blocker is null =>
            "held by a socket that has let go of it since",
        BindRule.InUse => $"held by {blocker}",
        BindRule.SharingDenied => $"held by {blocker}, which does not let others in",
        BindRule.TupleInUse => $"the pair of endpoints is held by {blocker}",
        BindRule.Exhausted or BindRule.ExhaustedByDatagram when IsScripted(socket) => "the script names no port that is free for it",
        BindRule.Exhausted or BindRule.ExhaustedByConnect or BindRule.ExhaustedByDatagram =>
            $"no port of {RangeOf(socket) ?? Settings.RangeOf(socket.Protocol, socket.IsV6)} is free for it",
        BindRule.TableFull => $"the table holds {Table.Count}, which is all that it may",
        BindRule.NotLocal => $"{asked.Address} is none of this host's addresses",
        BindRule.Privileged => $"port {asked.Port} is below {Settings.UnprivilegedPortStart} and the caller may not bind such ports",
        BindRule.BroadcastDenied => $"{asked.Address} is a broadcast address and SO_BROADCAST is not set",
        BindRule.AlreadyConnected => socket.IsListening ? "the socket listens" : $"the socket has the peer {socket.RemoteEndpoint}",
        BindRule.AlreadyBound => socket.Port != 0 ? $"the socket has {socket.LocalEndpoint} already" : "the socket's state does not allow it",
        BindRule.NotBound => "the socket is not bound",
        BindRule.BadFamily => $"the socket is of family {socket.Family}",
        BindRule.MulticastStream => "a stream can't have a multicast address",
        BindRule.MappedOnV6Only => "a socket with IPV6_V6ONLY can't have a mapped address",
        BindRule.NoScope => $"{asked.Address} means nothing without an interface",
        BindRule.NoDevice => "the interface does not exist",
        BindRule.NoRoute => $"no route leads to {asked.Address} from {socket.BoundAddress}",
        BindRule.HostUnreachable => $"a route says that {asked.Address} is unreachable",
        BindRule.RouteProhibited => $"a route prohibits {asked.Address}",
        BindRule.RouteInvalid => $"{asked.Address} can't be reached from {socket.BoundAddress}",
        BindRule.FamilyMismatch => $"{socket.BoundAddress} can't reach {asked.Address}, which is of the other family",
        BindRule.NotSupported => $"a {HolderRow.NameOf(socket.Protocol)} socket does not do this",
        _ => rule.ToString(),
    };

    private List<Remedy> RemediesFor(SocketBinding socket, BindCall call, in InetEndpoint asked, in BindOutcome outcome) =>
        outcome.Rule switch
        {
            BindRule.InUse or BindRule.SharingDenied => RemediesForUse(socket, call, asked, outcome),
            BindRule.TupleInUse => [Remedy.AnotherPort, Remedy.HolderGone],
            BindRule.Exhausted or BindRule.ExhaustedByDatagram when IsScripted(socket) => [],
            BindRule.Exhausted => RemediesForExhaustion(socket, call == BindCall.Bind ? asked.Address : socket.BoundAddress),
            BindRule.ExhaustedByDatagram => RemediesForExhaustion(socket, socket.BoundAddress),
            BindRule.ExhaustedByConnect => [Remedy.WiderRange, Remedy.AnotherAddress],
            BindRule.NotLocal => RemediesForForeign(asked.Address),
            BindRule.Privileged => [Remedy.Privilege],
            BindRule.BroadcastDenied => [Remedy.BroadcastOption],
            BindRule.AlreadyBound => call == BindCall.Bind && !WouldBind(socket, asked) ? [] : [Remedy.NewSocket],
            BindRule.AlreadyConnected => [Remedy.NewSocket],
            BindRule.NotBound => [Remedy.BindFirst],
            BindRule.BadFamily or BindRule.FamilyMismatch => [Remedy.OtherFamily],
            BindRule.MappedOnV6Only => [Remedy.DualStack],
            BindRule.NoScope => [Remedy.ScopeId],
            BindRule.NoRoute or BindRule.HostUnreachable or BindRule.RouteProhibited => [Remedy.Route],
            _ => [],
        };

    private List<Remedy> RemediesForUse(SocketBinding socket, BindCall call, in InetEndpoint asked, in BindOutcome outcome)
    {
        ushort port = call == BindCall.Listen ? socket.Port : asked.Port;
        Claim claim = call == BindCall.Listen ? socket.Claim : ClaimFor(socket, asked.Address);
        Holder? self = call == BindCall.Listen ? socket : null;
        var found = new List<Remedy>();
        TrySharing(Sharing.ReuseAddress, Remedy.ReuseAddressHere, Remedy.ReuseAddressOnAll);
        if (Personality.HasReusePort) TrySharing(Sharing.ReusePort, Remedy.ReusePortHere, Remedy.ReusePortOnAll);
        if (claim.Covers == (Coverage.AllV4 | Coverage.AllV6) &&
            socket.Ports.Check(new Claim(claim.Address, true, claim.Sharing, claim.Device, claim.Uid), port, self).IsGranted)
            found.Add(Remedy.V6Only);
        if (claim.IsExclusive && socket.Ports.Check(claim with { Sharing = claim.Sharing & ~Sharing.Exclusive }, port, self).IsGranted)
            found.Add(Remedy.NotExclusive);
        if (outcome.Blocker is { } holder && holder.Claim.Uid != claim.Uid &&
            socket.Ports.Check(claim with { Uid = holder.Claim.Uid }, port, self).IsGranted)
            found.Add(Remedy.SameOwner);
        if (call == BindCall.Bind) found.Add(Remedy.AnotherPort);
        if (outcome.Blocker is { } blocker && socket.Ports.WouldBindWithout(claim, port, self, blocker)) found.Add(Remedy.HolderGone);
        return found;

        void TrySharing(Sharing option, Remedy here, Remedy onAll)
        {
            if (claim.IsExclusive) return;
            Claim willing = claim with { Sharing = claim.Sharing | option };
            if (willing != claim && socket.Ports.Check(willing, port, self).IsGranted) found.Add(here);
            else if (socket.Ports.WouldShareIfAll(willing, port, self, option)) found.Add(onAll);
        }
    }

    /// <summary>Whether an address that nobody has yet would get a port is tried with one that no host may have.</summary>
    private List<Remedy> RemediesForExhaustion(SocketBinding socket, InetAddress address)
    {
        var found = new List<Remedy> { Remedy.WiderRange };
        InetAddress unused = socket.IsV6 && !address.IsV4Mapped ? InetAddress.FromV6(0x0100_0000_0000_0000, 1) : InetAddress.FromV4(0xF000_0001);
        if (address.IsMulticast || !socket.Ports.HasFreePort(ClaimFor(socket, unused), RangeOf(socket))) return found;
        found.Add(address.IsWildcard ? Remedy.SpecificAddress : Remedy.AnotherAddress);
        if (socket.LocalPortRange != default) found.Reverse();
        return found;
    }

    private List<Remedy> RemediesForForeign(InetAddress address)
    {
        var found = new List<Remedy>();
        bool canBeAssigned = !address.IsMulticast && !address.IsLimitedBroadcast && _routes.RoleOf(address.Unmap(), 0) != AddressRole.Broadcast;
        if (canBeAssigned) found.Add(Remedy.AddAddress);
        if (Personality.HasLinuxOptions) found.Add(Remedy.FreeBind);
        return found;
    }

    private bool WouldBind(SocketBinding socket, in InetEndpoint asked)
    {
        Claim claim = ClaimFor(socket, asked.Address);
        return asked.Port == 0 ? socket.Ports.HasFreePort(claim, RangeOf(socket)) : socket.Ports.Check(claim, asked.Port, null).IsGranted;
    }
}
