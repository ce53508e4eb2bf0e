using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>One of two hosts, as a test wants it.</summary>
internal sealed record HostPlan
{
    public TcpProfile Profile { get; init; } = TcpProfile.Linux;

    public Action<TcpSettings>? Settings { get; init; }

    public ConnectionOptions Options { get; init; } = ConnectionOptions.Default;

    /// <summary>Its link takes bursts of many segments, and open checksums.</summary>
    public bool TakesBursts { get; init; }

    /// <summary>The host's clock; null for the lab's.</summary>
    public Func<VirtualNetwork, TimeProvider>? Clock { get; init; }
}

/// <summary>Two hosts in a lab, and a cable between them to which things happen.</summary>
internal sealed class TwoHosts : IDisposable
{
    private const ushort Port = 7;

    private readonly LinkPair _cable;
    private readonly IpFamily _family;

    public TwoHosts(
        ulong seed, LinkConditions there, LinkConditions back, HostPlan a, HostPlan b, int mtu = 1500,
        Func<ILink, string, VirtualNetwork, ILink>? tap = null, IpFamily? family = null)
    {
        _family = family ?? IpFamily.V4;
        Lab = new VirtualNetwork(seed);
        _cable = Lab.AddCable(new LinkPairOptions { Medium = LinkMedium.Ip, Mtu = mtu, FrameLimit = 65_536, OctetLimit = 64 * 1024 * 1024 });
        Wire = Lab.Impair(_cable.A, there, back);
        ILink atA = new BurstLink(Wire, a.TakesBursts), atB = new BurstLink(_cable.B, b.TakesBursts);
        if (tap is not null) (atA, atB) = (tap(atA, "a", Lab), tap(atB, "b", Lab));
        A = Open(a, "a", atA, _family.Prefix(1));
        B = Open(b, "b", atB, _family.Prefix(2));
        (PlanA, PlanB) = (a, b);
    }

    public VirtualNetwork Lab { get; }

    /// <summary>What happens: outgoing is from A to B.</summary>
    public ImpairedLink Wire { get; }

    public NetworkStack A { get; }

    public NetworkStack B { get; }

    private HostPlan PlanA { get; }

    private HostPlan PlanB { get; }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
        Lab.Run();
        _cable.Dispose();
    }

    /// <summary>What happens to the wire from now on, both ways.</summary>
    public void Change(Func<LinkConditions, LinkConditions> change) =>
        (Wire.Outgoing, Wire.Incoming) = (change(Wire.Outgoing), change(Wire.Incoming));

    /// <summary>A calls B.</summary>
    public (StreamEnd A, StreamEnd B) Connect(StreamPlan planA, StreamPlan planB, int seed)
    {
        var endB = new StreamEnd("b", Lab, B, planB, seed + 1);
        var listening = new Accepting(Lab, B, endB);
        var any = new InetEndpoint(_family.Any, Port);
        using (B.Core.Enter())
        {
            BindEngine engine = B.Core.Engine;
            SocketBinding binding = engine.Open(engine.Table.Tcp, _family.Sockets, Caller.Root, owner: null);
            Assert.True(engine.Bind(binding, any, Caller.Root).IsGranted);
            Assert.True(engine.Listen(binding).IsGranted);
            var listener = new ListenQueue(B.Core.Tcp!, binding, PlanB.Options) { Backlog = 8 };
            binding.Owner = listener;
            listener.GiveTo(listening);
            listening.Listener = listener;
        }

        var endA = new StreamEnd("a", Lab, A, planA, seed);
        using (A.Core.Enter())
        {
            BindEngine engine = A.Core.Engine;
            SocketBinding binding = engine.Open(engine.Table.Tcp, _family.Sockets, Caller.Root, owner: null);
            BindOutcome outcome = A.Core.Connect(binding, new InetEndpoint(_family.B, Port), PlanA.Options, out Tcb? connection);
            Assert.True(outcome.IsGranted);
            binding.Owner = connection;
            endA.Take(connection!);
        }

        return (endA, endB);
    }

    /// <summary>Waits until nothing of a connection is left but the listener, and nothing that was rented.</summary>
    /// <returns>What is left; null for nothing.</returns>
    public string? Leftovers(TimeSpan limit, params ReadOnlySpan<StreamEnd> ends)
    {
        Lab.RunUntil(() => A.HolderCount == 0 && B.HolderCount == 1, limit);
        Lab.RunFor(TimeSpan.FromSeconds(2));      // what is under way arrives
        if (A.HolderCount != 0 || B.HolderCount != 1) return $"{A.HolderCount} and {B.HolderCount - 1} holders of ports are left";
        foreach (NetworkStack stack in (NetworkStack[])[A, B])
        {
            if (stack.Core.Tcp!.Chunks.Outstanding != 0) return $"{stack.Core.Tcp.Chunks.Outstanding} chunks are left";
            if (stack.Core.Context.Packets.Outstanding != 0) return $"{stack.Core.Context.Packets.Outstanding} packets are left";
        }

        foreach (StreamEnd end in ends)
        {
            if (end.Connection is { Recovery.HoldsArrays: true }) return $"{end} holds arrays";
        }

        return null;
    }

    private NetworkStack Open(HostPlan plan, string name, ILink link, string address)
    {
        var stack = new NetworkStack(new NetworkStackOptions
        {
            TimeProvider = plan.Clock?.Invoke(Lab) ?? Lab.Clock,
            Scheduler = Lab.Scheduler,
            Randomness = Lab.Randomness(name),
            Tcp = plan.Profile,
        });
        plan.Settings?.Invoke(stack.Core.Tcp!.Settings);
        stack.Attach("tun0", link, new InterfaceOptions { Addresses = [address] });
        return stack;
    }

    /// <summary>Gives the first connection to its user.</summary>
    private sealed class Accepting(VirtualNetwork lab, NetworkStack stack, StreamEnd end) : ITcpUser
    {
        public ListenQueue? Listener { get; set; }

        void ITcpUser.OnNews(TcpNews news) => lab.Scheduler.Schedule(static user => ((Accepting)user!).Accept(), this);

        private void Accept()
        {
            using (stack.Core.Enter())
            {
                while (Listener!.TryAccept() is { } child)
                {
                    if (end.Connection is null) end.Take(child);
                    else child.Abort(stack.Core.Now);
                }
            }
        }
    }
}

/// <summary>Says that a link takes bursts: the wire behind it cuts them.</summary>
internal sealed class BurstLink(ILink inner, bool takesBursts) : ILink
{
    public LinkMedium Medium => inner.Medium;

    public int Mtu => inner.Mtu;

    public LinkFeatures Features => takesBursts ? LinkFeatures.All : LinkFeatures.None;

    public MacAddress? Address => inner.Address;

    public void Start(IFrameSink sink) => inner.Start(sink);

    public int Send(ReadOnlySpan<LinkFrame> frames) => inner.Send(frames);

    public void Dispose() => inner.Dispose();
}
