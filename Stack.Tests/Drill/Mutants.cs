using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;

namespace UserNet.Tests.Drill;

/// <summary>A script with one thing in it that is wrong.</summary>
/// <param name="Kind">What sort of thing: "ack", "TS ecr", "packet removed".</param>
/// <param name="At">Where it stands.</param>
/// <param name="Index">Which event it is in.</param>
/// <param name="What">What was changed, for people.</param>
/// <param name="Events">What stands in place of that event: none, one, or two.</param>
internal sealed record Mutant(string Kind, Position At, int Index, string What, IReadOnlyList<ScriptEvent> Events)
{
    /// <summary>The script with the wrong thing in it.</summary>
    public Script Of(Script script) =>
        script with { Events = [.. script.Events.Take(Index), .. Events, .. script.Events.Skip(Index + 1)] };
}

/// <summary>
/// Makes scripts wrong in one place: one field of one expected packet changed, one expected packet removed or repeated, one asserted
/// result changed. Whoever plays them finds out whether the script, and the runner, would notice.
/// </summary>
internal static partial class Mutants
{
    /// <summary>All of a script.</summary>
    /// <param name="script">One that passes.</param>
    /// <param name="options">How it is played.</param>
    public static IEnumerable<Mutant> Of(Script script, DrillOptions options)
    {
        long tolerance = ScriptSettings.Of(script, options).ToleranceMicroseconds;
        for (int i = 0; i < script.Events.Count; i++)
        {
            int index = i;
            ScriptEvent next = script.Events[i];
            IEnumerable<(string Kind, string What, ScriptEvent[] Events)> changes = next switch
            {
                PacketEvent { Packet.IsInbound: false } packet => OfExpected(packet, tolerance),
                CallEvent call => OfCall(call, tolerance),
                CodeEvent code => OfCode(code),
                _ => [],
            };
            foreach ((string kind, string what, ScriptEvent[] events) in changes) yield return new Mutant(kind, next.At, index, what, events);
        }
    }

    private static IEnumerable<(string Kind, string What, ScriptEvent[] Events)> OfExpected(PacketEvent line, long tolerance)
    {
        yield return ("packet removed", "", []);
        yield return ("packet repeated", "", [line, line]);
        foreach (EventTime time in OtherTimes(line.Time, tolerance)) yield return ("packet time", $"{time}", [line with { Time = time }]);
        foreach ((string kind, PacketSpec packet) in OfPacket(line.Packet)) yield return (kind, $"{packet.Ip} {packet.Body}", [line with { Packet = packet }]);
    }

    // Farther off than is let pass: later, and earlier where there is room before it.
    private static IEnumerable<EventTime> OtherTimes(EventTime time, long tolerance)
    {
        if (time.Kind == TimeKind.Any) yield break;
        long length = time.End - time.Start;
        long off = (3 * tolerance) + (time.Start / 2) + length;
        yield return time with { Start = time.Start + off, End = time.End + off };
        if (time.Start >= off) yield return time with { Start = time.Start - off, End = time.End - off };
    }

    private static IReadOnlyList<T> Replaced<T>(IReadOnlyList<T> list, int index, params T[] items) =>
        [.. list.Take(index), .. items, .. list.Skip(index + 1)];
}
