using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

// Those who mean harm: what fragments cost, in memory and in work.
public sealed partial class FragmentReassemblyTests
{
    private const int Bound = 6 * 1024 * 1024;      // 4 MiB as set, 2,048 packets' book-keeping, tables, and what lists grow by

    private enum Order
    {
        InOrder,
        Reverse,
        Random,
        EvenThenOdd,
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_8189_smallest_fragments_cost_the_same_each_in_whichever_order(int order)
    {
        const int Count = 65_512 / 8;
        int[] places = [.. Enumerable.Range(0, Count)];
        if ((Order)order == Order.Reverse) Array.Reverse(places);
        if ((Order)order == Order.Random) TestSettings.Random(720).Shuffle(places);
        if ((Order)order == Order.EvenThenOdd) places = [.. places.Where(static p => p % 2 == 0), .. places.Where(static p => p % 2 == 1)];
        Received last = null!;
        foreach (int place in places)
        {
            Assert.False(last?.IsWhole ?? false);
            last = Fragment(place * 8, 8, place != Count - 1);
        }

        Assert.True(last.IsWhole);
        Assert.Equal(8 * Count, last.Payload.Length);
        for (int i = 0; i < Count; i++) Assert.True(last.Payload.AsSpan(i * 8, 8).SequenceEqual(Octets(8, i * 8)));
        Assert.InRange(_rig.Fragments.Steps, Count, (2 * Count) + 64);
    }

    [Fact]
    public void Duplicates_and_overlaps_cost_by_their_length_as_well()
    {
        for (int i = 0; i < 4000; i++) Fragment(i * 16, 8, more: true);
        long before = _rig.Fragments.Steps;
        for (int i = 0; i < 4000; i++) Assert.Equal(FragmentDuplicate, Fragment(i * 16, 8, more: true).Reason);
        Assert.InRange(_rig.Fragments.Steps - before, 1, 2 * 4000);
        before = _rig.Fragments.Steps;
        Assert.Equal(FragmentOverlap, Fragment(0, 64_000, more: true).Reason);
        for (int i = 0; i < 4000; i++) Assert.Equal(FragmentOverlap, Fragment(i * 16, 8, more: true).Reason);
        Assert.InRange(_rig.Fragments.Steps - before, 1, 64);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(1480, false)]
    [InlineData(8, true)]
    [InlineData(1480, true)]
    public void A_hundred_thousand_open_packets_stay_under_the_bound(int length, bool fromOne)
    {
        byte[] packet = InputRig.V4("198.51.100.1", "10.9.0.2", new byte[length], offset: 1480, more: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int most = 0;
        for (uint i = 0; i < 100_000; i++)
        {
            Rewrite(packet, fromOne ? 0xC633_6401 : 0xC600_0000 + (i * 2_654_435_761 >> 10), (ushort)i);
            _rig.Left.Receive(packet);
            most = Math.Max(most, _rig.Fragments.Held);
        }

        long perCall = 32 * 100_000;      // the verdict of the test's own link
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Bound + perCall);
        Assert.InRange(most, 1, _rig.Settings.FragmentMemory);
        Assert.InRange(_rig.Fragments.Count, 256, fromOne ? 256 : _rig.Settings.MaxFragmentedPackets);
        Assert.Equal(100_000 - _rig.Fragments.Count, _rig.Drops(FragmentNoRoom));
        Assert.InRange(_rig.Fragments.Steps, 100_000, 1_000_000);      // chains stay short
        _rig.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0, _rig.Fragments.Count);
        Assert.Equal(0, _rig.Fragments.Held);
    }

    /// <summary>Each fragment wastes as much memory as it can: eight octets for a chunk.</summary>
    [Fact]
    public void Wasteful_fragments_stay_under_the_bound()
    {
        byte[] packet = InputRig.V4("198.51.100.1", "10.9.0.2", new byte[8], more: true);
        LinkSink link = new(_rig);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 100_000; i++)
        {
            WriteUInt16BigEndian(packet.AsSpan(6), (ushort)(0x2000 | (i % 63 * 128)));
            Rewrite(packet, 0xC600_0000 + (i / 63), 1);
            if (link.Receive(packet) || _rig.Fragments.Held > _rig.Settings.FragmentMemory) Assert.Fail($"Fragment {i} broke the bound.");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, _rig.Settings.FragmentMemory / 2, Bound);
        Assert.InRange(_rig.Fragments.Count, 50, 70);
    }

    [Fact]
    public void The_book_keeping_of_a_packet_is_not_understated()
    {
        var packets = new FragmentedPacket[1000];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < packets.Length; i++) packets[i] = new FragmentedPacket();
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / packets.Length;
        Assert.InRange(each, 200, FragmentedPacket.Cost - 16);      // and its places in tables
        GC.KeepAlive(packets);
    }

    [Fact]
    public void Under_attack_a_source_that_answers_quickly_gets_through()
    {
        Random random = TestSettings.Random(721);
        byte[] attack = InputRig.V4("198.51.100.1", "10.9.0.2", new byte[1480], more: true);
        int through = 0;
        for (int i = 0; i < 200; i++)
        {
            Fragment(0, 1480, more: true, id: (ushort)i);
            for (int k = 0; k < 200; k++)
            {
                Rewrite(attack, (uint)random.Next(0x0B00_0000, 0x6000_0000), (ushort)random.Next());
                _rig.Receive(attack);
            }

            if (Fragment(1480, 1480, more: false, id: (ushort)i).IsWhole) through++;
        }

        Assert.Equal(200, through);
    }

    [Fact]
    public void In_steady_state_nothing_is_allocated()
    {
        byte[][] fragments = Cut(Octets(65_507), 1480);
        byte[] plain = InputRig.V4("10.9.0.1", "10.9.0.2", new byte[100], options: "0707040000000000");
        byte[] foreign = InputRig.V4("10.9.0.1", "10.8.0.77", new byte[100], options: "0707040000000000");
        _rig.Settings.Forwards = true;
        LinkSink link = new(_rig);
        long allocated = Allocation.Of(() =>
        {
            for (ushort i = 0; i < 20; i++)
            {
                for (int k = 0; k < fragments.Length; k++)
                {
                    Rewrite(fragments[k], 0x0A09_0001, i);
                    bool isWhole = link.Receive(fragments[k]);
                    if (isWhole != (k == fragments.Length - 1)) throw new InvalidOperationException();
                }

                link.Receive(plain);
                link.Forward(foreign);
            }
        });
        Assert.Equal(0, allocated);
    }

    private static byte[][] Cut(byte[] payload, int size, ushort id = 1)
    {
        List<byte[]> fragments = [];
        for (int at = 0; at < payload.Length; at += size)
        {
            int length = Math.Min(size, payload.Length - at);
            fragments.Add(InputRig.V4("10.9.0.1", "10.9.0.2", payload.AsSpan(at, length), id: id, offset: at, more: at + length < payload.Length));
        }

        return [.. fragments];
    }

    /// <summary>Gives a packet another source and identification.</summary>
    private static void Rewrite(byte[] packet, uint source, ushort id)
    {
        WriteUInt16BigEndian(packet.AsSpan(4), id);
        WriteUInt32BigEndian(packet.AsSpan(12), source);
        Seal(packet);
    }

    private static void Seal(byte[] packet)
    {
        int length = Math.Clamp((packet[0] & 0xF) * 4, 20, packet.Length);
        WriteUInt16BigEndian(packet.AsSpan(10), 0);
        WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Of(packet.AsSpan(0, length)));
    }
}
