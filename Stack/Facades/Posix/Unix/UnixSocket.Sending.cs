using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// send, sendto, sendmsg.
internal sealed partial class UnixSocket
{
    private const int Overhead = 32, PieceOverhead = 64;      // what the kernel keeps of a send buffer

    /// <inheritdoc/>
    public override int Send(in SendRequest request)
    {
        var control = default(UnixControl);
        int answer = request.Control.IsEmpty ? 0 : ReadControl(request, ref control);
        if (answer == 0) answer = Send(request, ref control);
        control.Release();
        ReleaseDropped();
        return answer;
    }

    /// <summary>Whether a seqpacket is connected is looked at before what goes with the message.</summary>
    private int ReadControl(in SendRequest request, ref UnixControl control)
    {
        if (Type == SOCK_SEQPACKET)
        {
            using (_core.Enter())
                if (CheckConnection() is var refused and not 0) return refused;
        }

        return control.Read(request.Control, request.Process);
    }

    private int CheckConnection()
    {
        if (TakeError() is var error and not Errno.Success) return -(int)error;
        return _phase == UnixPhase.Connected ? 0 : -(int)Errno.ENOTCONN;
    }

    private int Send(in SendRequest request, ref UnixControl control)
    {
        FileContext who = request.Process.Files;
        UnixCredentials me = UnixCredentials.Of(request.Process);
        UnixWait? wait = null;
        int sent = 0;
        while (true)
        {
            using (_core.Enter())
            {
                OperationList? list = null;
                int answer = _isClosed ? -(int)Errno.EBADF
                    : IsStream ? SendPieces(request, ref control, me, isFirst: wait is null, ref sent)
                    : SendWhole(request, ref control, me, who, out list);
                if (answer != -(int)Errno.EAGAIN || !MayWait(wait, request.Flags, _sendTimeout)) return sent > 0 ? sent : answer;
                Await(ref wait, list ?? (_senders ??= new()), _sendTimeout);
            }

            wait!.WaitHere();
            if (wait.Result.Errno == Errno.EINTR) return sent > 0 ? sent : -(int)Errno.EINTR;
        }
    }

    /// <summary>Gives a stream what it takes. Gate held.</summary>
    /// <remarks>Who was woken hears of a pending error before the end of the connection; who calls only then, of the end.</remarks>
    private int SendPieces(in SendRequest request, ref UnixControl control, UnixCredentials me, bool isFirst, ref int sent)
    {
        bool hasUrgent = (request.Flags & MSG_OOB) != 0;
        int plain = request.Octets.Length - (hasUrgent ? 1 : 0);      // the last octet is the urgent one
        if (plain < 0) return -(int)Errno.EOPNOTSUPP;
        if (request.Address.Length > 0) return _phase == UnixPhase.Connected ? -(int)Errno.EISCONN : -(int)Errno.EOPNOTSUPP;
        if (_peer is not { } other) return -(int)Errno.ENOTCONN;
        if (isFirst && (_shut & SendShut) != 0) return -(int)Errno.EPIPE;
        while (sent < plain || (hasUrgent && sent == plain))
        {
            int answer = CheckRoom();
            if (answer < 0) return answer;
            if (request.IsUnreadable) return -(int)Errno.EFAULT;
            if (other._isClosed || (other._shut & ReceiveShut) != 0) return -(int)Errno.EPIPE;
            // Two pieces fit into the buffer, so that reading and writing go on side by side.
            int length = Math.Min(Math.Max(1, plain - sent), Math.Min((_sendBuffer >> 1) - PieceOverhead, UnixMessages.LongestPiece));
            UnixMessage message = other.Take(this, request.Octets.Slice(sent, length), UnixMessages.ChargeOfPiece(length), ref control, me);
            if (sent == plain) other._urgent = message;
            sent += length;
        }

        return sent;
    }

    /// <summary>Sends a datagram, or what is sent in one piece on a connection. Gate held.</summary>
    /// <param name="request">What.</param>
    /// <param name="control">What goes with it.</param>
    /// <param name="me">Who sends.</param>
    /// <param name="who">Whose path the address is.</param>
    /// <param name="list">Where to wait; null for room in this socket's own buffer.</param>
    private int SendWhole(in SendRequest request, ref UnixControl control, UnixCredentials me, FileContext who, out OperationList? list)
    {
        list = null;
        bool isNamed = request.Address.Length > 0 && Type == SOCK_DGRAM;      // who is connected for good is not asked where to
        if (Type == SOCK_SEQPACKET && CheckConnection() is var refused and not 0) return refused;
        if ((request.Flags & MSG_OOB) != 0) return -(int)Errno.EOPNOTSUPP;
        int answer = isNamed ? Check(request.Address) : 0;
        if (answer == 0) answer = ChooseNameForCredentials();
        if (answer == 0 && request.Octets.Length > _sendBuffer - Overhead) answer = -(int)Errno.EMSGSIZE;
        if (answer == 0) answer = CheckRoom();
        if (answer == 0 && request.IsUnreadable) answer = -(int)Errno.EFAULT;
        UnixSocket? other = _peer;
        if (answer == 0 && isNamed) answer = FindOther(request.Address, who, out other);
        if (answer < 0) return answer;
        return other is null ? -(int)Errno.ENOTCONN : Deliver(other, request.Octets, ref control, me, out list);
    }

    private int Deliver(UnixSocket other, ReadOnlySpan<byte> octets, ref UnixControl control, UnixCredentials me, out OperationList? list)
    {
        list = null;
        if (!MaySendTo(other)) return -(int)Errno.EPERM;
        if (other._isClosed)
        {
            if (HasConnections) return -(int)Errno.EPIPE;
            _peer = null;
            Disconnect(other);
            WakeSenders();
            return -(int)Errno.ECONNREFUSED;
        }

        if ((other._shut & ReceiveShut) != 0) return -(int)Errno.EPIPE;
        if (other != this && other._peer != this && other.IsQueueFull)
        {
            list = other._forRoom ??= new();
            return -(int)Errno.EAGAIN;
        }

        other.Take(this, octets, UnixMessages.ChargeOfDatagram(octets.Length), ref control, me);
        return octets.Length;
    }

    /// <summary>What a sender meets first: a pending error, its own shutdown, a full buffer.</summary>
    private int CheckRoom()
    {
        if (TakeError() is var error and not Errno.Success) return -(int)error;
        if ((_shut & SendShut) != 0) return -(int)Errno.EPIPE;
        return _charged < _sendBuffer ? 0 : -(int)Errno.EAGAIN;
    }

    /// <summary>Queues what another sends.</summary>
    private UnixMessage Take(UnixSocket sender, ReadOnlySpan<byte> octets, int charge, ref UnixControl control, UnixCredentials who)
    {
        UnixMessage message = _tree.Messages.Take();
        message.Fill(sender, octets, charge);
        message.Rights = control.TakeRights();
        bool isNoted = _passesCredentials || sender._passesCredentials || !_isAccepted;
        message.Credentials = control.Credentials ?? (isNoted ? who : null);
        sender._charged += charge;
        _queue.Add(message);
        WakeReceivers();
        return message;
    }
}
