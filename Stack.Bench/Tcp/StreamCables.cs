using System.IO.Pipelines;
using UserNet.Bench.Measuring;
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
        Loopback = [.. IpFamilies.Both.Select(family => new StreamPath("loopback, one host", family, host, host, family.Loopback()))];
    }

    public IReadOnlyList<StreamPath> Plain { get; }

    public IReadOnlyList<StreamPath> Bursts { get; }

    public IReadOnlyList<StreamPath> Inline { get; }

    public IReadOnlyList<StreamPath> Loopback { get; }

    public void Dispose()
    {
        foreach (NetworkStack stack in _stacks) stack.Dispose();
    }

    private StreamPath[] OnCable(string name, int mtu, LinkFeatures features, bool isInline = false)
    {
        NetworkStack client = NewStack(isInline), server = NewStack(isInline);
        var cable = new LinkPair(new LinkPairOptions { Mtu = mtu, Features = features });
        client.Attach("eth0", cable.A, new InterfaceOptions { Addresses = [.. IpFamilies.Both.Select(static family => family.Prefix(9, 1))], DuplicateTransmits = 0 });
        server.Attach("eth0", cable.B, new InterfaceOptions { Addresses = [.. IpFamilies.Both.Select(static family => family.Prefix(9, 2))], DuplicateTransmits = 0 });
        return
        [
            .. IpFamilies.Both.Select(family =>
                new StreamPath(name, family, new StackHost(client), new StackHost(server), family.Host(9, 2)) { IsInline = isInline }),
        ];
    }

    private NetworkStack NewStack(bool isInline)
    {
        var stack = new NetworkStack(new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool });
        _stacks.Add(stack);
        return stack;
    }
}
