using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Simulation;

namespace UserNet.Tests.Facades.Documents;

/// <summary>Host A of the golden rows in virtual time, with a wire that nobody is at the other end of.</summary>
internal class HostRig : IDisposable
{
    /// <summary>An address on the wire.</summary>
    public const string NobodyThere = "10.1.0.77:5000";

    private static readonly MacAddress Station = MacAddress.FromBits(0x0200_0000_0077);

    private readonly VirtualNetwork _lab = new(1);
    private readonly StackInterface _wire;

    protected HostRig(Personality personality)
    {
        Stack = new NetworkStack(new NetworkStackOptions
        {
            Personality = personality,
            Randomness = new Random(1).NextBytes,
            Routes = GoldenTopology.HostA(personality.StrongHost ? HostModel.Strong : HostModel.Weak),
            TimeProvider = _lab.Clock,
            Scheduler = _lab.Scheduler,
        });
        _wire = Stack.Attach("v0", _lab.AddCable().A);
    }

    public NetworkStack Stack { get; }

    public void Pass(TimeSpan time) => _lab.RunFor(time);

    /// <summary>Whoever has that address now is known, and says nothing.</summary>
    public void AddSilentNeighbor() => _wire.AddNeighbor(InetEndpoint.Parse(NobodyThere).Address, Station);

    /// <summary>Nothing more is held from now on.</summary>
    public void FillTable() => Stack.Configure(static stack => stack.Settings.HolderLimit = stack.HolderCount);

    /// <summary>The ephemeral ports are one.</summary>
    public void LeaveOnePort() => Stack.Configure(static stack => stack.Settings.EphemeralPorts = new PortRange(50000, 50000));

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Stack.Dispose();
        _lab.Dispose();
    }
}
