using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// recv, recvfrom, recvmsg.
internal sealed partial class UnixSocket
{
    /// <inheritdoc/>
    public override int Receive(ref ReceiveRequest request)
    {
        var control = default(UnixControl);
        bool wantsCredentials = false;
        int answer = Receive(ref request, ref control, ref wantsCredentials);
        if (answer >= 0)
        {
            request.MessageFlags |= request.Flags & MSG_CMSG_CLOEXEC;
            if (wantsCredentials || control.HasRights) control.Write(wantsCredentials, ref request);
        }

        control.Release();
        ReleaseDropped();
        return answer;
    }

    private int Receive(ref ReceiveRequest request, ref UnixControl control, ref bool wantsCredentials)
    {
        UnixWait? wait = null;
        int copied = 0;
        while (true)
        {
            using (_core.Enter())
            {
                if (_isClosed) return -(int)Errno.EBADF;
                bool mayWait = MayWait(wait, request.Flags, _receiveTimeout);
                int answer = IsStream
                    ? ReceivePieces(ref request, ref control, ref wantsCredentials, ref copied)
                    : ReceiveWhole(ref request, ref control, ref wantsCredentials, mayWait);
                if (answer != -(int)Errno.EAGAIN || !mayWait) return copied > 0 ? copied : answer;
                Await(ref wait, _receivers ??= new(), _receiveTimeout);
            }

            wait!.WaitHere();
            if (wait.Result.Errno == Errno.EINTR) return copied > 0 ? copied : -(int)Errno.EINTR;
        }
    }

    /// <summary>Reads as much of a stream as is wanted and there; EAGAIN where that is less than the call waits for. Gate held.</summary>
    private int ReceivePieces(ref ReceiveRequest request, ref UnixControl control, ref bool wantsCredentials, ref int copied)
    {
        if (_phase != UnixPhase.Connected) return -(int)Errno.EINVAL;
        if ((request.Flags & MSG_OOB) != 0) return ReceiveUrgent(ref request);
        bool peeks = (request.Flags & MSG_PEEK) != 0;
        int wanted = request.Octets.Length;
        int target = Math.Max(1, (request.Flags & MSG_WAITALL) != 0 ? wanted : Math.Min(wanted, _receiveLowWater));
        UnixMessage? message = _queue.First;
        while (true)
        {
            if (message is not null && (message.Left == 0 || message == _urgent))
            {
                message = PassMark(message, peeks, copied);
                if (message is null && copied > 0) break;
                while (message is { Left: 0 }) message = message.Later;
            }

            if (message is null)
            {
                if (copied >= target) break;
                if (TakeError() is var error and not Errno.Success) return -(int)error;
                if ((_shut & ReceiveShut) == 0) return -(int)Errno.EAGAIN;
                if (_passesCredentials && !wantsCredentials) control.Credentials = default(UnixCredentials);      // of nobody, all zeros
                wantsCredentials |= _passesCredentials;
                return copied;
            }

            if (!Note(message, ref request, ref control, ref wantsCredentials)) break;
            int length = Math.Min(message.Left, wanted - copied);
            message.Octets[..length].CopyTo(request.Octets[copied..]);
            copied += length;
            bool hasRights = message.Rights is not null;
            control.AddRights(message.Rights, isCopy: peeks);
            UnixMessage? later = message.Later;
            bool goesOn = peeks ? later is not null : Consume(message, length) && copied < wanted;
            if (hasRights || !goesOn) break;      // what goes with another message is told by another call
            message = peeks ? later : _queue.First;
        }

        return copied;
    }

    /// <summary>Notes who sent a piece; false if it is somebody else than before, and the caller wants to know.</summary>
    private bool Note(UnixMessage message, ref ReceiveRequest request, ref UnixControl control, ref bool wantsCredentials)
    {
        if (wantsCredentials)
        {
            if (control.Credentials != message.Credentials) return false;
        }
        else if (_passesCredentials)
        {
            control.Credentials = message.Credentials;
            wantsCredentials = true;
        }

        TellSender(message, ref request);
        return true;
    }

    private int ReceiveWhole(ref ReceiveRequest request, ref UnixControl control, ref bool wantsCredentials, bool mayWait)
    {
        if (Type == SOCK_SEQPACKET && _phase != UnixPhase.Connected) return -(int)Errno.ENOTCONN;
        if ((request.Flags & MSG_OOB) != 0) return -(int)Errno.EOPNOTSUPP;
        if (TakeError() is var error and not Errno.Success) return -(int)error;
        if (_queue.First is not { } message)
        {
            // Who does not wait is told of the end only where there is a connection that ends.
            bool isEnd = (_shut & ReceiveShut) != 0 && (mayWait || Type == SOCK_SEQPACKET);
            return isEnd ? 0 : -(int)Errno.EAGAIN;
        }

        bool peeks = (request.Flags & MSG_PEEK) != 0;
        TellSender(message, ref request);
        int whole = message.Length, length = Math.Min(whole, request.Octets.Length);
        message.Octets[..length].CopyTo(request.Octets);
        if (length < whole) request.MessageFlags |= MSG_TRUNC;
        wantsCredentials = _passesCredentials;
        control.Credentials = message.Credentials;
        control.AddRights(message.Rights, isCopy: peeks);
        if (!peeks)
        {
            message.Rights = null;
            Discard(message);
            WakeForRoom();
        }

        return (request.Flags & MSG_TRUNC) != 0 ? whole : length;
    }

    private static void TellSender(UnixMessage message, ref ReceiveRequest request)
    {
        if (message.Sender._name is null || request.Address.IsEmpty) return;
        request.AddressLength = message.Sender.WriteName(request.Address);
    }
}
