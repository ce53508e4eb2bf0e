using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Explicit congestion notification, the receiver's half. RFC 3168 §6.1.3.
internal sealed partial class Tcb
{
    private bool _echoesCe;      // ECE stands in all that is sent, until the peer says CWR

    /// <summary>Looks at what routers wrote on an acceptable segment, and at what the peer did about it.</summary>
    partial void OnEcn(in TcpSegment segment, byte ecn, Timestamp now)
    {
        if (!_agreed.Ecn) return;
        bool hasText = !segment.Payload.IsEmpty;
        if (segment.Has(TcpFlags.Cwr))
        {
            _echoesCe = false;
            if (hasText) _ackNow = true;      // its window may be so small that it waits for this
        }

        if (ecn != CongestionExperienced || !hasText || _echoesCe) return;
        _echoesCe = true;
        _ackNow = true;
        _acks.BeginQuick(Rcv.Wnd, _context.Settings.Profile);
    }

    private const byte CongestionExperienced = 3;
}
