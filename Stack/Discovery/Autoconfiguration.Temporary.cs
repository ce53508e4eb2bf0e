using UserNet.Ip;
using UserNet.Time;

namespace UserNet.Discovery;

// Addresses that change. RFC 8981.
internal sealed partial class Autoconfiguration
{
    // REGEN_ADVANCE of RFC 8981 §3.8, with one solicitation a second apart and three retries; MAX_DESYNC_FACTOR as a part of the lifetime.
    private static readonly TimeSpan RenewAdvance = TimeSpan.FromSeconds(5);
    private const double MostDesync = 0.4;

    private readonly List<TemporaryAddress> _temporary = [];

    /// <summary>RFC 8981 §3.4.</summary>
    /// <returns>False when none is made now.</returns>
    private bool MakeTemporary(AutonomousPrefix prefix, Timestamp now, int duplicates)
    {
        if (Settings.Temporary == TemporaryAddresses.None || Entry.V6.Count + Pending >= Settings.MaxAddresses) return false;
        TimeSpan desync = Settings.TemporaryPreferredLifetime * (MostDesync * (_context.Random.Below(1 << 20) / (double)(1 << 20)));
        Timestamp latestPreferred = now + Settings.TemporaryPreferredLifetime - desync, latestValid = now + Settings.TemporaryValidLifetime;
        Timestamp preferredUntil = Timestamp.Min(latestPreferred, prefix.PreferredUntil);
        if (preferredUntil <= now + RenewAdvance) return false;      // (5): it would be of no use
        InterfaceAddress? address = Add(
            prefix.Prefix, _identifiers.Random(), AddressTraits.Autoconfigured | AddressTraits.NoPrefixRoute | AddressTraits.Temporary,
            preferredUntil, Timestamp.Min(latestValid, prefix.ValidUntil), now);
        if (address is null) return false;
        _temporary.Add(new TemporaryAddress(address, prefix)
        {
            LatestPreferred = latestPreferred, LatestValid = latestValid, RenewAt = preferredUntil - RenewAdvance, Duplicates = duplicates,
        });
        return true;
    }

    private void ExtendTemporary(AutonomousPrefix prefix, Timestamp now)
    {
        for (int i = _temporary.Count - 1; i >= 0; i--)
        {
            TemporaryAddress temporary = _temporary[i];
            if (temporary.Prefix != prefix) continue;
            Timestamp preferred = Timestamp.Min(prefix.PreferredUntil, temporary.LatestPreferred);
            if (!temporary.HasSuccessor) temporary.RenewAt = Timestamp.Max(now, preferred - RenewAdvance);
            _host.SetLifetimes(temporary.Address, preferred, Timestamp.Min(prefix.ValidUntil, temporary.LatestValid), now);
        }
    }

    /// <summary>Makes the successors of those whose preferred lifetime is nearly over. RFC 8981 §3.5.</summary>
    private void RenewTemporary(Timestamp now)
    {
        for (int i = 0, count = _temporary.Count; i < count; i++)
        {
            TemporaryAddress temporary = _temporary[i];
            if (temporary.RenewAt > now) continue;
            // One that can't be made now is tried again when the prefix is advertised anew.
            temporary.RenewAt = Timestamp.Never;
            temporary.HasSuccessor = MakeTemporary(temporary.Prefix, now, duplicates: 0);
        }
    }
}
