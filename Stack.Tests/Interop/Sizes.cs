using UserNet.Tests.Tap;

namespace UserNet.Tests.Interop;

/// <summary>Sizes of datagrams, with all that is special about an MTU of 1,500, in the family of this thread's namespace.</summary>
internal static class Sizes
{
    /// <summary>What fits a datagram of UDP, or an echo of ICMP.</summary>
    public static int Largest => OwnNamespace.Family.IsV6 ? 65_527 : 65_507;

    private const int Header = 8;

    private static int FragmentPayload => OwnNamespace.Family.IsV6 ? 1448 : 1480;

    /// <summary>The smallest, the largest, and those around which one fragment more is needed; 32 of them.</summary>
    public static IEnumerable<int> Edges
    {
        get
        {
            foreach (int size in (int[])[0, 1, 2, 3, 17, 18, 19, 64, Largest - 2, Largest - 1, Largest]) yield return size;
            foreach (int fragments in (int[])[1, 2, 3, 10, 22, 43, 44])
                for (int around = -1; around <= 1; around++) yield return (fragments * FragmentPayload) - Header + around;
        }
    }

    /// <summary>The edges, and others that lie evenly between them.</summary>
    public static IEnumerable<int> Spread(int count)
    {
        int[] edges = [.. Edges];
        return edges.Concat(Enumerable.Range(1, count - edges.Length).Select(i => (int)((long)i * Largest / (count - edges.Length + 1))));
    }
}
