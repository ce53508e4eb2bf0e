using System.Text;
using UserNet.Addressing;
using UserNet.Ip;

namespace UserNet.Multicast;

/// <summary>Whether the sources of a filter are those that are heard, or those that are not. RFC 3376 §2.</summary>
/// <remarks>The numbers are those of MCAST_EXCLUDE and MCAST_INCLUDE. RFC 3678 §3.</remarks>
public enum FilterMode : byte
{
    /// <summary>All sources are heard but those listed.</summary>
    Exclude,
    /// <summary>The sources listed are heard and no others.</summary>
    Include,
}

/// <summary>Which sources of a group are heard: a mode and a set of addresses. RFC 3376 §2.</summary>
/// <remarks>Immutable; any thread. Sources are kept sorted, each once.</remarks>
public sealed class SourceFilter : IEquatable<SourceFilter>
{
    private readonly InetAddress[] _sources;

    /// <summary>A filter.</summary>
    /// <param name="mode">What the sources are.</param>
    /// <param name="sources">In any order; one that is there twice counts once.</param>
    public SourceFilter(FilterMode mode, ReadOnlySpan<InetAddress> sources)
    {
        Mode = mode;
        _sources = sources.ToArray();
        Array.Sort(_sources, Compare);
        int count = 0;
        for (int i = 0; i < _sources.Length; i++)
            if (i == 0 || _sources[i] != _sources[i - 1]) _sources[count++] = _sources[i];
        Array.Resize(ref _sources, count);
    }

    private SourceFilter(FilterMode mode, InetAddress[] sorted)
    {
        Mode = mode;
        _sources = sorted;
    }

    /// <summary>EXCLUDE of nobody: all sources are heard, as after a join of the group as a whole.</summary>
    public static SourceFilter Everyone { get; } = new(FilterMode.Exclude, Array.Empty<InetAddress>());

    /// <summary>INCLUDE of nobody: no source is heard, which is the same as not being a member.</summary>
    public static SourceFilter Nobody { get; } = new(FilterMode.Include, Array.Empty<InetAddress>());

    /// <summary>What the sources are.</summary>
    public FilterMode Mode { get; }

    /// <summary>The sources, sorted.</summary>
    public ReadOnlySpan<InetAddress> Sources => _sources;

    /// <summary>True when no source is heard.</summary>
    public bool HearsNobody => Mode == FilterMode.Include && _sources.Length == 0;

    /// <summary>True when what the source sends is heard. Allocates nothing.</summary>
    public bool Accepts(InetAddress source) => Lists(source) == (Mode == FilterMode.Include);

    /// <summary>True when the source is one of those listed.</summary>
    public bool Lists(InetAddress source) => PlaceOf(source) >= 0;

    /// <summary>The same with one more source.</summary>
    public SourceFilter With(InetAddress source)
    {
        int place = PlaceOf(source);
        if (place >= 0) return this;
        var wider = new InetAddress[_sources.Length + 1];
        Array.Copy(_sources, wider, ~place);
        wider[~place] = source;
        Array.Copy(_sources, ~place, wider, ~place + 1, _sources.Length - ~place);
        return new SourceFilter(Mode, wider);
    }

    /// <summary>The same with one source fewer.</summary>
    public SourceFilter Without(InetAddress source)
    {
        int place = PlaceOf(source);
        if (place < 0) return this;
        var narrower = new InetAddress[_sources.Length - 1];
        Array.Copy(_sources, narrower, place);
        Array.Copy(_sources, place + 1, narrower, place, narrower.Length - place);
        return new SourceFilter(Mode, narrower);
    }

    /// <inheritdoc/>
    public bool Equals(SourceFilter? other) =>
        other is not null && Mode == other.Mode && _sources.AsSpan().SequenceEqual(other._sources);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SourceFilter);

    /// <summary>A hash of mode and sources, the same in every process.</summary>
    public override int GetHashCode()
    {
        int hash = (int)Mode;
        foreach (InetAddress source in _sources) hash = (hash * 31) + source.GetHashCode();
        return hash;
    }

    /// <summary>As the RFC writes it: INCLUDE {10.0.0.1, 10.0.0.2}.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Mode == FilterMode.Include ? "INCLUDE {" : "EXCLUDE {");
        for (int i = 0; i < _sources.Length; i++) text.Append(i == 0 ? "" : ", ").Append(_sources[i]);
        return text.Append('}').ToString();
    }

    /// <summary>The order in which sources are kept: by their octets.</summary>
    internal static int Compare(InetAddress a, InetAddress b)
    {
        int high = a.High.CompareTo(b.High);
        return high != 0 ? high : a.Low.CompareTo(b.Low);
    }

    private int PlaceOf(InetAddress source)
    {
        int low = 0, high = _sources.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2, order = Compare(_sources[middle], source);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
