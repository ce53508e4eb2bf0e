using System.Net.NetworkInformation;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>What was seen of a TCP connection in passing, each way.</summary>
[Flags]
internal enum SeenOfStream : byte
{
    None = 0,
    SynOut = 1,
    SynIn = 2,
    AckOut = 4,
    AckIn = 8,
    FinOut = 16,
    FinIn = 32,
    Reset = 64,
}

/// <summary>Follows a TCP connection from between its ends. RFC 5382 §4, §5; RFC 7857 §2.</summary>
/// <remarks>
/// <para>
/// Handshakes of three segments and simultaneous opens look alike here: the connection is open once both ends have sent
/// SYN and ACK. It is over when both have sent FIN; an end that sent none may go on sending for as long as it likes.
/// </para>
/// <para>A reset may be forged or stale, and is not checked: any later segment takes it back. Pure; any thread.</para>
/// </remarks>
internal static class AddressTranslationTracking
{
    private const SeenOfStream Open = SeenOfStream.SynOut | SeenOfStream.SynIn | SeenOfStream.AckOut | SeenOfStream.AckIn;
    private const SeenOfStream Closed = SeenOfStream.FinOut | SeenOfStream.FinIn;

    /// <summary>What was seen of a connection whose beginning was missed, and which is met by a segment from inside.</summary>
    public static SeenOfStream PickedUp => SeenOfStream.SynOut | SeenOfStream.SynIn;

    /// <summary>What was seen after one more segment.</summary>
    public static SeenOfStream After(SeenOfStream seen, TcpFlags flags, bool isOutbound)
    {
        if ((flags & TcpFlags.Rst) != 0) return seen | SeenOfStream.Reset;
        bool isOver = (seen & SeenOfStream.Reset) != 0 || (seen & Closed) == Closed;
        if (isOver && (flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn) seen = SeenOfStream.None;      // the next one of the same ends
        seen &= ~SeenOfStream.Reset;
        if ((flags & TcpFlags.Syn) != 0) seen |= isOutbound ? SeenOfStream.SynOut : SeenOfStream.SynIn;
        if ((flags & TcpFlags.Ack) != 0) seen |= isOutbound ? SeenOfStream.AckOut : SeenOfStream.AckIn;
        if ((flags & TcpFlags.Fin) != 0) seen |= isOutbound ? SeenOfStream.FinOut : SeenOfStream.FinIn;
        return seen;
    }

    /// <summary>
    /// The state in the words of TCP, as far as one in between can tell: SynSent, SynReceived, Established, FinWait1
    /// (one end has sent FIN), TimeWait (both have) or Closed (by a reset).
    /// </summary>
    public static TcpState StateOf(SeenOfStream seen)
    {
        if ((seen & SeenOfStream.Reset) != 0) return TcpState.Closed;
        if ((seen & Closed) == Closed) return TcpState.TimeWait;
        if ((seen & Open) == Open) return (seen & Closed) != 0 ? TcpState.FinWait1 : TcpState.Established;
        return (seen & (SeenOfStream.SynOut | SeenOfStream.SynIn)) == (SeenOfStream.SynOut | SeenOfStream.SynIn)
            ? TcpState.SynReceived : TcpState.SynSent;
    }

    /// <summary>True of a connection that is not to be kept for hours.</summary>
    public static bool IsTransitory(SeenOfStream seen) => StateOf(seen) is not (TcpState.Established or TcpState.FinWait1);
}
