using UserNet.Errors;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Urgent data, both ways. RFC 9293 §3.8.5, RFC 6093: the octet before the pointer is the urgent one, and leaves the stream unless SO_OOBINLINE keeps it there.
internal sealed partial class Tcb
{
    private UrgentMark _urgent;

    /// <summary>An urgent octet can be read by itself: POLLPRI.</summary>
    public bool HasUrgent => _urgent.State == UrgentState.Here;

    /// <summary>True when the next octet of the stream is the urgent one: SIOCATMARK.</summary>
    public bool IsAtUrgentMark => _urgent.State != UrgentState.None && UrgentAt == _receiveRing.First;

    /// <summary>Octets that can be read before the mark; all that there are where it is not among them, or is one of them: SIOCINQ.</summary>
    public int ReadableToMark
    {
        get
        {
            int before = UrgentAt - _receiveRing.First, count = _receiveRing.Count;
            bool isAhead = _urgent.State != UrgentState.None && !Options.UrgentInline && before >= 0 && before < count;
            return isAhead ? before : count;
        }
    }

    /// <summary>True when what is here goes beyond the mark, and some of it lies before.</summary>
    public bool HasMarkWithin => _urgent.State != UrgentState.None && UrgentAt - _receiveRing.First is > 0 and var before && before <= _receiveRing.Count;

    private SequenceNumber UrgentAt => Rcv.Up - 1;

    /// <summary>Takes as many octets as there is room for; the last one is urgent. RFC 9293 §3.8.5.</summary>
    /// <param name="octets">What is to be sent.</param>
    /// <param name="more">More follows at once.</param>
    public int WriteUrgent(ReadOnlySpan<byte> octets, bool more = false)
    {
        int taken = Write(octets, more);
        if (taken > 0) Snd.Up = _sendRing.End;      // the octet after the last urgent one: RFC 6093 §3.1
        return taken;
    }

    /// <summary>Reads the urgent octet by itself: MSG_OOB.</summary>
    /// <param name="target">Where it goes, if it has room.</param>
    /// <param name="peek">It can be read again.</param>
    /// <param name="octets">How many were read: 1, or 0 for want of room, or as nothing more will come.</param>
    /// <returns>Success; EINVAL where there is none, or it was read, or lies in the stream; ENOTCONN; EAGAIN where it is still to come.</returns>
    public Errno ReadUrgent(Span<byte> target, bool peek, out int octets)
    {
        octets = 0;
        if (Options.UrgentInline || _urgent.State is UrgentState.None or UrgentState.Taken) return Errno.EINVAL;
        if (IsGone && !HasPeerEnded) return Errno.ENOTCONN;
        if (_urgent.State != UrgentState.Here) return IsGone || IsReadEnded ? Errno.Success : Errno.EAGAIN;
        octets = Math.Min(1, target.Length);
        if (octets > 0) target[0] = _urgent.Octet;
        if (!peek) _urgent = new UrgentMark(UrgentState.Taken);
        return Errno.Success;
    }

    /// <summary>The sixth step: the pointer counts from the segment's number.</summary>
    private void OnUrgent(in TcpSegment segment, SequenceNumber seq)
    {
        if (segment.Has(TcpFlags.Urg)) NotePointer(segment.UrgentPointer, seq);
        if (_urgent.State != UrgentState.Announced) return;
        // Linux looks from the header on: a pointer just before the text finds an octet of that.
        int place = UrgentAt - seq;
        if (place < -segment.HeaderLength || place >= segment.Payload.Length) return;
        _urgent = new UrgentMark(UrgentState.Here, place >= 0 ? segment.Payload[place] : (byte)0);
        Tell(TcpNews.Readable | TcpNews.Urgent);
    }

    private void NotePointer(ushort pointer, SequenceNumber seq)
    {
        SequenceNumber at = seq + pointer;
        if (pointer > 0 && !_context.Settings.UrgentPointerIsLast) at -= 1;
        bool isOld = _receiveRing.First > at || at < Rcv.Nxt, isKnown = _urgent.State != UrgentState.None && at <= UrgentAt;
        if (isOld || isKnown) return;
        // Who stands at the mark has no use for the octet that was urgent before.
        if (IsAtUrgentMark && !Options.UrgentInline && _receiveRing.Count > 0)
        {
            _receiveRing.Skip(1);
            ReleaseRead();
        }

        _predicts = false;
        _urgent = new UrgentMark(UrgentState.Announced);
        Rcv.Up = at + 1;
        Tell(TcpNews.Urgent);
    }

    /// <summary>Reads octets in order up to the mark; from the mark on, without the urgent octet unless that is in line.</summary>
    private int ReadAroundMark(Span<byte> target, bool peek)
    {
        int read = 0, skipped = 0, first = 0;
        int mark = UrgentAt - _receiveRing.First;
        if (mark == 0 && !Options.UrgentInline && _receiveRing.Count > 0 && !target.IsEmpty) first = skipped = 1;
        int most = mark > 0 ? Math.Min(mark, target.Length) : target.Length;
        if (peek) return _receiveRing.Peek(first, target[..most]);
        if (skipped > 0) _receiveRing.Skip(1);
        read = _receiveRing.Read(target[..most], peek: false);
        if (_receiveRing.First > UrgentAt)
        {
            _urgent = default;
            BeginPrediction();
        }

        if (skipped > 0 && read == 0) ReleaseRead();
        return read;
    }
}
