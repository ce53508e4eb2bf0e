using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>
/// Watches the packets at some points of a virtual network: keeps the last ones, and waits for those that a test expects.
/// </summary>
/// <remarks>
/// <para>
/// It sees what is sent and what is received at the interfaces, as tcpdump would there: also what the host that
/// received it then drops, and not what a link loses. <see cref="Sent"/>, <see cref="Received"/>, <see cref="Dropped"/>
/// and <see cref="At"/> are the same watch, looking at some of that alone.
/// </para>
/// <para>
/// Packets are expected in order: each <see cref="Expect"/> looks at those behind the one that the expectation before
/// it found, first at those that passed already, and then at those to come. So what passes while a test does something
/// else is not lost, as long as it is among the last packets, which are kept. <see cref="Rewind"/> has the next
/// expectation look at all of these again, <see cref="Skip"/> at none.
/// </para>
/// <para>
/// The network's thread. Questions are asked in the middle of a delivery: they must not call the network. What happens
/// is the same with watches and without, but that awaiting is a part of a program as any other.
/// </para>
/// </remarks>
public sealed partial class PacketWatch : IDisposable
{
    /// <summary>How many packets are kept when nothing else is said: 20.</summary>
    public const int DefaultMemory = 20;

    private const int MostInReport = 100;      // packets; all that are kept are in Kept

    private enum Way
    {
        AtInterfaces,
        Sent,
        Received,
        Dropped,
    }

    private readonly VirtualNetwork _network;
    private readonly PacketWatchMemory _memory;
    private readonly string _name;
    private readonly Way _way;
    private readonly string? _point;

    internal PacketWatch(VirtualNetwork network, string name, int memory, Func<string, bool>? points, Func<string, bool>? hearsOf)
    {
        network.CheckThread();
        (_network, _name) = (network, name);
        _memory = new PacketWatchMemory(network, memory, points, hearsOf);
    }

    private PacketWatch(PacketWatch whole, Way way, string? point) =>
        (_network, _memory, _name, _way, _point) = (whole._network, whole._memory, whole._name, way, point);

    /// <summary>What interfaces sent.</summary>
    public PacketWatch Sent => new(this, Way.Sent, _point);

    /// <summary>What arrived at interfaces, whatever the host made of it.</summary>
    public PacketWatch Received => new(this, Way.Received, _point);

    /// <summary>
    /// What went no further, with the reason: what the host that received it dropped, what one that was down missed,
    /// what a link lost.
    /// </summary>
    public PacketWatch Dropped => new(this, Way.Dropped, _point);

    /// <summary>How many packets passed since it was made, with those that links dropped or changed.</summary>
    public long Count => _memory.Count;

    /// <summary>Copies of the packets that are kept, and that this one looks at; oldest first.</summary>
    public IReadOnlyList<SeenPacket> Kept
    {
        get
        {
            List<SeenPacket> kept = [];
            for (long number = _memory.First; number < _memory.Count; number++)
            {
                if (LooksAt(number)) kept.Add(_memory.Copy(number));
            }

            return kept;
        }
    }

    /// <summary>What passes one point, as in client/eth0; a link's name is one for what it drops.</summary>
    public PacketWatch At(string point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return new PacketWatch(this, _way, point);
    }

    /// <summary>Has the next expectation look at all packets that are kept, also those that were expected.</summary>
    public void Rewind() => _memory.Next = _memory.First;

    /// <summary>Has the next expectation look at no packet that passed until now.</summary>
    public void Skip() => _memory.Next = _memory.Count;

    /// <summary>
    /// Ends the watch; what it kept stays to be read. Who waits for a packet gets an
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>What it looks at, as in "the packets of client, sent".</summary>
    public override string ToString() => $"the packets of {_name}{Looks}";

    internal VirtualNetwork Network => _network;

    internal PacketWatchMemory Memory => _memory;

    internal string Name => _name;

    /// <summary>What it looks at alone, behind a comma; empty for all.</summary>
    internal string Looks
    {
        get
        {
            string way = _way == Way.AtInterfaces ? "" : $", {_way.ToString().ToLowerInvariant()}";
            return _point is null ? way : way.Length == 0 ? $", at {_point}" : $"{way} at {_point}";
        }
    }

    /// <summary>True for a packet that this one looks at.</summary>
    internal bool LooksAt(long number)
    {
        ref readonly PlaceForPacket place = ref _memory[number];
        if (_point is not null && _memory.PointOf(place) != _point) return false;
        bool isSeen = place.Remark.Length == 0;      // not lost on the way, and not the wire's account of what it changed
        return _way switch
        {
            Way.Sent => isSeen && place.Direction == Capture.PacketDirection.Outbound,
            Way.Received => isSeen && place.Direction == Capture.PacketDirection.Inbound,
            Way.Dropped => place.Verdict != Doors.DropReason.None || PacketWatchMemory.IsLoss(place.Remark),
            _ => isSeen,
        };
    }

    /// <summary>The last packets and notes, a line each, those before <paramref name="next"/> marked with a star.</summary>
    internal string Describe(long next)
    {
        if (_memory.Count == 0 && _memory.Notes.Count == 0) return $"The watch of {_name} saw no packet.";
        long first = Math.Max(_memory.First, _memory.Count - MostInReport), kept = _memory.Count - first;
        int width = 0;
        for (long number = first; number < _memory.Count; number++)
            width = Math.Max(width, _memory.PointOf(_memory[number]).Length);
        List<string> lines =
        [
            $"What passed the watch of {_name}, the last {kept} of {_memory.Count} packets"
            + (next > first ? " (*: up to what was expected before):" : ":"),
        ];
        var notes = new Queue<(long Before, string Line)>(_memory.Notes);
        for (long number = first; number <= _memory.Count; number++)
        {
            while (notes.TryPeek(out (long Before, string Line) note) && note.Before <= number)
            {
                if (notes.Dequeue().Before >= first) lines.Add($"    {note.Line}");
            }

            if (number < _memory.Count) lines.Add($"  {(number < next ? '*' : ' ')} {_memory.Copy(number).ToString(width)}");
        }

        if (next < _memory.First) lines.Add($"Of those that were to be looked at, {_memory.First - next} are forgotten: a greater memory would keep them.");
        return string.Join('\n', lines);
    }
}
