using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Ports;

/// <summary>A stack whose ephemeral range is filled step by step, and what is timed on it. Its doors are the default ones.</summary>
internal sealed class StackPorts
{
    private const int Owners = 64;      // of ManyOwners
    private readonly Scenario _scenario;
    private readonly ushort[] _order;
    private readonly List<NetworkSocket> _held = [];
    private readonly NetworkSocket _newcomer;
    private readonly Caller _caller = Caller.Root;

    public StackPorts(Scenario scenario)
    {
        _scenario = scenario;
        var settings = new BindSettings(scenario.Personality);
        if (scenario.Algorithm is { } algorithm) settings.StreamBind = settings.Datagram = algorithm;
        Stack = new NetworkStack(new NetworkStackOptions { Personality = scenario.Personality, Settings = settings });
        PortRange range = settings.EphemeralPorts;
        Range = range.Count;
        _order = Scenario.Shuffle(range.First, range.Count);
        Asked = EndpointOf(scenario.Variant switch
        {
            Variant.SplitAddresses => Variant.Specific,
            Variant.SplitFamilies => Variant.DualStack,
            _ => scenario.Variant,
        });
        _newcomer = CreateSocket();
    }

    public NetworkStack Stack { get; }

    /// <summary>How many ports the range has.</summary>
    public int Range { get; }

    public int Held => _held.Count;

    /// <summary>Who holds the ports, in the order in which they took them.</summary>
    public IReadOnlyList<NetworkSocket> Holders => _held;

    /// <summary>The port that a random fill takes last: free unless the range is full.</summary>
    public ushort LastPortToFill => _order[^1];

    /// <summary>What the newcomer asks for: an address, and port 0.</summary>
    public InetEndpoint Asked { get; }

    private SocketType Type => _scenario.Protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram;

    /// <summary>An unbound socket as the newcomer is one.</summary>
    public NetworkSocket CreateSocket()
    {
        NetworkSocket socket = Stack.CreateSocket(Asked.Address.Family, Type);
        if (Asked.Address.IsV6) socket.DualMode = true;
        if (_scenario.Variant == Variant.ReuseAddress) Share(socket, Sharing.ReuseAddress);
        return socket;
    }

    /// <summary>Has holders take ports until there are this many.</summary>
    public void FillTo(int count)
    {
        while (_held.Count < count)
        {
            ushort port = _order[_held.Count];
            NetworkSocket socket = CreateHolder(port, out InetEndpoint endpoint);
            Expect(socket.TryBind(_scenario.Fill == Fill.Natural ? endpoint : endpoint with { Port = port }));
            _held.Add(socket);
        }

        if (Stack.HolderCount != count) throw new InvalidOperationException($"{Stack.HolderCount} holders where {count} were to be.");
    }

    /// <summary>Binds and releases in the engine alone, on one socket made beforehand.</summary>
    public void BindAndRelease(int count)
    {
        BindEngine engine = Stack.Core.Engine;
        SocketBinding socket = _newcomer.Binding;
        InetEndpoint asked = Asked;
        Caller caller = _caller;
        for (int i = 0; i < count; i++)
        {
            BindOutcome outcome = engine.Bind(socket, asked, caller);
            if (!outcome.IsGranted) Expect(outcome);
            BindEngine.Close(socket);
        }
    }

    /// <summary>Creates, binds and closes a socket, through the gate.</summary>
    public void CreateBindClose(int count)
    {
        InetEndpoint asked = Asked;
        for (int i = 0; i < count; i++)
        {
            using NetworkSocket socket = CreateSocket();
            BindOutcome outcome = socket.TryBind(asked);
            if (!outcome.IsGranted) Expect(outcome);
        }
    }

    /// <summary>Has the engine say that no port is free.</summary>
    public void BindInVain(int count)
    {
        BindEngine engine = Stack.Core.Engine;
        SocketBinding socket = _newcomer.Binding;
        for (int i = 0; i < count; i++)
        {
            BindOutcome outcome = engine.Bind(socket, Asked, _caller);
            if (outcome.Rule != BindRule.Exhausted) throw new InvalidOperationException($"{outcome.Rule} from a full range.");
        }
    }

    /// <summary>How many octets of heap the calling thread's operations took each.</summary>
    public static double AllocatedBy(Action<int> run, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        run(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }

    /// <summary>Checks that what was measured has left nothing behind.</summary>
    public void ExpectUnchanged()
    {
        if (Stack.HolderCount != Held)
            throw new InvalidOperationException($"{Stack.HolderCount} holders after the measurement, {Held} before it.");
    }

    private NetworkSocket CreateHolder(ushort port, out InetEndpoint endpoint)
    {
        bool isOdd = (port & 1) != 0;
        Variant kind = _scenario.Variant switch
        {
            Variant.SplitAddresses => isOdd ? Variant.Specific : Variant.Wildcard,
            Variant.SplitFamilies => isOdd ? Variant.DualStack : Variant.Wildcard,
            _ => _scenario.Variant,
        };
        endpoint = EndpointOf(kind);
        Caller caller = kind == Variant.ManyOwners ? Caller.Root with { Uid = (uint)(1000 + port % Owners) } : _caller;
        NetworkSocket socket = Stack.CreateSocket(endpoint.Address.Family, Type, caller: caller);
        if (endpoint.Address.IsV6) socket.DualMode = _scenario.Variant != Variant.SplitFamilies;
        if (kind == Variant.ReuseAddress) Share(socket, Sharing.ReuseAddress);
        if (kind == Variant.ManyOwners) Share(socket, Sharing.ReusePort);
        return socket;
    }

    private void Share(NetworkSocket socket, Sharing option) => Expect(Stack.Core.Engine.SetSharing(socket.Binding, option, true));

    private static InetEndpoint EndpointOf(Variant variant) => new(
        variant switch
        {
            Variant.Specific => InetAddress.LoopbackV4,
            Variant.DualStack => InetAddress.AnyV6,
            _ => InetAddress.AnyV4,
        }, 0);

    private void Expect(in BindOutcome outcome)
    {
        if (!outcome.IsGranted)
            throw new InvalidOperationException($"{_scenario}: {outcome.Rule} with {Held} of {Range} ports held.");
    }
}
