using UserNet.Addressing;
using UserNet.Ip;

namespace UserNet.Multicast;

/// <summary>
/// The filters of all sockets that are members of a group on an interface, counted source by source, and what they make
/// together: the interface's filter. RFC 3376 §3.2.
/// </summary>
/// <remarks>
/// Any socket in EXCLUDE mode makes EXCLUDE of what all such sockets list and no socket in INCLUDE mode does; else it is
/// INCLUDE of what any socket lists. A change costs what its own sources cost, however many sockets there are. Gate held.
/// </remarks>
internal sealed class SourceCounts
{
    private readonly SortedList<InetAddress, (int Including, int Excluding)> _counts = new(ByOctets.Order);
    private int _excluding;      // sockets in EXCLUDE mode

    /// <summary>How many sockets are members.</summary>
    public int Members { get; private set; }

    /// <summary>One more socket has this filter.</summary>
    public void Add(SourceFilter filter) => Count(filter, 1);

    /// <summary>One socket has it no longer.</summary>
    public void Remove(SourceFilter filter) => Count(filter, -1);

    /// <summary>The interface's filter.</summary>
    public SourceFilter Merge()
    {
        if (Members == 0) return SourceFilter.Nobody;
        FilterMode mode = _excluding > 0 ? FilterMode.Exclude : FilterMode.Include;
        if (_counts.Count == 0) return mode == FilterMode.Exclude ? SourceFilter.Everyone : SourceFilter.Nobody;
        var sources = new InetAddress[_counts.Count];
        int count = 0;
        for (int i = 0; i < _counts.Count; i++)
        {
            (int including, int excluding) = _counts.Values[i];
            bool isListed = mode == FilterMode.Exclude ? excluding == _excluding && including == 0 : including > 0;
            if (isListed) sources[count++] = _counts.Keys[i];
        }

        return new SourceFilter(mode, sources.AsSpan(0, count));
    }

    private void Count(SourceFilter filter, int by)
    {
        Members += by;
        bool includes = filter.Mode == FilterMode.Include;
        if (!includes) _excluding += by;
        foreach (InetAddress source in filter.Sources)
        {
            (int including, int excluding) = _counts.GetValueOrDefault(source);
            if (includes) including += by;
            else excluding += by;
            if (including == 0 && excluding == 0) _counts.Remove(source);
            else _counts[source] = (including, excluding);
        }
    }

    private sealed class ByOctets : IComparer<InetAddress>
    {
        public static readonly ByOctets Order = new();

        public int Compare(InetAddress x, InetAddress y) => SourceFilter.Compare(x, y);
    }
}
