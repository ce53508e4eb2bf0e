using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

// Addresses that the interface makes itself.
internal sealed partial class Autoconfiguration
{
    private const int IdentifierLength = 64, MostDuplicates = 3;      // RFC 2464 §4; IDGEN_RETRIES of RFC 7217 §6
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(1);      // IDGEN_DELAY of RFC 7217 §6

    private readonly List<AutonomousPrefix> _autonomous = [];
    private AutonomousPrefix? _linkLocal;

    private static InetPrefix LinkLocalPrefix => new(InetAddress.FromV6(0xFE80UL << 48, 0), IdentifierLength);

    /// <summary>Makes the link-local address, unless there is one. RFC 4862 §5.3.</summary>
    public void MakeLinkLocal(Timestamp now)
    {
        if (!Entry.IsUp || Entry.IsV6Disabled || Entry.Port is not EthernetPort { IsClosed: false }) return;
        foreach (InterfaceAddress own in Entry.V6)
            if (own.Address.IsLinkLocal) return;
        if (_linkLocal is { RetryAt: var at } && at != Timestamp.Never) return;
        if (_linkLocal is { Duplicates: > 0 and var duplicates } && duplicates > MostDuplicates) return;
        _linkLocal ??= new AutonomousPrefix(LinkLocalPrefix) { PreferredUntil = Timestamp.Never, ValidUntil = Timestamp.Never };
        MakeAddress(_linkLocal, now);
    }

    /// <summary>An address is gone: its life ended, or the user took it.</summary>
    public void OnRemoved(InterfaceAddress address)
    {
        if (_linkLocal?.Address == address) _linkLocal.Address = null;
        for (int i = _temporary.Count - 1; i >= 0; i--)
            if (_temporary[i].Address == address) _temporary.RemoveAt(i);
        for (int i = _autonomous.Count - 1; i >= 0; i--)
            if (_autonomous[i].Address == address) _autonomous.RemoveAt(i);
    }

    /// <summary>An address turned out to be somebody else's: it is given up, and another one is tried. RFC 7217 §6, RFC 8981 §3.4.</summary>
    /// <returns>False where it is not one that was made here, or no other can be made: it stays, unused.</returns>
    public bool OnDuplicate(InterfaceAddress address, Timestamp now)
    {
        foreach (TemporaryAddress temporary in _temporary)
        {
            if (temporary.Address != address) continue;
            _host.RemoveAddress(address);
            if (temporary.Duplicates < MostDuplicates) MakeTemporary(temporary.Prefix, now, temporary.Duplicates + 1);
            Rearm();
            return true;
        }

        if (_linkLocal?.Address == address) return RetryLater(_linkLocal, now);
        foreach (AutonomousPrefix prefix in _autonomous)
            if (prefix.Address == address) return RetryLater(prefix, now);
        return false;
    }

    private bool RetryLater(AutonomousPrefix prefix, Timestamp now)
    {
        if (Settings.Identifiers == IdentifierGeneration.Eui64 || ++prefix.Duplicates > MostDuplicates) return false;
        InterfaceAddress duplicate = prefix.Address!;
        prefix.Address = null;
        _host.RemoveAddress(duplicate);
        prefix.RetryAt = now + (LongestRetryDelay * (_context.Random.Below(1 << 20) / (double)(1 << 20)));
        Rearm();
        return true;
    }

    private bool OnPrefix(in PrefixInformation prefix, InetAddress router, Timestamp now)
    {
        InetPrefix value = prefix.Prefix;
        if (value.Address.IsLinkLocal || value.Address.IsMulticast || prefix.PreferredLifetime > prefix.ValidLifetime) return true;
        bool hasRoom = !prefix.IsOnLink || OnOnLink(value, prefix.ValidLifetime, now);
        if (!prefix.IsAutonomous || value.Length != IdentifierLength) return hasRoom;
        return OnAutonomous(prefix, router, now) && hasRoom;
    }

    private bool OnAutonomous(in PrefixInformation message, InetAddress router, Timestamp now)
    {
        AutonomousPrefix? prefix = null;
        foreach (AutonomousPrefix known in _autonomous)
            if (known.Prefix == message.Prefix) prefix = known;
        if (prefix is null)
        {
            if (message.ValidLifetime == 0) return true;
            if (Entry.V6.Count + Pending >= Settings.MaxAddresses) return false;
            prefix = new AutonomousPrefix(message.Prefix)
            {
                PreferredUntil = Until(message.PreferredLifetime, now), ValidUntil = Until(message.ValidLifetime, now),
            };
            if (!MakeAddress(prefix, now)) return true;      // the user has given it already
            _autonomous.Add(prefix);
            MakeTemporary(prefix, now, duplicates: 0);
        }
        else
        {
            Extend(prefix, message, now);
        }

        foreach (InterfaceAddress address in Entry.V6)
            if (address.Subnet == message.Prefix) address.AddAdvertiser(router);
        return true;
    }

    // Addresses that are to be tried again have no place yet.
    private int Pending
    {
        get
        {
            int count = 0;
            foreach (AutonomousPrefix prefix in _autonomous)
                if (prefix.Address is null) count++;
            return count;
        }
    }

    /// <summary>RFC 4862 §5.5.3 (e): nobody takes more than all but two hours off a lifetime.</summary>
    private void Extend(AutonomousPrefix prefix, in PrefixInformation message, Timestamp now)
    {
        Timestamp until = Until(message.ValidLifetime, now), least = Timestamp.Min(prefix.ValidUntil, now + TwoHours);
        prefix.ValidUntil = Timestamp.Max(until, least);
        prefix.PreferredUntil = Timestamp.Min(Until(message.PreferredLifetime, now), prefix.ValidUntil);
        if (prefix.Address is { } address) _host.SetLifetimes(address, prefix.PreferredUntil, prefix.ValidUntil, now);
        ExtendTemporary(prefix, now);
    }

    private bool MakeAddress(AutonomousPrefix prefix, Timestamp now)
    {
        bool isOpaque = Settings.Identifiers == IdentifierGeneration.StableOpaque || Entry.Port is not EthernetPort;
        ulong identifier = isOpaque
            ? _identifiers.Stable(prefix.Prefix, Entry.Name, Settings.NetworkId, prefix.Duplicates)
            : InterfaceIdentifiers.Eui64(((EthernetPort)Entry.Port!).Address);
        AddressTraits traits = AddressTraits.Autoconfigured;
        if (isOpaque) traits |= AddressTraits.StableOpaque;
        // Its subnet is the link; whether that of another prefix is, another flag says.
        if (prefix != _linkLocal) traits |= AddressTraits.NoPrefixRoute;
        prefix.Address = Add(prefix.Prefix, identifier, traits, prefix.PreferredUntil, prefix.ValidUntil, now);
        return prefix.Address is not null;
    }

    private InterfaceAddress? Add(
        InetPrefix prefix, ulong identifier, AddressTraits traits, Timestamp preferredUntil, Timestamp validUntil, Timestamp now)
    {
        InetAddress address = InetAddress.FromV6(prefix.Address.High, identifier);
        if (Entry.Find(address) is not null || address.IsV4Mapped) return null;
        if (preferredUntil <= now) traits |= AddressTraits.Deprecated;
        var asked = new NewAddress(address, IdentifierLength, Traits: traits)
        {
            PreferredUntil = preferredUntil, ValidUntil = validUntil,
        };
        _host.AddAddress(Entry.Name, asked);
        return Entry.Find(address);
    }

    private void RenewAddresses(Timestamp now)
    {
        for (int i = _autonomous.Count - 1; i >= 0; i--)
        {
            AutonomousPrefix prefix = _autonomous[i];
            if (prefix.RetryAt > now) continue;
            prefix.RetryAt = Timestamp.Never;
            if (prefix.ValidUntil <= now || !MakeAddress(prefix, now)) _autonomous.RemoveAt(i);
        }

        if (_linkLocal is { } own && own.RetryAt <= now)
        {
            own.RetryAt = Timestamp.Never;
            MakeAddress(own, now);
        }

        RenewTemporary(now);
    }

    private void ClearAddresses()
    {
        _autonomous.Clear();
        _temporary.Clear();
        if (!Entry.IsUp) _linkLocal = null;      // else it stays, and so does what is known of its duplicates
        for (int i = Entry.V6.Count - 1; i >= 0; i--)
            if (Entry.V6[i].Is(AddressTraits.Autoconfigured) && !Entry.V6[i].Address.IsLinkLocal) _host.RemoveAddress(Entry.V6[i]);
    }
}
