using System.Net.Sockets;

namespace UserNet.Sockets;

/// <summary>What Linux's calls may be told of a stream beside what <see cref="SocketFlags"/> has. They may be combined with those.</summary>
/// <remarks>The numbers are this stack's own: those of Linux mean other things in .NET.</remarks>
public static class StreamFlags
{
    /// <summary>MSG_MORE: more follows at once, so a segment that would not be full is held back, for 200 ms at most.</summary>
    public const SocketFlags More = (SocketFlags)0x1_0000;

    /// <summary>MSG_WAITALL: a receive that waits does so until its buffer is full, or nothing more comes.</summary>
    public const SocketFlags WaitAll = (SocketFlags)0x2_0000;

    /// <summary>MSG_DONTWAIT: the call does not wait, whether the socket blocks or not.</summary>
    public const SocketFlags DontWait = (SocketFlags)0x4_0000;

    /// <summary>
    /// MSG_FASTOPEN: a send to an endpoint connects the stream to it, and the first octets go with the SYN when the peer is known to
    /// take them. RFC 7413.
    /// </summary>
    public const SocketFlags FastOpen = (SocketFlags)0x8_0000;

    /// <summary>MSG_ZEROCOPY: with SO_ZEROCOPY, the socket's error queue tells when the peer has acknowledged what the call sent.</summary>
    public const SocketFlags ZeroCopy = (SocketFlags)0x10_0000;

    /// <summary>MSG_EOR: a record ends here, and no segment has octets from both sides of it.</summary>
    public const SocketFlags EndOfRecord = (SocketFlags)0x20_0000;
}
