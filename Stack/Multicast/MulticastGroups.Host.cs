using System.Diagnostics;
using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Multicast;

// The groups that the host itself is a member of, whatever its sockets are: it could not be found without. RFC 4291 §2.8.
public sealed partial class MulticastGroups
{
    /// <summary>ff01::2, ff02::2 and ff05::2, which a router is a member of. RFC 4291 §2.8.</summary>
    internal static ReadOnlySpan<InetAddress> GroupsOfRouters => Routers;

    private static readonly InetAddress[] Routers =
        [InetAddress.FromV6(0xFF01UL << 48, 2), InetAddress.FromV6(0xFF02UL << 48, 2), InetAddress.FromV6(0xFF05UL << 48, 2)];

    private readonly HashSet<uint> _speakers = [];      // interfaces that speak IPv6

    /// <summary>The host itself joins a group on an interface, all of its sources; as often as it joins it must leave. Gate held.</summary>
    /// <param name="device">The interface, which exists.</param>
    /// <param name="group">An IPv6 group: that of all nodes, of routers, of those who are asked for an address.</param>
    /// <param name="now">The time.</param>
    /// <remarks>It is reported as what a socket joins. RFC 2710 §4, RFC 3810 §6; RFC 4862 §5.4.2.</remarks>
    public void JoinAsHost(uint device, InetAddress group, Timestamp now)
    {
        if (!IsGroupV6(group)) throw new ArgumentException($"{group} is no IPv6 group.", nameof(group));
        Change(device, group, null, SourceFilter.Everyone, now);
    }

    /// <summary>Undoes one <see cref="JoinAsHost"/>. Gate held.</summary>
    public void LeaveAsHost(uint device, InetAddress group, Timestamp now)
    {
        Debug.Assert(IsJoined(group, device), "What is left was joined.");
        Change(device, group, SourceFilter.Everyone, null, now);
    }

    /// <summary>
    /// An interface speaks IPv6 from now on: it hears what is for all nodes. Before that it has nothing to do with IPv6 groups but those
    /// that sockets join. Twice does nothing. Gate held.
    /// </summary>
    internal void SpeakV6(uint device, Timestamp now)
    {
        if (!_speakers.Add(device)) return;
        JoinAsHost(device, AllNodesOfHost, now);
        JoinAsHost(device, AllNodes, now);
    }

    /// <summary>True for an interface that speaks IPv6.</summary>
    internal bool SpeaksV6(uint device) => _speakers.Contains(device);

    /// <summary>
    /// An interface has a link-local address that is fit for use: groups that were reported from no address are reported again.
    /// RFC 3590 §4. Gate held.
    /// </summary>
    internal void OnLinkLocalReady(uint device, Timestamp now) => On(device, isV6: true)?.OnSourceReady(now);
}
