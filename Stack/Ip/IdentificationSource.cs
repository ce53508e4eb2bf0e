using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>
/// Identifications for packets that may be fragmented: not to be foreseen, and not the same again soon for the same
/// source, destination and protocol. RFC 6864 §4.3, RFC 7739 §5.3.
/// </summary>
/// <remarks>
/// A table of counters as in Linux, one of which a keyed hash picks. A counter starts anywhere and goes on by one for each
/// packet, plus by chance up to one for each millisecond since the last: who sees some of its numbers can't count what
/// goes elsewhere. Gate held.
/// </remarks>
internal sealed class IdentificationSource(RandomBuffer random)
{
    private const int Counters = 2048;      // a power of 2

    private Counter[]? _counters;           // made when first asked: many stacks never send anything
    private KeyedHash _hash;
    private DestinationKey _lastKey;        // packets go in runs, and the hash costs more than the rest
    private int _last;

    /// <summary>The next one, or the first of as many as are given.</summary>
    public ushort Next(InetAddress source, InetAddress destination, IpProtocol protocol, Timestamp now, int count = 1) =>
        (ushort)Take(source, destination, protocol, now, count);

    /// <summary>The next one of an IPv6 packet in fragments. RFC 8200 §4.5.</summary>
    public uint NextV6(InetAddress source, InetAddress destination, Timestamp now) => Take(source, destination, IpProtocol.Fragment, now, 1);

    private uint Take(InetAddress source, InetAddress destination, IpProtocol protocol, Timestamp now, int count)
    {
        Counter[] counters = _counters ?? Start();
        var key = new DestinationKey(source, destination, (ushort)protocol);
        if (key != _lastKey) (_lastKey, _last) = (key, (int)(_hash.Of(key) % Counters));
        ref Counter counter = ref counters[_last];
        long milliseconds = now.Ticks / TimeSpan.TicksPerMillisecond;
        long passed = Math.Min(milliseconds - counter.LastUsed, uint.MaxValue);
        if (passed > 0)
        {
            counter.Value += random.Below((uint)passed);
            counter.LastUsed = milliseconds;
        }

        uint first = counter.Value;
        counter.Value += (uint)count;
        return first;
    }

    private Counter[] Start()
    {
        _hash = KeyedHash.FromRandom(random);
        _counters = new Counter[Counters];
        foreach (ref Counter counter in _counters.AsSpan()) counter.Value = random.NextUInt32();
        _last = (int)(_hash.Of(_lastKey) % Counters);
        return _counters;
    }

    private struct Counter
    {
        public uint Value;
        public long LastUsed;      // milliseconds since the stack began
    }
}
