using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Posix;

/// <summary>A socket behind a descriptor, of whatever family: what is left of each call once its arguments have been read.</summary>
/// <remarks>
/// Answers are the kernel's: 0 or more, or an error number with a minus sign. Addresses come as the octets of a sockaddr, which is not longer than
/// sockaddr_storage and may be shorter than its family wants. Any thread.
/// </remarks>
internal abstract class PosixSocket : OpenFile
{
    /// <summary>AF_UNIX, AF_INET or AF_INET6.</summary>
    public abstract int Domain { get; }

    /// <summary>True for SOCK_STREAM, of which a receive that can't hand its octets over takes none away.</summary>
    public virtual bool IsStream => false;

    /// <summary>bind.</summary>
    public abstract int Bind(ReadOnlySpan<byte> address, PosixProcess process);

    /// <summary>listen.</summary>
    public abstract int Listen(int backlog, PosixProcess process);

    /// <summary>connect; waits unless the description is non-blocking.</summary>
    public abstract int Connect(ReadOnlySpan<byte> address, PosixProcess process);

    /// <summary>accept; waits unless the description is non-blocking.</summary>
    /// <param name="accepted">The connection, which blocks; null where there is none.</param>
    public abstract int Accept(out PosixSocket? accepted);

    /// <summary>getsockname or getpeername: how long the name is, all of which is written.</summary>
    /// <param name="ofPeer">Which.</param>
    /// <param name="name">Room for a sockaddr_storage.</param>
    public abstract int Name(bool ofPeer, Span<byte> name);

    /// <summary>setsockopt with a value that can be read.</summary>
    public abstract int SetOption(int level, int name, ReadOnlySpan<byte> value, in Caller caller);

    /// <summary>getsockopt: how long the value is; as much of it as there is room for is written.</summary>
    public abstract int GetOption(int level, int name, Span<byte> value);

    /// <summary>setsockopt with a value that can't be read: what is looked at before it, then EFAULT.</summary>
    public virtual int RefuseUnreadable(int level, int name, int length) => -(int)Errno.EFAULT;

    /// <summary>getsockopt with a negative length: what it is refused for, or 0 where it counts as a long one.</summary>
    public virtual int RefuseLength(int level, int name) => -(int)Errno.EINVAL;

    /// <summary>The peer's name as accept gives it: how long it is. A connection that has ended meanwhile has one still.</summary>
    public virtual int NameOfAccepted(Span<byte> name) => Name(ofPeer: true, name);

    /// <summary>sendmsg.</summary>
    public abstract int Send(in SendRequest request);

    /// <summary>recvmsg.</summary>
    public abstract int Receive(ref ReceiveRequest request);

    /// <summary>shutdown with SHUT_RD, SHUT_WR or SHUT_RDWR.</summary>
    public abstract int Shutdown(int how);

    /// <summary>ioctl.</summary>
    public abstract int IoControl(int request, out int value);
}

/// <summary>What is to be sent, where to, and how.</summary>
internal readonly ref struct SendRequest
{
    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Octets { get; init; }

    /// <summary>True when the octets can't be read, and stand for their number alone: EFAULT at the moment where they are copied.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>How many of octets that can't be read can be: they are where they belong.</summary>
    public int Readable { get; init; }

    /// <summary>MSG_DONTWAIT and so on.</summary>
    public int Flags { get; init; }

    /// <summary>Whether the call names an address, be it one of no octets.</summary>
    public bool HasAddress { get; init; }

    /// <summary>A sockaddr.</summary>
    public ReadOnlySpan<byte> Address { get; init; }

    /// <summary>Control messages: cmsghdr and data, one after the other.</summary>
    public ReadOnlySpan<byte> Control { get; init; }

    /// <summary>Whose descriptors a control message may name, and who sends.</summary>
    public required PosixProcess Process { get; init; }
}

/// <summary>Where to put what is received.</summary>
internal ref struct ReceiveRequest
{
    /// <summary>Room for octets.</summary>
    public Span<byte> Octets { get; init; }

    /// <summary>MSG_DONTWAIT and so on.</summary>
    public int Flags { get; init; }

    /// <summary>Room for a sockaddr_storage, or none where nobody asks.</summary>
    public Span<byte> Address { get; init; }

    /// <summary>How long the sender's address is; 0 for none.</summary>
    public int AddressLength { get; set; }

    /// <summary>True for recvmsg, which is told of control messages even where there is no room for any.</summary>
    public bool IsMessage { get; init; }

    /// <summary>True when the octets were thrown away, and only their number counts.</summary>
    public bool HasDiscarded { get; set; }

    /// <summary>Room for control messages.</summary>
    public Span<byte> Control { get; init; }

    /// <summary>How many octets of control messages were written.</summary>
    public int ControlLength { get; set; }

    /// <summary>msg_flags: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE.</summary>
    public int MessageFlags { get; set; }

    /// <summary>Who receives, and gets descriptors that are passed.</summary>
    public required PosixProcess Process { get; init; }
}
