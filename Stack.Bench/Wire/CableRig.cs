using System.IO.Pipelines;
using UserNet.Link;

namespace UserNet.Bench.Wire;

/// <summary>Two hosts in memory on a cable that the thread pool serves: a client on a thread, a server on another.</summary>
internal sealed class CableRig : IDisposable
{
    private const string ClientEnd = "10.9.0.1:5000", ServerEnd = "10.9.0.2:7";

    private readonly NetworkStack _client, _server;

    /// <param name="isInline">True to have the pool's thread run what waited, instead of waking another.</param>
    public CableRig(bool isInline)
    {
        var options = new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool };
        (_client, _server) = (new NetworkStack(options), new NetworkStack(options));
        var cable = new LinkPair(PipeScheduler.ThreadPool);
        _client.Attach("eth0", cable.A, new InterfaceOptions { Addresses = ["10.9.0.1/24"] });
        _server.Attach("eth0", cable.B, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        string name = "cable in memory, thread pool: UserNet to UserNet" + (isInline ? ", answered inline" : "");
        Path = new WirePath(name, () => new StackEnd(_client, ClientEnd, ServerEnd), () => new StackEnd(_server, ServerEnd, null))
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
