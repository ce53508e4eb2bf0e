using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>What a watch keeps: the last packets and notes, how far they were expected, and who waits for others.</summary>
/// <remarks>The network's thread. It allocates nothing for a packet, once its places have held long ones.</remarks>
internal sealed class PacketWatchMemory : IFrameRecorder
{
    private const int NoteLimit = 10, RemarkLimit = 64;

    // What remarks begin with on a frame that the wire carries nevertheless; a test compares them with WireChanges.
    private static readonly string[] Carried = ["corrupted", "truncated", "repeated", "held back", "marked"];

    private readonly long _epoch;      // nanoseconds
    private readonly Func<string, bool>? _hearsOf;
    private readonly PlaceForPacket[] _ring;
    private readonly List<(string Name, bool IsEthernet)> _points = [];
    private readonly List<string> _remarks = [];      // the same few again and again
    private readonly Queue<(long Before, string Line)> _notes = new();
    private readonly List<Expectation> _pending = [];
    private readonly IDisposable _subscription;

    public PacketWatchMemory(VirtualNetwork network, int size, Func<string, bool>? points, Func<string, bool>? hearsOf)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _hearsOf = hearsOf;
        _epoch = network.Epoch;
        _ring = new PlaceForPacket[size];
        _subscription = network.Subscribe(this, points);
    }

    /// <summary>How many packets it saw, which is the number of the next one.</summary>
    public long Count { get; private set; }

    /// <summary>The number of the first packet that it still has.</summary>
    public long First => Math.Max(0, Count - _ring.Length);

    /// <summary>The number of the first packet that was not expected, and stands behind all that were.</summary>
    public long Next { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>What happened that is no packet, each before the packet of a number.</summary>
    public IReadOnlyCollection<(long Before, string Line)> Notes => _notes;

    public ref readonly PlaceForPacket this[long number] => ref _ring[number % _ring.Length];

    /// <summary>True for the remark on a frame that went no further.</summary>
    public static bool IsLoss(ReadOnlySpan<char> remark)
    {
        if (remark.IsEmpty) return false;
        foreach (string word in Carried)
        {
            if (remark.StartsWith(word, StringComparison.Ordinal)) return false;
        }

        return true;
    }

    public SeenPacket Copy(long number)
    {
        ref readonly PlaceForPacket place = ref this[number];
        (string point, bool isEthernet) = _points[place.Point];
        return new SeenPacket(place.Octets.ToArray(), isEthernet)
        {
            Number = number,
            Time = place.Time,
            Point = point,
            Direction = place.Direction,
            Verdict = place.Verdict,
            Remark = place.Remark,
        };
    }

    public string PointOf(in PlaceForPacket place) => _points[place.Point].Name;

    public FrameView ViewOf(in PlaceForPacket place) => new(place.Octets, _points[place.Point].IsEthernet);

    /// <summary>Has an expectation look at what is kept from a number on, and then at all that comes until it is over.</summary>
    public void Add(Expectation expectation, long from)
    {
        for (long number = Math.Max(from, First); number < Count && !expectation.IsOver; number++) expectation.LookAt(number);
        if (!expectation.IsOver) _pending.Add(expectation);
    }

    public void Remove(Expectation expectation) => _pending.Remove(expectation);

    /// <summary>Ends the watch: who waits is told.</summary>
    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        _subscription.Dispose();
        Expectation[] pending = [.. _pending];
        _pending.Clear();
        foreach (Expectation expectation in pending) expectation.Fail(new ObjectDisposedException(nameof(PacketWatch)));
    }

    int IFrameRecorder.AddInterface(string name, LinkMedium medium)
    {
        _points.Add((name, medium == LinkMedium.Ethernet));
        return _points.Count - 1;
    }

    void IFrameRecorder.Record(in RecordedFrame frame)
    {
        long number = Count++;
        _ring[number % _ring.Length].Keep(frame, new Timestamp((frame.Nanoseconds - _epoch) / 100), Remark(frame.Remark));
        for (int i = 0; i < _pending.Count; i++)
        {
            Expectation expectation = _pending[i];
            expectation.LookAt(number);      // which may end the watch, and so all of them
            if (expectation.IsOver && _pending.Remove(expectation)) i--;
        }
    }

    void IFrameRecorder.Note(long nanoseconds, string who, string what)
    {
        if (_hearsOf is not null && !_hearsOf(who)) return;
        if (_notes.Count == NoteLimit) _notes.Dequeue();
        _notes.Enqueue((Count, $"{new Timestamp((nanoseconds - _epoch) / 100)} {who}: {what}"));
    }

    private string Remark(ReadOnlySpan<char> remark)
    {
        if (remark.IsEmpty) return "";
        foreach (string known in _remarks)
        {
            if (remark.SequenceEqual(known)) return known;
        }

        string text = remark.ToString();
        if (_remarks.Count < RemarkLimit) _remarks.Add(text);
        return text;
    }
}

/// <summary>The place of one packet in a watch's memory.</summary>
internal struct PlaceForPacket
{
    private byte[]? _octets;
    private int _length;

    public Timestamp Time { get; private set; }

    public int Point { get; private set; }

    public PacketDirection Direction { get; private set; }

    public DropReason Verdict { get; private set; }

    public string Remark { get; private set; }

    public readonly ReadOnlySpan<byte> Octets => _octets.AsSpan(0, _length);

    public void Keep(in RecordedFrame frame, Timestamp time, string remark)
    {
        (Time, Point, Direction, Verdict, Remark) = (time, frame.Interface, frame.Direction, frame.Verdict, remark);
        _length = frame.Octets.Length;
        if (_octets is null || _octets.Length < _length) _octets = new byte[_length];
        frame.Octets.CopyTo(_octets);
    }
}
