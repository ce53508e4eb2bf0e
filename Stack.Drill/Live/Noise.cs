namespace UserNet.Drill.Live;

/// <summary>What a kernel sends of its own accord, which no script speaks of.</summary>
internal static class Noise
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, Icmp6 = 58;
    // Who listens to which groups, and neighbours: RFC 2710, RFC 4861, RFC 3810.
    private const byte FirstOfGroups = 130, LastOfNeighbours = 137, GroupsOfVersion2 = 143;

    /// <summary>True for TCP, UDP and the ICMP of transports.</summary>
    public static bool IsOfInterest(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 20) return false;
        if (packet[0] >> 4 == 4) return packet[9] is Icmp or Tcp or Udp;
        if (packet[0] >> 4 != 6 || packet.Length < 41) return false;
        if (packet[6] != Icmp6) return packet[6] is Tcp or Udp;
        return packet[40] is not ((>= FirstOfGroups and <= LastOfNeighbours) or GroupsOfVersion2);
    }
}
