using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserNet.Drill.Running;

namespace UserNet.Tests.Drill.Duel;

/// <summary>A script without expectations: what a peer and a program do, each at its time. A machine's record makes it a whole one.</summary>
/// <remarks>Times are absolute, so that what comes late moves nothing that comes after it.</remarks>
internal sealed partial class DuelScript(int seed)
{
    // What a call's answer is compared with while it is recorded: none of them gives that, so that the answer is always told.
    private const string Unknown = "-99";
    private const string Answer = "@";
    private const string Waiting = "...";      // before a call that may wait

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

    /// <summary>A script is left out in which the peer has a segment as soon as it is sent.</summary>
    public bool HasRoundTrips { get; set; }

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

    /// <summary>
    /// A call of which parts are recorded: @{result|-99} stands for what the machine says of "result", and for -99 while nobody knows. Of a
    /// call that may wait, the time of its return is recorded too.
    /// </summary>
    public void Ask(string call, bool mayWait = false) => _events.Add((Now, mayWait ? Waiting + call : call, null));

    /// <summary>Asks what is ready; the answer is recorded.</summary>
    public void Poll(int descriptor) =>
        _events.Add((Now, $"poll([{{fd={descriptor}, events=POLLIN|POLLOUT|POLLRDHUP|POLLPRI, revents={Answer}}}], 1, 0) = 1", null));

    /// <summary>SO_ERROR; the answer is recorded.</summary>
    public void SocketError(int descriptor) => _events.Add((Now, $"getsockopt({descriptor}, SOL_SOCKET, SO_ERROR, [{Answer}], [4]) = 0", null));

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
            text.Append(Begin(time, line, time)).AppendLine(probe is null ? Fill(line, static (_, otherwise) => otherwise).Replace(Answer, Unknown, StringComparison.Ordinal) : $"%{{ print({string.Join(", ", probe)}) }}%");
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
            else text.Append(Begin(time, line, record.Returns.GetValueOrDefault(i, time))).AppendLine(Answered(Fill(line, (part, otherwise) => record.Parts.GetValueOrDefault((i, part), otherwise)), answer));
        }

        return text.ToString();
    }

    private static string Begin(long time, string line, long returns) =>
        line.StartsWith(Waiting, StringComparison.Ordinal) ? $"{Seconds(time)}...{Seconds(returns)} " : Seconds(time) + " ";

    private static string Fill(string line, Func<string, string, string> value) =>
        Part().Replace(line.StartsWith(Waiting, StringComparison.Ordinal) ? line[Waiting.Length..] : line, match => value(match.Groups[1].Value, match.Groups[2].Value));

    [GeneratedRegex(@"@\{(\w+)\|([^}]*)\}")]
    private static partial Regex Part();

    // A call whose answer was known is told as it was answered, and so is one that had nothing to tell.
    private static string Answered(string line, string answer)
    {
        bool isPoll = line.Contains("revents=" + Answer, StringComparison.Ordinal) && answer.Length > 0 && char.IsAsciiDigit(answer[0]);
        bool isValue = line.IndexOf(Answer, StringComparison.Ordinal) < line.LastIndexOf(" = ", StringComparison.Ordinal);
        if (isPoll || (isValue && answer.StartsWith("-1 ", StringComparison.Ordinal))) line = line.Replace(Answer, "0", StringComparison.Ordinal);
        else if (line.Contains(Answer, StringComparison.Ordinal)) return line.Replace(Answer, answer.Trim('[', ']'), StringComparison.Ordinal);
        int end = line.LastIndexOf(" = ", StringComparison.Ordinal);
        return answer == Unknown || end < 0 ? line : line[..(end + 3)] + answer;
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
