using System.Numerics;

namespace UserNet.Tcp;

/// <summary>A packet whose octets are not read yet, or wait beyond a gap.</summary>
internal struct HeldPacket
{
    /// <summary>Its octets; beyond a gap, some of them may be in another packet as well.</summary>
    public SequenceNumber Left, Right;

    /// <summary>What it takes of the receive buffer, octets (truesize).</summary>
    public int Cost;

    /// <summary>Octets that may still be copied behind its own, so that another packet costs nothing (tail room).</summary>
    public int Room;
}

/// <summary>
/// What the packets with unread octets take of the receive buffer. Linux counts whole buffers, with what the driver rounds up, and not
/// octets of payload: windows follow from that, so they can be the same only where it is counted alike.
/// </summary>
/// <remarks>
/// The costs are those of packets that a TUN or TAP device hands in (measured: SO_MEMINFO of Linux 6.18). A packet whose octets fit
/// behind those of the last one is copied there. Gate held.
/// </remarks>
internal sealed class ReceiveMemory(SentQueuePool pool)
{
    private const int PacketRecord = 256, SharedPart = 320, HeadRoom = 64, SmallHead = 576, Page = 4096;
    private const int LargestHead = Page - HeadRoom - SharedPart, LargestCopy = Page - SharedPart;

    private HeldPacket[] _inOrder = [], _beyond = [];      // the first is a ring, the second sorted
    private int _first, _count, _beyondCount;

    /// <summary>What all take together, octets (sk_rmem_alloc).</summary>
    public int Total { get; private set; }

    /// <summary>True while something in order waits to be read.</summary>
    public bool HasUnread => _count > 0;

    /// <summary>Where the first packet in order ends; null where there is none.</summary>
    public SequenceNumber? FirstEnd => _count > 0 ? _inOrder[_first].Right : null;

    /// <summary>True when no packet is held.</summary>
    public bool IsEmpty => _count == 0 && _beyondCount == 0;

    /// <summary>What a packet costs, octets.</summary>
    /// <param name="length">Its length, IP header included, octets.</param>
    /// <param name="room">Octets that may be copied behind it.</param>
    public static int CostOf(int length, out int room)
    {
        room = 0;
        int linear = HeadRoom + length;
        if (linear >= Page)
        {
            int paged = Math.Max(0, length - LargestHead);
            return PacketRecord + Page + ((paged + Page - 1) / Page * Page);
        }

        int head = HeadOf(linear);
        room = head - SharedPart - linear;
        return PacketRecord + head;
    }

    /// <summary>Octets came in order.</summary>
    /// <param name="left">The first that is new.</param>
    /// <param name="right">Behind the last.</param>
    /// <param name="cost">What the packet costs: <see cref="CostOf"/>.</param>
    /// <param name="room">Octets that may be copied behind it.</param>
    public void Add(SequenceNumber left, SequenceNumber right, int cost, int room)
    {
        Append(new HeldPacket { Left = left, Right = right, Cost = cost, Room = room });
        Total += cost;
        TakeOver(right);
    }

    /// <summary>Octets came beyond a gap.</summary>
    /// <returns>What they cost: 0 where they were copied behind another packet's, null where one packet has them all already.</returns>
    /// <inheritdoc cref="Add"/>
    public int? AddBeyond(SequenceNumber left, SequenceNumber right, int cost, int room)
    {
        int place = _beyondCount;
        while (place > 0 && _beyond[place - 1].Left > left) place--;
        if (place > 0 && _beyond[place - 1].Right >= right) return null;
        if (place > 0 && _beyond[place - 1].Left == left) place--;      // it is the same, and more
        int covered = place;
        for (; covered < _beyondCount && _beyond[covered].Right <= right; covered++) Total -= _beyond[covered].Cost;
        if (covered > place)
        {
            Array.Copy(_beyond, covered, _beyond, place, _beyondCount - covered);
            _beyondCount -= covered - place;
        }

        if (place > 0 && _beyond[place - 1].Right == left && _beyond[place - 1].Room >= right - left)
        {
            _beyond[place - 1].Room -= right - left;
            _beyond[place - 1].Right = right;
            return 0;
        }

        if (_beyondCount == _beyond.Length) Grow(ref _beyond, _beyondCount, 0);
        Array.Copy(_beyond, place, _beyond, place + 1, _beyondCount - place);
        _beyond[place] = new HeldPacket { Left = left, Right = right, Cost = cost, Room = room };
        _beyondCount++;
        Total += cost;
        return cost;
    }

    /// <summary>All before a number is read.</summary>
    public void Release(SequenceNumber upTo)
    {
        while (_count > 0 && _inOrder[_first].Right <= upTo)
        {
            Total -= _inOrder[_first].Cost;
            _first = (_first + 1) & (_inOrder.Length - 1);
            _count--;
        }

        ReturnIfEmpty();
    }

    /// <summary>
    /// Copies octets together, from the first packet on that costs more than its octets are worth, to win room (tcp_collapse).
    /// </summary>
    /// <param name="ratio">How many of 256 octets of buffer are good for payload.</param>
    public void Collapse(int ratio)
    {
        int kept = 0;
        while (kept < _count && At(kept) is var packet && (long)packet.Cost * ratio >> 8 <= packet.Right - packet.Left) kept++;
        if (kept >= _count - 1) return;
        SequenceNumber left = At(kept).Left, right = At(_count - 1).Right;
        for (int i = kept; i < _count; i++) Total -= At(i).Cost;
        _count = kept;
        while (left < right)
        {
            int length = Math.Min(right - left, LargestCopy);
            int head = HeadOf(length), cost = PacketRecord + head;
            Append(new HeldPacket { Left = left, Right = left + length, Cost = cost, Room = head - SharedPart - length });
            Total += cost;
            left += length;
        }
    }

    /// <summary>Forgets what lies last beyond gaps, behind a packet that comes, until the buffer is in use by no more than it has (tcp_prune_ofo_queue).</summary>
    /// <param name="incoming">The number of the packet that comes.</param>
    /// <param name="buffer">The buffer, octets.</param>
    /// <returns>From where on nothing is held any more; null where nothing was forgotten.</returns>
    public SequenceNumber? ForgetLast(SequenceNumber incoming, int buffer)
    {
        SequenceNumber? from = null;
        int goal = buffer >> 3;
        while (_beyondCount > 0 && _beyond[_beyondCount - 1] is var last && last.Left >= incoming)
        {
            _beyondCount--;
            from = last.Left;
            goal -= last.Cost;
            Total -= last.Cost;
            if (goal > 0 && _beyondCount > 0) continue;
            if (Total <= buffer) break;
            goal = buffer >> 3;
        }

        ReturnIfEmpty();
        return from;
    }

    /// <summary>Forgets what waits beyond gaps.</summary>
    public void ForgetBeyond()
    {
        for (int i = 0; i < _beyondCount; i++) Total -= _beyond[i].Cost;
        _beyondCount = 0;
        ReturnIfEmpty();
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _count = _beyondCount = Total = 0;
        ReturnIfEmpty();
    }

    // What waited beyond a gap is in order up to here.
    private void TakeOver(SequenceNumber next)
    {
        int taken = 0;
        for (; taken < _beyondCount && _beyond[taken].Left <= next; taken++)
        {
            HeldPacket packet = _beyond[taken];
            if (packet.Right <= next)
            {
                Total -= packet.Cost;
                continue;
            }

            packet.Left = next;
            next = packet.Right;
            Append(packet);
        }

        if (taken == 0) return;
        Array.Copy(_beyond, taken, _beyond, 0, _beyondCount - taken);
        _beyondCount -= taken;
    }

    private void Append(in HeldPacket packet)
    {
        int length = packet.Right - packet.Left;
        if (_count > 0)
        {
            ref HeldPacket last = ref At(_count - 1);
            if (last.Right == packet.Left && last.Room >= length)
            {
                last.Right = packet.Right;
                last.Room -= length;
                Total -= packet.Cost;      // it was copied, and its own buffer is free
                return;
            }
        }

        if (_count == _inOrder.Length)
        {
            Grow(ref _inOrder, _count, _first);
            _first = 0;
        }

        _count++;
        At(_count - 1) = packet;
    }

    private ref HeldPacket At(int index) => ref _inOrder[(_first + index) & (_inOrder.Length - 1)];

    private void Grow(ref HeldPacket[] array, int count, int first)
    {
        HeldPacket[] larger = pool.RentPackets(count + 1);
        for (int i = 0; i < count; i++) larger[i] = array[(first + i) & (array.Length - 1)];
        pool.Return(array);
        array = larger;
    }

    private void ReturnIfEmpty()
    {
        if (_count == 0 && _inOrder.Length > 0)
        {
            pool.Return(_inOrder);
            _inOrder = [];
            _first = 0;
        }

        if (_beyondCount > 0 || _beyond.Length == 0) return;
        pool.Return(_beyond);
        _beyond = [];
    }

    private static int HeadOf(int octets)
    {
        int size = ((octets + 63) & ~63) + SharedPart;
        return size <= SmallHead ? SmallHead : (int)BitOperations.RoundUpToPowerOf2((uint)size);
    }
}
