using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

/// <summary>
/// Who collides with whom, written from the reference's prose and tables, with no look at the engine.
/// </summary>
internal class ModelRules(Personality personality)
{
    // Winsock: rows are the first bind, columns the second: Def W, Def S, RA W, RA S, EX W, EX S.
    private static readonly string[] SameUser = ["ISASIS", "SISAII", "ISSSIS", "SISSII", "IAAAIA", "SISAII"];
    private static readonly string[] OtherUser = ["IAAAIA", "SISAII", "IASSIA", "SISSII", "IAAAIA", "SISAII"];

    // WSK: rows are the second bind, columns the first.
    private static readonly string[] Wsk = ["ISISIS", "CICDDI", "DSSSDS", "CDSSDD", "IIIIII", "CICIDI"];

    public Personality Personality { get; } = personality;

    private bool IsLinux => Personality.Sharing == SharingModel.Linux;

    /// <summary>
    /// The holder in the way of an explicit port and its reason, or null. Holders come in bind order.
    /// </summary>
    public (ModelSocket Blocker, BindRule Rule)? Conflict(IReadOnlyList<ModelSocket> holders, ModelTerms asking, bool isStream)
    {
        if (IsLinux && !isStream) return LinuxDatagramConflict(holders, asking);
        foreach (ModelSocket holder in holders)
        {
            BindRule rule = Pair(holder, asking);
            if (rule != BindRule.Granted) return (holder, rule);
        }

        return null;
    }

    public static bool Meets(ModelTerms one, ModelTerms other)
    {
        if (one.Device != 0 && other.Device != 0 && one.Device != other.Device) return false;
        return MeetPart(one.V4, other.V4) || MeetPart(one.V6, other.V6) || MeetsRest(one, other) || MeetsRest(other, one);
    }

    private static bool MeetsRest(ModelTerms one, ModelTerms other) =>
        one.HasRest && !other.Address.IsV6 && (other.V4 == "*" || (other.V4 == "127.0.0.6" && !one.IsStream));

    /// <summary>Whether a holder takes a port from an automatic choice, its claim overlapping or not.</summary>
    public virtual bool TakesFromChoice(ModelSocket holder, ModelTerms asking, bool isStream, bool relaxed)
    {
        ModelTerms held = holder.Held!;
        if (!Meets(held, asking)) return false;
        bool bothRa = held.Ra && asking.Ra;
        bool twins = held.Rp && asking.Rp && (holder.State == TcpState.TimeWait || held.Uid == asking.Uid);
        if (isStream) return !(relaxed && bothRa && holder.State != TcpState.Listen && !twins);
        if (IsLinux) return !(bothRa || twins);
        return !(Personality.Sharing == SharingModel.Posix && bothRa);
    }

    protected virtual bool LinuxStreamShares(ModelSocket holder, ModelTerms asking)
    {
        ModelTerms held = holder.Held!;
        if (asking.Ra && held.Ra && holder.State != TcpState.Listen) return true;
        return asking.Rp && held.Rp && (holder.State == TcpState.TimeWait || held.Uid == asking.Uid);
    }

    private static bool MeetPart(string? one, string? other) =>
        one is not null && other is not null && (one == other || one == "*" || other == "*");

    private BindRule Pair(ModelSocket holder, ModelTerms asking)
    {
        ModelTerms held = holder.Held!;
        if (!Meets(held, asking)) return BindRule.Granted;
        bool shares = Personality.Sharing switch
        {
            SharingModel.Linux => LinuxStreamShares(holder, asking),
            SharingModel.Posix => asking.Ra && held.Ra && holder.State != TcpState.Listen,
            _ => false,
        };
        if (shares) return BindRule.Granted;
        if (Personality.Sharing is SharingModel.Linux or SharingModel.Posix) return BindRule.InUse;
        if (holder.State == TcpState.TimeWait) return BindRule.Granted;
        if (holder.Origin == HolderOrigin.Accept && !held.Ex) return BindRule.Granted;
        return WindowsCell(held, asking);
    }

    private BindRule WindowsCell(ModelTerms first, ModelTerms second)
    {
        int one = Index(first, second), two = Index(second, first);
        bool sameUser = first.Uid == second.Uid;
        char cell = Personality.Sharing == SharingModel.WindowsKernel ? Wsk[two][one] : (sameUser ? SameUser : OtherUser)[one][two];
        return cell switch
        {
            'I' => BindRule.InUse,
            'A' or 'D' => BindRule.SharingDenied,
            'C' when !sameUser => BindRule.SharingDenied,
            _ => BindRule.Granted,
        };
    }

    /// <summary>The row or column: a wildcard counts as W, but 0.0.0.0 as S beside a dual-stack ::.</summary>
    private static int Index(ModelTerms terms, ModelTerms beside)
    {
        bool isWide = terms.IsWild && !(beside.IsDual && terms.V6 is null);
        return (terms.Ex ? 4 : terms.Ra ? 2 : 0) + (isWide ? 0 : 1);
    }

    /// <summary>From the newest on: the first that overlaps and does not share by SO_REUSEADDR decides alone.</summary>
    private static (ModelSocket, BindRule)? LinuxDatagramConflict(IReadOnlyList<ModelSocket> holders, ModelTerms asking)
    {
        foreach (ModelSocket holder in holders.Reverse())
        {
            ModelTerms held = holder.Held!;
            if (!Meets(held, asking) || (held.Ra && asking.Ra)) continue;
            if (held.Rp && asking.Rp && held.Uid == asking.Uid) return null;
            return (holder, BindRule.InUse);
        }

        return null;
    }
}
