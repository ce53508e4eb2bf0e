using UserNet.Doors;
using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Doors;

public sealed class SeededRandomTests
{
    // The vectors that circulate with the authors' reference code.
    [Fact]
    public void The_generator_is_the_one_it_says_it_is()
    {
        var random = new SeededRandom(1, 2, 3, 4);
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625,
            8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        Assert.Equal(expected, expected.Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void The_generator_that_starts_it_is_the_one_it_says_it_is()
    {
        ulong state = 1234567;
        ulong[] expected =
        [
            6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
        ];
        Assert.Equal(expected, expected.Select(_ => SeededRandom.SplitMix(ref state)));
    }

    [Fact]
    public void Octets_are_the_numbers_lowest_first_and_what_is_left_of_one_is_skipped()
    {
        var random = new SeededRandom(7);
        byte[] octets = new byte[11];
        new SeededRandom(7).Fill(octets);
        Assert.Equal(random.NextUInt64(), BitConverter.ToUInt64(octets));
        Assert.Equal(BitConverter.GetBytes(random.NextUInt64())[..3], octets[8..]);
    }

    [Fact]
    public void Names_ordinals_and_seeds_give_streams_of_their_own()
    {
        string[] names = ["", "a", "b", "ab", "ba"];
        var first = new List<ulong>();
        for (ulong seed = 0; seed < 3; seed++)
            foreach (string name in names)
                for (int ordinal = 0; ordinal < 3; ordinal++)
                    first.Add(SeededRandom.Named(seed, name, ordinal).NextUInt64());
        Assert.Distinct(first);
        Assert.Equal(SeededRandom.Named(5, "x", 1).NextUInt64(), SeededRandom.Named(5, "x", 1).NextUInt64());
    }

    // Every bit of the door's octets is as often 1 as 0: 4 sigma of 100,000.
    [Fact]
    public void Bits_are_evenly_spread()
    {
        SeededRandom random = SeededRandom.Named(1, "bits");
        int[] ones = new int[64];
        for (int i = 0; i < 100_000; i++)
        {
            ulong number = random.NextUInt64();
            for (int bit = 0; bit < 64; bit++) ones[bit] += (int)(number >> bit) & 1;
        }

        Assert.All(ones, count => Assert.InRange(count, 50_000 - 633, 50_000 + 633));
    }

    [Fact]
    public void It_fits_the_door_and_the_buffer_behind_it()
    {
        var buffer = new RandomBuffer(new SeededRandom(3).Fill);
        var random = new SeededRandom(3);
        for (int i = 0; i < 2000; i++) Assert.Equal(random.NextUInt64(), buffer.NextUInt64());
    }
}
