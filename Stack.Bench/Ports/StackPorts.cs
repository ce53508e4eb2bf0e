using System.Diagnostics;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Ports;

/// <summary>
/// A stack whose ephemeral range is filled step by step, and what is timed on it. Its doors are the default ones.
/// </summary>
internal sealed class StackPorts
{
    private const int Owners = 64;      // of ManyOwners
    private readonly Scenario _scenario;
    private readonly ushort[] _order;
    private readonly List<NetworkSocket> _held = [];
    private readonly NetworkSocket _newcomer;
    private readonly Caller _caller = Caller.Root;
    private uint _chance = 1;

    public StackPorts(Scenario scenario)
    {
        _scenario = scenario;
        Stack = new NetworkStack(new NetworkStackOptions
        {
            Personality = scenario.Personality,
            Settings = settings =>
            {
                if (scenario.Algorithm is { } algorithm) settings.StreamBind = settings.Datagram = algorithm;
            },
        });
        PortRange range = Stack.Settings.EphemeralPorts;
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
        NetworkSocket socket = Stack.OpenSocket(Asked.Address.Family, Type, System.Net.Sockets.ProtocolType.Unspecified, Stack.Caller);
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

        if (Stack.HolderCount != count)
            throw new InvalidOperationException($"{Stack.HolderCount} holders where {count} were to be.");
    }

    private bool IsChurning => _scenario.Variant == Variant.Churn && Held > 0;

    /// <summary>
    /// Binds and releases in the engine alone, on one socket made beforehand; with Churn on a random holder.
    /// </summary>
    public void BindAndRelease(int count)
    {
        if (IsChurning)
        {
            for (int i = 0; i < count; i++)
            {
                SocketBinding leaving = _held[AnyHolder()].Binding;
                BindEngine.Close(leaving);
                Expect(Stack.Core.Engine.Bind(leaving, Asked, _caller));
            }

            return;
        }

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
        for (int i = 0; IsChurning && i < count; i++)
        {
            int place = AnyHolder();
            _held[place].Close();
            _held[place] = CreateSocket();
            Expect(_held[place].TryBind(asked));
        }

        for (int i = 0; !IsChurning && i < count; i++)
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
            if (outcome.Rule != BindRule.Exhausted)
                throw new InvalidOperationException($"{outcome.Rule} from a full range.");
        }
    }

    /// <summary>
    /// The same when a holder has given its port back and taken it again since the last time, so that nothing
    /// remembered helps; returns the ticks that the answer alone took.
    /// </summary>
    public long BindInVainAfterChange(int count)
    {
        BindEngine engine = Stack.Core.Engine;
        long ticks = 0;
        for (int i = 0; i < count; i++)
        {
            SocketBinding holder = _held[AnyHolder()].Binding;
            InetEndpoint endpoint = holder.LocalEndpoint;
            BindEngine.Close(holder);
            Expect(engine.Bind(holder, endpoint, _caller));
            long begin = Stopwatch.GetTimestamp();
            BindOutcome outcome = engine.Bind(_newcomer.Binding, Asked, _caller);
            ticks += Stopwatch.GetTimestamp() - begin;
            if (outcome.Rule != BindRule.Exhausted)
                throw new InvalidOperationException($"{outcome.Rule} from a full range.");
        }

        return ticks;
    }

    /// <summary>Checks that what was measured has left nothing behind.</summary>
    public void ExpectUnchanged()
    {
        if (Stack.HolderCount != Held)
            throw new InvalidOperationException($"{Stack.HolderCount} holders after the measurement, {Held} before it.");
    }

    private int AnyHolder()
    {
        _chance = _chance * 1_664_525 + 1_013_904_223;      // of any quality: it must only be quick
        return (int)((ulong)_chance * (uint)Held >> 32);
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
        NetworkSocket socket = Stack.OpenSocket(endpoint.Address.Family, Type, System.Net.Sockets.ProtocolType.Unspecified, caller);
        if (endpoint.Address.IsV6) socket.DualMode = _scenario.Variant != Variant.SplitFamilies;
        if (kind == Variant.ReuseAddress) Share(socket, Sharing.ReuseAddress);
        if (kind == Variant.ManyOwners) Share(socket, Sharing.ReusePort);
        return socket;
    }

    private void Share(NetworkSocket socket, Sharing option) =>
        Expect(Stack.Core.Engine.SetSharing(socket.Binding, option, true));

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
