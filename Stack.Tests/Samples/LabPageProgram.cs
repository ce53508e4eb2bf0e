using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Tests.Samples;

/// <summary>The program of docs/lab.md, word for word, so that it compiles; its console is a parameter.</summary>
internal static class LabPageProgram
{
    public static void Run(TextWriter Console)
    {
        // begin
        using var network = new VirtualNetwork(seed: 7);
        VirtualHost client = network.AddHost("client"), router = network.AddRouter("router"), server = network.AddHost("server");
        var radio = new VirtualLinkOptions
        {
            There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.05, BitsPerSecond = 10_000_000 },
        };
        network.Connect(client, "10.0.1.2/24", router, "10.0.1.1/24", radio);
        network.Connect(router, "10.0.2.1/24", server, "10.0.2.2/24");
        client.AddRoute("0.0.0.0/0", "10.0.1.1");
        server.AddRoute("0.0.0.0/0", "10.0.2.1");

        server.OnBoot(async host =>
        {
            TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:7"));
            while (true)
            {
                await using Stream stream = (await listener.AcceptAsync()).AsStream();
                await stream.CopyToAsync(stream);
            }
        });

        network.At(TimeSpan.FromSeconds(2), server.Restart);
        string outcome = network.Run(async () =>
        {
            await using Stream stream = (await client.Stack.ConnectAsync(InetEndpoint.Parse("10.0.2.2:7"))).AsStream();
            byte[] octet = new byte[1];
            for (int echoes = 0; ; echoes++)
            {
                try
                {
                    await stream.WriteAsync(octet);
                    await stream.ReadExactlyAsync(octet);
                }
                catch (IOException e)
                {
                    return $"{echoes} echoes in {network.Clock.Now} s, then {(e.InnerException as NetworkException)?.Errno}";
                }
            }
        });
        Console.WriteLine(outcome);
        // end
    }
}
