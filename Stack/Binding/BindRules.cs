using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What a system lets two holders of one port share.</summary>
public enum SharingModel : byte
{
    /// <summary>Linux 6.18, quirks included.</summary>
    Linux,
    /// <summary>SO_REUSEADDR on both sides, and no listener among them; nothing else.</summary>
    Posix,
    /// <summary>Windows Server 2003 and later, through Winsock.</summary>
    Windows,
    /// <summary>Windows through Winsock Kernel: as Windows, but for one cell of its table.</summary>
    WindowsKernel,
}

/// <summary>The verdict of the rules: which rule, and which holder stands in the way, if any does.</summary>
public readonly record struct BindOutcome(BindRule Rule, Holder? Blocker = null)
{
    /// <summary>True when nothing stood in the way.</summary>
    public bool IsGranted => Rule == BindRule.Granted;

    /// <summary>Makes a rule an outcome.</summary>
    public static implicit operator BindOutcome(BindRule rule) => new(rule);
}

/// <summary>
/// Who collides with whom: pure functions of the holders of a port, what is remembered of it, the newcomer's claim, and
/// the model. They look at nothing but their arguments.
/// </summary>
/// <remarks>Any thread, if nobody changes the holders meanwhile.</remarks>
public static class BindRules
{
    /// <summary>Whether a claim on a port is granted beside its holders.</summary>
    /// <param name="newest">The newest holder of the port, from which the others are reached; null for none.</param>
    /// <param name="memo">What the port remembers of its last SO_REUSEPORT binder (Linux, streams).</param>
    /// <param name="asking">The newcomer's claim.</param>
    /// <param name="self">
    /// The newcomer, if it holds the port already (a listen); it does not collide with itself.
    /// </param>
    /// <param name="model">Whose rules.</param>
    /// <param name="isStream">True for TCP.</param>
    public static BindOutcome Check(
        Holder? newest, in ReusePortMemo memo, in Claim asking, Holder? self, SharingModel model, bool isStream)
    {
        if (newest is null) return BindRule.Granted;
        if (model != SharingModel.Linux) return CheckFromOldest(newest, asking, self, model);
        if (!isStream) return CheckLinuxDatagram(newest, asking, self);
        if (self?.Group is null && memo.Admits(asking)) return BindRule.Granted;
        return CheckFromOldest(newest, asking, self, model);
    }

    /// <summary>Whether an identifier of ICMP echoes is granted beside its holders: neither addresses nor devices keep them apart.</summary>
    /// <param name="newest">The newest holder, from which the others are reached; null for none.</param>
    /// <param name="asking">The newcomer's claim.</param>
    /// <param name="self">The newcomer, if it holds the identifier already.</param>
    /// <remarks>As Linux has it, on every model: elsewhere there are no such sockets.</remarks>
    public static BindOutcome CheckIdentifier(Holder? newest, in Claim asking, Holder? self)
    {
        if (newest is null) return BindRule.Granted;
        Holder holder = newest;
        do
        {
            if (holder != self && !(holder.Claim.ReusesAddress && asking.ReusesAddress)) return new BindOutcome(BindRule.InUse, holder);
            holder = holder.Older;
        }
        while (holder != newest);
        return BindRule.Granted;
    }

    /// <summary>Whether one standing holder lets a claim in, and if not, by which rule.</summary>
    public static BindRule CheckPair(Holder standing, in Claim asking, SharingModel model)
    {
        ArgumentNullException.ThrowIfNull(standing);
        return CheckPair(standing.Claim, standing.State, standing.Origin, asking, model, standing.Security);
    }

    /// <summary>
    /// The same of a holder that need not exist: what it claims, its state, and how it came by the port.
    /// </summary>
    public static BindRule CheckPair(
        in Claim standing, TcpState state, HolderOrigin origin, in Claim asking, SharingModel model, SecurityDescriptor? security = null)
    {
        if (!standing.MeetsDevice(asking) || !standing.Overlaps(asking)) return BindRule.Granted;
        return model switch
        {
            SharingModel.Linux => LinuxStreamShares(standing, state, asking) ? BindRule.Granted : BindRule.InUse,
            SharingModel.Posix => PosixShares(standing, state, asking) ? BindRule.Granted : BindRule.InUse,
            _ => WindowsPair(standing, state, origin, asking, model, security),
        };
    }

    /// <summary>
    /// Whether holders of a domain block a port for an automatic choice, given that their claims overlap: the choice
    /// wants a port for itself, and shares only where the system's own choice does.
    /// </summary>
    /// <param name="domain">What the holders have in common.</param>
    /// <param name="asking">The newcomer's claim.</param>
    /// <param name="model">Whose rules.</param>
    /// <param name="isStream">True for TCP.</param>
    /// <param name="relaxed">Linux's second pass over a full range, with net.ipv4.ip_autobind_reuse.</param>
    internal static bool BlocksChoice(
        in DomainKey domain, in Claim asking, SharingModel model, bool isStream, bool relaxed)
    {
        if (domain.Device != asking.Device && domain.Device != 0 && asking.Device != 0) return false;
        bool bothReuseAddress = asking.ReusesAddress && (domain.Sharing & Sharing.ReuseAddress) != 0;
        bool sameGroup = asking.ReusesPort && (domain.Sharing & Sharing.ReusePort) != 0 &&
            (domain.IsTimeWait || domain.Uid == asking.Uid);
        if (isStream) return !relaxed || !bothReuseAddress || domain.IsListening || sameGroup;
        return model switch
        {
            SharingModel.Linux => !bothReuseAddress && !sameGroup,
            SharingModel.Posix => !bothReuseAddress,
            _ => true,
        };
    }

    private static BindOutcome CheckFromOldest(Holder newest, in Claim asking, Holder? self, SharingModel model)
    {
        Holder holder = newest;
        do
        {
            holder = holder.Newer;      // a ring: the newest's newer is the oldest
            if (holder == self) continue;
            BindRule rule = CheckPair(holder, asking, model);
            if (rule != BindRule.Granted) return new BindOutcome(rule, holder);
        }
        while (holder != newest);
        return BindRule.Granted;
    }

    /// <summary>
    /// Linux looks from the newest on, and the first holder that does not share by SO_REUSEADDR decides alone.
    /// </summary>
    private static BindOutcome CheckLinuxDatagram(Holder newest, in Claim asking, Holder? self)
    {
        Holder holder = newest;
        do
        {
            ref readonly Claim claim = ref holder.Claim;
            if (holder != self && claim.MeetsDevice(asking) && claim.Overlaps(asking) &&
                !(claim.ReusesAddress && asking.ReusesAddress))
            {
                bool sameGroup = claim.ReusesPort && asking.ReusesPort && claim.Uid == asking.Uid;
                return sameGroup ? BindRule.Granted : new BindOutcome(BindRule.InUse, holder);
            }

            holder = holder.Older;
        }
        while (holder != newest);
        return BindRule.Granted;
    }

    private static bool LinuxStreamShares(in Claim standing, TcpState state, in Claim asking) =>
        (asking.ReusesAddress && standing.ReusesAddress && state != TcpState.Listen) ||
        (asking.ReusesPort && standing.ReusesPort && (state == TcpState.TimeWait || standing.Uid == asking.Uid));

    private static bool PosixShares(in Claim standing, TcpState state, in Claim asking) =>
        asking.ReusesAddress && standing.ReusesAddress && state != TcpState.Listen;

    /// <summary>
    /// The tables of "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" and of WSK's "Sharing Transport Addresses".
    /// </summary>
    private static BindRule WindowsPair(
        in Claim first, TcpState state, HolderOrigin origin, in Claim asking, SharingModel model, SecurityDescriptor? security)
    {
        if (state == TcpState.TimeWait) return BindRule.Granted;
        if (origin == HolderOrigin.Accept && !first.IsExclusive) return BindRule.Granted;
        bool firstIsWider = IsWider(first, asking), secondIsWider = IsWider(asking, first);
        if (firstIsWider)
        {
            if (first.IsExclusive) return BindRule.SharingDenied;
            if (first.ReusesAddress && asking.ReusesAddress) return BindRule.Granted;
            bool mayShare = security?.Grants(asking.Uid) ?? first.Uid == asking.Uid;
            return mayShare ? BindRule.Granted : BindRule.SharingDenied;
        }

        if (secondIsWider) return asking.IsExclusive ? BindRule.InUse : BindRule.Granted;
        if (asking.ReusesAddress) return first.ReusesAddress ? BindRule.Granted : BindRule.SharingDenied;
        bool kernelDenies = model == SharingModel.WindowsKernel && first.ReusesAddress && !asking.IsExclusive &&
            (first.Covers & (Coverage.OneV4 | Coverage.OneV6)) != 0;
        return kernelDenies ? BindRule.SharingDenied : BindRule.InUse;
    }

    /// <summary>A wildcard is wider than an address; the dual-stack one is wider than 0.0.0.0 too.</summary>
    private static bool IsWider(in Claim claim, in Claim than)
    {
        const Coverage Wild = Coverage.AllV4 | Coverage.AllV6;
        if ((claim.Covers & Wild) == 0) return false;
        return (than.Covers & Wild) == 0 || (claim.Covers == Wild && than.Covers == Coverage.AllV4);
    }
}
