namespace UserNet.Binding;

/// <summary>The sockets of one SO_REUSEPORT group: each gets its share of the traffic.</summary>
/// <remarks>
/// Whoever leaves gives its place to the last member, as in Linux, so that coming and going cost the same in any group.
/// Gate held.
/// </remarks>
internal sealed class ReuseGroup
{
    private readonly List<Holder> _members = [];

    public int Count => _members.Count;

    public void Join(Holder holder)
    {
        holder.Group = this;
        holder.PlaceInGroup = _members.Count;
        _members.Add(holder);
    }

    public void Leave(Holder holder)
    {
        holder.Group = null;
        Holder last = _members[^1];
        _members[holder.PlaceInGroup] = last;
        last.PlaceInGroup = holder.PlaceInGroup;
        _members.RemoveAt(_members.Count - 1);
    }

    /// <summary>The member that a flow belongs to: the same one as long as the membership is the same.</summary>
    public Holder Select(uint flowHash) => _members[(int)((ulong)flowHash * (uint)_members.Count >> 32)];

    /// <summary>True when the claim is on the very same address under the same terms.</summary>
    public bool Suits(in Claim claim)
    {
        Claim other = _members[0].Claim;
        return other.Address == claim.Address && other.V6Only == claim.V6Only && other.Device == claim.Device &&
            other.Uid == claim.Uid;
    }
}
