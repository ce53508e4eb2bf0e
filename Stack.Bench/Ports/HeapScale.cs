using UserNet.Sockets;

namespace UserNet.Bench.Ports;

/// <summary>Weighs what bound ports cost in heap: a whole range of sockets, before they are bound and after.</summary>
internal static class HeapScale
{
    public static MemoryRow Weigh(Scenario scenario)
    {
        var stack = new StackPorts(scenario);
        var sockets = new NetworkSocket[stack.Range];
        long empty = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < sockets.Length; i++) sockets[i] = stack.CreateSocket();
        long opened = GC.GetTotalMemory(forceFullCollection: true);
        foreach (NetworkSocket socket in sockets) socket.Bind(stack.Asked);
        long bound = GC.GetTotalMemory(forceFullCollection: true);
        foreach (NetworkSocket socket in sockets) socket.Close();
        double count = sockets.Length;
        return new MemoryRow(
            scenario.Protocol.ToString().ToUpperInvariant(), scenario.Variant.ToString(), scenario.Personality.Name, sockets.Length,
            (bound - opened) / count, (bound - empty) / count);
    }
}
