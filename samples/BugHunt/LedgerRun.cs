using UserNet.Addressing;
using UserNet.Simulation;

namespace UserNet.Samples.BugHunt;

/// <summary>One run: a client makes deposits at a server beyond a router, while things go wrong.</summary>
public sealed class LedgerRun : IDisposable
{
    private const int Deposits = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Ledger _disk = new();
    private readonly LedgerClient _client;
    private readonly Task _done;

    /// <summary>Builds the network and starts both programs; nothing has happened yet.</summary>
    /// <param name="seed">Where all chance comes from.</param>
    /// <param name="checksNumbers">True for the server without the bug.</param>
    public LedgerRun(ulong seed, bool checksNumbers)
    {
        Network = new VirtualNetwork(seed);
        VirtualHost client = Network.AddHost("client"), router = Network.AddRouter("router"), server = Network.AddHost("server");
        var wire = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        Network.Connect(client, "10.0.1.2/24", router, "10.0.1.1/24", wire);
        Network.Connect(router, "10.0.2.1/24", server, "10.0.2.2/24", wire);
        client.AddRoute("0.0.0.0/0", "10.0.1.1");
        server.AddRoute("0.0.0.0/0", "10.0.2.1");
        server.OnBoot(new LedgerServer(_disk, checksNumbers).RunAsync, "ledger");
        _client = new LedgerClient(InetEndpoint.Parse($"10.0.2.2:{LedgerServer.Port}"), Deposits);
        _done = client.Start(_client.RunAsync, "depositor");
    }

    /// <summary>The network, to apply faults to and to record.</summary>
    public VirtualNetwork Network { get; }

    /// <summary>Runs to the end.</summary>
    /// <returns>What is wrong then; null when the books agree.</returns>
    public string? Run()
    {
        if (!Network.RunUntil(() => _done.IsCompleted, Limit))
            return $"not done after {Limit.TotalMinutes:0} minutes: {string.Join("; ", Network.DescribeWaits())}";
        return _disk.Balance == _client.Deposited ? null : $"{_client.Deposited} was deposited, and {_disk.Balance} is in the account";
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
