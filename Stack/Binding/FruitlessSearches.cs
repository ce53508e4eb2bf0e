namespace UserNet.Binding;

/// <summary>
/// Remembers searches that found nothing. As long as the same sets, or more, are to be avoided and none of them has lost a port
/// of the parity that was looked for, the answer is still the same.
/// </summary>
/// <remarks>
/// Linux's choice for streams goes through all ports of one parity before it takes one of the other; once a range has filled
/// itself past half, that first search is in vain each time. Gate held.
/// </remarks>
internal sealed class FruitlessSearches
{
    private readonly Entry[] _entries = [new(), new(), new(), new()];
    private int _next;
    private bool _hasAny;

    /// <summary>What was looked for: free ports of a range and parity, but for one port.</summary>
    public readonly record struct Question(int First, int Last, PortParity Parity, int Avoided);

    /// <summary>True when the answer to the question is known to be that there is none.</summary>
    public bool Knows(in Question question, ReadOnlySpan<PortSet> dense, ReadOnlySpan<PortSet> few)
    {
        if (!_hasAny) return false;
        foreach (Entry entry in _entries)
            if (entry.Answers(question) && entry.Holds(dense, few)) return true;
        return false;
    }

    /// <summary>Remembers the question as one without an answer, in place of the same question or of the oldest.</summary>
    public void Remember(in Question question, ReadOnlySpan<PortSet> dense, ReadOnlySpan<PortSet> few)
    {
        _hasAny = true;
        foreach (Entry entry in _entries)
        {
            if (!entry.Answers(question)) continue;
            entry.Set(question, dense, few);
            return;
        }

        _entries[_next].Set(question, dense, few);
        _next = (_next + 1) % _entries.Length;
    }

    private sealed class Entry
    {
        private Question _question;
        private (PortSet Set, int Losses)[] _sets = [];
        private int _count = -1;      // -1: nothing is remembered

        public bool Answers(in Question asked)
        {
            if (_count < 0 || asked.Parity != _question.Parity) return false;
            if (asked.First < _question.First || asked.Last > _question.Last) return false;
            int avoided = _question.Avoided;
            PortParity opposite = (avoided & 1) == 0 ? PortParity.Odd : PortParity.Even;
            bool mattered = avoided >= _question.First && avoided <= _question.Last && asked.Parity != opposite;
            return !mattered || avoided == asked.Avoided;
        }

        /// <summary>True when every set of then is avoided now too, and has lost nothing that would matter.</summary>
        public bool Holds(ReadOnlySpan<PortSet> dense, ReadOnlySpan<PortSet> few)
        {
            for (int i = 0; i < _count; i++)
            {
                PortSet set = _sets[i].Set;
                if (Losses(set) != _sets[i].Losses || !(Has(dense, set) || Has(few, set))) return false;
            }

            return true;
        }

        public void Set(in Question question, ReadOnlySpan<PortSet> dense, ReadOnlySpan<PortSet> few)
        {
            _question = question;
            _count = dense.Length + few.Length;
            if (_sets.Length < _count) _sets = new (PortSet, int)[_count];
            for (int i = 0; i < _count; i++)
            {
                PortSet set = i < dense.Length ? dense[i] : few[i - dense.Length];
                _sets[i] = (set, Losses(set));
            }
        }

        private int Losses(PortSet set) => set.LossesIn(_question.First, _question.Last, _question.Parity);

        private static bool Has(ReadOnlySpan<PortSet> sets, PortSet wanted)
        {
            foreach (PortSet set in sets)
                if (set == wanted) return true;
            return false;
        }
    }
}
