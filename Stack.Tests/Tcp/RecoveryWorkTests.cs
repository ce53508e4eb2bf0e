using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What an acknowledgment costs, in records of segments looked at.</summary>
public sealed class RecoveryWorkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Work_per_ack_does_not_grow_with_the_window(bool rack)
    {
        double small = StepsPerAck(500, rack);
        double large = StepsPerAck(50_000, rack);

        // Records are found by halving, so a window a hundred times as large costs seven steps a search more.
        Assert.True(large < (small * 2) + 20, $"{small:F1} steps an ACK in a window of 500, {large:F1} of 50,000");
    }

    [Fact]
    public void Repeated_blocks_cost_a_search_each()
    {
        var rig = new SenderRig(window: 60_000);
        rig.Send();
        rig.Wait(100);
        SackBlock[] blocks =
            [SenderRig.Block(40_000, 59_000), SenderRig.Block(20_000, 39_000), SenderRig.Block(1, 19_000)];
        rig.Ack(0, blocks);
        for (int i = 0; i < 100; i++)
        {
            long before = rig.Recovery.Steps;
            rig.Ack(0, blocks);
            Assert.InRange(rig.Recovery.Steps - before, 0, i == 0 ? 100_000 : 120);
        }
    }

    [Fact]
    public void Sending_and_acknowledging_allocate_nothing()
    {
        var rig = new SenderRig(window: 1000);
        OneRound(new SenderRig(window: 1000));
        rig.Recovery.OnSent(SenderRig.At(0), 100 * SenderRig.Mss, rig.Now);
        rig.Recovery.OnAck(new AckArrival { Now = rig.Now, Ack = SenderRig.At(100) });
        Assert.Equal(0, Allocation.Of(() => OneRound(rig)));
    }

    [Fact]
    public void An_idle_connection_holds_no_arrays()
    {
        var pool = new SentQueuePool();
        var settings = new RecoverySettings();
        var kept = new LossRecovery[100];
        Fill(kept, settings, pool);
        long octets = Allocation.Of(() => Fill(kept, settings, pool)) / kept.Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"{octets} octets");
        Assert.InRange(octets, 1, 1024);

        var rig = new SenderRig(window: 100);
        rig.Send();
        Assert.True(rig.Recovery.HoldsArrays);
        rig.Ack(100);
        Assert.False(rig.Recovery.HoldsArrays);
    }

    private static void Fill(LossRecovery[] kept, RecoverySettings settings, SentQueuePool pool)
    {
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = new LossRecovery(settings, pool);
            kept[i].Start(new RecoveryOptions { Sack = true, Mss = 1460 }, new SequenceNumber(1), Timestamp.Zero);
        }
    }

    private static void OneRound(SenderRig rig)
    {
        for (int round = 1; round < 20; round++)
        {
            rig.Recovery.OnSent(SenderRig.At(round * 100), 100 * SenderRig.Mss, rig.Now);
            rig.Wait(100);
            for (int i = 1; i <= 100; i++)
                rig.Recovery.OnAck(new AckArrival { Now = rig.Now, Ack = SenderRig.At((round * 100) + i) });
        }
    }

    // Every other segment is lost, and half of what is sent again too: the worst that a scoreboard can look like.
    private static double StepsPerAck(int window, bool rack)
    {
        var rig = new SenderRig(new RecoverySettings { Rack = rack }, window: window);
        rig.Send();
        long acks = 0;
        rig.Wait(100);
        for (int i = 1; i < window; i += 2)
        {
            rig.Ack(0, SenderRig.Block(i, i + 1));
            rig.SendAgain();
            acks++;
            rig.Wait(0.01);
        }

        rig.Wait(100);
        for (int i = 0; i < window; i += 4)
        {
            rig.Ack(0, SenderRig.Block(i, i + 2));
            rig.SendAgain();
            acks++;
            rig.Wait(0.01);
        }

        return (double)rig.Recovery.Steps / acks;
    }
}
