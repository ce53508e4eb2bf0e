using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>To whom a frame is addressed.</summary>
public enum LinkCast : byte
{
    /// <summary>To one station: this one.</summary>
    Unicast,
    /// <summary>To a group of stations.</summary>
    Multicast,
    /// <summary>To all stations.</summary>
    Broadcast,
    /// <summary>To another station; seen in promiscuous mode only.</summary>
    Other,
}

/// <summary>What a frame carries, once its link header is read.</summary>
public readonly ref struct FrameContent
{
    /// <summary>The protocol.</summary>
    public EtherType Type { get; init; }

    /// <summary>To whom the frame was addressed.</summary>
    public LinkCast Cast { get; init; }

    /// <summary>The station that sent it; zero on a medium without stations.</summary>
    public MacAddress Source { get; init; }

    /// <summary>True when a local sender left the transport checksum open: its field holds the sum of the pseudo-header.</summary>
    public bool NeedsChecksum { get; init; }

    /// <summary>What follows the link header, perhaps with padding.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }
}

/// <summary>An interface's end of a link: what arrives is filtered and unpacked, what leaves is framed and queued.</summary>
/// <remarks>Gate held.</remarks>
public abstract class LinkPort
{
    private const int LargestPacket = ushort.MaxValue;
    private const int BurstFrames = 64, BurstMemory = 256 * 1024;      // what a burst takes in the queue, with its buffers

    private readonly LinkOutbox _outbox;
    private readonly int _largestBurst;
    private bool _isListed;

    /// <summary>The end of a link.</summary>
    /// <param name="link">The link; it is started by whoever owns the port.</param>
    /// <param name="index">The interface's index.</param>
    /// <param name="context">What ports share.</param>
    protected LinkPort(ILink link, uint index, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(context);
        Link = link;
        Index = index;
        Context = context;
        Mtu = link.Mtu;
        Features = link.Features;
        _largestBurst = Math.Min(link.LargestBurst, LargestPacket);
        _outbox = context.Outbox;
    }

    /// <summary>The link.</summary>
    public ILink Link { get; }

    /// <summary>The interface's index.</summary>
    public uint Index { get; }

    /// <summary>Largest IP packet that is sent, octets; at most the link's.</summary>
    public int Mtu { get; set; }

    /// <summary>Largest IPv6 packet that is sent, octets: <see cref="Mtu"/>, or less where a router said so. RFC 4861 §6.3.4.</summary>
    public int MtuV6
    {
        get => Math.Min(field, Mtu);
        set;
    } = int.MaxValue;

    /// <summary>What the link does itself. What it does not is done when a packet is queued for it.</summary>
    public LinkFeatures Features { get; }

    /// <summary>
    /// The largest packet that is worth while to be handed over as many segments of a kind, octets: what the link takes in one, or,
    /// where the link can't cut, what is cut here at a lower cost than that of many packets on the whole way.
    /// </summary>
    public int LargestBurst => (Features & ~LinkFeatures.Checksum) != 0 ? _largestBurst : LargestPacket;

    /// <summary>
    /// False where TCP is to hand over each segment by itself, as with ethtool -K tso off gso off: none then has PSH for being the last of
    /// several.
    /// </summary>
    public bool SendsBursts { get; set; } = true;

    /// <summary>
    /// True where the interface's queue has no place at all, as with tc qdisc ... pfifo limit 0: what TCP would send is dropped, and TCP is
    /// told.
    /// </summary>
    public bool DropsAll { get; set; }

    /// <summary>True where TCP is to spread what it sends over time, as with Linux's queue fq.</summary>
    public bool IsPaced { get; set; }

    /// <summary>What passed.</summary>
    public LinkCounters Counters { get; } = new();

    /// <summary>True when the link is gone for good.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True once the link delivers.</summary>
    internal bool IsStarted { get; set; }

    /// <summary>What broke the link; null when nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The frames that wait for the link.</summary>
    internal FrameQueue Queue { get; } = new();

    /// <summary>True when the queue has room for a burst, cut into frames or whole; also once the link is gone, which takes no time.</summary>
    internal bool HasRoom => IsClosed
        || (Queue.Count <= FrameQueue.Capacity - BurstFrames && Queue.Memory <= FrameQueue.MemoryLimit - BurstMemory);

    /// <summary>True after the link took fewer frames than it was given, until it says that it can take more.</summary>
    internal bool IsBlocked { get; set; }

    /// <summary>True when the link said that it can take more before it was known that it had taken fewer.</summary>
    internal bool HasRoomAgain { get; set; }

    /// <summary>True while the link holds frames of the queue, which are not to be given back meanwhile.</summary>
    internal bool IsClosing { get; private set; }

    /// <summary>What ports share.</summary>
    protected LinkContext Context { get; }

    /// <summary>Filters a frame and reads its link header.</summary>
    /// <returns>None, or why it goes no further.</returns>
    public abstract DropReason Receive(in LinkFrame frame, out FrameContent content);

    /// <summary>Frames an IP packet and queues it for the link, perhaps only once the next hop has answered.</summary>
    /// <param name="packet">The packet, which becomes the port's.</param>
    /// <param name="type">IPv4 or IPv6.</param>
    /// <param name="nextHop">The router or the destination itself; the group or broadcast address where it goes to many.</param>
    /// <param name="cast">Unicast, Multicast or Broadcast.</param>
    /// <param name="now">The time.</param>
    public abstract void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, LinkCast cast, Timestamp now);

    /// <summary>True for more octets than the link's MTU, unless the frame stands for many that were not too long.</summary>
    /// <remarks>
    /// <see cref="Mtu"/> bounds what is sent; a peer with a larger one is heard as long as the link carries its frames.
    /// </remarks>
    protected bool IsTooLong(int octets, in PacketOffload offload) => octets > Link.Mtu && offload.SegmentSize == 0;

    /// <summary>
    /// Queues a frame, after doing what its link can't: one that stands for many segments is cut, and each of them finds room or is
    /// dropped and counted; checksums are filled in.
    /// </summary>
    /// <param name="frame">The frame, which becomes the port's.</param>
    /// <param name="headerLength">Octets of its link header.</param>
    protected void Enqueue(PacketBuffer frame, int headerLength)
    {
        ArgumentNullException.ThrowIfNull(frame);
        PacketOffload offload = frame.Offload;
        bool isTaken = Features.Take(offload) && !(offload.IsMany && frame.Length - headerLength > _largestBurst);
        if (isTaken) Add(frame);
        else if (offload.IsMany) AddSegments(frame, headerLength, offload);
        else if (!OpenChecksums.TryFill(frame.Span, offload)) DropOutbound(frame, DropReason.FrameBadOffload);
        else AddComplete(frame);
    }

    private void AddComplete(PacketBuffer frame)
    {
        frame.Offload = default;
        Add(frame);
    }

    private void AddSegments(PacketBuffer frame, int headerLength, in PacketOffload offload)
    {
        if (!SegmentCutter.TryParse(frame.Span, headerLength, offload, out SegmentCutter cutter))
        {
            DropOutbound(frame, DropReason.FrameBadOffload);
            return;
        }

        bool leavesOpen = (Features & LinkFeatures.Checksum) != 0;
        PacketOffload facts = leavesOpen ? cutter.OpenFacts : default;
        for (int i = 0; i < cutter.Count; i++)
        {
            int length = cutter.LengthOf(i);
            PacketBuffer one = Context.Packets.Rent(length);
            cutter.Write(i, one.Append(length), leavesOpen);
            one.Offload = facts;
            if (i == cutter.Count - 1) frame.GiveOwnerTo(one);      // who hears of it once the last has left
            Add(one);
        }

        frame.Return();
    }

    private void Add(PacketBuffer frame)
    {
        DropReason reason = IsClosed ? DropReason.LinkFailed : Queue.TryAdd(frame) ? DropReason.None : DropReason.LinkQueueFull;
        if (reason == DropReason.None) List();
        else DropOutbound(frame, reason);
    }

    /// <summary>Drops a packet on its way out.</summary>
    protected internal void DropOutbound(PacketBuffer packet, DropReason reason)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Counters.DropsOut++;
        Context.Drops.Count(reason);
        packet.Return();
    }

    /// <summary>The link is gone: what waits is dropped, and so is what is sent from now on.</summary>
    internal void Close(Exception? failure)
    {
        if (IsClosed) return;
        IsClosed = true;
        Failure = failure;
        while (Queue.Count > 0) DropOutbound(Queue.Take(), DropReason.LinkFailed);
    }

    /// <summary>The link is gone while it is being given frames: the drainer closes the port when it has settled.</summary>
    internal void CloseAfterSend(Exception? failure)
    {
        Failure = failure;
        IsClosing = true;
    }

    /// <summary>The link can take frames again.</summary>
    internal void Unblock()
    {
        IsBlocked = false;
        if (Queue.Count > 0) List();
    }

    /// <summary>The drainer took the port from the outbox, or has sent what it had taken from it.</summary>
    internal void Unlist() => _isListed = false;

    internal void List()
    {
        if (_isListed || IsBlocked) return;
        _isListed = true;
        _outbox.Add(this);
    }
}
