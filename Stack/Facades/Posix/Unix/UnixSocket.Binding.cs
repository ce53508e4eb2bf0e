using UserNet.Binding;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// Names: in the tree, beside it, or chosen by the kernel; and who is found by one.
internal sealed partial class UnixSocket
{
    private const int AllPermissions = 0x1FF, ChosenNames = 1 << 20;

    /// <inheritdoc/>
    public override int Bind(ReadOnlySpan<byte> address, PosixProcess process)
    {
        FileContext who = process.Files;
        using (_core.Enter())
        {
            if (IsEmptyByPosix(address)) return -(int)Errno.ENOENT;
            if (address.Length == UnixName.FamilyLength && SocketAddress.FamilyOf(address) == AF_UNIX) return ChooseName();
            int answer = Check(address);
            if (answer < 0) return answer;
            return address[UnixName.FamilyLength] == 0 ? BindBesideTree(address) : BindInTree(address, who);
        }
    }

    /// <summary>Names beside the tree are Linux's: to POSIX a path that is empty names nothing.</summary>
    private bool IsEmptyByPosix(ReadOnlySpan<byte> address) =>
        _core.Engine.Table.Personality.Sharing == SharingModel.Posix && address.Length >= UnixName.FamilyLength &&
        SocketAddress.FamilyOf(address) == AF_UNIX && (address.Length == UnixName.FamilyLength || address[UnixName.FamilyLength] == 0);

    /// <summary>Checks an address's length and family, and only that.</summary>
    private static int Check(ReadOnlySpan<byte> address) =>
        address.Length is <= UnixName.FamilyLength or > UnixName.Longest || SocketAddress.FamilyOf(address) != AF_UNIX ? -(int)Errno.EINVAL : 0;

    /// <summary>Where the name is there already, Linux says so even to a socket that has one.</summary>
    private int BindInTree(ReadOnlySpan<byte> address, FileContext who)
    {
        int mode = AllPermissions & ~who.Umask;
        int answer = _tree.Create(UnixName.PathOf(address), FileKind.Socket, mode, null, who, _name is not null, out FileNode? node);
        if (answer == -(int)Errno.EEXIST) return -(int)Errno.EADDRINUSE;
        if (answer < 0) return answer;
        if (node is null) return -(int)Errno.EINVAL;
        node.Socket = this;
        (_node, _name) = (node, UnixName.From(address));
        return 0;
    }

    private int BindBesideTree(ReadOnlySpan<byte> address)
    {
        if (_name is not null) return -(int)Errno.EINVAL;
        UnixName name = UnixName.From(address);
        if (!_tree.Names.TryAdd(this, name)) return -(int)Errno.EADDRINUSE;
        _name = name;
        return 0;
    }

    /// <summary>Takes a name of five digits, unless it has one: from a random one on, the first that is free.</summary>
    private int ChooseName()
    {
        if (_name is not null) return 0;
        uint first = _core.Context.Random.Below(ChosenNames);
        for (uint tried = 0; tried < ChosenNames; tried++)
        {
            UnixName name = UnixName.Chosen((first + tried) % ChosenNames);
            if (!_tree.Names.TryAdd(this, name)) continue;
            _name = name;
            return 0;
        }

        return -(int)Errno.ENOSPC;
    }

    /// <summary>A sender who wants its credentials known gets a name, too.</summary>
    private int ChooseNameForCredentials() => _passesCredentials && _name is null ? ChooseName() : 0;

    /// <summary>The socket that an address names. In the tree it must be of the same type, and its file one that the caller may write.</summary>
    private int FindOther(ReadOnlySpan<byte> address, FileContext who, out UnixSocket? other)
    {
        other = null;
        if (address[UnixName.FamilyLength] == 0)
        {
            other = _tree.Names.Find(Type, address);
            return other is null ? -(int)Errno.ECONNREFUSED : 0;
        }

        int answer = _tree.Find(UnixName.PathOf(address), who, follows: true, out FileNode? node);
        if (answer < 0) return answer;
        // A read-only file system forbids to write its files, but not to talk to who is behind them.
        if (node!.Volume.IsReadOnly && node.Kind != FileKind.Socket) return -(int)Errno.EROFS;
        if (!who.May(node, FileTree.Write)) return -(int)Errno.EACCES;
        if (node.Socket is not { } socket) return -(int)Errno.ECONNREFUSED;
        if (socket.Type != Type) return -(int)Errno.EPROTOTYPE;
        other = socket;
        return 0;
    }
}
