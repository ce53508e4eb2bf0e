using System.Globalization;
using System.Runtime.ExceptionServices;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>What is expected of packets.</summary>
internal enum ExpectationKind
{
    One,
    InOrder,
    None,
}

/// <summary>Somebody who waits for packets, or for there being none, until an instant.</summary>
/// <remarks>The network's thread.</remarks>
internal sealed class Expectation
{
    private readonly PacketWatch _watch;
    private readonly FramePredicate[] _what;
    private readonly string _description;
    private readonly TimeSpan _within;
    private readonly long _from;      // the number of the first packet that was not expected when it began
    private readonly List<SeenPacket> _found = [];
    private ExceptionDispatchInfo? _failure;
    private TaskCompletionSource<Expectation>? _waiting;
    private ITimer? _timer;
    private bool _isLate;      // its time is over, but for what else is to happen at this instant

    public Expectation(PacketWatch watch, ExpectationKind kind, FramePredicate[] what, TimeSpan within, string description)
    {
        ArgumentNullException.ThrowIfNull(what);
        foreach (FramePredicate one in what) ArgumentNullException.ThrowIfNull(one, nameof(what));
        End = watch.Network.EndOf(within);
        (_watch, _what, _within, Kind) = (watch, what, within, kind);
        _description = ExpectationText.OnOneLine(description);
        _from = watch.Memory.Next;
        IsOver = what.Length == 0;
    }

    public ExpectationKind Kind { get; }

    /// <summary>The last instant at which it may happen.</summary>
    public Timestamp End { get; }

    /// <summary>True once it is known how it went.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The packets that were expected, as far as they came.</summary>
    public IReadOnlyList<SeenPacket> Found => _found;

    /// <summary>A time in words, as in 1.5 s.</summary>
    public static string InWords(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{time.Ticks / (decimal)TimeSpan.TicksPerSecond:0.#######} s");

    /// <summary>A packet passed.</summary>
    public void LookAt(long number)
    {
        if (IsOver || !_watch.LooksAt(number)) return;
        PacketWatchMemory memory = _watch.Memory;
        try
        {
            if (!_what[_found.Count](memory.ViewOf(memory[number])) || IsOver) return;
        }
#pragma warning disable CA1031 // it comes out where the question was asked
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
            return;
        }

        _found.Add(memory.Copy(number));
        if (Kind == ExpectationKind.None)
        {
            Fail(new ExpectationException(Describe(), _watch.Kept));
            return;
        }

        memory.Next = Math.Max(memory.Next, number + 1);
        if (_found.Count == _what.Length) Finish();
    }

    /// <summary>Nothing more is to be looked at.</summary>
    public void TimeIsOver()
    {
        if (IsOver) return;
        if (Kind == ExpectationKind.None) Finish();
        else Fail(new ExpectationException(Describe(), _watch.Kept));
    }

    /// <summary>It will not come.</summary>
    public void Fail(Exception exception)
    {
        if (IsOver) return;
        _failure = ExceptionDispatchInfo.Capture(exception);
        Finish();
    }

    public void ThrowFailure() => _failure?.Throw();

    /// <summary>Its end, for a program, which then goes on in its turn.</summary>
    public Task<Expectation> WaitAsync()
    {
        _waiting = new TaskCompletionSource<Expectation>();
        if (IsOver) Complete();
        else _timer = _watch.Network.Clock.CreateTimer(static self => ((Expectation)self!).OnTimer(), this, _within, Timeout.InfiniteTimeSpan);
        return _waiting.Task;
    }

    // What else was set for this instant comes first.
    private void OnTimer()
    {
        if (_isLate)
        {
            _watch.Memory.Remove(this);
            TimeIsOver();
            return;
        }

        _isLate = true;
        _timer?.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Finish()
    {
        IsOver = true;
        _timer?.Dispose();
        // Never from inside the delivery that ended it.
        if (_waiting is not null) _watch.Network.Items.Schedule(static self => ((Expectation)self!).Complete(), this);
    }

    private void Complete()
    {
        if (_failure is null) _waiting!.SetResult(this);
        else _waiting!.SetException(_failure.SourceException);
    }

    private string Describe()
    {
        Timestamp now = _watch.Network.Clock.Now;
        string during = InWords(_within);
        if (Kind == ExpectationKind.None)
        {
            return $"Expected no packet for {during}, until {End} s: {_description}{_watch.Looks}.\n"
                + $"It is {now} s, and this one passed:\n    {_found[0]}\n{_watch.Describe(_from)}";
        }

        string what = $" {_description}{_watch.Looks}.", expected = "a packet";
        if (Kind == ExpectationKind.InOrder)
        {
            expected = $"{_what.Length} packets in order";
            what = string.Concat(ExpectationText.Parts(_description, _what.Length).Select(
                (part, i) => $"\n  {(i < _found.Count ? "came:   " : i == _found.Count ? "missing:" : "then:   ")} {part}{_watch.Looks}"));
        }

        List<string> hindrances = _watch.Network.Hindrances();
        return $"Expected {expected} within {during}, until {End} s:{what}\nIt is {now} s.\n{_watch.Describe(_watch.Memory.Next)}"
            + string.Concat(hindrances.Select(static line => $"\n{line}"));
    }
}

/// <summary>What a failure says of the caller's expression.</summary>
internal static class ExpectationText
{
    /// <summary>An expression without the ends of its lines and what is blank around them.</summary>
    public static string OnOneLine(string text)
    {
        string all = "";
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool isJoined = all.Length == 0 || line[0] is '.' or ')' or ']' || all[^1] is '(' or '[';
            all += isJoined ? line : $" {line}";
        }

        return all;
    }

    /// <summary>
    /// The elements of a list, as in "[a, b(c, d)]"; the whole for each, with its number, where it is something else.
    /// </summary>
    public static IReadOnlyList<string> Parts(string text, int count)
    {
        List<string> parts = [];
        if (text is ['[', .. string inner, ']'])
        {
            int depth = 0, start = 0;
            bool isQuoted = false;
            for (int i = 0; i < inner.Length; i++)
            {
                char c = inner[i];
                if (c == '"') isQuoted = !isQuoted;
                if (isQuoted) continue;
                if (c is '(' or '[' or '{') depth++;
                if (c is ')' or ']' or '}') depth--;
                if (c != ',' || depth != 0) continue;
                parts.Add(inner[start..i].Trim());
                start = i + 1;
            }

            if (inner[start..].Trim() is { Length: > 0 } last) parts.Add(last);
        }

        return parts.Count == count ? parts : [.. Enumerable.Range(1, count).Select(number => $"number {number} of {text}")];
    }
}
