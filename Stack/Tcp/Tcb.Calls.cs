using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What the user asks for: to write, to read, to set.
internal sealed partial class Tcb
{
    /// <summary>True when octets may be written: the connection is established, or its SYN waits for them, and sending was not ended.</summary>
    public bool IsWritable => !_isFinQueued && !IsGone
        && (State is Established or CloseWait || (_isFastOpened && State == SynReceived) || IsConnectDeferred);

    /// <summary>
    /// True when a reader who waits for so many octets need not: they are there, or little more than there is can come (tcp_epollin_ready).
    /// </summary>
    public bool IsReadable(int octets)
    {
        int count = _receiveRing.Count;
        if (IsAtUrgentMark && !Options.UrgentInline && octets < int.MaxValue) octets++;
        if (count <= 0 || count >= octets || !CountsPackets || !IsSynchronized) return count > 0 && count >= octets;
        return Held > _tuning.Buffer - (_tuning.Buffer >> 3) || Rcv.Wnd <= _acks.SegmentSize;
    }

    /// <summary>Octets that may be written now: none while TCP_NOTSENT_LOWAT octets or more were never sent.</summary>
    public int Room
    {
        get
        {
            if (!IsWritable || (uint)Math.Max(0, Unsent) >= NotSentLowWater) return 0;
            if (_context.Settings.IsFreeBsd || IsConnectDeferred) return _sendRing.Room;
            return Math.Max(0, _sendRing.Capacity - MemoryQueued);
        }
    }

    /// <summary>
    /// True when it is worth while to write: a third of the buffer is free, and less than half of TCP_NOTSENT_LOWAT was never sent; in
    /// FreeBSD 2,048 octets are free, which is its SO_SNDLOWAT. A user who found no room is told when this becomes true.
    /// </summary>
    public bool HasRoom => _context.Settings.IsFreeBsd
        ? _sendRing.Room >= Math.Min(LowWater, _sendRing.Capacity)
        : _sendRing.Capacity - MemoryQueued >= MemoryQueued / 2 && 2L * Math.Max(0, Unsent) < NotSentLowWater;

    private const int LowWater = 2048;

    private uint NotSentLowWater => Options.NotSentLowWater is { } octets ? (uint)octets : _context.Settings.NotSentLowWater;

    /// <summary>Takes as many octets as there is room for. RFC 9293 §3.10.2.</summary>
    /// <param name="octets">What is to be sent.</param>
    /// <param name="now">The time, when what fills a burst may leave before all is taken.</param>
    public int Write(ReadOnlySpan<byte> octets, Timestamp? now = null)
    {
        int taken;
        if (_context.Settings.IsFreeBsd || IsConnectDeferred)
        {
            int room = IsConnectDeferred ? Math.Min(Room, Notes.DeferredRoom) : Room;
            taken = _sendRing.Write(octets[..Math.Min(octets.Length, room)]);
        }
        else
        {
            taken = IsWritable ? WriteAsLinux(octets, now) : 0;
        }

        if (taken < octets.Length) (_isRoomy, _wantsRoom) = (false, true);
        if (taken == 0) return 0;
        if (IsConnectDeferred) _isSynDue = true;
        AskOutput();
        return taken;
    }

    /// <summary>Reads what there is, but not up to the urgent mark and across it, so that the caller can ask whether it is at it. RFC 9293 §3.10.3.</summary>
    public int Read(Span<byte> target, bool peek)
    {
        SequenceNumber first = _receiveRing.First;
        bool hasMark = _urgent.State != UrgentState.None && UrgentAt >= _receiveRing.First;
        int read = hasMark ? ReadAroundMark(target, peek) : _receiveRing.Read(target, peek);
        if (!peek) _marks?.Received?.Forget(_receiveRing.First);
        if (read > 0) NoteRead(first);
        if (!peek && read > 0) OnRead();
        else if (read > 0 && CountsPackets && !IsGone) OnLook();
        return read;
    }

    /// <summary>
    /// Octets that the user may have unacknowledged, in Linux with what packets cost beside their payload: SO_SNDBUF where it was set;
    /// otherwise two windows' worth, as far as net.ipv4.tcp_wmem lets it grow.
    /// </summary>
    private void TuneSendBuffer()
    {
        if (_context.Settings.IsFreeBsd)
        {
            if (IsSynchronized) _sendRing.Capacity = Options.SendBuffer is null ? Math.Max(_sendRing.Capacity, WholeSendBuffer) : WholeSendBuffer;
            else _sendRing.Capacity = Math.Max(1, Options.SendBuffer ?? _context.Settings.SendBuffer.Default);
            return;
        }

        if (Options.SendBuffer is { } fixedSize)
        {
            _sendRing.Capacity = Math.Max(1, fixedSize);
            return;
        }

        TcpBufferSizes sizes = _context.Settings.SendBuffer;
        _sendRing.Capacity = Math.Max(Math.Max(_sendRing.Capacity, sizes.Default), (int)Math.Min(TwoWindows, sizes.Max));
    }

    // What two windows of full segments cost in memory.
    private long TwoWindows
    {
        get
        {
            int each = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(Math.Max(_agreed.Mss, Mss) + PacketHead + PacketTail)) + PacketRecord;
            return 2L * each * Math.Max(Math.Max(FewestSegments, _recovery.Window), _recovery.Reordering + 1);
        }
    }

    private const int PacketHead = 256, PacketTail = 320, PacketRecord = 256, FewestSegments = 10;
}
