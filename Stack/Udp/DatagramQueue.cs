using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace UserNet.Udp;

/// <summary>
/// The datagrams that a socket has not yet read: their octets in one ring, what is known of each in another.
/// </summary>
/// <remarks>
/// Octets are copied in and copied out; no object stands for a datagram. Both rings are borrowed when the first
/// datagram comes, grow with what is held, and large ones are given back once all is read, so an idle socket holds none
/// or small ones. Each datagram is charged with its octets and <see cref="Overhead"/>; one more is taken while the sum
/// stays within the limit, and in any case when nothing is held, so the largest datagram fits any empty queue: Linux
/// 6.18's rule for SO_RCVBUF. Gate held.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue.")]
internal sealed class DatagramQueue
{
    /// <summary>
    /// What a datagram is charged beside its octets: what Linux charges the smallest, which costs far less here, so
    /// that a buffer of some size holds about as many datagrams here as there.
    /// </summary>
    public const int Overhead = 832;

    private const int SmallStore = 4096, SmallRing = 16;

    private byte[] _store = [];
    private DatagramInfo[] _ring = [];
    private int _firstOctet, _octets, _first;

    /// <summary>How many datagrams wait.</summary>
    public int Count { get; private set; }

    /// <summary>What they are charged, octets.</summary>
    public int Held => _octets + (Count * Overhead);

    /// <summary>How many datagrams found no room.</summary>
    public long Drops { get; private set; }

    /// <summary>The octets of the datagram that is read next; 0 when none waits.</summary>
    public int FirstLength => Count == 0 ? 0 : _ring[_first].Length;

    /// <summary>Octets of memory that the queue holds on to.</summary>
    public int StoreSize => _store.Length;

    /// <summary>Takes a datagram in, or counts that there was no room for it.</summary>
    /// <param name="info">What is known of it.</param>
    /// <param name="payload">Its octets, as many as <paramref name="info"/> says; copied.</param>
    /// <param name="limit">SO_RCVBUF.</param>
    public bool TryAdd(in DatagramInfo info, ReadOnlySpan<byte> payload, int limit)
    {
        if (Count > 0 && (long)Held + payload.Length + Overhead > limit)
        {
            Drops++;
            return false;
        }

        if (Count == _ring.Length) GrowRing();
        if (_octets + payload.Length > _store.Length) GrowStore(_octets + payload.Length);
        _ring[(_first + Count) & (_ring.Length - 1)] = info;
        CopyIn(payload);
        Count++;
        return true;
    }

    /// <summary>Copies the oldest datagram out, as far as there is room for it, and drops the rest of it.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="peek">True to leave the datagram in the queue.</param>
    /// <param name="info">What is known of it; flagged Truncated when there was not room enough.</param>
    /// <returns>How many octets were copied. The queue must not be empty.</returns>
    public int Read(Span<byte> target, bool peek, out DatagramInfo info)
    {
        info = _ring[_first];
        int length = info.Length, copied = Math.Min(length, target.Length);
        if (copied < length) info = info with { Flags = info.Flags | SocketFlags.Truncated };
        CopyOut(target[..copied]);
        if (peek) return copied;
        _first = (_first + 1) & (_ring.Length - 1);
        _octets -= length;
        if (--Count == 0) Rest();
        else _firstOctet = (_firstOctet + length) & (_store.Length - 1);
        return copied;
    }

    /// <summary>Drops all datagrams and gives the memory back.</summary>
    public void Clear()
    {
        Count = _octets = _first = _firstOctet = 0;
        GiveBackStore();
        GiveBackRing();
    }

    /// <summary>Nothing is held: large rings go back.</summary>
    private void Rest()
    {
        _first = _firstOctet = 0;
        if (_store.Length > SmallStore) GiveBackStore();
        if (_ring.Length > SmallRing) GiveBackRing();
    }

    private void CopyIn(ReadOnlySpan<byte> payload)
    {
        int place = _store.Length == 0 ? 0 : (_firstOctet + _octets) & (_store.Length - 1);
        int beforeWrap = Math.Min(payload.Length, _store.Length - place);
        payload[..beforeWrap].CopyTo(_store.AsSpan(place));
        payload[beforeWrap..].CopyTo(_store);
        _octets += payload.Length;
    }

    private void CopyOut(Span<byte> target)
    {
        int beforeWrap = Math.Min(target.Length, _store.Length - _firstOctet);
        _store.AsSpan(_firstOctet, beforeWrap).CopyTo(target);
        _store.AsSpan(0, target.Length - beforeWrap).CopyTo(target[beforeWrap..]);
    }

    private void GrowStore(int needed)
    {
        byte[] wider = Borrow<byte>(Math.Max(needed, Math.Max(2048, 2 * _store.Length)));
        CopyOut(wider.AsSpan(0, _octets));
        GiveBackStore();
        (_store, _firstOctet) = (wider, 0);
    }

    private void GrowRing()
    {
        DatagramInfo[] wider = Borrow<DatagramInfo>(Math.Max(SmallRing, 2 * _ring.Length));
        for (int i = 0; i < Count; i++) wider[i] = _ring[(_first + i) & (_ring.Length - 1)];
        GiveBackRing();
        (_ring, _first) = (wider, 0);
    }

    // The shared pool's arrays have a power of two of elements, which the masks above need; any other is not used.
    private static T[] Borrow<T>(int atLeast)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)atLeast);
        T[] array = ArrayPool<T>.Shared.Rent(size);
        return array.Length == size ? array : new T[size];
    }

    private void GiveBackStore()
    {
        if (_store.Length > 0) ArrayPool<byte>.Shared.Return(_store);
        _store = [];
    }

    private void GiveBackRing()
    {
        if (_ring.Length > 0) ArrayPool<DatagramInfo>.Shared.Return(_ring);
        _ring = [];
    }
}
