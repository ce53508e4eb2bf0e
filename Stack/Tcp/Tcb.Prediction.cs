using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Linux's header prediction, as far as it shows: a segment that is just what was to come next is not measured against the receive buffer, if
// the memory that was asked for before, in whole pages, has room for it.
internal sealed partial class Tcb
{
    private const int Page = 4096;

    private bool _predicts, _isPredicted;
    private int _reserved;      // memory that was asked for and is not in use (sk_forward_alloc)

    /// <summary>Whether what comes was to come next (pred_flags): looked at before anything of it is taken.</summary>
    private void Predict(in TcpSegment segment, SequenceNumber seq) =>
        _isPredicted = _predicts && State == Established && seq == Rcv.Nxt && (segment.Flags & ~TcpFlags.Psh) == TcpFlags.Ack
            && segment.Window << _agreed.SendScale == Snd.Wnd && segment.Options.Length == (_agreed.Timestamps ? TimestampsLength : 0);

    /// <summary>What comes next is predicted from now on, if all is in order (tcp_fast_path_check).</summary>
    private void BeginPrediction() =>
        _predicts |= !_receiveRing.HasGap && Offered > 0 && Held < _tuning.Buffer && _urgent.State == UrgentState.None;

    /// <summary>Asks for memory, in whole pages.</summary>
    private void Reserve(int cost)
    {
        if (cost > _reserved) _reserved += (cost - _reserved + Page - 1) & -Page;
    }

    /// <summary>More or less memory is in use than before: whole pages that are free are given back.</summary>
    private void Settle(int before)
    {
        _reserved -= Held - before;
        if (_reserved >= Page) _reserved &= Page - 1;
    }
}
