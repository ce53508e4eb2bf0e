using System.Diagnostics;
using System.Net.NetworkInformation;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What holds whenever nobody is inside.
internal sealed partial class Tcb
{
    [Conditional("DEBUG")]
    private void CheckInvariants()
    {
        string? fault = FindFault();
        Debug.Assert(fault is null, fault);
    }

    /// <summary>What is wrong with the connection's variables; null while all is well.</summary>
    internal string? FindFault()
    {
        if (IsGone) return _timers.Next == Time.Timestamp.Never ? null : "A connection that is gone waits for something.";
        if (State is SynSent) return Snd.Una == Snd.Iss ? null : "A SYN was acknowledged, yet the state is SYN-SENT.";
        return FindSendFault() ?? FindReceiveFault();
    }

    private string? FindSendFault()
    {
        if (Snd.Una > Snd.Nxt) return "SND.UNA is beyond SND.NXT.";
        if (State is SynReceived or TcpState.TimeWait) return null;
        if (_isFinSent && !_isFinQueued) return "A FIN was sent that nobody asked for.";
        if (Snd.Nxt > (_isFinSent ? _sendRing.End + 1 : _sendRing.End)) return "SND.NXT is beyond what was written.";
        if (_sendRing.Una > Snd.Una && _sendRing.Count > 0) return "Octets were let go of that are not acknowledged.";
        bool isClosing = State is FinWait1 or FinWait2 or Closing or LastAck;
        if (isClosing != _isFinQueued) return "The state does not say whether the user has closed.";
        return State == FinWait2 && (!_isFinSent || Snd.Una != Snd.Nxt) ? "FIN-WAIT-2 without an acknowledged FIN." : null;
    }

    private string? FindReceiveFault()
    {
        if (Rcv.Nxt > Rcv.Edge && !CountsPackets) return "RCV.NXT is beyond the window.";
        if (Rcv.LastAckSent > Rcv.Nxt) return "More was acknowledged than has come.";
        bool hasFin = State is CloseWait or Closing or LastAck or TcpState.TimeWait;
        if (hasFin != _isReadEnded) return "The state does not say whether the peer has closed.";
        if (_receiveRing.Count == 0 && !HasUser) return null;
        if (_receiveRing.Next + (hasFin ? 1 : 0) != Rcv.Nxt) return "RCV.NXT is not where the octets end.";
        return _receiveRing.HasGap && _receiveRing.LastHeld <= Rcv.Nxt ? "Octets in order are held as if beyond a gap." : null;
    }
}
