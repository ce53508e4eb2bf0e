using System.Net.NetworkInformation;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tests.Tcp;

/// <summary>Every combination of control bits in every state, in and out of the window: RFC 9293 §3.10.7 with RFC 5961.</summary>
public sealed class SegmentArrivesTests
{
    private enum Place
    {
        Next,
        InWindow,
        Left,
        Right,
    }

    public static TheoryData<TcpState, bool> States()
    {
        var states = new TheoryData<TcpState, bool>();
        foreach (TcpState state in new[] { Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait })
            states.Add(state, false);
        states.Add(SynReceived, true);      // after SYNs that crossed
        return states;
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Each_combination_of_flags_does_what_the_RFC_says(TcpState state, bool crossed)
    {
        using var wire = new SegmentRig();
        TcpSettings settings = wire.Stack.Core.Tcp!.Settings;
        settings.InvalidInterval = TimeSpan.Zero;
        settings.ChallengeAcksPerSecond = int.MaxValue;
        var wrong = new List<string>();
        ushort port = 1000;
        foreach (int length in new[] { 0, 10 })
        {
            foreach (Place place in Enum.GetValues<Place>())
            {
                for (int bits = 0; bits < 64; bits++)
                {
                    if (Check(new ConnectionRig(wire, port++), state, crossed, (TcpFlags)bits, place, length) is { } fault) wrong.Add(fault);
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} are wrong:\n{string.Join('\n', wrong.Take(25))}");
    }

    private static string? Check(ConnectionRig rig, TcpState state, bool crossed, TcpFlags flags, Place place, int length)
    {
        rig.Reach(state, crossed);
        if (state == CloseWait) rig.Wire.Pass(TimeSpan.FromMilliseconds(2));      // the FIN's acknowledgment leaves with the next tick
        rig.Take();
        Segment segment = Make(rig, state, flags, place, length);
        rig.Send(flags, segment.Seq, segment.Ack, length);
        SeenSegment[] sent = rig.Take();
        if (sent.Length == 0 && flags.HasFlag(TcpFlags.Fin) && rig.Tcb is { State: CloseWait })
        {
            rig.Wire.Pass(TimeSpan.FromMilliseconds(40));      // text and its end are acknowledged together, after the usual delay
            sent = rig.Take();
        }

        string answer = sent.Length == 0 ? "" : string.Join(' ', sent.Select(Name));
        TcpState after = rig.Tcb is null ? ChildState(rig, state) : rig.State;
        string? fault = rig.Tcb?.FindFault();
        Verdict verdict = Oracle.Judge(state, crossed, segment);
        CleanUp(rig);
        if (fault is not null) return $"{state} {flags} {place} {length}: {fault}";
        return verdict.State == after && verdict.Answers.Contains(answer)
            ? null
            : $"{state} {flags} {place} {length}: '{answer}' and {after}, not '{string.Join("' or '", verdict.Answers)}' and {verdict.State}";
    }

    private static string Name(SeenSegment segment) =>
        (segment.Flags.HasFlag(TcpFlags.Syn) ? "SYN-" : "") + (segment.Flags.HasFlag(TcpFlags.Rst) ? "RST" : "ACK");

    private static TcpState ChildState(ConnectionRig rig, TcpState state)
    {
        var owner = rig.Wire.Stack.Core.Engine.Table.Tcp.Find(SegmentRig.Here, rig.Port, SegmentRig.Peer, rig.PeerPort, 0)?.Owner as ITcpEndpoint;
        return owner?.Connection?.State ?? state;
    }

    private static Segment Make(ConnectionRig rig, TcpState state, TcpFlags flags, Place place, int length)
    {
        bool isNew = state is Closed or Listen or SynSent;
        uint next = isNew ? ConnectionRig.PeerIss : rig.Tcb.Rcv.Nxt.Value, edge = isNew ? next + 65_535 : rig.Tcb.Rcv.Edge.Value;
        uint seq = place switch
        {
            Place.Next => next,
            Place.InWindow => next + 100,
            Place.Left => next - 2000,
            _ => edge + 2000,
        };
        return new Segment(flags, seq, rig.Tcb is null ? 5000 : rig.SndNxt, length, next, edge);
    }

    private static void CleanUp(ConnectionRig rig)
    {
        if (rig.Tcb is { IsGone: false }) rig.Do(tcb => tcb.Abort(rig.Now));
        else if (rig.Tcb is null && ChildState(rig, Closed) == SynReceived)
            rig.Send(TcpFlags.Rst, ConnectionRig.PeerIss + 1);
        rig.Take();
    }

    private readonly record struct Segment(TcpFlags Flags, uint Seq, uint Ack, int Length, uint Next, uint Edge)
    {
        public bool Has(TcpFlags flag) => (Flags & flag) != 0;

        public int SequenceLength => Length + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);
    }

    private sealed record Verdict(TcpState State, params string[] Answers);

    /// <summary>The RFC, written down once more. Acknowledgments always acknowledge all that was sent.</summary>
    private static class Oracle
    {
        private const string Nothing = "", Ack = "ACK", Reset = "RST", SynAck = "SYN-ACK";

        public static Verdict Judge(TcpState state, bool crossed, Segment s) => state switch
        {
            Closed => new Verdict(Closed, s.Has(TcpFlags.Rst) ? Nothing : Reset),
            Listen => InListen(s),
            SynSent => InSynSent(s),
            _ => InOthers(state, crossed, s),
        };

        // §3.10.7.2
        private static Verdict InListen(Segment s)
        {
            if (s.Has(TcpFlags.Rst)) return new Verdict(Listen, Nothing);
            if (s.Has(TcpFlags.Ack)) return new Verdict(Listen, Reset);
            if (!s.Has(TcpFlags.Syn)) return new Verdict(Listen, Nothing);
            return s.Has(TcpFlags.Fin) ? new Verdict(Listen, Nothing) : new Verdict(SynReceived, SynAck);      // no host sends both
        }

        // §3.10.7.3
        private static Verdict InSynSent(Segment s)
        {
            bool ack = s.Has(TcpFlags.Ack);
            if (s.Has(TcpFlags.Rst)) return new Verdict(ack ? Closed : SynSent, Nothing);
            if (!s.Has(TcpFlags.Syn)) return new Verdict(SynSent, Nothing);
            if (!ack) return new Verdict(SynReceived, SynAck);
            return new Verdict(Established, Ack);      // the kernel leaves text and FIN to come again, but with Fast Open
        }

        // §3.10.7.4
        private static Verdict InOthers(TcpState state, bool crossed, Segment s)
        {
            bool isIn = s.Seq - s.Next < s.Edge - s.Next || s.Seq + (uint)s.SequenceLength - 1 - s.Next < s.Edge - s.Next && s.SequenceLength > 0;
            bool isNext = s.Seq == s.Next, isPassive = state == SynReceived && !crossed;
            // As the kernel does it: what says nothing is dropped whatever its number, but by a half-open child; in TIME-WAIT it is answered.
            bool saysNothing = !s.Has(TcpFlags.Rst) && !s.Has(TcpFlags.Syn) && !s.Has(TcpFlags.Ack);
            if (saysNothing && state == TimeWait) return new Verdict(state, isNext && s.SequenceLength == 0 ? Nothing : Ack);
            if (saysNothing && !isPassive) return new Verdict(state, Nothing);
            if (!isIn) return new Verdict(state, s.Has(TcpFlags.Rst) ? Nothing : Ack);
            if (s.Has(TcpFlags.Rst)) return isNext ? new Verdict(Closed, Nothing) : new Verdict(state, state == TimeWait ? Nothing : Ack);      // RFC 5961 §3.2; the kernel passes over others in TIME-WAIT
            if (s.Has(TcpFlags.Syn))
                return isPassive ? new Verdict(Closed, Nothing, Reset) : new Verdict(state, Ack);                  // RFC 5961 §4.2
            if (!s.Has(TcpFlags.Ack)) return new Verdict(state, Nothing);
            state = state switch
            {
                SynReceived => Established,
                FinWait1 => FinWait2,
                Closing => TimeWait,
                LastAck => Closed,
                _ => state,
            };
            return state is Established or FinWait1 or FinWait2 ? OnText(state, s, isNext) : AfterFin(state, s, isNext);
        }

        private static Verdict OnText(TcpState state, Segment s, bool isNext)
        {
            bool fin = s.Has(TcpFlags.Fin);
            if (fin && isNext) return new Verdict(state == Established ? CloseWait : TimeWait, Ack);
            if (s.SequenceLength == 0) return new Verdict(state, Nothing);
            return isNext ? new Verdict(state, Ack, Nothing) : new Verdict(state, Ack);      // in order it may be delayed
        }

        // Nothing comes after a FIN; in TIME-WAIT what comes is taken for the FIN again.
        private static Verdict AfterFin(TcpState state, Segment s, bool isNext) =>
            state == TimeWait && !(isNext && s.SequenceLength == 0)
                ? new Verdict(state, Ack, Nothing)
                : new Verdict(state, Nothing);
    }
}
