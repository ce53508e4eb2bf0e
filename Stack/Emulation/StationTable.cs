using System.Diagnostics;
using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>Which port each station was last heard at. It has a limit, and forgets who is silent.</summary>
/// <remarks>
/// The stations are chained by when they were last heard, so the first is the first to be forgotten. Nothing is
/// allocated but for growth. The switch locks.
/// </remarks>
/// <param name="limit">How many stations it knows at most.</param>
/// <param name="ageing">How long a silent one is known.</param>
internal sealed class StationTable<TPort>(int limit, TimeSpan ageing)
    where TPort : class
{
    private const int None = -1;

    private readonly Dictionary<ulong, int> _slots = [];
    private Station[] _stations = [];
    private int _oldest = None, _youngest = None, _free = None, _used;

    /// <summary>What hearing a station changed.</summary>
    public enum Change
    {
        /// <summary>It was known there.</summary>
        Nothing,
        /// <summary>It is known now.</summary>
        Learned,
        /// <summary>It was known at another port.</summary>
        Moved,
        /// <summary>It is not known, since there are too many.</summary>
        Refused,
    }

    /// <summary>How many stations are known.</summary>
    public int Count => _slots.Count;

    /// <summary>Forgets who was silent too long; answers how many.</summary>
    public int Age(Timestamp now)
    {
        int count = 0;
        for (; _oldest != None && now - _stations[_oldest].LastHeard >= ageing; count++) Remove(_oldest);
        return count;
    }

    /// <summary>A station was heard at a port.</summary>
    public Change Hear(MacAddress address, TPort port, Timestamp now)
    {
        if (_slots.TryGetValue(address.Bits, out int slot))
        {
            bool isMoved = _stations[slot].Port != port;
            _stations[slot].Port = port;
            _stations[slot].LastHeard = now;
            if (slot != _youngest)
            {
                Unchain(slot);
                Chain(slot);
            }

            return isMoved ? Change.Moved : Change.Nothing;
        }

        if (_slots.Count == limit) return Change.Refused;
        slot = TakeSlot();
        _stations[slot] = new Station { Address = address.Bits, Port = port, LastHeard = now };
        _slots.Add(address.Bits, slot);
        Chain(slot);
        return Change.Learned;
    }

    /// <summary>The port where a station was last heard, or null. Those to be forgotten are still known.</summary>
    public TPort? Find(MacAddress address) =>
        _slots.TryGetValue(address.Bits, out int slot) ? _stations[slot].Port : null;

    /// <summary>Forgets all stations at a port.</summary>
    public void Forget(TPort port)
    {
        for (int slot = _oldest; slot != None;)
        {
            int next = _stations[slot].Younger;
            if (_stations[slot].Port == port) Remove(slot);
            slot = next;
        }
    }

    private void Remove(int slot)
    {
        _slots.Remove(_stations[slot].Address);
        Unchain(slot);
        _stations[slot] = new Station { Younger = _free };
        _free = slot;
    }

    private void Chain(int slot)
    {
        _stations[slot].Older = _youngest;
        _stations[slot].Younger = None;
        if (_youngest == None) _oldest = slot;
        else _stations[_youngest].Younger = slot;
        _youngest = slot;
    }

    private void Unchain(int slot)
    {
        (int older, int younger) = (_stations[slot].Older, _stations[slot].Younger);
        if (older == None) _oldest = younger;
        else _stations[older].Younger = younger;
        if (younger == None) _youngest = older;
        else _stations[younger].Older = older;
    }

    private int TakeSlot()
    {
        if (_free != None)
        {
            int slot = _free;
            _free = _stations[slot].Younger;
            return slot;
        }

        Debug.Assert(_used < limit, "There are more stations than slots.");
        if (_used == _stations.Length) Array.Resize(ref _stations, Math.Min(limit, Math.Max(16, 2 * _used)));
        return _used++;
    }

    private struct Station
    {
        public ulong Address;
        public TPort? Port;
        public Timestamp LastHeard;
        public int Older, Younger;      // of a free slot, Younger is the next free one
    }
}
