using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Errors;

namespace UserNet.Sockets;

// Octets in and out, in the steps of Linux.
internal sealed partial class StreamChannel
{
    private const SocketFlags SendFlags = SocketFlags.OutOfBand | SocketFlags.DontRoute | StreamFlags.More | StreamFlags.DontWait
        | StreamFlags.ZeroCopy | StreamFlags.EndOfRecord;

    private const SocketFlags ReceiveFlags = SocketFlags.Peek | StreamFlags.WaitAll | StreamFlags.DontWait;

    /// <summary>A thread that was woken to go on with its sending: nobody else sends before it.</summary>
    public object? Turn { get; private set; }

    /// <summary>A thread is to go on with its sending.</summary>
    public void GiveTurn(object thread) => Turn = thread;

    /// <summary>A thread has done what it could, or waits again: others may go on.</summary>
    public void TakeTurn(object thread)
    {
        if (Turn != thread) return;
        Turn = null;
        Pump();
    }

    /// <summary>Takes as many octets to be sent as there is room for.</summary>
    /// <returns>
    /// How many; or EAGAIN (no room, or not connected yet), the pending error, EPIPE (never connected, or sending has ended),
    /// EOPNOTSUPP (other flags).
    /// </returns>
    public TransferResult Send(ReadOnlySpan<byte> octets, SocketFlags flags)
    {
        if ((flags & ~SendFlags) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (Error != Errno.Success) return TransferResult.Failed(TakeError());
        if (Settings.IsFreeBsd && !IsSendShut && (Connection is null || IsOpening)) return TransferResult.Failed(Errno.ENOTCONN);
        if (Connection is not { } tcb) return TransferResult.Failed(Errno.EPIPE);
        // A socket that was shut before it connects hears of it once it is connected, as on Linux.
        if (IsOpening) return TransferResult.Failed(Errno.EAGAIN);
        if (IsSendShut || !tcb.IsWritable) return TransferResult.Failed(Errno.EPIPE);
        if (octets.IsEmpty) return default;
        bool more = (flags & StreamFlags.More) != 0;
        int taken = (flags & SocketFlags.OutOfBand) != 0 ? tcb.WriteUrgent(octets, more) : tcb.Write(octets, more, Core.Now);
        return taken > 0 ? new TransferResult(taken) : TransferResult.Failed(Errno.EAGAIN);
    }

    /// <summary>True when it is worth to go on with so many octets: not for each acknowledgment, but long before all is sent.</summary>
    public bool IsWorthSending(int octets) =>
        Connection is not { IsWritable: true } tcb || (Settings.IsFreeBsd ? tcb.Room >= octets || tcb.Room >= tcb.Written.Capacity / 4 : tcb.HasRoom);

    /// <summary>Gives what has come.</summary>
    /// <returns>
    /// How many octets, 0 at the end; or EAGAIN (nothing has come yet), the pending error once all is read that came before it,
    /// ENOTCONN (a listener, or never connected), EOPNOTSUPP (other flags).
    /// </returns>
    public TransferResult Receive(Span<byte> octets, SocketFlags flags)
    {
        if ((flags & ~ReceiveFlags) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (_extras is not null) _extras.LastReceived = null;
        if (Connection is { Received.Count: > 0 } tcb)
        {
            if (_extras is not null) NoteStamp(tcb, octets.Length);
            int read = octets.IsEmpty ? 0 : tcb.Read(octets, (flags & SocketFlags.Peek) != 0);
            if (read > 0 || octets.IsEmpty) return new TransferResult(read);      // else the urgent octet was all there was
        }

        if (Connection is { HasPeerEnded: true }) return default;      // whatever broke the connection since
        if (Error != Errno.Success) return TransferResult.Failed(TakeError());
        if (IsReadEnded) return default;
        return TransferResult.Failed(Connection is null ? Errno.ENOTCONN : Errno.EAGAIN);
    }

    /// <summary>Gives the urgent octet: MSG_OOB, with Peek or without.</summary>
    /// <returns>1; 0 where there is no room, or no more to come; or EINVAL (there is none, or it is in line), EAGAIN, ENOTCONN.</returns>
    public TransferResult ReceiveUrgent(Span<byte> octets, SocketFlags flags)
    {
        if (Connection is not { } tcb) return TransferResult.Failed(Errno.EINVAL);
        Errno errno = tcb.ReadUrgent(octets, (flags & SocketFlags.Peek) != 0, out int read);
        return errno == Errno.Success ? new TransferResult(read) : TransferResult.Failed(errno);
    }

    /// <summary>How many octets a receive that waits is to get before it ends: MSG_WAITALL, SO_RCVLOWAT.</summary>
    public int TargetOf(int length, SocketFlags flags) =>
        Math.Max(1, (flags & StreamFlags.WaitAll) != 0 ? length : Math.Min(length, ReceiveLowWater));

    /// <summary>True when waiting will not bring more than there is.</summary>
    public bool HasReadAll => IsReadEnded || Error != Errno.Success || Connection is null;

    /// <summary>SIOCOUTQ: octets written and not acknowledged.</summary>
    public int Unsent => Connection?.Written.Count ?? 0;

    /// <summary>TCP_INQ: octets that can be read; the peer's end counts for one, as its number does, so that who asks reads on until it has met that.</summary>
    public int WhatIsLeft => Connection is { HasPeerEnded: true } ? Available + 1 : Available;

    /// <summary>SIOCATMARK: true when the urgent octet is next, whether it is here or not, in line or not.</summary>
    public bool IsAtMark => Connection is { IsAtUrgentMark: true };

    /// <summary>True when a read ends at the mark before it has all that is here.</summary>
    public bool HasMarkWithin => Connection is { } tcb && tcb.HasMarkWithin;
}
