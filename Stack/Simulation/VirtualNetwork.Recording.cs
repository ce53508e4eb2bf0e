using System.Runtime.ExceptionServices;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Link;

namespace UserNet.Simulation;

// Who takes down what happens. All of it passes one log, in one order: frames at the hosts' interfaces ("client/eth0":
// what is sent, and what arrives with what became of it), what wires ("client-router") drop or change, and notes.
public sealed partial class VirtualNetwork
{
    private readonly FrameLog _log;
    private readonly FrameOrder _order;
    private readonly IDisposable _digestSubscription;
    private readonly WireRemarks _remarks = new();
    private readonly RunDigest? _digest = new();
    private readonly List<NetworkCapture> _captures = [];

    /// <summary>
    /// False for a network that is made without a <see cref="Digest"/>, which saves the time that hashing takes.
    /// </summary>
    public bool KeepsDigest
    {
        get => _digest is not null;
        init
        {
            if (value == KeepsDigest) return;
            _digestSubscription.Dispose();
            _digest = null;
        }
    }

    /// <summary>
    /// A SHA-256 of the whole run so far, 64 hexadecimal digits: of every frame at every host's interface, with its
    /// time and what became of it, of all that wires lost and changed, and of all notes. The run goes on as if it had
    /// not been asked for.
    /// </summary>
    /// <exception cref="InvalidOperationException">The network keeps none.</exception>
    public string Digest =>
        _digest?.ToString() ?? throw new InvalidOperationException($"The network was made without {nameof(KeepsDigest)}.");

    /// <summary>When the network began, nanoseconds since 1970.</summary>
    internal long Epoch { get; }

    /// <summary>Takes down that something happened at a host, or to the network. Nothing once the network is over.</summary>
    /// <param name="who">Where.</param>
    /// <param name="what">What.</param>
    public void Note(string who, string what)
    {
        ArgumentNullException.ThrowIfNull(who);
        ArgumentNullException.ThrowIfNull(what);
        CheckThread();
        if (!_isDisposed) _order.Note(Clock, who, what);
    }

    /// <summary>
    /// Records all points from now on: what hosts send and what arrives at them, with the reason where it is dropped;
    /// what wires lose and change, as packets of interfaces with the wires' names; notes, which Wireshark shows as
    /// entries of a journal. Times are the network's.
    /// </summary>
    /// <param name="stream">Where a pcapng file is to be written.</param>
    /// <param name="leaveOpen">True to leave the stream open at the end.</param>
    /// <returns>Ends the recording when it is disposed; the end of the network does it, too.</returns>
    /// <exception cref="ObjectDisposedException">The network is over.</exception>
    /// <remarks>What the stream throws ends the recording, and comes out of the run.</remarks>
    public IDisposable Capture(Stream stream, bool leaveOpen = false) => Capture(stream, leaveOpen, null);

    /// <summary>Records all points from now on in a file that is there; it is flushed, not closed, at the end.</summary>
    /// <inheritdoc cref="Capture(Stream, bool)"/>
    /// <param name="writer">The file.</param>
    public IDisposable Capture(PcapngWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return Begin(new NetworkCapture(this, writer, ownsWriter: false), writer, null);
    }

    /// <summary>
    /// Has a link that belongs to no host be a point: what passes it is recorded as what passes a host's interface is.
    /// </summary>
    /// <param name="link">A link that was not started; is disposed with the answer.</param>
    /// <param name="name">What the point is called. A name that was given before stands for the same point.</param>
    /// <returns>The link to attach to.</returns>
    public ILink Record(ILink link, string name)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        CheckCall();
        return new CapturingLink(link, _order, _log.AddInterface(name, link.Medium), Clock);
    }

    /// <summary>
    /// Has a recorder hear of all that happens from now on, until the answer is disposed.
    /// <see cref="FrameLog.Subscribe"/>.
    /// </summary>
    internal IDisposable Subscribe(IFrameRecorder recorder, Func<string, bool>? wants = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _log.Subscribe(recorder, wants);
    }

    /// <summary>Records some points from now on.</summary>
    internal IDisposable Capture(Stream stream, bool leaveOpen, Func<string, bool>? wants)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var writer = new PcapngWriter(stream, leaveOpen: leaveOpen);
        return Begin(new NetworkCapture(this, writer, ownsWriter: true), writer, wants);
    }

    /// <summary>A frame arrived at a point, and whose point it is can't have it.</summary>
    internal void RecordMissed(string point, in LinkFrame frame, string why) =>
        RecordOne(_log.NumberOf(point), PacketDirection.Inbound, frame, why);

    private void RecordOne(int point, PacketDirection direction, in LinkFrame frame, string remark) =>
        _order.Complete(_order.Begin(point, direction, Clock), new ReadOnlySpan<LinkFrame>(in frame), default, remark);

    private NetworkCapture Begin(NetworkCapture capture, PcapngWriter writer, Func<string, bool>? wants)
    {
        capture.Subscription = Subscribe(writer, wants);
        _captures.Add(capture);
        return capture;
    }

    private void Record(VirtualLink link)
    {
        int point = _log.AddInterface(link.Name, link.A.Medium);
        link.Observe(new WireLog(this, point, PacketDirection.Outbound), new WireLog(this, point, PacketDirection.Inbound));
    }

    // A file that can't be written to its end keeps no other from its own.
    private void CloseRecorders()
    {
        ExceptionDispatchInfo? failure = null;
        foreach (NetworkCapture capture in _captures.ToArray())
        {
            try
            {
                capture.Dispose();
            }
#pragma warning disable CA1031 // it comes out when all are closed
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }

        _digestSubscription.Dispose();
        _digest?.Dispose();
        failure?.Throw();
    }

    /// <summary>A file that is being written.</summary>
    private sealed class NetworkCapture(VirtualNetwork network, PcapngWriter writer, bool ownsWriter) : IDisposable
    {
        public IDisposable? Subscription { get; set; }

        public void Dispose()
        {
            if (!network._captures.Remove(this)) return;
            Subscription?.Dispose();
            if (ownsWriter) writer.Dispose();
            else writer.Flush();
        }
    }

    /// <summary>Takes down what a wire does to the frames of one direction.</summary>
    private sealed class WireLog(VirtualNetwork network, int point, PacketDirection direction) : IWireObserver
    {
        public void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes) =>
            network.RecordOne(point, direction, frame, network._remarks.Of(direction, drop, changes));
    }
}
