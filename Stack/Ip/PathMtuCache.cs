using UserNet.Addressing;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What routers said of the largest packet that gets through to a destination. RFC 1191, RFC 8201.</summary>
/// <remarks>
/// Bounded: a new destination takes the place of the one that was longest not used. A report only ever lowers an MTU,
/// and is forgotten in time; whether it is to be believed at all, the caller has found out. Gate held.
/// </remarks>
public sealed class PathMtuCache
{
    /// <summary>How many destinations are remembered.</summary>
    public const int Capacity = 4096;

    /// <summary>No link may have a smaller MTU. RFC 791 §3.2.</summary>
    public const int SmallestMtu = 68;

    /// <summary>No link that carries IPv6 may have a smaller MTU. RFC 8200 §5.</summary>
    public const int SmallestMtuV6 = 1280;

    private static readonly int[] Plateaus = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, SmallestMtu];

    private readonly RecentTable<Path, Entry> _paths = new(Capacity);
    private readonly bool _isV6;
    private int _minimum = 552;

    /// <summary>A memory of nothing.</summary>
    /// <param name="isV6">True for IPv6, where a report below 1,280 octets is ignored. RFC 8201 §4.</param>
    public PathMtuCache(bool isV6 = false)
    {
        _isV6 = isV6;
        if (isV6) _minimum = SmallestMtuV6;
    }

    /// <summary>No report lowers the path MTU below this, octets; 552 at first, as Linux's min_pmtu.</summary>
    /// <remarks>
    /// A path that reports less gets packets of this size without DF, which routers then fragment: so a forged report
    /// can't have a host send its data in tiny packets. 68 at least. In IPv6 it is 1,280, and stays so.
    /// </remarks>
    public int Minimum
    {
        get => _minimum;
        set => _minimum = _isV6 ? SmallestMtuV6 : Math.Max(value, SmallestMtu);
    }

    /// <summary>How long a report is believed; 10 minutes at first, as RFC 1191 §6.3 wants it.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many destinations are remembered now, those of old included until they are next asked for.</summary>
    public int Count => _paths.Count;

    /// <summary>The largest packet, in octets, that is known to get through.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="device">The interface that the packet leaves by.</param>
    /// <param name="linkMtu">The interface's MTU, octets: the answer while nobody reported less.</param>
    /// <param name="now">The time.</param>
    /// <param name="mayFragment">True when the path's MTU lies below <see cref="Minimum"/>, and DF is to be left out.</param>
    public int MtuOf(InetAddress destination, uint device, int linkMtu, Timestamp now, out bool mayFragment)
    {
        mayFragment = false;
        if (_paths.Count == 0) return linkMtu;      // as it mostly is
        var path = new Path(destination, device);
        if (!_paths.TryFind(path, out Entry entry)) return linkMtu;
        if (now >= entry.Expires)
        {
            _paths.Remove(path);
            return linkMtu;
        }

        mayFragment = entry.MayFragment;
        return Math.Min(entry.Mtu, linkMtu);
    }

    /// <summary>A router reported that a packet was too big.</summary>
    /// <param name="destination">Where the packet was to go.</param>
    /// <param name="device">The interface that it left by.</param>
    /// <param name="linkMtu">The interface's MTU, octets.</param>
    /// <param name="reported">The MTU that the router reported; 0 from an old one, and the next lower plateau is taken. RFC 1191 §5.</param>
    /// <param name="length">Octets that the packet had, by the header that was quoted.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when the path MTU is lower now, or is so for longer.</returns>
    public bool OnTooBig(InetAddress destination, uint device, int linkMtu, int reported, int length, Timestamp now)
    {
        if (_isV6 && reported < SmallestMtuV6) return false;
        int known = MtuOf(destination, device, linkMtu, now, out bool mayFragment);
        int mtu = reported == 0 ? PlateauBelow(Math.Min(length, known)) : reported;
        if (mayFragment || mtu > known) return false;
        bool isTooLow = mtu < _minimum;
        if (isTooLow) mtu = Math.Min(known, _minimum);
        else if (mtu == linkMtu) return false;
        ref Entry entry = ref _paths.FindOrAdd(new Path(destination, device), out _);
        entry = new Entry { Mtu = mtu, MayFragment = isTooLow, Expires = now + Lifetime };
        return true;
    }

    /// <summary>Forgets all reports.</summary>
    public void Clear() => _paths.Clear();

    /// <summary>The largest MTU of RFC 1191's table that is below a length.</summary>
    internal static int PlateauBelow(int length)
    {
        foreach (int plateau in Plateaus)
            if (plateau < length) return plateau;
        return SmallestMtu;
    }

    private readonly record struct Path(InetAddress Destination, uint Device);

    private struct Entry
    {
        public int Mtu;
        public bool MayFragment;
        public Timestamp Expires;
    }
}
