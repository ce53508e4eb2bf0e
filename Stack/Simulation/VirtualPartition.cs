using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>
/// Groups of hosts that can't reach each other, whatever links there are between them. <see cref="VirtualNetwork.Partition"/>.
/// </summary>
/// <remarks>
/// <para>
/// A frame is lost, on the first wire that it comes to, when its sender's address, of IP or of ARP, is one of a host of
/// one group and the address that it is for is one of a host of another. What is for all stations is lost on the wire
/// to a host of another group. What goes through hosts in between is looked at for whom it is from and for, not for
/// whom it passes: a router of one group carries what passes between hosts of the other. Where a translator changes
/// addresses, the frame is what it is on each wire.
/// </para>
/// <para>
/// An address is a host's if the host was connected with it or has it when the partition begins, or when the frame passes: one that it made itself meanwhile,
/// or was given, counts. Of frames that it loses each lane counts those that it had:
/// <see cref="LinkImpairments.Partitioned"/>. The network's thread.
/// </para>
/// </remarks>
public sealed class VirtualPartition : IDisposable
{
    private readonly Dictionary<InetAddress, int> _groupOfAddress = [];      // looked up, never walked
    private readonly Dictionary<VirtualHost, int> _groupOfHost = [];
    private readonly List<VirtualHost> _hosts = [];      // those of all groups, in order
    private readonly Action<VirtualPartition> _remove;

    internal VirtualPartition(IReadOnlyList<IReadOnlyList<VirtualHost>> groups, Action<VirtualPartition> remove)
    {
        _remove = remove;
        for (int group = 0; group < groups.Count; group++)
        {
            foreach (VirtualHost host in groups[group])
            {
                _groupOfHost.Add(host, group + 1);
                _hosts.Add(host);
                foreach (InetAddress address in host.AllAddresses()) _groupOfAddress.TryAdd(address, group + 1);
            }
        }
    }

    /// <summary>True once it is over.</summary>
    public bool IsHealed { get; private set; }

    internal Action? WhenHealed { get; set; }

    /// <summary>The hosts reach each other again. Twice does nothing.</summary>
    public void Heal()
    {
        if (IsHealed) return;
        IsHealed = true;
        _remove(this);
        WhenHealed?.Invoke();
    }

    /// <summary>The same as <see cref="Heal"/>.</summary>
    public void Dispose() => Heal();

    /// <summary>True for a frame that is to be lost.</summary>
    /// <param name="packet">What the frame carries.</param>
    /// <param name="type">What that is.</param>
    /// <param name="isForAll">True for a frame to all stations, or to a group of them.</param>
    /// <param name="receiver">The host at the end of the wire; null for a switch.</param>
    internal bool Bars(ReadOnlySpan<byte> packet, EtherType type, bool isForAll, VirtualHost? receiver)
    {
        if (!TryReadAddresses(packet, type, out InetAddress from, out InetAddress to)) return false;
        int group = GroupOf(from);
        if (group == 0) return false;
        int other = GroupOf(to);
        if (other != 0 && other != group) return true;
        if (!isForAll || receiver is null) return false;
        int receivers = _groupOfHost.GetValueOrDefault(receiver);
        return receivers != 0 && receivers != group;
    }

    private int GroupOf(InetAddress address)
    {
        if (_groupOfAddress.TryGetValue(address, out int group)) return group;
        if (address.IsMulticast || address.IsWildcard || address.IsLimitedBroadcast) return 0;
        foreach (VirtualHost host in _hosts)
        {
            if (!host.HasNow(address)) continue;
            group = _groupOfHost[host];
            _groupOfAddress.Add(address, group);      // and it stays the host's, as those do that it had at first
            return group;
        }

        return 0;
    }

    // The packet may be a burst of segments, or bad: nothing but the addresses is looked at.
    private static bool TryReadAddresses(ReadOnlySpan<byte> packet, EtherType type, out InetAddress from, out InetAddress to)
    {
        (from, to) = (default, default);
        switch (type)
        {
            case EtherType.Arp when ArpPacket.TryParse(packet, out ArpPacket arp):
                (from, to) = (arp.SenderProtocol, arp.TargetProtocol);
                return true;
            case EtherType.Ipv4 when packet.Length >= Ipv4Header.Length:
                (from, to) = (InetAddress.FromOctets(packet.Slice(12, 4)), InetAddress.FromOctets(packet.Slice(16, 4)));
                return true;
            case EtherType.Ipv6 when packet.Length >= Ipv6Header.Length:
                (from, to) = (InetAddress.FromOctets(packet.Slice(8, 16)), InetAddress.FromOctets(packet.Slice(24, 16)));
                return true;
            default:
                return false;
        }
    }
}
