using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

/// <summary>What goes with a message: descriptors, and who sent it.</summary>
internal struct UnixControl
{
    private const int HeaderLength = 16, Alignment = 8, CredentialsLength = 12, MostRights = 253;

    private OpenFile[]? _rights;

    /// <summary>SCM_CREDENTIALS; null for none.</summary>
    public UnixCredentials? Credentials { get; set; }

    /// <summary>True when there is something to hand out.</summary>
    public readonly bool HasRights => _rights is not null;

    /// <summary>Adds what came with a message that is taken from its queue, or looked at only.</summary>
    public void AddRights(OpenFile[]? rights, bool isCopy)
    {
        if (rights is null) return;
        if (isCopy)
            foreach (OpenFile file in rights) file.Retain();
        _rights = rights;
    }

    /// <summary>Hands the descriptions over, to the first piece of a message.</summary>
    public OpenFile[]? TakeRights()
    {
        OpenFile[]? rights = _rights;
        _rights = null;
        return rights;
    }

    /// <summary>Gives up what nobody took. Outside the gate.</summary>
    public void Release()
    {
        if (TakeRights() is not { } rights) return;
        foreach (OpenFile file in rights) file.Release();
    }

    /// <summary>Reads the control messages of sendmsg. Outside the gate.</summary>
    /// <returns>0; EINVAL (a length, another kind of SOL_SOCKET), EBADF, EPERM (others' credentials), ESRCH (no such process).</returns>
    public int Read(ReadOnlySpan<byte> control, PosixProcess process)
    {
        while (control.Length >= HeaderLength)
        {
            long length = BinaryPrimitives.ReadInt64LittleEndian(control);
            if (length < HeaderLength || length > control.Length) return -(int)Errno.EINVAL;
            int level = BinaryPrimitives.ReadInt32LittleEndian(control[8..]), type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
            int answer = level == SOL_SOCKET ? ReadOne(type, control[HeaderLength..(int)length], process) : 0;
            if (answer < 0) return answer;
            control = control[Math.Min(control.Length, Aligned((int)length))..];
        }

        return 0;
    }

    private int ReadOne(int type, ReadOnlySpan<byte> value, PosixProcess process)
    {
        if (type == SCM_RIGHTS) return ReadRights(MemoryMarshal.Cast<byte, int>(value), process);
        if (type != SCM_CREDENTIALS || value.Length != CredentialsLength) return -(int)Errno.EINVAL;
        FileContext who = process.Files;
        var named = new UnixCredentials(
            BinaryPrimitives.ReadInt32LittleEndian(value), BinaryPrimitives.ReadUInt32LittleEndian(value[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(value[8..]));
        if (named.Uid == uint.MaxValue || named.Gid == uint.MaxValue) return -(int)Errno.EINVAL;      // nobody is that
        bool isSelf = named.Pid == who.ProcessId && named.Uid == who.Uid && named.Gid == who.Gid;
        if (!isSelf && !who.IsPrivileged) return -(int)Errno.EPERM;
        if (!who.Tree.HasProcess(named.Pid)) return -(int)Errno.ESRCH;
        Credentials = named;
        return 0;
    }

    private int ReadRights(ReadOnlySpan<int> descriptors, PosixProcess process)
    {
        if (descriptors.IsEmpty) return 0;
        int before = _rights?.Length ?? 0;
        if (before + descriptors.Length > MostRights) return -(int)Errno.EINVAL;
        var rights = new List<OpenFile>(_rights ?? []);
        Errno error = Errno.Success;
        foreach (int descriptor in descriptors)
        {
            if (process.FileOf(descriptor) is not { } file)
            {
                error = Errno.EBADF;
                break;
            }

            file.Retain();
            rights.Add(file);
        }

        _rights = [.. rights];
        return -(int)error;
    }

    /// <summary>Writes the control messages of recvmsg, and gives the process the descriptors. Outside the gate.</summary>
    /// <param name="wantsCredentials">SO_PASSCRED.</param>
    /// <param name="request">Where to.</param>
    public void Write(bool wantsCredentials, ref ReceiveRequest request)
    {
        Span<byte> room = request.Control;
        if (wantsCredentials)
        {
            UnixCredentials who = Credentials ?? UnixCredentials.Unknown;
            Span<byte> value = stackalloc byte[CredentialsLength];
            BinaryPrimitives.WriteInt32LittleEndian(value, who.Pid);
            BinaryPrimitives.WriteUInt32LittleEndian(value[4..], who.Uid);
            BinaryPrimitives.WriteUInt32LittleEndian(value[8..], who.Gid);
            Put(ref room, SCM_CREDENTIALS, value, ref request);
        }

        if (_rights is not null) PutRights(ref room, ref request);
        request.ControlLength = request.Control.Length - room.Length;
    }

    private void PutRights(scoped ref Span<byte> room, scoped ref ReceiveRequest request)
    {
        OpenFile[] rights = TakeRights()!;
        int most = Math.Min(rights.Length, Math.Max(0, room.Length - HeaderLength) / sizeof(int)), given = 0;
        Span<int> descriptors = stackalloc int[most];
        while (given < most)
        {
            int descriptor = request.Process.Install(rights[given], (request.Flags & MSG_CMSG_CLOEXEC) != 0);
            if (descriptor < 0) break;
            descriptors[given++] = descriptor;
        }

        if (given > 0) Put(ref room, SCM_RIGHTS, MemoryMarshal.AsBytes(descriptors[..given]), ref request);
        if (given < rights.Length) request.MessageFlags |= MSG_CTRUNC;
        foreach (OpenFile file in rights) file.Release();
    }

    private static void Put(scoped ref Span<byte> room, int type, scoped ReadOnlySpan<byte> value, scoped ref ReceiveRequest request)
    {
        if (room.Length < HeaderLength)
        {
            request.MessageFlags |= MSG_CTRUNC;
            return;
        }

        int length = HeaderLength + value.Length;
        if (length > room.Length)
        {
            request.MessageFlags |= MSG_CTRUNC;
            length = room.Length;
        }

        BinaryPrimitives.WriteInt64LittleEndian(room, length);
        BinaryPrimitives.WriteInt32LittleEndian(room[8..], SOL_SOCKET);
        BinaryPrimitives.WriteInt32LittleEndian(room[12..], type);
        value[..(length - HeaderLength)].CopyTo(room[HeaderLength..]);
        room = room[Math.Min(room.Length, Aligned(length))..];
    }

    private static int Aligned(int length) => (length + Alignment - 1) & ~(Alignment - 1);
}
