namespace UserNet.Binding;

/// <summary>
/// The holders of each port as a ring of links in the holders, in order of insertion: each knows the next older and
/// newer.
/// </summary>
/// <remarks>A port costs eight octets, 4,096 of them at a time, once one of them has been held. Gate held.</remarks>
internal sealed class HolderRings
{
    private const int PageShift = 12, PageSize = 1 << PageShift;

    private readonly Port[]?[] _pages = new Port[]?[65536 >> PageShift];

    /// <summary>The newest holder of a port, or null; its newer one is the oldest.</summary>
    public Holder? Newest(ushort port) => _pages[port >> PageShift]?[port & (PageSize - 1)].Newest;

    /// <summary>Adds a holder of its port as the newest, or as the oldest.</summary>
    public void Add(Holder holder, bool asOldest)
    {
        Port[] page = _pages[holder.Port >> PageShift] ??= new Port[PageSize];
        ref Holder? newest = ref page[holder.Port & (PageSize - 1)].Newest;
        if (newest is not null)
        {
            holder.Older = newest;
            holder.Newer = newest.Newer;
            newest.Newer.Older = holder;
            newest.Newer = holder;
            if (asOldest) return;
        }

        newest = holder;
    }

    /// <summary>Takes a holder out and says whether the port is now without any.</summary>
    public bool Remove(Holder holder)
    {
        ref Holder? newest = ref _pages[holder.Port >> PageShift]![holder.Port & (PageSize - 1)].Newest;
        if (holder.Older == holder)
        {
            newest = null;
            return true;
        }

        holder.Newer.Older = holder.Older;
        holder.Older.Newer = holder.Newer;
        if (newest == holder) newest = holder.Older;
        holder.Newer = holder.Older = holder;
        return false;
    }

    /// <summary>All holders, by port and then from the oldest to the newest.</summary>
    public IEnumerable<Holder> All()
    {
        foreach (Port[]? page in _pages)
        {
            if (page is null) continue;
            foreach (Port port in page)
            {
                if (port.Newest is not { } newest) continue;
                Holder holder = newest;
                do
                {
                    holder = holder.Newer;
                    yield return holder;
                }
                while (holder != newest);
            }
        }
    }

    /// <summary>One port: a struct, so that writing one needs no type check.</summary>
    private struct Port
    {
        public Holder? Newest;
    }
}
