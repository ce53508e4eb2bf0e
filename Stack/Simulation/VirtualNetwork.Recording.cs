using UserNet.Capture;
using UserNet.Link;

namespace UserNet.Simulation;

// Who takes down what happens. All of it passes one log, in one order: frames at the hosts' interfaces ("client/eth0": what is sent, and
// what arrives with what became of it), what wires ("client-router") drop or change, and notes.
public sealed partial class VirtualNetwork
{
    private readonly FrameLog _log;
    private readonly FrameOrder _order;
    private readonly WireRemarks _remarks = new();

    /// <summary>Takes down that something happened at a host, or to the network.</summary>
    /// <param name="who">Where.</param>
    /// <param name="what">What.</param>
    public void Note(string who, string what)
    {
        ArgumentNullException.ThrowIfNull(who);
        ArgumentNullException.ThrowIfNull(what);
        _order.Note(Clock, who, what);
    }

    /// <summary>Has a link that belongs to no host be a point: what passes it is recorded as what passes a host's interface is.</summary>
    /// <param name="link">A link that was not started; is disposed with the answer.</param>
    /// <param name="name">What the point is called. A name that was given before stands for the same point.</param>
    /// <returns>The link to attach to.</returns>
    public ILink Record(ILink link, string name)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new CapturingLink(link, _order, _log.AddInterface(name, link.Medium), Clock);
    }

    /// <summary>Has a recorder hear of all that happens from now on, until the answer is disposed. <see cref="FrameLog.Subscribe"/>.</summary>
    internal IDisposable Subscribe(IFrameRecorder recorder, Func<string, bool>? wants = null) => _log.Subscribe(recorder, wants);

    private void Record(VirtualLink link)
    {
        int point = _log.AddInterface(link.Name, link.A.Medium);
        link.Observe(new Watch(this, point, PacketDirection.Outbound), new Watch(this, point, PacketDirection.Inbound));
    }

    private void CloseRecorders()
    {
    }

    /// <summary>Takes down what a wire does to the frames of one direction.</summary>
    private sealed class Watch(VirtualNetwork network, int point, PacketDirection direction) : IWireObserver
    {
        public void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes)
        {
            string remark = network._remarks.Of(direction, drop, changes);
            FrameBatch batch = network._order.Begin(point, direction, network.Clock);
            network._order.Complete(batch, new ReadOnlySpan<LinkFrame>(in frame), default, remark);
        }
    }
}
