using System.Buffers.Binary;
using UserNet.Doors;

namespace UserNet.Simulation;

// Schedules by chance.
public sealed partial class FaultSchedule
{
    /// <summary>Faults by chance for the links and hosts of a network.</summary>
    /// <param name="seed">Where the chance comes from.</param>
    /// <param name="network">The network: its names are all that is looked at.</param>
    /// <param name="mix">What is drawn; null for something of everything.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mix has a number outside its range.</exception>
    /// <remarks>
    /// The faults of one kind at one link or host follow from the seed, the kind, that name and the mix's lengths and
    /// limits alone: more links and hosts, in any order, and more faults of other kinds add theirs and change none of
    /// them. Of partitions time and number follow from the seed and the mix, and the side of a host from its name; one
    /// that leaves a side empty is left out. Times are in whole milliseconds. Ordered by their beginning, then by their
    /// text.
    /// </remarks>
    public static FaultSchedule Draw(ulong seed, VirtualNetwork network, FaultMix? mix = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        mix ??= new FaultMix();
        mix.Check();
        var drawer = new FaultDrawer(seed, mix);
        foreach (VirtualLink link in network.Links)
        {
            if (mix.Hits?.Invoke(link.Name) != false) drawer.DrawAll(FaultKind.Down, FaultKind.LargestPacket, link.Name);
        }

        List<string> hosts = [.. network.Hosts.Select(static host => host.Name).Where(name => mix.Hits?.Invoke(name) != false)];
        drawer.DrawPartitions(hosts);
        foreach (string host in hosts) drawer.DrawAll(FaultKind.Pause, FaultKind.Step, host);
        return new FaultSchedule(drawer.Faults
            .OrderBy(static fault => fault.Begin).ThenBy(static fault => fault.ToString(), StringComparer.Ordinal));
    }

    /// <summary>Faults by chance that comes from a door, which is asked once, for eight octets.</summary>
    /// <inheritdoc cref="Draw(ulong, VirtualNetwork, FaultMix?)"/>
    public static FaultSchedule Draw(FillRandom randomness, VirtualNetwork network, FaultMix? mix = null)
    {
        ArgumentNullException.ThrowIfNull(randomness);
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        randomness(seed);
        return Draw(BinaryPrimitives.ReadUInt64LittleEndian(seed), network, mix);
    }
}
