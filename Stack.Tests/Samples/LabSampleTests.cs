using System.Text.RegularExpressions;
using UserNet.Capture;
using UserNet.Samples.Lab;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>samples/Lab: a transfer through a router, with all that may be asked for.</summary>
public sealed partial class LabSampleTests
{
    [Fact]
    public void The_same_seed_prints_the_same_but_for_real_time_and_another_one_does_not()
    {
        string first = Run(CommandLine.Success, "--seed 7 --loss 2% --delay 20ms --jitter 2ms --reorder 2% --duplicate 1% --corrupt 1% --bytes 500kB");
        Assert.Equal(WithoutRealTime(first), WithoutRealTime(Run(CommandLine.Success, "--seed 7 --loss 0.02 --delay 20000us --jitter 2ms --reorder 2% --duplicate 1% --corrupt 1% --bytes 500000")));
        Assert.NotEqual(Value(first, "digest"), Value(Run(CommandLine.Success, "--seed 8 --loss 2% --delay 20ms --bytes 500kB"), "digest"));
        Assert.StartsWith("500,000 octets", Value(first, "received"), StringComparison.Ordinal);
        foreach (string name in (string[])["sent again", "lost on wires", "changed by wires", "virtual time", "goodput", "events", "real time"])
            Assert.Matches("[1-9]", Value(first, name));
    }

    [Theory]
    [InlineData("--loss 5%", "lost on wires")]
    [InlineData("--loss 5%", "sent again")]
    [InlineData("--partition 0.05s..1s", "lost on wires")]
    [InlineData("--corrupt 5%", "changed by wires")]
    [InlineData("--duplicate 5%", "changed by wires")]
    [InlineData("--reorder 5%", "changed by wires")]
    public void Each_trouble_shows(string option, string where)
    {
        Assert.DoesNotMatch("[1-9]", Value(Run(CommandLine.Success, "--bytes 1MB"), where));
        Assert.Matches("[1-9]", Value(Run(CommandLine.Success, $"--bytes 1MB {option}"), where));
    }

    [Fact]
    public void Delay_jitter_partitions_and_faults_take_time()
    {
        double usual = Seconds("");
        Assert.InRange(Seconds("--delay 100ms"), 1.5 * usual, 50 * usual);
        Assert.True(Seconds("--jitter 100ms") > usual);
        Assert.InRange(Seconds("--rate 1Mbit"), 4, 5);
        Assert.InRange(Seconds("--partition 0.1s..2s --partition 3s..3.5s"), 2, 10);
        Assert.InRange(Seconds("--faults", "0.1s..2s pause router"), 2, 10);

        static double Seconds(string options, string? value = null) =>
            double.Parse(Value(Run(CommandLine.Success, $"--bytes 500kB {options}", value), "virtual time").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public void Few_octets_are_a_transfer_too(string octets) => Assert.StartsWith($"{octets} octets", Value(Run(CommandLine.Success, $"--bytes {octets}"), "received"), StringComparison.Ordinal);

    [Fact]
    public void Many_seeds_are_run_and_each_failure_says_how_to_have_it_again()
    {
        string clean = Run(CommandLine.Success, "--runs 20 --bytes 20kB --loss 1%");
        Assert.StartsWith("20 seeds, none failed.", clean, StringComparison.Ordinal);
        Assert.Equal(WithoutRealTime(clean), WithoutRealTime(Run(CommandLine.Success, "--runs 20 --bytes 20kB --loss 1%")));
        string failing = Run(CommandLine.Failure, "--runs 3 --seed 5 --bytes 1kB --corrupt 90%");
        Assert.Contains("\n--seed 5 --bytes 1kB --corrupt 90%\n", failing, StringComparison.Ordinal);
        string alone = Run(CommandLine.Failure, "--seed 5 --bytes 1kB --corrupt 90%");
        Assert.Contains(Value(alone, "failed"), failing, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_has_all_points_and_begins_with_the_run()
    {
        string file = Path.GetTempFileName();
        try
        {
            Run(CommandLine.Success, "--bytes 50kB --loss 5% --pcap", file);
            CapturedPacket[] packets = [.. PcapngReader.ReadFile(file)];
            Assert.True(packets.Length > 100, $"{packets.Length} packets were recorded.");
            Assert.Contains(packets, static packet => packet.Comment?.StartsWith("lost", StringComparison.Ordinal) == true);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--loss 500%", "as in 5%")]
    [InlineData("--delay 5", "as in 20ms")]
    [InlineData("--partition 5s..3s", "as in 3s..5s")]
    [InlineData("--runs 0", "as in 1000")]
    [InlineData("--runs 2 --pcap x", "--pcap records one run")]
    [InlineData("--runs 2 --seed 18446744073709551615", "not so many seeds")]
    [InlineData("--faults", "expected what goes wrong", "3s..4s")]
    [InlineData("--faults", "no host nobody", "3s..4s pause nobody")]
    [InlineData("--faults", "no link nowhere", "3s..4s down nowhere")]
    public void What_can_not_be_is_refused_with_the_reason(string options, string reason, string? value = null)
    {
        var errors = new StringWriter();
        Assert.Equal(CommandLine.Malformed, CommandLine.Run(Arguments(options, value), TextWriter.Null, errors));
        Assert.Contains(reason, errors.ToString(), StringComparison.Ordinal);
    }

    private static string Run(int code, string options, string? value = null)
    {
        var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(code, CommandLine.Run(Arguments(options, value), output, TextWriter.Null));
        return output.ToString();
    }

    private static string[] Arguments(string options, string? value) =>
        [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. value is null ? Array.Empty<string>() : [value]];

    private static string Value(string output, string name) =>
        output.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[18..];

    private static string WithoutRealTime(string output) => RealTime().Replace(output, "");

    [GeneratedRegex("real time.*")]
    private static partial Regex RealTime();
}
