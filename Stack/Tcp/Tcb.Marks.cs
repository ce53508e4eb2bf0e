using UserNet.Time;

namespace UserNet.Tcp;

// Places in the stream that its user wants to hear of, or that segments must not go beyond. Nothing of it is there until somebody asks.
internal sealed partial class Tcb
{
    private StreamMarks? _marks;

    /// <summary>The headers of the SYN that opened the connection, where they are kept: TCP_SAVED_SYN.</summary>
    public byte[]? SavedSyn
    {
        get => _marks?.SavedSyn;
        set
        {
            if (value is not null || _marks is not null) (_marks ??= new StreamMarks()).SavedSyn = value;
        }
    }

    /// <summary>MSG_EOR: what was written last ends a record; later octets have segments of their own.</summary>
    public void EndRecord()
    {
        if (_sendRing.Count == 0 || IsGone) return;
        (_marks ??= new StreamMarks()).EndRecord(_sendRing.End);
        if (_pieces.Count > 0) _pieces.Tail.Marks |= PieceMarks.EndsRecord;
    }

    /// <summary>SO_TIMESTAMPING: the user hears when the last octet of what was just written leaves and is acknowledged.</summary>
    /// <param name="octets">How many were written.</param>
    /// <param name="wanted">Which moments.</param>
    public void Stamp(int octets, SendMoments wanted)
    {
        if (octets == 0 || IsGone) return;
        int burst = Math.Max(Mss, Math.Min(LargestBurst, Snd.MaxWnd >> 1) / Math.Max(1, Mss) * Mss);
        (_marks ??= new StreamMarks()).Stamp(new SendStamp(_sendRing.End - octets, _sendRing.End - 1, wanted), Snd.Nxt, burst);
    }

    /// <summary>MSG_ZEROCOPY: the user hears when all of what was just written is acknowledged, or will never be.</summary>
    /// <param name="number">Which write it is.</param>
    /// <param name="octets">How many were written.</param>
    public void Lend(uint number, int octets) => (_marks ??= new StreamMarks()).Lend(number, _sendRing.End, octets, Snd.Nxt);

    /// <summary>Whether it is noted when octets come. Those that are here already are not known of.</summary>
    public bool StampsReceived
    {
        get => _marks is { Received: not null };
        set
        {
            if (value) (_marks ??= new StreamMarks()).Received ??= new ReceiveStamps();
            else if (_marks is not null) _marks.Received = null;
        }
    }

    /// <summary>When the last of the octets came that would be read now.</summary>
    public Timestamp? StampOf(int octets) => octets == 0 ? null : _marks?.Received?.Find(_receiveRing.First + (octets - 1));

    /// <summary>The number that a byte counter begins with: SND.UNA, or behind what was written.</summary>
    public SequenceNumber NumberNow(bool ofWrites) => ofWrites ? SequenceNumber.Max(_sendRing.End, Snd.Una) : Snd.Una;

    private const int LargestBurst = 65_216;      // octets of a packet that the link cuts up, its headers and one more taken off
}
