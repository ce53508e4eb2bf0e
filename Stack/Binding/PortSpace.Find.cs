using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

// Lookup: which holder a packet is for.
public sealed partial class PortSpace
{
    private const int FirstPeerScore = 16;      // more than any Score

    /// <summary>The holder that a segment or a unicast datagram is for, or null.</summary>
    /// <param name="local">The packet's destination address; IPv4 as IPv4.</param>
    /// <param name="localPort">The packet's destination port.</param>
    /// <param name="remote">The packet's source address.</param>
    /// <param name="remotePort">The packet's source port.</param>
    /// <param name="device">The interface that it arrived on.</param>
    /// <remarks>
    /// Connected holders first, then those of the exact address, then wildcards; among those a bound device, then IPv4 over dual-stack,
    /// then the newest, or on Windows the one bound first. Of a SO_REUSEPORT group the flow's hash picks the member. A stream is found by a listener only.
    /// </remarks>
    public Holder? Find(InetAddress local, ushort localPort, InetAddress remote, ushort remotePort, uint device = 0)
    {
        var tuple = new TupleKey(local, localPort, remote, remotePort);
        return FindTuple(tuple, device, null) ?? FindUnconnected(tuple, device);
    }

    /// <summary>Finds who hears a packet that belongs to no connection: of a stream, who listens.</summary>
    internal Holder? FindUnconnected(in TupleKey tuple, uint device)
    {
        InetAddress local = tuple.Local;
        Holder? best = Best(local, tuple, device, null);
        if (best is null)
        {
            if (local.IsV4OrMapped) best = Best(InetAddress.AnyV4, tuple, device, null);
            best = Best(InetAddress.AnyV6, tuple, device, best);
        }

        return best?.Group is { Count: > 1 } group ? group.Select(_index.Hash(tuple)) : best;
    }

    /// <summary>Finds all holders that a multicast or broadcast datagram may be for, oldest first, and returns how many.</summary>
    /// <param name="local">The group or broadcast address; IPv4 as IPv4.</param>
    /// <param name="localPort">The packet's destination port.</param>
    /// <param name="remote">The packet's source address.</param>
    /// <param name="remotePort">The packet's source port.</param>
    /// <param name="device">The interface that it arrived on.</param>
    /// <param name="found">
    /// The holders are added to this list. Whether they joined the group is for the caller to ask; and, where
    /// <see cref="Personality.BoundAddressHearsMany"/> holds, whether a holder's address is one of that interface.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="found"/> is null.</exception>
    public int FindAll(
        InetAddress local, ushort localPort, InetAddress remote, ushort remotePort, uint device, ICollection<Holder> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (_rings.Newest(localPort) is not { } newest) return 0;
        var packet = new Claim(local);
        int count = 0;
        Holder holder = newest;
        do
        {
            holder = holder.Newer;
            ref readonly Claim claim = ref holder.Claim;
            bool hears = claim.Overlaps(packet) || claim.Address.HasSameOctets(local) || IsWildcardOf(holder, local)
                || (_personality.BoundAddressHearsMany && claim.Address.IsV4OrMapped == local.IsV4OrMapped);
            bool hearsPeer = HearsPeer(holder, remote) && (!holder.IsConnected || holder.RemotePort == remotePort);
            if (!hears || !hearsPeer || (claim.Device != 0 && claim.Device != device)) continue;
            found.Add(holder);
            count++;
        }
        while (holder != newest);
        return count;
    }

    /// <summary>All holders, by port and then in order of insertion.</summary>
    public IEnumerable<Holder> Holders() => _rings.All();

    private Holder? FindTuple(in TupleKey tuple, uint device, Holder? except)
    {
        Holder? best = null;
        int bestScore = -1;
        for (Holder? holder = _index.Connected(tuple); holder is not null; holder = holder.NextInBucket)
        {
            if (holder == except || !holder.IsConnected || !tuple.Matches(holder) || !HearsDevice(holder, device)) continue;
            int score = IsStream ? (holder.State == TcpState.TimeWait ? 0 : 8) + Score(holder) : ScoreOfTwin(holder);
            if (IsBetter(holder, score, best, bestScore)) (best, bestScore) = (holder, score);
        }

        return best;
    }

    /// <summary>The best holder of exactly this local address, or the one given if it is better.</summary>
    private Holder? Best(InetAddress local, in TupleKey tuple, uint device, Holder? best)
    {
        int bestScore = best is null ? -1 : Score(best);
        for (Holder? holder = _index.Unconnected(local, tuple.LocalPort); holder is not null; holder = holder.NextInBucket)
        {
            if (holder.IsConnected || holder.Port != tuple.LocalPort || !holder.Claim.Address.HasSameOctets(local)) continue;
            if (!HearsDevice(holder, device) || !HearsPeer(holder, tuple.Remote) || (IsStream && !holder.IsListening)) continue;
            if (tuple.Local.IsV4OrMapped && (holder.Claim.Covers & (Coverage.AllV4 | Coverage.OneV4)) == 0) continue;
            int score = Score(holder);
            if (IsBetter(holder, score, best, bestScore)) (best, bestScore) = (holder, score);
        }

        return best;
    }

    private bool IsBetter(Holder holder, int score, Holder? best, int bestScore)
    {
        if (score != bestScore) return score > bestScore;
        bool isNewer = score == FirstPeerScore ? holder.ConnectSequence > best!.ConnectSequence : holder.Sequence > best!.Sequence;
        return isNewer == _personality.NewestTwinReceives;
    }

    /// <summary>
    /// Of datagram sockets with one peer that counts which was first connected last, as long as it is with the peer of then; on Windows
    /// only which was bound first.
    /// </summary>
    private int ScoreOfTwin(Holder holder) =>
        !_personality.NewestTwinReceives ? 0 : holder.IsWithFirstPeer ? FirstPeerScore : Score(holder);

    /// <summary>A holder that was connected to an address without a port hears that address alone.</summary>
    private static bool HearsPeer(Holder holder, InetAddress peer) =>
        holder.RemoteAddress.IsWildcard || holder.RemoteAddress.HasSameOctets(peer);

    private static bool HearsDevice(Holder holder, uint device) =>
        holder.Claim.Device == 0 || device == 0 || holder.Claim.Device == device;

    private static int Score(Holder holder) => (holder.Claim.Device != 0 ? 4 : 0) + (holder.RemoteAddress.IsWildcard ? 0 : 4) + (holder.Claim.Address.IsV6 ? 1 : 2);

    private static bool IsWildcardOf(Holder holder, InetAddress group) =>
        (holder.Claim.Covers & (group.IsV4OrMapped ? Coverage.AllV4 : Coverage.AllV6)) != 0;
}
