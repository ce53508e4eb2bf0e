using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Discovery;

/// <summary>Whether an IPv6 address of this host is its alone: asked before it is used. RFC 4862 §5.4, RFC 7527.</summary>
/// <remarks>
/// <para>
/// As Linux does: the first probe leaves after a delay drawn from a second, each waits for the interface's RetransTimer
/// (<see cref="NeighborSettings.RetryInterval"/>), and all probes for an address bear one nonce. Two hosts that probe for one address at
/// the same time both lose it.
/// </para>
/// <para>
/// Where the link sends probes back, they are told by their nonce, and it is asked again until they no longer come back: a host that
/// probes on the other side of the loop would not have been heard for sure (RFC 7527 §4.1). Gate held.
/// </para>
/// </remarks>
public sealed class DuplicateAddressDetection
{
    private const int MaxMulticastSolicit = 3;                                         // MAX_MULTICAST_SOLICIT, RFC 4861 §10

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);              // MAX_RTR_SOLICITATION_DELAY, RFC 4861 §10

    private readonly HostAddressing _host;
    private readonly LinkContext _context;
    private readonly NeighborDiscovery _messages;
    private readonly Dictionary<InterfaceAddress, Claim> _claims = [];

    internal DuplicateAddressDetection(HostAddressing host, LinkContext context, NeighborDiscovery messages) =>
        (_host, _context, _messages) = (host, context, messages);

    /// <summary>Begins to ask whether another host has a tentative address, or begins anew. §5.4.2.</summary>
    internal void Start(EthernetPort port, InterfaceAddress address, Timestamp now)
    {
        if (!_claims.TryGetValue(address, out Claim? claim) || claim.Port != port)
        {
            Stop(address);      // of a link that the interface has lost meanwhile
            _claims.Add(address, claim = new Claim(this, port, address));
        }

        claim.Left = address.Interface.DuplicateTransmits;
        claim.IsLooped = false;
        do claim.Nonce = _context.Random.NextUInt64() >> 16;
        while (claim.Nonce == 0);
        Arm(claim, now + TimeSpan.FromMicroseconds(_context.Random.Below((uint)MaxDelay.TotalMicroseconds)));
    }

    /// <summary>The host does not have the address any more.</summary>
    internal void Stop(InterfaceAddress address)
    {
        if (_claims.Remove(address, out Claim? claim)) Disarm(claim);
    }

    /// <summary>Somebody probes for an address that is tentative here. §5.4.3.</summary>
    internal DropReason OnProbe(EthernetPort port, InterfaceAddress own, ulong? nonce, MacAddress other, Timestamp now)
    {
        if (own.Is(AddressTraits.Duplicate)) return DropReason.DiscoveryNotForUs;
        if (_claims.TryGetValue(own, out Claim? claim) && nonce == claim.Nonce)
        {
            claim.IsLooped = true;
            return DropReason.DiscoveryLooped;
        }

        return Refuse(port, own, other, now);
    }

    /// <summary>Somebody says that an address of this host is another station's. §5.4.4.</summary>
    /// <remarks>Of one that is in use nothing is said there; as Linux does, it is still used, and the user can see it.</remarks>
    internal DropReason OnAdvertisement(EthernetPort port, InterfaceAddress own, MacAddress other, Timestamp now)
    {
        if (own.Is(AddressTraits.Duplicate)) return DropReason.DiscoveryNotForUs;
        if (_context.Host.IsOwnStation(other)) return DropReason.DiscoveryForged;      // by another way from this host to the link
        if (own.Is(AddressTraits.Tentative)) return Refuse(port, own, other, now);
        _context.Host.OnAddressConflict(port.Conflicts.Record(own.Address, other, ConflictOutcome.Tolerated, now));
        return DropReason.DiscoveryConflict;
    }

    private DropReason Refuse(EthernetPort port, InterfaceAddress own, MacAddress other, Timestamp now)
    {
        Stop(own);
        AddressConflict conflict = port.Conflicts.Record(own.Address, other, ConflictOutcome.Refused, now);
        // §5.4.5: there may be two of this station, and then nothing works.
        if (own.Address.IsLinkLocal && own.Address.Low == InterfaceIdentifiers.Eui64(port.Address)) own.Interface.IsV6Disabled = true;
        _host.SetDuplicate(own);
        _context.Host.OnAddressConflict(conflict);
        return DropReason.DiscoveryConflict;
    }

    private void OnExpired(Claim claim, Timestamp now)
    {
        // Without a link nobody can object: the address stays tentative until there is another one.
        if (claim.Address.Interface.IsV6Disabled || claim.Port.IsClosed)
        {
            Stop(claim.Address);
            return;
        }

        if (claim.Left == 0 && claim.IsLooped)
        {
            claim.Left = MaxMulticastSolicit;
            claim.IsLooped = false;
        }

        if (claim.Left > 0)
        {
            claim.Left--;
            _messages.Probe(claim.Port, claim.Address.Address, claim.Nonce);
            Arm(claim, now + claim.Port.NeighborsV6.Settings.RetryInterval);
            return;
        }

        Stop(claim.Address);
        _host.ConfirmOne(claim.Address);
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

    private sealed class Claim(DuplicateAddressDetection detection, EthernetPort port, InterfaceAddress address) : IExpires
    {
        public EthernetPort Port => port;

        public InterfaceAddress Address => address;

        public int Left { get; set; }               // probes yet to be sent

        public ulong Nonce { get; set; }

        public bool IsLooped { get; set; }          // the link sent a probe back since the last round began

        public Deadline Deadline { get; set; }

        public void OnExpired(Timestamp now) => detection.OnExpired(this, now);
    }
}
