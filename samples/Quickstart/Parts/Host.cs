using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>What the parts have in common: a host with two interfaces, and a stack whose chance is seeded.</summary>
internal static class Host
{
    /// <summary>eth0 leads to the world, eth1 to a second net.</summary>
    public static HostAddressing WithTwoInterfaces() => new HostAddressing()
        .AddInterface("eth0").AddAddress("eth0", "192.0.2.10/24").AddAddress("eth0", "2001:db8::10/64")
        .AddInterface("eth1").AddAddress("eth1", "198.51.100.10/24")
        .AddRoute("0.0.0.0/0", via: "192.0.2.1");

    /// <summary>The same seed gives the same ports on every run.</summary>
    public static NetworkStack Seeded(int seed, IRoutes? routes = null) =>
        new(new NetworkStackOptions { Randomness = new Random(seed).NextBytes, Routes = routes });

    /// <summary>Binds and writes down what came of it: the exception's message is the explanation.</summary>
    public static void TryBind(Page page, NetworkSocket socket, string endpoint)
    {
        try
        {
            socket.Bind(InetEndpoint.Parse(endpoint));
            page.Answer($"bind {endpoint}: ok", isGranted: true);
        }
        catch (NetworkException e)
        {
            page.Answer(e.Message, isGranted: false);
        }
    }
}
