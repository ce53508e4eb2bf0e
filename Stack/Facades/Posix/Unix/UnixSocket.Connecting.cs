using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// listen, connect, accept.
internal sealed partial class UnixSocket
{
    /// <inheritdoc/>
    public override int Listen(int backlog, PosixProcess process)
    {
        UnixCredentials me = UnixCredentials.Of(process);
        using (_core.Enter())
        {
            if (!HasConnections) return -(int)Errno.EOPNOTSUPP;
            if (_name is null || _phase == UnixPhase.Connected) return -(int)Errno.EINVAL;
            _backlog = (uint)backlog > SOMAXCONN ? SOMAXCONN : backlog;
            _phase = UnixPhase.Listening;
            _peerCredentials = me;
            WakeForRoom();
            return 0;
        }
    }

    /// <inheritdoc/>
    public override int Connect(ReadOnlySpan<byte> address, PosixProcess process)
    {
        FileContext who = process.Files;
        UnixCredentials me = UnixCredentials.Of(process);
        if (!HasConnections) return ConnectDatagram(address, who);
        UnixWait? wait = null;
        while (true)
        {
            using (_core.Enter())
            {
                int answer = ConnectStream(address, who, me, out UnixSocket? full);
                if (full is null || !MayWait(wait, 0, _sendTimeout)) return answer;
                Await(ref wait, full._forRoom ??= new(), _sendTimeout);
            }

            wait!.WaitHere();
            if (wait.Result.Errno == Errno.EINTR) return -(int)Errno.EINTR;
        }
    }

    /// <inheritdoc/>
    public override int Accept(out PosixSocket? accepted)
    {
        accepted = null;
        UnixWait? wait = null;
        while (true)
        {
            using (_core.Enter())
            {
                int answer = Accept(MayWait(wait, 0, _receiveTimeout), out UnixSocket? connection);
                accepted = connection;
                if (answer != -(int)Errno.EAGAIN || !MayWait(wait, 0, _receiveTimeout)) return answer;
                Await(ref wait, _receivers ??= new(), _receiveTimeout);
            }

            wait!.WaitHere();
            if (wait.Result.Errno == Errno.EINTR) return -(int)Errno.EINTR;
        }
    }

    private int Accept(bool mayWait, out UnixSocket? connection)
    {
        connection = null;
        if (!HasConnections) return -(int)Errno.EOPNOTSUPP;
        if (_phase != UnixPhase.Listening) return -(int)Errno.EINVAL;
        if (TakeError() is var error and not Errno.Success) return -(int)error;
        if (_queue.First is not { } message)
            return mayWait && (_shut & ReceiveShut) != 0 ? -(int)Errno.EINVAL : -(int)Errno.EAGAIN;
        connection = message.Sender;
        connection._isAccepted = true;
        Discard(message);
        WakeForRoom();
        return 0;
    }

    /// <summary>Who listens is looked at before whether this socket may connect at all, as Linux has it. Gate held.</summary>
    private int ConnectStream(ReadOnlySpan<byte> address, FileContext who, UnixCredentials me, out UnixSocket? full)
    {
        full = null;
        int answer = Check(address);
        if (answer == 0) answer = ChooseNameForCredentials();
        if (answer == 0) answer = FindOther(address, who, out full);
        UnixSocket? other = full;
        full = null;
        if (answer < 0) return answer;
        if (other!._phase != UnixPhase.Listening || (other._shut & ReceiveShut) != 0) return -(int)Errno.ECONNREFUSED;
        if (other.IsQueueFull)
        {
            full = other;
            return -(int)Errno.EAGAIN;
        }

        if (_phase != UnixPhase.Unconnected) return _phase == UnixPhase.Connected ? -(int)Errno.EISCONN : -(int)Errno.EINVAL;
        var connection = new UnixSocket(_tree, Type, other._owner)
        {
            _peer = this,
            _phase = UnixPhase.Connected,
            _name = other._name,
            _hasNameOfListener = true,
            _isAccepted = false,
            _passesCredentials = other._passesCredentials,
            _peerCredentials = me,
        };
        (_peer, _phase, _peerCredentials) = (connection, UnixPhase.Connected, other._peerCredentials);
        UnixMessage message = _tree.Messages.Take();
        message.Fill(connection, [], 0);
        other._queue.Add(message);
        other.WakeReceivers();
        NotifyPollers(0);
        return 0;
    }

    private int ConnectDatagram(ReadOnlySpan<byte> address, FileContext who)
    {
        using (_core.Enter())
        {
            if (address.Length < UnixName.FamilyLength) return -(int)Errno.EINVAL;
            UnixSocket? other = null;
            if (SocketAddress.FamilyOf(address) != AF_UNSPEC)
            {
                int answer = Check(address);
                if (answer == 0) answer = ChooseNameForCredentials();
                if (answer == 0) answer = FindOther(address, who, out other);
                if (answer < 0) return answer;
                if (!MaySendTo(other!)) return -(int)Errno.EPERM;
            }

            UnixSocket? before = _peer;
            _peer = other;
            if (before is not null && before != other) Disconnect(before);
            WakeSenders();
        }

        ReleaseDropped();
        return 0;
    }

    /// <summary>Who is connected takes datagrams from its peer alone.</summary>
    private bool MaySendTo(UnixSocket other) => other._peer is null || other._peer == this;

    /// <summary>What came of a peer that is none any more is lost; if it is connected to this socket, it hears of that.</summary>
    private void Disconnect(UnixSocket before)
    {
        if (_queue.Count == 0) return;
        while (_queue.First is { } message) Discard(message);
        WakeForRoom();
        if (before._isClosed || before._peer != this) return;
        before._error = Errno.ECONNRESET;
        before.WakeAll();
    }
}
