using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Data in a SYN. RFC 7413 §4.2.
internal sealed partial class ListenQueue
{
    private int _fastOpening;      // in the accept queue, or accepted, and their handshake is not over

    private bool OffersFastOpen =>
        (context.Settings.FastOpen & TcpFastOpenModes.Server) != 0
        && (Options.FastOpenQueue > 0 || (context.Settings.FastOpen & TcpFastOpenModes.AllListeners) != 0);

    private int MostFastOpening => Options.FastOpenQueue > 0 ? Options.FastOpenQueue : _backlog;

    /// <summary>True when a SYN may bring data with it. What the caller is to be told of cookies is noted in its connection.</summary>
    private bool TakesText(in TcpSegment syn, in TcpOptionValues values, Tcb child)
    {
        if (!OffersFastOpen) return false;
        if (context.Settings.IsFreeBsd) return TakesTextAsFreeBsd(values, child);
        bool needsNoCookie = Options.FastOpenNoCookie || (context.Settings.FastOpen & TcpFastOpenModes.ServerWithoutCookie) != 0;
        if (_fastOpening >= MostFastOpening) return false;      // and nobody is told of cookies either
        bool isCookie = FastOpenCookie.TryFrom(values.FastOpenCookie, out FastOpenCookie cookie) && values.HasFastOpen;
        if (needsNoCookie) return syn.Payload.Length > 0 || isCookie;
        FastOpenKind kind = values.FastOpenIsExperimental ? FastOpenKind.Experimental : FastOpenKind.Standard;
        FastOpenCookies cookies = Options.FastOpenCookies ?? context.FastOpenCookies;
        if (!isCookie) return false;      // to Linux an option of a length that none has is none
        bool isOld = false;
        bool isGood = !cookie.IsEmpty && cookies.IsGood(cookie, child.Binding.RemoteAddress, child.Binding.LocalAddress, out isOld);
        if (!isGood || isOld) child.GrantCookie(kind, cookies.Grant(child.Binding.RemoteAddress, child.Binding.LocalAddress));
        return isGood;
    }

    /// <summary>
    /// FreeBSD gives half of the queue to callers whose handshake is not over, looks at no cookie beyond that, and says the cookie again
    /// where it is good.
    /// </summary>
    private bool TakesTextAsFreeBsd(in TcpOptionValues values, Tcb child)
    {
        if (!values.HasFastOpen || values.FastOpenIsExperimental || _fastOpening + 1 > _backlog >> 1) return false;
        FastOpenCookies cookies = Options.FastOpenCookies ?? context.FastOpenCookies;
        bool isGood = FastOpenCookie.TryFrom(values.FastOpenCookie, out FastOpenCookie cookie) && !cookie.IsEmpty
            && cookies.IsGood(cookie, child.Binding.RemoteAddress, child.Binding.LocalAddress, out _);
        child.GrantCookie(FastOpenKind.Standard, cookies.Grant(child.Binding.RemoteAddress, child.Binding.LocalAddress));
        return isGood;
    }

    private void AcceptFast(Tcb child, in TcpSegment syn, in TcpOptionValues values, byte ecn, Timestamp now)
    {
        _fastOpening++;
        context.Counters.Count(Counter.TcpFastOpenPassive);
        child.AcceptFast(this, syn, values, ecn, now);
        MakeReady(child);
    }
}
