using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

/// <summary>A socket of AF_UNIX: a stream, a datagram or a seqpacket socket, which other processes of the same host reach by a name.</summary>
/// <remarks>
/// It behaves as Linux 6.18's, which was asked case by case. All of its state lies behind the stack's gate. Any thread. POSIX.1-2024, sys/un.h; unix(7).
/// </remarks>
internal sealed partial class UnixSocket : PosixSocket
{
    private const int ReceiveShut = 1, SendShut = 2, BothShut = ReceiveShut | SendShut;
    private const int DatagramBacklog = 10;      // net.unix.max_dgram_qlen

    private readonly FileTree _tree;
    private readonly StackCore _core;
    private readonly UnixQueue _queue = new();      // what has come; of a listener the connections to accept
    private uint _owner;
    private UnixName? _name;
    private FileNode? _node;                // where its name is in the tree
    private bool _hasNameOfListener;        // an accepted connection is not found by its name
    private UnixSocket? _peer;              // stays until this socket is closed, even if the peer is
    private UnixPhase _phase;
    private UnixCredentials _peerCredentials = UnixCredentials.None;
    private int _backlog = DatagramBacklog;
    private int _shut;                      // which halves are
    private int _charged;                   // what its messages under way cost
    private Errno _error;
    private bool _isClosed;
    private bool _isAccepted = true;        // false of a connection that waits to be

    /// <summary>An open socket without a name.</summary>
    public UnixSocket(FileTree tree, int type, uint owner)
    {
        (_tree, _core, Type, _owner) = (tree, tree.Core, type, owner);
    }

    /// <summary>What it can do next.</summary>
    private enum UnixPhase
    {
        Unconnected,
        Listening,
        Connected,
    }

    /// <inheritdoc/>
    public override int Domain => AF_UNIX;

    /// <inheritdoc/>
    public override bool IsStream => Type == SOCK_STREAM;

    /// <summary>SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.</summary>
    public int Type { get; }

    /// <summary>True of those that are connected before anything is sent.</summary>
    private bool HasConnections => Type != SOCK_DGRAM;

    /// <summary>True when something was not read; one message without octets at the front is not counted, as in Linux.</summary>
    private bool HasUnread => _queue.First is { } first && (first.Left > 0 || _queue.Count > 1);

    private bool IsQueueFull => _queue.Count > _backlog;

    /// <summary>Makes a pair of two new sockets. Nobody else knows of them yet.</summary>
    public void Join(UnixSocket other, UnixCredentials maker)
    {
        (_peer, other._peer) = (other, this);
        _phase = other._phase = UnixPhase.Connected;
        _peerCredentials = other._peerCredentials = maker;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        using (_core.Enter()) End(isEmbryo: false);
        ReleaseDropped();
    }

    /// <inheritdoc/>
    public override int Name(bool ofPeer, Span<byte> name)
    {
        using (_core.Enter())
        {
            UnixSocket? whose = ofPeer ? _peer : this;
            return whose is null ? -(int)Errno.ENOTCONN : whose.WriteName(name);
        }
    }

    /// <inheritdoc/>
    public override int Shutdown(int how)
    {
        int halves = how + 1;
        using (_core.Enter())
        {
            _shut |= halves;
            if (HasConnections && _peer is { } peer)
            {
                if ((halves & ReceiveShut) != 0) peer._shut |= SendShut;
                if ((halves & SendShut) != 0) peer._shut |= ReceiveShut;
                peer.WakeAll();
            }

            WakeAll();
        }

        return 0;
    }

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller)
    {
        using (_core.Enter())
        {
            if (caller.Uid != 0 && (caller.Uid != _owner || owner != _owner)) return -(int)Errno.EPERM;
            _owner = owner;
            return 0;
        }
    }

    /// <inheritdoc/>
    public override int IoControl(int request, out int value)
    {
        value = 0;
        using (_core.Enter())
        {
            if (request is not (FIONREAD or SIOCOUTQ or SIOCATMARK)) return -(int)Errno.ENOTTY;
            if (request == SIOCATMARK)
            {
                value = IsAtMark ? 1 : 0;
                return IsStream ? 0 : -(int)Errno.EOPNOTSUPP;
            }

            if (request == FIONREAD && _phase == UnixPhase.Listening) return -(int)Errno.EINVAL;
            if (request == SIOCOUTQ) value = _charged;
            else if (!HasConnections) value = _queue.First?.Left ?? 0;
            else for (UnixMessage? message = _queue.First; message is not null; message = message.Later) value += message.Left;
            return 0;
        }
    }

    /// <summary>Writes its name and says how long it is: the family alone where it has none.</summary>
    private int WriteName(Span<byte> name)
    {
        UnixName.WriteFamily(name);
        if (_name is null) return UnixName.FamilyLength;
        _name.Octets.CopyTo(name);
        return _name.Octets.Length;
    }

    /// <summary>What the last descriptor's end does, and that of a listener to a connection that nobody accepted. Gate held.</summary>
    private void End(bool isEmbryo)
    {
        if (_isClosed) return;
        _isClosed = true;
        _shut = BothShut;
        if (_node is not null) _node.Socket = null;
        else if (_name is { IsAbstract: true } name && !_hasNameOfListener) _tree.Names.Remove(this, name);
        bool wasListening = _phase == UnixPhase.Listening;
        UnixSocket? peer = _peer;
        (_node, _peer, _phase) = (null, null, UnixPhase.Unconnected);
        if (peer is not null && HasConnections)
        {
            peer._shut = BothShut;
            if (HasUnread || isEmbryo) peer._error = Errno.ECONNRESET;
            peer.WakeAll();
        }

        while (_queue.First is { } message)
        {
            if (wasListening) message.Sender.End(isEmbryo: true);
            Discard(message);
        }

        _urgent = null;

        Abandon();
    }

    /// <summary>Takes a message out of the queue and throws it away, which gives its sender room. Gate held.</summary>
    private void Discard(UnixMessage message)
    {
        _queue.Remove(message);
        UnixSocket sender = message.Sender;
        _tree.Messages.Drop(message.Rights);
        int charge = message.Charge;
        _tree.Messages.GiveBack(message);
        if (charge == 0) return;
        sender._charged -= charge;
        if (sender.HasRoom) sender.WakeSenders();
    }

    private Errno TakeError()
    {
        Errno error = _error;
        _error = Errno.Success;
        return error;
    }

    /// <summary>Gives back descriptions that were under way to nobody: the last of one closes it. Outside the gate.</summary>
    private void ReleaseDropped()
    {
        while (_tree.Messages.HasDropped)
        {
            List<OpenFile> dropped;
            using (_core.Enter()) dropped = _tree.Messages.TakeDropped();
            foreach (OpenFile file in dropped) file.Release();
        }
    }
}
