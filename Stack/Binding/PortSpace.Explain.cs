using UserNet.Addressing;

namespace UserNet.Binding;

// What would happen, without doing it: the questions that explanations are made of.
public sealed partial class PortSpace
{
    /// <summary>
    /// What <see cref="Listen"/> would answer, without doing it. Windows lets every bound socket listen.
    /// </summary>
    internal BindOutcome CheckListen(Holder holder) =>
        _personality.Sharing is SharingModel.Linux or SharingModel.Posix
            ? Check(holder.Claim, holder.Port, holder) : BindRule.Granted;

    /// <summary>
    /// True when <see cref="BindAny"/> would find a port, or might: in an odd range of Linux's chance may decide.
    /// </summary>
    internal bool HasFreePort(in Claim claim, PortRange? range)
    {
        PortAlgorithm algorithm = IsStream ? _settings.StreamBind : _settings.Datagram;
        PortRange usable = Usable(range ?? _settings.RangeOf(Protocol, claim.Address.IsV6), algorithm, claim.ReusesAddress);
        BlockForBind(claim, _settings.AutobindReuse);
        if (algorithm == PortAlgorithm.Scripted) return HasFreeScriptPort();
        return _search.Next(usable.First, usable.Last, usable.First) >= 0;
    }

    /// <summary>What <see cref="Connect"/> would answer, without doing it.</summary>
    internal BindOutcome CheckConnect(Holder holder, InetAddress local, in InetEndpoint remote)
    {
        var tuple = new TupleKey(local, holder.Port, remote.Address, remote.Port);
        return IsStream && FindTuple(tuple, holder.Claim.Device, holder) is { } other
            ? new BindOutcome(BindRule.TupleInUse, other) : BindRule.Granted;
    }

    /// <summary>
    /// True when <see cref="ConnectAny(Holder, in Claim, InetAddress, in InetEndpoint, PortRange?, bool)"/> would find a port, or might; or one
    /// in TIME-WAIT that may be ended.
    /// </summary>
    internal bool WouldConnect(in Claim claim, InetAddress local, in InetEndpoint remote, PortRange? range, Func<Holder, bool>? mayEnd)
    {
        Claim narrowed = claim.Address == local ? claim : claim.NarrowedTo(local, Rest);
        BlockForConnect(narrowed, new DestinationKey(local.Unmap(), remote.Address.Unmap(), remote.Port));
        PortAlgorithm algorithm = _settings.StreamConnect;
        PortRange usable = range ?? Usable(_settings.RangeOf(Protocol, local.IsV6), algorithm, reusesAddress: false);
        bool isFree = algorithm == PortAlgorithm.Scripted ? HasFreeScriptPort() : _search.Next(usable.First, usable.Last, usable.First) >= 0;
        if (isFree || mayEnd is null) return isFree;
        ushort found = _timeWaitFound;
        Holder? old = FindInTimeWait(local, remote, static (holder, may) => may(holder), mayEnd);
        _timeWaitFound = found;
        return old is not null;
    }

    private bool HasFreeScriptPort()
    {
        foreach (ushort port in _settings.Script)
            if (port != 0 && _search.IsFree(port)) return true;
        return false;
    }

    /// <summary>True when a claim would be granted if every holder of the port had an option, and its owner.</summary>
    /// <remarks>SO_REUSEADDR takes the place of SO_EXCLUSIVEADDRUSE: a socket can't have both.</remarks>
    internal bool WouldShareIfAll(in Claim asking, ushort port, Holder? self, Sharing option)
    {
        Sharing without = option == Sharing.ReuseAddress ? Sharing.Exclusive : Sharing.None;
        foreach (Holder holder in HoldersOf(port))
        {
            Sharing sharing = (holder.Claim.Sharing | option) & ~without;
            uint owner = option == Sharing.ReusePort ? asking.Uid : holder.Claim.Uid;
            Claim claim = holder.Claim with { Sharing = sharing, Uid = owner };
            if (holder != self &&
                BindRules.CheckPair(claim, holder.State, holder.Origin, asking, _personality.Sharing) != BindRule.Granted)
                return false;
        }

        return true;
    }

    /// <summary>True when a claim would be granted if one holder of the port were gone.</summary>
    internal bool WouldBindWithout(in Claim asking, ushort port, Holder? self, Holder gone)
    {
        foreach (Holder holder in HoldersOf(port))
            if (holder != self && holder != gone && BindRules.CheckPair(holder, asking, _personality.Sharing) != BindRule.Granted)
                return false;
        return true;
    }

    private IEnumerable<Holder> HoldersOf(ushort port)
    {
        if (_rings.Newest(port) is not { } newest) yield break;
        Holder holder = newest;
        do
        {
            holder = holder.Newer;
            yield return holder;
        }
        while (holder != newest);
    }
}
