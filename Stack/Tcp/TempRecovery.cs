using UserNet.Time;
namespace UserNet.Tcp;
#pragma warning disable
internal sealed class SentQueuePool { }
internal struct RttEstimator { public RttEstimator() {} public TimeSpan Timeout = TimeSpan.FromSeconds(1); public void Sample(TimeSpan rtt, Timestamp now) { Timeout = rtt + TimeSpan.FromMilliseconds(200);} }
internal sealed class LossRecovery(RecoverySettings settings, SentQueuePool pool)
{
    SequenceNumber _una, _nxt; public RttEstimator Rtt = new(); Timestamp _due = Timestamp.Never; bool _lost; 
    public int Mss { get; set; }
    public void Start(in RecoveryOptions o, SequenceNumber first, Timestamp now) { _una = _nxt = first; Mss = o.Mss; }
    public bool IsEmpty => _una == _nxt;
    public int Quota => Math.Max(0, 100 - (_nxt - _una) / Mss);
    public bool TryNextRetransmission(int max, out SequenceNumber seq, out int length) { seq = _una; length = Math.Min(Mss, _nxt - _una); return _lost && length > 0; }
    public void OnSent(SequenceNumber seq, int length, Timestamp now) { _nxt = seq + length; if (_due == Timestamp.Never) _due = now + Rtt.Timeout; }
    public void OnRetransmitted(SequenceNumber seq, int length, Timestamp now) { _lost = false; _due = now + Rtt.Timeout; }
    public AckSummary OnAck(in AckArrival a) { int n = a.Ack - _una; if (n > 0) { _una = a.Ack; _due = IsEmpty ? Timestamp.Never : a.Now + Rtt.Timeout; } return new AckSummary { Acked = n }; }
    public Timestamp Due => _due;
    public LossTimerAction OnTimer(Timestamp now) { _lost = true; _due = now + Rtt.Timeout; return LossTimerAction.TimedOut; }
    public Timestamp FirstTimeoutAt { get; set; }
    public bool TryProbeRange(out SequenceNumber seq, out int length) { seq = default; length = 0; return false; }
    public void Forget() { _due = Timestamp.Never; _una = _nxt; }
}
internal enum TcpEvent { PassiveOpen, ActiveOpen, SynArrived, SynAckArrived, AckOfSynArrived, FinArrived, AckOfFinArrived, UserClosed, UserAborted, ResetArrived, TwoMslElapsed }
internal static class TcpStateMachine {
 public static System.Net.NetworkInformation.TcpState Next(System.Net.NetworkInformation.TcpState s, TcpEvent e) => (s, e) switch {
  (System.Net.NetworkInformation.TcpState.SynSent, TcpEvent.SynAckArrived) => System.Net.NetworkInformation.TcpState.Established,
  (System.Net.NetworkInformation.TcpState.SynSent, TcpEvent.SynArrived) => System.Net.NetworkInformation.TcpState.SynReceived,
  (System.Net.NetworkInformation.TcpState.SynReceived, TcpEvent.AckOfSynArrived) => System.Net.NetworkInformation.TcpState.Established,
  (System.Net.NetworkInformation.TcpState.SynReceived or System.Net.NetworkInformation.TcpState.Established, TcpEvent.UserClosed) => System.Net.NetworkInformation.TcpState.FinWait1,
  (System.Net.NetworkInformation.TcpState.SynReceived or System.Net.NetworkInformation.TcpState.Established, TcpEvent.FinArrived) => System.Net.NetworkInformation.TcpState.CloseWait,
  (System.Net.NetworkInformation.TcpState.CloseWait, TcpEvent.UserClosed) => System.Net.NetworkInformation.TcpState.LastAck,
  (System.Net.NetworkInformation.TcpState.FinWait1, TcpEvent.AckOfFinArrived) => System.Net.NetworkInformation.TcpState.FinWait2,
  (System.Net.NetworkInformation.TcpState.FinWait1, TcpEvent.FinArrived) => System.Net.NetworkInformation.TcpState.Closing,
  (System.Net.NetworkInformation.TcpState.FinWait2, TcpEvent.FinArrived) => System.Net.NetworkInformation.TcpState.TimeWait,
  (System.Net.NetworkInformation.TcpState.Closing, TcpEvent.AckOfFinArrived) => System.Net.NetworkInformation.TcpState.TimeWait,
  (System.Net.NetworkInformation.TcpState.LastAck, TcpEvent.AckOfFinArrived) => System.Net.NetworkInformation.TcpState.Closed,
  (System.Net.NetworkInformation.TcpState.TimeWait, TcpEvent.TwoMslElapsed) => System.Net.NetworkInformation.TcpState.Closed,
  _ => s };
}
internal sealed class IsnGenerator(UserNet.Doors.RandomBuffer random) { public SequenceNumber Next(UserNet.Addressing.InetEndpoint a, UserNet.Addressing.InetEndpoint b, Timestamp now) => new(random.NextUInt32()); public uint TimestampOffset(UserNet.Addressing.InetEndpoint a, UserNet.Addressing.InetEndpoint b) => random.NextUInt32(); }
