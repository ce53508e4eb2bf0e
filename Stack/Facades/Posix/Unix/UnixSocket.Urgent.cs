using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// Urgent data of a stream: the last octet sent with MSG_OOB. What has been read of it stays in the queue as a mark, without octets.
internal sealed partial class UnixSocket
{
    private UnixMessage? _urgent;      // the latest, until it is read or passed over

    private bool IsUrgentInline => (_flags >> RawOption.UrgentInline & 1) != 0;

    /// <summary>SIOCATMARK: what is read next comes behind the urgent octet, or is it.</summary>
    private bool IsAtMark => _queue.First is { } first
        && (first == _urgent || (first.Left == 0 && (_urgent is null || first.Later == _urgent)));

    /// <summary>recv with MSG_OOB. Gate held.</summary>
    private int ReceiveUrgent(ref ReceiveRequest request)
    {
        if (IsUrgentInline || _urgent is not { } urgent) return -(int)Errno.EINVAL;
        bool peeks = (request.Flags & MSG_PEEK) != 0;
        if (!peeks)
        {
            _urgent = null;
            if (urgent.Earlier is { Left: 0 } mark) Discard(mark);
        }

        // Without room it counts as received all the same.
        if (request.Octets.Length > 0) urgent.Octets[..1].CopyTo(request.Octets);
        if (!peeks) urgent.Consumed++;
        request.MessageFlags |= MSG_OOB;
        return 1;
    }

    /// <summary>
    /// What is read where a mark or an urgent octet is next: nothing more behind what was read already, for reading stops there; else
    /// what follows, for an octet that nobody asked for is passed over unless SO_OOBINLINE is on. Gate held.
    /// </summary>
    private UnixMessage? PassMark(UnixMessage next, bool peeks, int copied)
    {
        UnixMessage? message = next;
        if (next.Left == 0)
        {
            if (copied > 0 && (_urgent is null || next == _urgent)) return null;
            message = next.Later;
            if (!peeks) Discard(next);
        }

        if (message is null || message != _urgent) return message;
        if (copied > 0) return null;
        if (peeks) return IsUrgentInline ? message : message.Later;
        _urgent = null;
        if (IsUrgentInline) return message;
        Discard(message);
        return _queue.First;
    }

    /// <summary>Counts octets of a piece as read; false where some are left. Gate held.</summary>
    private bool Consume(UnixMessage message, int octets)
    {
        message.Consumed += octets;
        message.Rights = null;
        if (message.Left > 0) return false;
        Discard(message);
        return true;
    }
}
