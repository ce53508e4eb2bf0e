using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What is known of Fast Open with a peer.</summary>
internal readonly record struct FastOpenPeer
{
    /// <summary>The cookie to be sent; empty where one is to be asked for.</summary>
    public FastOpenCookie Cookie { get; init; }

    /// <summary>The option to send it in; None where Fast Open is not to be tried.</summary>
    public FastOpenKind Kind { get; init; }

    /// <summary>What the peer said it takes, octets; 0 while it is not known.</summary>
    public ushort Mss { get; init; }
}

/// <summary>What came of a SYN with a Fast Open option.</summary>
internal readonly record struct FastOpenResult
{
    /// <summary>The option that the SYN had.</summary>
    public FastOpenKind Kind { get; init; }

    /// <summary>The cookie of the SYN-ACK; empty where there was none.</summary>
    public FastOpenCookie Cookie { get; init; }

    /// <summary>The option that it came in.</summary>
    public FastOpenKind CookieKind { get; init; }

    /// <summary>The peer's MSS, octets.</summary>
    public ushort Mss { get; init; }

    /// <summary>The SYN had data. Then a missing cookie says nothing.</summary>
    public bool HadData { get; init; }

    /// <summary>
    /// The SYN with data, or the answer to it, was lost: the peer answered a plain one, with no cookie and without the
    /// data.
    /// </summary>
    public bool SynWasLost { get; init; }
}

/// <summary>The cookies that peers granted, and where Fast Open did not get through. RFC 7413 §4.1.3.</summary>
/// <remarks>Bounded: a new peer takes the place of the one that was longest not used. Gate held.</remarks>
internal sealed class FastOpenCache
{
    /// <summary>How many peers are remembered.</summary>
    public const int Capacity = 4096;

    private readonly RecentTable<InetAddress, Entry> _peers = new(Capacity);

    /// <summary>How many peers are remembered.</summary>
    public int Count => _peers.Count;

    /// <summary>What to send to a peer.</summary>
    public FastOpenPeer Find(InetAddress peer, Timestamp now)
    {
        if (!_peers.TryFind(peer, out Entry entry)) return new FastOpenPeer { Kind = FastOpenKind.Standard };
        bool rests = now < entry.RestsUntil;
        FastOpenKind kind = entry.Tries == NextTry.Experimental || entry.IsExperimental ? FastOpenKind.Experimental : FastOpenKind.Standard;
        return new FastOpenPeer { Cookie = entry.Cookie, Mss = entry.Mss, Kind = rests ? FastOpenKind.None : kind };
    }

    /// <summary>A SYN-ACK answered a SYN that had the option.</summary>
    public void Learn(InetAddress peer, in FastOpenResult result)
    {
        ref Entry entry = ref _peers.FindOrAdd(peer, out _);
        if (result.Mss != 0) entry.Mss = result.Mss;
        if (result.Kind == FastOpenKind.None) return;      // nobody asked for a cookie
        if (!result.Cookie.IsEmpty)
        {
            entry.Cookie = result.Cookie;
            entry.IsExperimental = result.CookieKind == FastOpenKind.Experimental;
        }
        else if (!result.HadData && !result.SynWasLost && entry.Cookie.IsEmpty)
        {
            // Asked for and not granted: the older option comes next; it neither, for good the newer one.
            NextTry next = result.Kind == FastOpenKind.Experimental ? NextTry.StandardForGood : NextTry.Experimental;
            if (next > entry.Tries) entry.Tries = next;
        }
    }

    /// <summary>The peer sent a cookie that can't be, or broke off: plain SYNs for a while, and no cookie. A rest that has begun goes on.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">The time.</param>
    /// <param name="rest">For how long.</param>
    public void Disable(InetAddress peer, Timestamp now, TimeSpan rest)
    {
        ref Entry entry = ref _peers.FindOrAdd(peer, out _);
        (entry.Cookie, entry.Mss) = (default, 0);
        if (now >= entry.RestsUntil) entry.RestsUntil = now + rest;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _peers.Clear();

    private enum NextTry : byte
    {
        Standard,
        Experimental,
        StandardForGood,
    }

    private struct Entry
    {
        public FastOpenCookie Cookie;
        public ushort Mss;
        public bool IsExperimental;
        public NextTry Tries;
        public Timestamp RestsUntil;
    }
}
