using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Simulation;

public sealed class FaultTextTests
{
    private const string Example =
        "3s..5s down client-router; 4s..4.5s loss server-router 30%; 7s..9s crash server; 2s..8s partition a,b | c; "
        + "1s..2s flap x-y 100ms 50%; 5s..6s pause b; 0s skew a 200ppm";

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void A_schedule_is_read_as_it_is_meant_and_written_as_it_was_read()
    {
        var schedule = FaultSchedule.Parse(Example);
        Fault[] expected =
        [
            Fault.Down("client-router").During(Seconds(3), Seconds(5)),
            Fault.Loss("server-router", 0.3).During(Seconds(4), Seconds(4.5)),
            Fault.Crash("server").During(Seconds(7), Seconds(9)),
            Fault.Partition(["a", "b"], ["c"]).During(Seconds(2), Seconds(8)),
            Fault.Flap("x-y", Seconds(0.1)).During(Seconds(1), Seconds(2)),
            Fault.Pause("b").During(Seconds(5), Seconds(6)),
            Fault.Skew("a", 200).From(Seconds(0)),
        ];
        Assert.Equal(expected, schedule);
        Assert.Equal(Example, schedule.ToString());
        Assert.Equal(0.3, schedule[1].Chance);
        Assert.Equal(Seconds(9), schedule.Length);
    }

    [Theory]
    [InlineData("1s..2s corrupt a-b there 0.1%", "1s..2s corrupt a-b there 0.1%")]
    [InlineData("1000ms .. 2min duplicate a-b back 1.50%", "1s..120s duplicate a-b back 1.5%")]
    [InlineData("0s..1h reorder a-b 10% 5ms", "0s..3600s reorder a-b 10% 5ms")]
    [InlineData("0s reorder a-b 10%", "0s reorder a-b 10%")]
    [InlineData("1us..100ns delay a-b 1s", null)]
    [InlineData("100ns..1us delay a-b 0.25s", "100ns..1us delay a-b 250ms")]
    [InlineData("2s.. jitter a-b 20ms", "2s jitter a-b 20ms")]
    [InlineData("0s rate a-b 1500kbit", "0s rate a-b 1.5Mbit")]
    [InlineData("0s rate a-b 999bit", "0s rate a-b 999bit")]
    [InlineData("0s mtu a-b 1400", "0s mtu a-b 1400")]
    [InlineData("0s flap a-b 100ms", "0s flap a-b 100ms 50%")]
    [InlineData("0s skew a -0.5ppm", "0s skew a -0.5ppm")]
    [InlineData("3s..4s step a -1h", "3s..4s step a -3600s")]
    [InlineData("0s partition a , b|c | d", "0s partition a,b | c | d")]
    [InlineData("0s pause 'switch 1'", "0s pause 'switch 1'")]
    [InlineData("0s pause 'it''s'", "0s pause 'it''s'")]
    [InlineData("0s pause ''''", "0s pause ''''")]
    [InlineData("0s down there back", "0s down there back")]
    [InlineData(" ; # nothing\n\n0s pause a # a remark; 1s crash b\n;;1s crash b\r\n", "0s pause a; 1s crash b")]
    [InlineData("", "")]
    public void Texts_are_read_and_written_in_one_way(string text, string? written)
    {
        if (written is null) Assert.Throws<FormatException>(() => FaultSchedule.Parse(text));
        else Assert.Equal(written, FaultSchedule.Parse(text).ToString());
    }

    [Theory]
    [InlineData("down a-b", "line 1, column 1: expected a time such as 3s or 100ms, found 'down'")]
    [InlineData("3 down a-b", "line 1, column 1: expected a time such as 3s or 100ms, found '3'")]
    [InlineData("3s..2s down a-b", "column 1: the fault ends before it begins, or lasts no time")]
    [InlineData("3s..3s down a-b", "column 1: the fault ends before it begins, or lasts no time")]
    [InlineData("-3s down a-b", "column 1: no fault begins or ends before the network does")]
    [InlineData("3s dwn a-b", "column 4: expected what goes wrong, one of down, flap, loss")]
    [InlineData("3s", "column 3: expected what goes wrong")]
    [InlineData("3s down", "column 8: expected the name of a link, found the end")]
    [InlineData("3s crash ; 4s pause b", "column 10: expected the name of a host, found ';'")]
    [InlineData("3s loss a-b 130%", "column 13: A chance lies between 0 and 1")]
    [InlineData("3s loss a-b 0%", "column 13: chance")]
    [InlineData("3s loss a-b 30", "column 13: expected a part such as 30%, found '30'")]
    [InlineData("3s loss a-b there", "column 18: expected a part such as 30%, found the end")]
    [InlineData("3s loss a-b 0.00000001%", "column 13: 0.00000001% is finer than can be kept")]
    [InlineData("3s delay a-b 10ns", "column 14: 10ns is finer than can be kept")]
    [InlineData("3s delay a-b -1s", "column 14: time")]
    [InlineData("3s delay a-b 99999999999999999999h", "column 14: the number is too large")]
    [InlineData("3s delay a-b 9999999999999999999999999999999999999h", "column 14: the number is too long")]
    [InlineData("3s rate a-b 5", "column 13: expected a rate such as 64kbit or 1.5Mbit, found '5'")]
    [InlineData("3s mtu a-b 99999999999", "column 12: no packet is so large")]
    [InlineData("3s skew a 0ppm", "column 11: A clock goes wrong by up to")]
    [InlineData("0s pause a\n3s pause a there", "line 2, column 12: expected the end of the fault, or ; before the next one, found 'there'")]
    [InlineData("3s partition a,b", "column 17: expected | and another group, found the end")]
    [InlineData("3s partition a, | b", "column 17: expected the name of a host, found '|'")]
    [InlineData("3s partition a | b,a", "column 14: a is in the partition twice")]
    [InlineData("3s pause 'a", "column 10: the quotes are not closed")]
    [InlineData("3s pause ''", "column 10: expected the name of a host")]
    [InlineData("3s flap a-b 0s", "column 13: time")]
    [InlineData("3s flap a-b 1s 100%", "column 13: A link that flaps is cut for a part of each period")]
    [InlineData("99999999h pause a", "column 1: no fault begins or ends after 36,500 days")]
    public void What_can_t_be_read_is_told_with_its_place_and_what_was_expected(string text, string part)
    {
        Assert.Contains(part, Assert.Throws<FormatException>(() => FaultSchedule.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(FaultSchedule.TryParse(text, out FaultSchedule schedule, out string? error));
        Assert.Empty(schedule);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_schedule_comes_back_from_its_text()
    {
        var faults = new RandomFaults(TestSettings.Random(1));
        for (int i = TestSettings.Count(5_000, 200_000); i > 0; i--)
        {
            FaultSchedule schedule = faults.Schedule(6);
            Assert.Equal(schedule, FaultSchedule.Parse(schedule.ToString()));
            Assert.Equal(schedule.GetHashCode(), FaultSchedule.Parse(schedule.ToString()).GetHashCode());
        }
    }

    // A format exception with a place, or a schedule that can be written and read again: nothing else.
    [Fact]
    public void Hostile_texts_are_refused_and_no_more()
    {
        Random random = TestSettings.Random(2);
        var faults = new RandomFaults(random);
        const string Bits = "0123456789.s%;|,'# \n-munhkMGbitp";
        int read = 0, count = TestSettings.Count(20_000, 1_000_000);
        for (int i = 0; i < count; i++)
        {
            char[] text = faults.Schedule(3).ToString().ToCharArray();
            for (int changes = random.Next(1, 4); changes > 0 && text.Length > 0; changes--)
            {
                int at = random.Next(text.Length);
                text[at] = random.Next(3) == 0 ? (char)random.Next(0x300) : Bits[random.Next(Bits.Length)];
                if (random.Next(8) == 0) text = text[..at];
            }

            if (!FaultSchedule.TryParse(new string(text), out FaultSchedule schedule, out string? error))
            {
                Assert.Contains(", column ", error, StringComparison.Ordinal);
                continue;
            }

            read++;
            Assert.Equal(schedule, FaultSchedule.Parse(schedule.ToString()));
        }

        Assert.InRange(read, count / 20, count);      // the changes are small enough to matter
    }

    [Fact]
    public void Faults_that_make_no_sense_can_t_be_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Loss("a", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Loss("a", 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Loss("a", double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Flap("a", TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Delay("a", TimeSpan.FromDays(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Skew("a", double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Step("a", TimeSpan.MinValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Pause("a").During(Seconds(2), Seconds(2)));
        Assert.Throws<InvalidOperationException>(() => Fault.Pause("a") with { Direction = LinkDirection.There });
        Assert.Throws<ArgumentException>(() => Fault.Pause(""));
        Assert.Throws<ArgumentException>(() => Fault.Partition(["a"], []));
        Assert.Throws<ArgumentException>(() => Fault.Partition(["a"], ["a"]));
    }

    [Fact]
    public void How_to_repeat_is_a_line_of_CSharp_and_options_of_a_command_line()
    {
        var schedule = new FaultSchedule(Fault.Pause("a \"$b\\`").During(Seconds(1), Seconds(2)));
        string[] lines = schedule.HowToRepeat(7).Split('\n');
        Assert.Equal(
            """var network = new VirtualNetwork(7); /* hosts and links */ FaultSchedule.Parse("1s..2s pause 'a \"$b\\`'").ApplyTo(network);""",
            lines[0]);
        Assert.Equal("""--seed 7 --faults "1s..2s pause 'a \"\$b\\\`'" """.TrimEnd(), lines[1]);
    }
}
