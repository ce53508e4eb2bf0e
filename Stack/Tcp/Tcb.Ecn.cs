using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Explicit congestion notification, the receiver's half. RFC 3168 §6.1.3.
internal sealed partial class Tcb
{
    private bool _echoesCe;      // ECE stands in all that is sent, until the peer says CWR

    /// <summary>Looks at what routers wrote on an acceptable segment, and at what the peer did about it.</summary>
    private void TakeEcn(in TcpSegment segment, byte ecn)
    {
        if (!_agreed.Ecn) return;
        if (segment.Has(TcpFlags.Cwr))
        {
            _echoesCe = false;
            if (segment.Payload.Length > 0) _ackNow = true;      // its window may be so small that it waits for this
        }

        if (ecn != CongestionExperienced || segment.Payload.IsEmpty || _echoesCe) return;
        _echoesCe = true;
        _ackNow = true;
    }

    private const byte CongestionExperienced = 3;
}
