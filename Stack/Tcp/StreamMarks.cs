using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>How far an octet that was written has come: the moments that SO_TIMESTAMPING tells of.</summary>
[Flags]
internal enum SendMoments : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>It was handed to the queue of its link.</summary>
    Scheduled = 1,
    /// <summary>It was handed to the link.</summary>
    Sent = 2,
    /// <summary>The peer has acknowledged it.</summary>
    Acknowledged = 4,
}

/// <summary>An octet whose moments the user wants to hear of: the last one of a write.</summary>
/// <param name="First">The first octet of the write.</param>
/// <param name="Last">Its last one.</param>
/// <param name="Wanted">Which moments.</param>
internal readonly record struct SendStamp(SequenceNumber First, SequenceNumber Last, SendMoments Wanted)
{
    /// <summary>The first octet of the packet that it left in last.</summary>
    public SequenceNumber Packet { get; init; }

    /// <summary>The number behind that packet's last octet.</summary>
    public SequenceNumber PacketEnd { get; init; }
}

/// <summary>Writes whose memory is lent until all of it is acknowledged: MSG_ZEROCOPY.</summary>
/// <param name="Low">The number of the first.</param>
/// <param name="High">The number of the last.</param>
/// <param name="End">The sequence number behind their last octet.</param>
/// <param name="Octets">How many they have.</param>
internal readonly record struct LentWrites(uint Low, uint High, SequenceNumber End, int Octets);

/// <summary>Places in a connection's streams that mean something to its user: made when the first is set.</summary>
/// <remarks>Each list is in the order of the stream. Gate held.</remarks>
internal sealed class StreamMarks
{
    private const int MostLent = 1 << 19, MostWrites = ushort.MaxValue - 1;      // octets and writes that are told of together

    /// <summary>The headers of the SYN that opened the connection, as TCP_SAVE_SYN has them kept; null for none.</summary>
    public byte[]? SavedSyn { get; set; }

    private readonly List<SendStamp> _stamps = [];
    private readonly List<LentWrites> _lent = [];
    private readonly List<SequenceNumber> _records = [];

    /// <summary>When what was not read yet came; null where nobody asks.</summary>
    public ReceiveStamps? Received { get; set; }

    /// <summary>True while a segment must not go beyond some place.</summary>
    public bool HasRecords => _records.Count > 0;

    /// <summary>MSG_EOR: no segment has octets from both sides of a place.</summary>
    public void EndRecord(SequenceNumber at)
    {
        if (_records.Count == 0 || _records[^1] != at) _records.Add(at);
    }

    /// <summary>The end of the record that an octet is in, or null.</summary>
    public SequenceNumber? RecordEndAfter(SequenceNumber octet)
    {
        foreach (SequenceNumber end in _records)
            if (end > octet) return end;
        return null;
    }

    /// <summary>True when a record ends there.</summary>
    public bool IsRecordEnd(SequenceNumber at) => _records.Contains(at);

    /// <summary>Sets a stamp; one before it that would leave in the same packet is forgotten, as Linux has one for each.</summary>
    /// <param name="stamp">The stamp.</param>
    /// <param name="unsent">The first number that was not sent yet.</param>
    /// <param name="burst">How many octets go into one packet until the link cuts it up.</param>
    public void Stamp(SendStamp stamp, SequenceNumber unsent, int burst)
    {
        if (_stamps.Count > 0 && _stamps[^1] is var last && last.Last >= unsent && stamp.Last >= unsent
            && (last.Last - unsent) / burst == (stamp.Last - unsent) / burst && RecordEndAfter(last.Last) is var end && (end is null || end > stamp.Last))
        {
            _stamps.RemoveAt(_stamps.Count - 1);
            stamp = stamp with { Wanted = stamp.Wanted | last.Wanted };
        }

        _stamps.Add(stamp);
    }

    /// <summary>Notes a write whose memory is lent; writes that follow each other before anything is sent are one.</summary>
    public void Lend(uint number, SequenceNumber end, int octets, SequenceNumber unsent)
    {
        if (_lent.Count > 0 && _lent[^1] is var last && last.End > unsent && last.High + 1 == number
            && last.Octets + octets <= MostLent && last.High - last.Low + 1 < MostWrites)
            _lent[^1] = last with { High = number, End = end, Octets = last.Octets + octets };
        else
            _lent.Add(new LentWrites(number, number, end, octets));
    }

    /// <summary>True when segments that meet at a number are not joined: a record ends there, or the memory of one of them is lent.</summary>
    public bool KeepsApart(SequenceNumber joint)
    {
        foreach (LentWrites writes in _lent)
            if (joint >= writes.End - writes.Octets && joint <= writes.End) return true;
        return IsRecordEnd(joint);
    }

    /// <summary>Octets leave, be it again.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="octets">How many; several segments are one until the link cuts them up.</param>
    /// <param name="size">Octets in each segment but the last.</param>
    /// <param name="headers">Octets of the headers before them.</param>
    /// <param name="user">Who hears of it.</param>
    /// <param name="now">The time.</param>
    public void OnSent(SequenceNumber first, int octets, int size, int headers, ITcpUser? user, Timestamp now)
    {
        for (int i = 0; i < _stamps.Count; i++)
        {
            SendStamp stamp = _stamps[i];
            if (!stamp.Last.IsIn(first, octets) || user is null) continue;
            _stamps[i] = stamp = stamp with { Packet = first, PacketEnd = first + octets };
            int before = size > 0 ? (stamp.Last - first) / size * size : 0;      // in segments of their own
            if ((stamp.Wanted & SendMoments.Scheduled) != 0) user.OnMoment(stamp, SendMoments.Scheduled, headers + octets, now);
            if ((stamp.Wanted & SendMoments.Sent) != 0) user.OnMoment(stamp, SendMoments.Sent, headers + Math.Min(size, octets - before), now);
        }
    }

    /// <summary>All before a number is acknowledged.</summary>
    public void OnAcknowledged(SequenceNumber una, ITcpUser? user, Timestamp now)
    {
        while (_stamps.Count > 0 && _stamps[0] is var stamp && stamp.Last < una)
        {
            _stamps.RemoveAt(0);
            if ((stamp.Wanted & SendMoments.Acknowledged) != 0) user?.OnMoment(stamp, SendMoments.Acknowledged, stamp.PacketEnd - stamp.Packet, now);
        }

        while (_lent.Count > 0 && _lent[0] is var writes && writes.End <= una)
        {
            _lent.RemoveAt(0);
            user?.OnReturned(writes);
        }

        while (_records.Count > 0 && _records[0] <= una) _records.RemoveAt(0);
    }

    /// <summary>Nothing more is sent: what was lent is given back.</summary>
    public void OnGone(ITcpUser? user)
    {
        foreach (LentWrites writes in _lent) user?.OnReturned(writes);
        _stamps.Clear();
        _lent.Clear();
        _records.Clear();
    }
}
