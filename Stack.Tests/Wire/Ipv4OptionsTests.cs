using UserNet.Addressing;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class Ipv4OptionsTests
{
    private static readonly InetAddress A = InetAddress.Parse("10.0.0.1"), B = InetAddress.Parse("10.0.0.2");

    [Theory]
    [InlineData("", "")]
    [InlineData("01010100", "")]
    [InlineData("94040000", "RouterAlert@0+4")]
    [InlineData("01940400000707040a00000100", "RouterAlert@1+4 RecordRoute@5+7")]
    [InlineData("940400000000ff", "RouterAlert@0+4")]                      // what follows the end is nothing
    [InlineData("9902", "153@0+2")]
    public void Options_are_walked_in_order(string options, string expected)
    {
        byte[] octets = Convert.FromHexString(options);
        Assert.True(Ipv4Options.TryParse(octets, out Ipv4Options view));
        List<string> seen = [];
        foreach (Ipv4Option option in view) seen.Add($"{option.Type}@{option.Offset}+{option.Length}");
        Assert.Equal(expected, string.Join(' ', seen));
    }

    [Theory]
    [InlineData("94", 0)]                  // no length
    [InlineData("9400", 0)]                // does not even cover itself
    [InlineData("9401", 0)]
    [InlineData("940500", 0)]              // beyond the end
    [InlineData("0194040000440b", 5)]
    [InlineData("94ff0000", 0)]
    public void A_length_that_lies_is_a_fault_at_its_option(string options, int fault)
    {
        byte[] octets = Convert.FromHexString(options);
        Assert.False(Ipv4Options.TryParse(octets, out _));
        Assert.Equal(fault, Ipv4Options.FaultIn(octets));
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(octets);
        while (walk.MoveNext()) Assert.True(walk.Current.Offset < fault);
        Assert.False(walk.MoveNext());
        Assert.Equal(fault, walk.FaultOffset);
    }

    [Fact]
    public void Fragments_after_the_first_carry_the_copied_options_alone()
    {
        byte[] options = Convert.FromHexString("0707040a000001" + "94040000" + "01" + "820b0102030405060708ff");
        byte[] copied = new byte[24];
        Assert.Equal(16, Ipv4Options.CopyForFragments(options, copied));
        Assert.Equal("94040000820B0102030405060708FF00", Convert.ToHexString(copied[..16]));
    }

    [Fact]
    public void A_route_is_recorded_until_the_option_is_full()
    {
        byte[] option = new byte[11];
        Assert.Equal(11, Ipv4RouteOption.WriteEmpty(option, 2));
        Assert.Equal("070B04" + "00000000" + "00000000", Convert.ToHexString(option));
        Assert.Equal(2, Ipv4RouteOption.RoomLeft(option));
        Assert.Equal(OptionWriting.Written, Ipv4RouteOption.Record(option, A));
        Assert.Equal(1, Ipv4RouteOption.RecordedCount(option));
        Assert.Equal(OptionWriting.Written, Ipv4RouteOption.Record(option, B));
        Assert.Equal("070B0C" + "0A000001" + "0A000002", Convert.ToHexString(option));
        Assert.Equal(OptionWriting.Full, Ipv4RouteOption.Record(option, B));
        Assert.Equal(B, Ipv4RouteOption.Address(option, 1));
        Assert.Equal(2, Ipv4RouteOption.RecordedCount(option));
    }

    [Theory]
    [InlineData("0702")]                       // no pointer
    [InlineData("07070300000000")]             // into the header
    [InlineData("07070000000000")]
    [InlineData("07070500000000")]             // three octets of room
    [InlineData("0706040000" + "00")]          // never any room for one
    public void A_route_option_that_contradicts_itself_is_wrong(string octets)
    {
        byte[] option = Convert.FromHexString(octets);
        Assert.Equal(-1, Ipv4RouteOption.RoomLeft(option));
        Assert.Equal(OptionWriting.Wrong, Ipv4RouteOption.Record(option, A));
        Assert.Equal(octets, Convert.ToHexString(option), ignoreCase: true);
    }

    [Theory]
    [InlineData(TimestampOptionKind.TimeOnly, "440C0D00" + "00000007" + "00000008")]
    [InlineData(TimestampOptionKind.AddressAndTime, "44141501" + "0A00000100000007" + "0A00000200000008")]
    public void Times_are_recorded_until_the_option_is_full_and_then_counted(TimestampOptionKind kind, string expected)
    {
        byte[] buffer = new byte[40];
        Span<byte> option = buffer.AsSpan(0, Ipv4TimestampOption.WriteEmpty(buffer, kind, 2));
        Assert.Equal(2, Ipv4TimestampOption.RoomLeft(option));
        Assert.Equal(OptionWriting.Written, Ipv4TimestampOption.Record(option, A, 7));
        Assert.Equal(OptionWriting.Written, Ipv4TimestampOption.Record(option, B, 8));
        Assert.Equal(expected, Convert.ToHexString(option));
        for (int i = 1; i <= 15; i++)
        {
            Assert.Equal(OptionWriting.Full, Ipv4TimestampOption.Record(option, B, 9));
            Assert.Equal(i, Ipv4TimestampOption.Overflow(option));
        }

        Assert.Equal(OptionWriting.Wrong, Ipv4TimestampOption.Record(option, B, 9));
    }

    [Fact]
    public void A_prespecified_time_is_written_by_the_host_that_is_meant()
    {
        byte[] option = Convert.FromHexString("44140503" + "0A00000200000000" + "0A00000100000000");
        Assert.Equal(OptionWriting.ForAnother, Ipv4TimestampOption.Record(option, A, 7));
        Assert.True(Ipv4TimestampOption.TryNextAddress(option, out InetAddress next));
        Assert.Equal(B, next);
        Assert.Equal(OptionWriting.Written, Ipv4TimestampOption.Record(option, B, 7));
        Assert.Equal(OptionWriting.Written, Ipv4TimestampOption.Record(option, A, 8));
        Assert.Equal("44141503" + "0A00000200000007" + "0A00000100000008", Convert.ToHexString(option));
    }

    [Theory]
    [InlineData("4403")]
    [InlineData("440c0400" + "0000000000000000")]          // into the header
    [InlineData("440c0502" + "0000000000000000")]          // no such kind
    [InlineData("440a0501" + "000000000000")]              // six octets of room
    public void A_timestamp_option_that_contradicts_itself_is_wrong(string octets)
    {
        byte[] option = Convert.FromHexString(octets);
        Assert.Equal(OptionWriting.Wrong, Ipv4TimestampOption.Record(option, A, 7));
        Assert.Equal(octets, Convert.ToHexString(option), ignoreCase: true);
    }

    [Fact]
    public void Room_that_is_too_small_for_an_entry_is_wrong_once_it_is_met()
    {
        byte[] option = Convert.FromHexString("440b0500" + "00000000000000");
        Assert.Equal(OptionWriting.Written, Ipv4TimestampOption.Record(option, A, 7));
        Assert.Equal(OptionWriting.Wrong, Ipv4TimestampOption.Record(option, A, 7));
    }

    [Fact]
    public void Random_octets_never_make_a_helper_throw()
    {
        Random random = TestSettings.Random();
        byte[] buffer = new byte[48];
        for (int i = 0; i < TestSettings.Count(200_000, 5_000_000); i++)
        {
            Span<byte> options = buffer.AsSpan(0, random.Next(buffer.Length));
            random.NextBytes(options);
            if (options.Length > 4 && i % 2 == 0) options[1] = (byte)options.Length;
            if (options.Length > 4 && i % 4 == 0) options[3] &= 0x13;
            Touch(options);
        }
    }

    private static void Touch(Span<byte> options)
    {
        Ipv4RouteOption.Record(options, A);
        Ipv4TimestampOption.Record(options, A, 1);
        for (int i = 0; i < Ipv4RouteOption.AddressCount(options); i++) Ipv4RouteOption.Address(options, i);
        Span<byte> copy = stackalloc byte[48];
        Assert.InRange(Ipv4Options.CopyForFragments(options, copy), 0, (options.Length + 3) & ~3);
        int at = -1;
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
        {
            Assert.True(walk.Current.Offset > at && walk.Current.Offset + walk.Current.Length <= options.Length);
            at = walk.Current.Offset;
        }
    }
}
