using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>
/// A learning Ethernet switch: a frame goes to the port where its destination was last heard, or to all others.
/// </summary>
/// <remarks>
/// <para>
/// A port gets frames that its link can have: checksums are filled in, and bursts of segments cut, for a link that does
/// not do it. It passes tagged frames on as they are, and knows a station once, not once for each VLAN. There is no
/// spanning tree: a ring of switches passes a broadcast round for ever. A port whose queue is full loses frames, as a
/// real one does.
/// </para>
/// <para>Any thread. Who attaches is called by the scheduler of its cable, never by the switch.</para>
/// </remarks>
public sealed partial class LinkSwitch : IDisposable
{
    private const ulong ReservedGroups = 0x0180_C200_0000, ReservedMask = 0xFFFF_FFFF_FFF0;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly LinkSwitchOptions _options;
    private readonly StationTable<Port> _stations;
    private readonly List<Port> _ports = [];
    private readonly FrameRoom _room = new();
    private readonly LinkFrame[] _one = new LinkFrame[1];
    private LinkSwitchCounts _counts;

    /// <summary>A switch without ports.</summary>
    /// <param name="time">The clock by which stations age.</param>
    /// <param name="options">What it may keep, and its cables.</param>
    /// <exception cref="ArgumentException">The cables do not carry Ethernet frames.</exception>
    public LinkSwitch(TimeProvider time, LinkSwitchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _options = options ?? new LinkSwitchOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.StationLimit, 1);
        if (_options.Cable.Medium != LinkMedium.Ethernet) throw NotEthernet(nameof(options));
        (_time, _start) = (time, time.GetTimestamp());
        _stations = new StationTable<Port>(_options.StationLimit, _options.Ageing);
    }

    /// <summary>What it did.</summary>
    public LinkSwitchCounts Counts
    {
        get
        {
            lock (_lock) return _counts;
        }
    }

    /// <summary>How many ports it has.</summary>
    public int PortCount
    {
        get
        {
            lock (_lock) return _ports.Count;
        }
    }

    /// <summary>How many stations it knows.</summary>
    public int StationCount
    {
        get
        {
            lock (_lock)
            {
                Age();
                return _stations.Count;
            }
        }
    }

    /// <summary>Adds a port with a cable in it; answers the cable's other end, to attach a host to.</summary>
    /// <param name="address">The station address that goes with that end, or null.</param>
    public ILink AddPort(MacAddress? address = null)
    {
        var cable = new LinkPair(_options.Cable with { AddressB = address });
        Connect(cable.A);
        return cable.B;
    }

    /// <summary>
    /// Adds a port and attaches it to a link, which was not started: an end of a cable to another switch, or a device.
    /// </summary>
    /// <remarks>The port is gone when the link is closed.</remarks>
    /// <exception cref="ArgumentException">The link does not carry Ethernet frames.</exception>
    /// <exception cref="InvalidOperationException">The link was started before.</exception>
    public void Connect(ILink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (link.Medium != LinkMedium.Ethernet) throw NotEthernet(nameof(link));
        var port = new Port(this, link);
        link.Start(port);
        lock (_lock)
        {
            if (!port.IsClosed) _ports.Add(port);
        }
    }

    /// <summary>The link of the port where a station was last heard, or null when it is not known.</summary>
    public ILink? Find(MacAddress station)
    {
        lock (_lock)
        {
            Age();
            return _stations.Find(station)?.Link;
        }
    }

    /// <summary>Closes the links of all ports.</summary>
    public void Dispose()
    {
        Port[] ports;
        lock (_lock) ports = [.. _ports];
        foreach (Port port in ports) port.Link.Dispose();
    }

    private static ArgumentException NotEthernet(string name) => new("A switch is for Ethernet frames.", name);

    private Timestamp Age()
    {
        Timestamp now = Timestamp.FromStart(_time.GetElapsedTime(_start));
        int aged = _stations.Age(now);
        if (aged > 0) _counts = _counts with { Aged = _counts.Aged + aged };
        return now;
    }

    // The lock is also what keeps calls to Send of one port from overlapping.
    private void OnFrames(Port from, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        lock (_lock)
        {
            Timestamp now = Age();
            int first = 0;      // of the frames that go the same way
            Way way = default;
            for (int i = 0; i < frames.Length; i++)
            {
                Way next = WayOf(from, frames[i], now, out DropReason verdict);
                if (i < verdicts.Length) verdicts[i] = verdict;
                if (i > 0 && next != way)
                {
                    Go(way, from, frames[first..i]);
                    first = i;
                }

                way = next;
            }

            if (!frames.IsEmpty) Go(way, from, frames[first..]);
        }
    }

    private void OnClosed(Port port)
    {
        lock (_lock)
        {
            port.IsClosed = true;
            _ports.Remove(port);
            _stations.Forget(port);
        }
    }

    // One port, all others, or (the default) none.
    private readonly record struct Way(Port? To, bool IsFlood);

    private sealed class Port(LinkSwitch owner, ILink link) : IFrameSink
    {
        public ILink Link => link;

        public bool IsClosed { get; set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) =>
            owner.OnFrames(this, frames, verdicts);

        // What did not fit was lost; there is nothing to go on with.
        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure) => owner.OnClosed(this);

        /// <summary>True for a frame that goes out as it is; else it has work left to do that the link does not do.</summary>
        public bool Takes(in LinkFrame frame) =>
            link.Features.Take(frame.Offload)
            && (!frame.Offload.IsMany || PayloadOf(frame.Octets.Span).Length <= link.LargestBurst);

        /// <summary>False for a frame that is too long for the link; of one that stands for many, for each of them.</summary>
        public bool Carries(in LinkFrame frame)
        {
            ReadOnlySpan<byte> octets = frame.Octets.Span;
            if (octets.Length - EthernetHeader.Length <= link.Mtu) return true;
            int start = WireFrames.NetworkStart(octets, LinkMedium.Ethernet);
            return SegmentCutter.TryParse(octets, start, frame.Offload, out SegmentCutter cutter)
                ? cutter.LargestLength - start <= link.Mtu
                : octets.Length - start <= link.Mtu;
        }

        private static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> octets) =>
            octets[WireFrames.NetworkStart(octets, LinkMedium.Ethernet)..];
    }
}
