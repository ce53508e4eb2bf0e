namespace UserNet.Facades.Posix;

/// <summary>struct iovec: a piece of memory that octets come from or go to.</summary>
/// <param name="Base">The memory.</param>
/// <param name="Length">How many octets; beyond the end is memory that can't be read or written.</param>
public readonly record struct IoVector(Memory<byte> Base, int Length)
{
    /// <summary>All of an array.</summary>
    public static implicit operator IoVector(byte[]? octets) => new(octets, octets?.Length ?? 0);

    /// <summary>All of some memory.</summary>
    public static IoVector From(Memory<byte> octets) => new(octets, octets.Length);

    /// <summary>All of an array.</summary>
    public static IoVector FromByte(byte[]? octets) => octets;
}

/// <summary>struct msghdr: what sendmsg sends, and what recvmsg receives and where it goes.</summary>
public ref struct MessageHeader
{
    /// <summary>msg_name: the address, or room for one; null where there is none.</summary>
    public Span<byte> Name { get; set; }

    /// <summary>msg_namelen; a receive says how long the address is.</summary>
    public int NameLength { get; set; }

    /// <summary>msg_iov and msg_iovlen.</summary>
    public ReadOnlySpan<IoVector> Vectors { get; set; }

    /// <summary>msg_control: control messages (<see cref="ControlMessage"/>), or room for them.</summary>
    public Span<byte> Control { get; set; }

    /// <summary>msg_controllen; a receive says how much was written.</summary>
    public int ControlLength { get; set; }

    /// <summary>msg_flags, which a receive sets: MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE, MSG_EOR.</summary>
    public int Flags { get; set; }
}
