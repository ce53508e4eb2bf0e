using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class IsnGeneratorTests
{
    private static readonly InetEndpoint Local = new(InetAddress.Parse("10.0.0.1"), 5000), Remote = new(InetAddress.Parse("10.0.0.2"), 80);

    private readonly IsnGenerator _generator = Seeded(1);

    // RFC 6528 §3: M goes up by one each 4 µs, so all numbers were in use after 4.77 hours.
    [Fact]
    public void The_numbers_of_one_pair_of_ends_go_up_with_the_clock()
    {
        SequenceNumber first = At(TimeSpan.Zero);
        Assert.Equal(1, At(TimeSpan.FromMicroseconds(4)) - first);
        Assert.Equal(250_000, At(TimeSpan.FromSeconds(1)) - first);
        Assert.Equal(first, At(TimeSpan.FromMicroseconds(4) * 4_294_967_296.0));
        Assert.Equal(250_000, At(TimeSpan.FromDays(365) + TimeSpan.FromSeconds(1)) - At(TimeSpan.FromDays(365)));
    }

    [Fact]
    public void Each_part_of_the_four_tuple_counts_and_so_does_the_key()
    {
        SequenceNumber[] numbers =
        [
            At(TimeSpan.Zero),
            _generator.Next(Local with { Port = 5001 }, Remote, default),
            _generator.Next(Local, Remote with { Port = 81 }, default),
            _generator.Next(Remote, Local, default),
            _generator.Next(Local with { Address = InetAddress.Parse("10.0.0.3") }, Remote, default),
            _generator.Next(Local, Remote with { Address = InetAddress.Parse("fd00::2") }, default),
            Seeded(2).Next(Local, Remote, default),
        ];
        Assert.Distinct(numbers);
        Assert.Equal(numbers[0], Seeded(1).Next(Local, Remote, default));
        Assert.Equal(numbers[0], _generator.Next(Local with { Address = Local.Address.MapToV6() }, Remote, default));
    }

    [Fact]
    public void The_clock_that_a_peer_sees_is_one_for_all_connections_with_it()
    {
        uint offset = _generator.TimestampOffset(Local, Remote);
        Assert.Equal(offset, _generator.TimestampOffset(Local with { Port = 1 }, Remote with { Port = 2 }));
        Assert.NotEqual(offset, _generator.TimestampOffset(Local, Remote with { Address = InetAddress.Parse("10.0.0.3") }));
        Assert.NotEqual(offset, Seeded(2).TimestampOffset(Local, Remote));
        Assert.NotEqual(offset, At(TimeSpan.Zero).Value);
    }

    internal static IsnGenerator Seeded(int seed) => new(new RandomBuffer(new Random(seed).NextBytes));

    private SequenceNumber At(TimeSpan time) => _generator.Next(Local, Remote, Timestamp.FromStart(time));
}
