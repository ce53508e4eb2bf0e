using System.Net.NetworkInformation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tests.Tcp;

/// <summary>Segments that make sense in part, against connections in every state.</summary>
public class SegmentFuzzTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private const int PerConnection = 50, PerBatch = 40;

    private static readonly TcpState[] States =
        [SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait];

    private static readonly byte[][] PeerOffers =
    [
        [2, 4, 0x05, 0xB4],
        [2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0, 0, 0, 77, 0, 0, 0, 0, 1, 3, 3, 7],
        [2, 4, 0x02, 0x18, 1, 1, 4, 2],
        [],
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_segment_breaks_a_connection_and_each_can_be_ended(int salt)
    {
        Random random = TestSettings.Random(salt);
        int segments = TestSettings.Count(Family.IsV6 ? 2_500 : 5_000, 250_000);
        int sent = 0;
        while (sent < segments)
        {
            using var wire = new SegmentRig(family: Family);
            var rigs = new List<ConnectionRig>();
            for (ushort i = 0; i < PerBatch; i++)
            {
                var rig = new ConnectionRig(wire, (ushort)(1000 + i)) { PeerOptions = PeerOffers[random.Next(PeerOffers.Length)] };
                TcpState state = States[random.Next(States.Length)];
                rig.Reach(state, crossed: random.Next(2) == 0);
                rigs.Add(rig);
                for (int n = 0; n < PerConnection; n++) sent += Step(rig, random) ? 1 : 0;
            }

            EndAll(wire, rigs, random);
        }
    }

    private static void EndAll(SegmentRig wire, List<ConnectionRig> rigs, Random random)
    {
        foreach (ConnectionRig rig in rigs)
        {
            if (random.Next(2) == 0 && !rig.Tcb.IsGone)
            {
                uint ack = rig.Tcb.State == SynSent ? rig.SndNxt : 0;
                rig.Send(TcpFlags.Rst | TcpFlags.Ack, rig.Tcb.Rcv.Nxt.Value, ack);
                Assert.True(rig.Tcb.IsGone, $"A right reset did not end {rig.Tcb.State}.");
            }
            else
            {
                rig.Do(tcb => tcb.Close(rig.Now));
            }
        }

        wire.Pass(TimeSpan.FromHours(1));
        foreach (ConnectionRig rig in rigs) Assert.True(rig.Tcb.IsGone, $"There is no end: {Describe(rig.Tcb)}");
        wire.TakeSent();
    }

    /// <returns>True when a segment was sent.</returns>
    private static bool Step(ConnectionRig rig, Random random)
    {
        if (rig.Tcb.IsGone) return false;
        bool isSegment = false;
        string before = Describe(rig.Tcb);
        string what;
        switch (random.Next(12))
        {
            case 0:
                var time = TimeSpan.FromMilliseconds(random.Next(1, 1 << random.Next(1, 14)));
                what = $"{time}";
                rig.Wire.Pass(time);
                break;
            case 1:
                what = UseConnection(rig, random);
                break;
            default:
                isSegment = true;
                what = SendAnything(rig, random);
                break;
        }

        if (random.Next(4) == 0) rig.Take();
        string? fault = rig.Tcb.FindFault();
        Assert.True(fault is null, $"{fault}\n{before}\n{what}\n{Describe(rig.Tcb)}");
        return isSegment;
    }

    private static string UseConnection(ConnectionRig rig, Random random)
    {
        int size = random.Next(1, 1 << random.Next(1, 16));
        switch (random.Next(6))
        {
            case 0 or 1:
                rig.Do(tcb => tcb.Read(new byte[size], peek: false));
                return $"read {size}";
            case 2 or 3:
                rig.Do(tcb =>
                {
                    if (tcb.IsWritable) tcb.Write(new byte[Math.Min(size, tcb.Room)]);
                });
                return $"write {size}";
            case 4:
                rig.Do(tcb => tcb.ShutdownSend());
                return "shutdown";
            default:
                rig.Do(tcb => tcb.ShutdownReceive());
                return "shutdown to read";
        }
    }

    private static string SendAnything(ConnectionRig rig, Random random)
    {
        Tcb tcb = rig.Tcb;
        var flags = (TcpFlags)random.Next(512);
        if (random.Next(4) != 0) flags = (flags | TcpFlags.Ack) & ~(TcpFlags.Rst | TcpFlags.Syn);
        if (random.Next(3) != 0) flags &= ~TcpFlags.Fin;
        int length = random.Next(4) == 0 ? 0 : random.Next(1 << random.Next(1, 12));
        uint seq = Near(random, tcb.Rcv.Nxt.Value, tcb.Rcv.Edge.Value, tcb.Received.First.Value, (uint)length);
        uint ack = Near(random, tcb.Snd.Nxt.Value, tcb.Snd.Una.Value, tcb.Snd.Iss.Value, 1460);
        rig.Send(flags, seq, ack, length, OptionsOf(random, tcb), (ushort)(random.Next(3) == 0 ? random.Next(3) * 500 : random.Next(65_536)));
        return $"{flags} {seq}+{length} ack {ack}";
    }

    private static uint Near(Random random, uint a, uint b, uint c, uint step)
    {
        uint from = random.Next(8) switch { < 4 => a, 4 or 5 => b, 6 => c, _ => (uint)random.NextInt64(1L << 32) };
        return random.Next(6) switch
        {
            0 => from + 1,
            1 => from - 1,
            2 => from - step,
            3 => from + (uint)random.Next(5000),
            _ => from,
        };
    }

    private static byte[]? OptionsOf(Random random, Tcb tcb)
    {
        switch (random.Next(6))
        {
            case 0:
                byte[] noise = new byte[4 * random.Next(11)];
                random.NextBytes(noise);
                return noise;
            case 1 or 2:
                byte[] sack = new byte[12 + 12];
                var writer = new TcpOptionWriter(sack);
                writer.AddAlignedTimestamps((uint)random.Next(200), (uint)random.Next());
                writer.FillTo(2);
                writer.BeginSack(1);
                uint left = Near(random, tcb.Snd.Una.Value, tcb.Snd.Nxt.Value, tcb.Snd.Iss.Value, 1460);
                writer.SackBlock(left, left + (uint)random.Next(-100, 4000));
                return sack;
            default:
                return null;
        }
    }

    private static string Describe(Tcb tcb) =>
        $"{tcb.State} una {tcb.Snd.Una.Value} nxt {tcb.Snd.Nxt.Value} written {tcb.Written.Count} rcv {tcb.Rcv.Nxt.Value} edge {tcb.Rcv.Edge.Value} " +
        $"ring {tcb.Received.First.Value}+{tcb.Received.Count} window {tcb.Snd.Wnd} in flight {tcb.Recovery.SegmentsOut} lost {tcb.Recovery.SegmentsLost} timeouts {tcb.Recovery.Timeouts}";
}

/// <summary>The same over IPv6.</summary>
public sealed class SegmentFuzzV6Tests : SegmentFuzzTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
