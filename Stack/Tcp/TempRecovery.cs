using UserNet.Time;
namespace UserNet.Tcp;
#pragma warning disable
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
