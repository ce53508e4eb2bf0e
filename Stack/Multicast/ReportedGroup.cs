using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Multicast;

/// <summary>One group on one interface: who is a member, what follows for the interface, and what is still to be said of it.</summary>
/// <remarks>It stays after the last member has left until that has been reported often enough. Gate held.</remarks>
internal sealed class ReportedGroup(MembershipReporting owner, InetAddress address) : IExpires
{
    /// <summary>Beyond so many sources, one report of the whole state takes the place of many about sources.</summary>
    private const int MaxPendingSources = 256;

    /// <summary>How many sources of queries are kept in mind; beyond, the answer is about all sources. RFC 3376 §9.1, RFC 3810 §6.2.</summary>
    private const int MaxAskedSources = 128;

    private readonly SourceCounts _counts = new();
    private readonly List<(InetAddress Source, int Left)> _changed = [];
    private int _modeReports;

    public InetAddress Address { get; } = address;

    public int Members => _counts.Members;

    /// <summary>What the interface hears in this group.</summary>
    public SourceFilter Filter { get; private set; } = SourceFilter.Nobody;

    /// <summary>Sources that were asked for since the last answer; empty when all were.</summary>
    public List<InetAddress> Asked { get; } = [];

    /// <summary>The answer that waits, and when it is due.</summary>
    public Deadline Response { get; set; }

    public Timestamp ResponseDue { get; set; }

    /// <summary>True when this host was the last on its link to report the group: it is the one to say that it leaves. RFC 2236 §3, RFC 2710 §4.</summary>
    public bool IsLastReporter { get; set; }

    /// <summary>How many more reports of an older version are to follow the first.</summary>
    public int OldReportsLeft { get; set; }

    /// <summary>True while a change is still to be reported again.</summary>
    public bool HasChanges => _modeReports > 0 || _changed.Count > 0;

    /// <summary>True when nobody is a member any more, and that is still to be reported again.</summary>
    public bool IsDeparted => Members == 0 && HasChanges;

    /// <summary>True when the next report of changes tells the mode with all sources.</summary>
    public bool TellsMode => _modeReports > 0;

    /// <summary>A socket's filter is another one; answers the interface's filter as it was before.</summary>
    public SourceFilter Apply(SourceFilter? before, SourceFilter? after)
    {
        SourceFilter old = Filter;
        if (before is not null) _counts.Remove(before);
        if (after is not null) _counts.Add(after);
        SourceFilter merged = _counts.Merge();
        if (!merged.Equals(old)) Filter = merged;
        return old;
    }

    /// <summary>Notes what is to be reported, so many times, of a change from an older filter to the present one. RFC 3376 §5.1, RFC 3810 §6.1.</summary>
    public void NoteChange(SourceFilter old, int times)
    {
        if (old.Mode != Filter.Mode)
        {
            _modeReports = times;
            _changed.Clear();      // the mode is told with all sources
            return;
        }

        foreach (InetAddress source in old.Sources)
            if (!Filter.Lists(source)) NoteSource(source, times);
        foreach (InetAddress source in Filter.Sources)
            if (!old.Lists(source)) NoteSource(source, times);
        if (_changed.Count <= MaxPendingSources) return;
        _modeReports = times;
        _changed.Clear();
    }

    /// <summary>Collects the changed sources that are heard now, or those that are not.</summary>
    public void CollectChanged(bool heard, List<InetAddress> into)
    {
        foreach ((InetAddress source, _) in _changed)
            if (Filter.Accepts(source) == heard) into.Add(source);
    }

    /// <summary>One report of the changes was sent.</summary>
    public void CountReport()
    {
        if (_modeReports > 0) _modeReports--;
        for (int i = _changed.Count - 1; i >= 0; i--)
        {
            (InetAddress source, int left) = _changed[i];
            if (left > 1) _changed[i] = (source, left - 1);
            else _changed.RemoveAt(i);
        }
    }

    /// <summary>Adds to the sources that were asked for, each once; too many of them count as all.</summary>
    public void Ask(InetAddress source)
    {
        if (!Asked.Contains(source)) Asked.Add(source);
    }

    /// <summary>True when so many sources were asked for that the answer should be about all.</summary>
    public bool IsAskedTooMuch => Asked.Count > MaxAskedSources;

    /// <summary>Forgets what is still to be reported of changes.</summary>
    public void ForgetChanges()
    {
        _modeReports = 0;
        _changed.Clear();
    }

    /// <inheritdoc/>
    public void OnExpired(Timestamp now) => owner.OnResponseDue(this, now);

    private void NoteSource(InetAddress source, int times)
    {
        for (int i = 0; i < _changed.Count; i++)
        {
            if (_changed[i].Source != source) continue;
            _changed[i] = (source, times);
            return;
        }

        _changed.Add((source, times));
    }
}
