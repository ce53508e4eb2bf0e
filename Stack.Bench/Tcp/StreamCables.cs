using System.IO.Pipelines;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Bench.Tcp;

/// <summary>UserNet's hosts in memory, between threads: on cables that the thread pool serves, and one host alone.</summary>
internal sealed class StreamCables : IDisposable
{
    private readonly List<NetworkStack> _stacks = [];

    public StreamCables()
    {
        Plain = OnCable("cable, MTU 1500", 1500, LinkFeatures.None);
        Bursts = OnCable("cable, MTU 1500, takes bursts", 1500, LinkFeatures.All);
        Inline = OnCable("cable, MTU 1500, answered inline", 1500, LinkFeatures.None, isInline: true);
        var host = new StackHost(NewStack(isInline: false));
        Loopback = new StreamPath("loopback, one host", host, host, "127.0.0.1");
    }

    public StreamPath Plain { get; }

    public StreamPath Bursts { get; }

    public StreamPath Inline { get; }

    public StreamPath Loopback { get; }

    public void Dispose()
    {
        foreach (NetworkStack stack in _stacks) stack.Dispose();
    }

    private StreamPath OnCable(string name, int mtu, LinkFeatures features, bool isInline = false)
    {
        NetworkStack client = NewStack(isInline), server = NewStack(isInline);
        var cable = new LinkPair(new LinkPairOptions { Mtu = mtu, Features = features });
        client.Attach("eth0", cable.A, new InterfaceOptions { Addresses = ["10.9.0.1/24"] });
        server.Attach("eth0", cable.B, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        return new StreamPath(name, new StackHost(client), new StackHost(server), "10.9.0.2") { IsInline = isInline };
    }

    private NetworkStack NewStack(bool isInline)
    {
        var stack = new NetworkStack(new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool });
        _stacks.Add(stack);
        return stack;
    }
}
