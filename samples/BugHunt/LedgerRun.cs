using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;

namespace UserNet.Samples.BugHunt;

/// <summary>The books do not agree.</summary>
public sealed class WrongBooksException(string message) : Exception(message);

/// <summary>A client makes deposits at a server beyond a router; at the end both must agree what is in the account.</summary>
public static class LedgerRun
{
    private const int Deposits = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Client, router, server.</summary>
    public static void Build(VirtualNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        VirtualHost client = network.AddHost("client"), router = network.AddRouter("router"), server = network.AddHost("server");
        var wire = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        network.Connect(client, "10.0.1.2/24", router, "10.0.1.1/24", wire);
        network.Connect(router, "10.0.2.1/24", server, "10.0.2.2/24", wire);
        client.AddRoute("0.0.0.0/0", "10.0.1.1");
        server.AddRoute("0.0.0.0/0", "10.0.2.1");
    }

    /// <summary>Starts both programs, and lets time pass until the client is done.</summary>
    /// <param name="network">What <see cref="Build"/> built.</param>
    /// <param name="checksNumbers">True for the server without the bug.</param>
    /// <exception cref="WrongBooksException">They do not agree; or the client is not done in ten minutes.</exception>
    public static void Run(VirtualNetwork network, bool checksNumbers)
    {
        ArgumentNullException.ThrowIfNull(network);
        var disk = new Ledger();
        var client = new LedgerClient(InetEndpoint.Parse($"10.0.2.2:{LedgerServer.Port}"), Deposits);
        network.Host("server").OnBoot(new LedgerServer(disk, checksNumbers).RunAsync, "ledger");
        // It starts again when its host does, and goes on where it was.
        bool isDone = false;
        network.Host("client").OnBoot(
            async host =>
            {
                await client.RunAsync(host);
                isDone = true;
            },
            "depositor");
        if (!network.RunUntil(() => isDone, Limit))
            throw new WrongBooksException($"not done after {Limit.TotalMinutes:0} minutes: {string.Join("; ", network.DescribeWaits())}");
        if (disk.Balance != client.Deposited)
            throw new WrongBooksException($"{client.Deposited} was deposited, and {disk.Balance} is in the account");
    }
}
