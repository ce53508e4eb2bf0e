using UserNet.Addressing;

namespace UserNet.Binding;

// Lookup where the port is a protocol number or an identifier, and the peer has none.
public sealed partial class PortSpace
{
    /// <summary>Finds all raw holders that a packet is for, newest first, and returns how many.</summary>
    /// <param name="number">The packet's protocol.</param>
    /// <param name="local">The packet's destination address.</param>
    /// <param name="remote">The packet's source address.</param>
    /// <param name="device">The interface that it arrived on; 0 for whichever.</param>
    /// <param name="found">The holders are added to this list. Whether they joined a group is for the caller to ask.</param>
    /// <remarks>The remote port counts for nothing, be it that a connect named one.</remarks>
    internal int FindAllByNumber(ushort number, InetAddress local, InetAddress remote, uint device, List<Holder> found)
    {
        int before = found.Count;
        if (_rings.Newest(number) is not { } newest) return 0;
        Holder holder = newest;
        do
        {
            if (HearsAddressOrGroup(holder, local) && HearsPeer(holder, remote) && HearsDevice(holder, device)) found.Add(holder);
            holder = holder.Older;
        }
        while (holder != newest);
        return found.Count - before;
    }

    /// <summary>The holder of an identifier that an echo reply is for, or null: the newest one; peers are not asked, as in Linux.</summary>
    /// <param name="number">The identifier.</param>
    /// <param name="local">The packet's destination address.</param>
    /// <param name="device">The interface that it arrived on; 0 for whichever.</param>
    internal Holder? FindByNumber(ushort number, InetAddress local, uint device)
    {
        if (_rings.Newest(number) is not { } newest) return null;
        Holder holder = newest;
        do
        {
            if (HearsAddress(holder, local) && HearsDevice(holder, device)) return holder;
            holder = holder.Older;
        }
        while (holder != newest);
        return null;
    }

    // A mapped address stands for no packet: an IPv6 holder that was connected to one hears nothing.
    private static bool HearsAddress(Holder holder, InetAddress local) =>
        holder.Claim.Address.IsV6 == local.IsV6 && (holder.Claim.Address.IsWildcard || holder.Claim.Address.HasSameOctets(local));

    /// <summary>A holder of one IPv6 address hears the groups that it joined, too; one of an IPv4 address does not.</summary>
    private static bool HearsAddressOrGroup(Holder holder, InetAddress local) =>
        HearsAddress(holder, local) || (local is { IsV6: true, IsMulticast: true } && holder.Claim.Address.IsV6);
}
