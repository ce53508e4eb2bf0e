using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>Port 0 has the stack choose: from a seed, by one of several algorithms.</summary>
internal static class EphemeralPorts
{
    public static void Show(Page page, int seed)
    {
        page.Title($"Ports of the stack's choice, from seed {seed}");
        PortAlgorithm[] algorithms =
        [
            PortAlgorithm.LinuxBind, PortAlgorithm.SimpleRandom, PortAlgorithm.Hash, PortAlgorithm.RandomIncrements,
            PortAlgorithm.Sequential,
        ];
        page.Table(["algorithm", "five binds to port 0"], algorithms.Select(algorithm => Row(algorithm, seed)));
    }

    private static string[] Row(PortAlgorithm algorithm, int seed)
    {
        var stack = new NetworkStack(new NetworkStackOptions
        {
            Randomness = new Random(seed).NextBytes,
            Settings = settings => settings.StreamBind = algorithm,
        });
        var ports = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            NetworkSocket socket = stack.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, stack.Caller);
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            ports.Add(socket.LocalName.Port.ToString(CultureInfo.InvariantCulture));
        }

        return [algorithm.ToString(), string.Join("  ", ports)];
    }
}
