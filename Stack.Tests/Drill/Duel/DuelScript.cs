using System.Globalization;
using System.Text;
using UserNet.Drill.Running;

namespace UserNet.Tests.Drill.Duel;

/// <summary>A script without expectations: what a peer and a program do, each at its time. A machine's record makes it a whole one.</summary>
/// <remarks>Times are absolute, so that what comes late moves nothing that comes after it.</remarks>
internal sealed class DuelScript(int seed)
{
    // What a call's answer is compared with while it is recorded: none of them gives that, so that the answer is always told.
    private const string Unknown = "-99";
    private const string Answer = "@";

    private readonly List<string> _options = [], _knobs = [];
    private readonly List<(long Time, string Text, string[]? Probe)> _events = [];

    /// <summary>Chance, which the seed decides.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>When the next event is, microseconds.</summary>
    public long Now { get; private set; }

    /// <summary>How long the machine is listened to at the end, microseconds.</summary>
    public long Tail { get; set; } = 1_000_000;

    /// <summary>How late a packet may be: kernel timers of more than 256 ms are rounded to 32 ms (HZ=250), microseconds.</summary>
    public int Tolerance { get; set; } = 45_000;

    /// <summary>An option at the head, as in --ip_version=ipv6.</summary>
    public void Option(string text) => _options.Add(text);

    /// <summary>A knob that is set before the clock starts, as in net.ipv4.tcp_sack=0; values with spaces in quotes.</summary>
    public void Knob(string text) => _knobs.Add(text);

    /// <summary>Lets time pass.</summary>
    public void Wait(long microseconds) => Now += microseconds;

    /// <summary>Lets a time between two pass, microseconds.</summary>
    public void Wait(int least, int most) => Now += Random.Next(least, most + 1);

    /// <summary>True as often as that.</summary>
    public bool Chance(double probability) => Random.NextDouble() < probability;

    /// <summary>One of some.</summary>
    public T Pick<T>(params ReadOnlySpan<T> items) => items[Random.Next(items.Length)];

    /// <summary>A packet of the peer, without its arrow: . 1:1(0) ack 1 win 1000</summary>
    public void In(string packet) => _events.Add((Now, "< " + packet, null));

    /// <summary>A call whose answer is recorded: write(4, ..., 1000). One with @ in its text has that recorded instead, and says its result.</summary>
    public void Call(string call) => _events.Add((Now, call.Contains(Answer, StringComparison.Ordinal) ? call : $"{call} = {Answer}", null));

    /// <summary>A call whose answer is known.</summary>
    public void Know(string call) => _events.Add((Now, call, null));

    /// <summary>A command of the shell.</summary>
    public void Command(string command) => _events.Add((Now, $"`{command}`", null));

    /// <summary>Looks at TCP_INFO: the names of fields, without tcpi_.</summary>
    public void Probe(params string[] fields) =>
        _events.Add((Now, "", [.. fields.Select(static field => field.StartsWith("SK_", StringComparison.Ordinal) ? field : "tcpi_" + field)]));

    /// <summary>What is played to be recorded.</summary>
    public string Stimuli()
    {
        StringBuilder text = Head();
        foreach ((long time, string line, string[]? probe) in _events)
            text.Append(Seconds(time)).Append(' ').AppendLine(probe is null ? line.Replace(Answer, Unknown, StringComparison.Ordinal) : $"%{{ print({string.Join(", ", probe)}) }}%");
        return text.ToString();
    }

    /// <summary>The script that says what was recorded.</summary>
    public string Whole(ScriptRecord record)
    {
        StringBuilder text = Head();
        int packets = 0;
        for (int i = 0; i <= _events.Count; i++)
        {
            for (; packets < record.Packets.Count && record.Packets[packets].Before <= i; packets++)
                text.Append(Seconds(record.Packets[packets].Time)).Append(' ').AppendLine(record.Packets[packets].Text);
            if (i == _events.Count) break;
            (long time, string line, string[]? probe) = _events[i];
            string answer = record.Answers.GetValueOrDefault(i, Unknown);
            if (probe is not null) AppendAssertions(text, time, probe, answer);
            else text.Append(Seconds(time)).Append(' ').AppendLine(line.Replace(Answer, answer.Trim('[', ']'), StringComparison.Ordinal));
        }

        return text.ToString();
    }

    private static void AppendAssertions(StringBuilder text, long time, string[] probe, string answer)
    {
        string[] values = answer.Split(' ');
        if (values.Length != probe.Length) return;      // the socket was no more
        for (int i = 0; i < probe.Length; i++)
            text.Append(Seconds(time)).AppendLine(CultureInfo.InvariantCulture, $" %{{ assert {probe[i]} == {values[i]}, {probe[i]} }}%");
    }

    private StringBuilder Head()
    {
        var text = new StringBuilder();
        foreach (string option in (string[])[.. _options, $"--tolerance_usecs={Tolerance}", "--tolerance_percent=13"]) text.AppendLine(option);
        text.AppendLine("`../common/defaults.sh");
        foreach (string knob in _knobs) text.AppendLine(CultureInfo.InvariantCulture, $"sysctl -q {knob}");
        return text.AppendLine("`");
    }

    private static string Seconds(long microseconds) => PacketText.Seconds(microseconds);
}
