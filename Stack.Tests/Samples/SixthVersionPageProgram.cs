using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Tests.Samples;

/// <summary>The second program of docs/lab.md, word for word, so that it compiles; its console is a parameter.</summary>
internal static class SixthVersionPageProgram
{
    public static void Run(TextWriter Console)
    {
        // begin
        using var network = new VirtualNetwork(seed: 6);
        var itself = new VirtualHostOptions { Autoconfigures = true };
        VirtualHost client = network.AddHost("client", itself), server = network.AddHost("server", itself);
        VirtualHost router = network.AddRouter("router");
        network.Connect(client, "", router, "2001:db8:1::1/64");
        network.Connect(router, "10.0.2.1/24, 2001:db8:2::1/64", server, "10.0.2.2/24");
        router.Advertise();
        network.RunFor(TimeSpan.FromSeconds(3));

        server.OnBoot(async host =>
        {
            TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("[::]:7"));
            await using Stream stream = (await listener.AcceptAsync()).AsStream();
            await stream.CopyToAsync(stream);
        });
        string answer = network.Run(async () =>
        {
            await using Stream stream = (await client.Stack.ConnectAsync(new InetEndpoint(server.AddressV6, 7))).AsStream();
            await stream.WriteAsync("hello"u8.ToArray());
            byte[] octets = new byte[5];
            await stream.ReadExactlyAsync(octets);
            return System.Text.Encoding.ASCII.GetString(octets);
        });
        Console.WriteLine($"{answer}, from {new InetPrefix(client.AddressV6, 64)} to {new InetPrefix(server.AddressV6, 64)}");
        // end
    }
}
