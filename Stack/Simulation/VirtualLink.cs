using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;

namespace UserNet.Simulation;

/// <summary>A link of a virtual network: two ends, and what happens to frames on the way, each direction apart.</summary>
/// <remarks>
/// Conditions can be changed at any time, and hold for frames that are sent from then on. What each direction does
/// follows from the network's seed and the link's name. The network's thread.
/// </remarks>
public sealed partial class VirtualLink : IDisposable
{
    private readonly List<string> _ends = [];
    private readonly End _a, _b;
    private readonly ImpairedLane _there, _back;

    internal VirtualLink(VirtualNetwork network, string name, VirtualLinkOptions options)
    {
        (Name, Network, _setThere, _setBack) = (name, network, options.There, options.Back ?? options.There);
        _a = new End(network, options);
        _b = new End(network, options);
        (_toA, _toB) = (new PartitionBarrier(network, options.Medium), new PartitionBarrier(network, options.Medium));
        _there = Lane(options.There, $"{name}, there", _b, _toB);
        _back = Lane(options.Back ?? options.There, $"{name}, back", _a, _toA);
        (_a.Lane, _b.Lane) = (_there, _back);

        ImpairedLane Lane(LinkConditions conditions, string stream, End to, PartitionBarrier barrier) => new(
            network.Clock, SeededRandom.From(network.Randomness(stream)), conditions, options.Medium, to.Deliver, network.Items)
        {
            Barrier = barrier,
        };
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The first end, for whoever attaches to it; not for a host that is attached already.</summary>
    public ILink A => _a;

    /// <summary>The second end.</summary>
    public ILink B => _b;

    /// <summary>
    /// What happens to frames that go from the first end to the second, but for faults: <see cref="ThereNow"/>.
    /// </summary>
    public LinkConditions There
    {
        get => _setThere;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Network.CheckCall();
            _setThere = value;
            Refresh();
        }
    }

    /// <summary>What happens to frames that go from the second end to the first, but for faults: <see cref="BackNow"/>.</summary>
    public LinkConditions Back
    {
        get => _setBack;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Network.CheckCall();
            _setBack = value;
            Refresh();
        }
    }

    /// <summary>What happened to frames from the first end to the second.</summary>
    public LinkImpairments ThereCounts => _there.Counts;

    /// <summary>What happened to frames from the second end to the first.</summary>
    public LinkImpairments BackCounts => _back.Counts;

    /// <summary>Changes the conditions of both directions.</summary>
    public void Change(Func<LinkConditions, LinkConditions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        (There, Back) = (change(There), change(Back));
    }

    /// <summary>Cuts the link: nothing passes either way, and nobody is told.</summary>
    public void Cut() => Change(static conditions => conditions with { IsDown = true });

    /// <summary>Makes whole what <see cref="Cut"/> cut; faults that hold stay.</summary>
    public void Heal() => Change(static conditions => conditions with { IsDown = false });

    /// <summary>
    /// Records the link from now on: what the hosts at its ends send to it and get from it, and what it loses and changes.
    /// <see cref="VirtualNetwork.Capture(Stream, bool)"/>.
    /// </summary>
    /// <inheritdoc cref="VirtualNetwork.Capture(Stream, bool)"/>
    public IDisposable Capture(Stream stream, bool leaveOpen = false) => Network.Capture(stream, leaveOpen, IsMine);

    /// <summary>Watches the packets at both of its ends, where hosts are, and what it drops or changes; from now on.</summary>
    /// <param name="memory">How many of the last packets to keep.</param>
    /// <returns>
    /// The watch, which ends when it is disposed. A packet passes it twice: sent at one end, received at the other.
    /// </returns>
    /// <remarks>The network's thread. What happens is the same with watches and without.</remarks>
    public PacketWatch Watch(int memory = PacketWatch.DefaultMemory) => new(
        Network, Name, memory, IsMine, who => who == Name || _ends.Exists(end => end.StartsWith($"{who}/", StringComparison.Ordinal)));

    /// <summary>Closes both ends: what is under way is lost.</summary>
    public void Dispose()
    {
        _there.Close();
        _back.Close();
        _there.Dispose();
        _back.Dispose();
    }

    internal VirtualNetwork Network { get; }

    private bool IsMine(string point) => point == Name || _ends.Contains(point);

    /// <summary>Has the interface of a host be one of its ends.</summary>
    internal void AddEnd(HostPort port) => _ends.Add(port.Point);

    internal void Observe(IWireObserver there, IWireObserver back) => (_there.Observer, _back.Observer) = (there, back);

    /// <summary>What arrives at an end to which nothing is attached is lost.</summary>
    private sealed class End(VirtualNetwork network, VirtualLinkOptions options) : ILink
    {
        private IFrameSink? _sink;

        public ImpairedLane? Lane { get; set; }

        public LinkMedium Medium => options.Medium;

        public int Mtu => options.Mtu;

        public LinkFeatures Features => LinkFeatures.None;

        public MacAddress? Address => null;

        public void Start(IFrameSink sink)
        {
            ArgumentNullException.ThrowIfNull(sink);
            if (_sink is not null) throw new InvalidOperationException("The link was started before.");
            _sink = sink;
        }

        // What a predicate of losses throws, or a latency, breaks no link: it comes out of the run.
        public int Send(ReadOnlySpan<LinkFrame> frames)
        {
            try
            {
                Lane!.TryAdd(frames);
            }
#pragma warning disable CA1031 // it comes out of the run
            catch (Exception exception)
#pragma warning restore CA1031
            {
                network.NoteFault(exception);
            }

            return frames.Length;
        }

        public void Dispose()
        {
            if (_sink is not { } sink) return;
            _sink = null;
            sink.OnClosed(null);
        }

        public int Deliver(ReadOnlySpan<LinkFrame> frames)
        {
            _sink?.OnFrames(frames, Span<DropReason>.Empty);
            return frames.Length;
        }
    }
}
