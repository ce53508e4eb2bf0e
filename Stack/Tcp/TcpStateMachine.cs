using System.Net.NetworkInformation;      // TcpState has the RFC's names
using static System.Net.NetworkInformation.TcpState;
using static UserNet.Tcp.TcpEvent;

namespace UserNet.Tcp;

/// <summary>What takes a connection from one state to another. RFC 9293 §3.3.2.</summary>
internal enum TcpEvent : byte
{
    /// <summary>The user listens.</summary>
    PassiveOpen,
    /// <summary>The user connects.</summary>
    ActiveOpen,
    /// <summary>A SYN without ACK arrived.</summary>
    SynArrived,
    /// <summary>A SYN arrived that acknowledges this host's.</summary>
    SynAckArrived,
    /// <summary>This host's SYN was acknowledged.</summary>
    AckOfSynArrived,
    /// <summary>The peer's FIN arrived, and all that was before it.</summary>
    FinArrived,
    /// <summary>This host's FIN was acknowledged.</summary>
    AckOfFinArrived,
    /// <summary>The user sends no more: CLOSE, or the sending half of it.</summary>
    UserClosed,
    /// <summary>The user gives the connection up: ABORT.</summary>
    UserAborted,
    /// <summary>A reset arrived that counts.</summary>
    ResetArrived,
    /// <summary>The peer did not answer for too long.</summary>
    TimedOut,
    /// <summary>TIME-WAIT is over.</summary>
    TwoMslElapsed,
}

/// <summary>RFC 9293 figure 5 as a table. Pure: it starts no timer, sends nothing, tells no one.</summary>
/// <remarks>
/// A listener stays one: it is its child that a SYN takes to SYN-RECEIVED and a reset from there to CLOSED, so the
/// RFC's way back from SYN-RECEIVED to LISTEN is none here. One segment may stand for several events, in the order
/// in which the RFC looks at it: ACK, then FIN.
/// </remarks>
internal static class TcpStateMachine
{
    /// <summary>The next state; a pair not listed leaves the state as it is.</summary>
    public static TcpState Next(TcpState state, TcpEvent happened) => (state, happened) switch
    {
        (Closed, PassiveOpen) => Listen,
        (Closed, ActiveOpen) => SynSent,
        (Closed, SynArrived) => SynReceived,     // a listener's child
        (Listen, ActiveOpen) => SynSent,         // §3.10.1: the listener connects instead
        (SynSent, SynAckArrived) => Established,
        (SynSent, SynArrived) => SynReceived,     // simultaneous open
        (SynReceived, AckOfSynArrived) => Established,
        (SynReceived, SynAckArrived) => Established,     // simultaneous open, the peer's SYN again with an ACK
        (SynReceived, FinArrived) => CloseWait,
        (SynReceived, UserClosed) => FinWait1,

        (Established, UserClosed) => FinWait1,
        (Established, FinArrived) => CloseWait,
        (FinWait1, AckOfFinArrived) => FinWait2,
        (FinWait1, FinArrived) => Closing,         // simultaneous close
        (FinWait2, FinArrived) => TimeWait,
        (Closing, AckOfFinArrived) => TimeWait,
        (CloseWait, UserClosed) => LastAck,
        (LastAck, AckOfFinArrived) => Closed,
        (TimeWait, TwoMslElapsed) => Closed,

        (Listen, ResetArrived or TimedOut) => Listen,   // what concerns a child
        (Listen or SynSent, UserClosed) => Closed,
        (_, ResetArrived or UserAborted or TimedOut) => Closed,
        _ => state,
    };
}
