using System.IO.Pipelines;
using UserNet.Bench.Measuring;
using UserNet.Link;

namespace UserNet.Bench.Wire;

/// <summary>Two hosts in memory on a cable that the thread pool serves: a client on a thread, a server on another.</summary>
internal sealed class CableRig : IDisposable
{
    private readonly NetworkStack _client, _server;

    /// <param name="isInline">True to have the pool's thread run what waited, instead of waking another.</param>
    /// <param name="family">What they speak.</param>
    public CableRig(bool isInline, IpFamily family)
    {
        var options = new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool };
        (_client, _server) = (new NetworkStack(options), new NetworkStack(options));
        var cable = new LinkPair(PipeScheduler.ThreadPool);
        _client.Attach("eth0", cable.A, new InterfaceOptions { Addresses = [family.Prefix(9, 1)], DuplicateTransmits = 0 });
        _server.Attach("eth0", cable.B, new InterfaceOptions { Addresses = [family.Prefix(9, 2)], DuplicateTransmits = 0 });
        string clientEnd = IpFamilies.Endpoint(family.Host(9, 1), 5000), serverEnd = IpFamilies.Endpoint(family.Host(9, 2), 7);
        string name = "cable in memory, thread pool: UserNet to UserNet" + (isInline ? ", answered inline" : "");
        Path = new WirePath(name, family, () => new StackEnd(_client, clientEnd, serverEnd), () => new StackEnd(_server, serverEnd, null))
        {
            IsInline = isInline,
        };
    }

    public WirePath Path { get; }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}
