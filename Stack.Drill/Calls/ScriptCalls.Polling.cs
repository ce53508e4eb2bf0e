using UserNet.Drill.Language;
using UserNet.Drill.Machine;

namespace UserNet.Drill.Calls;

// Waiting for many descriptors.
internal sealed partial class ScriptCalls
{
    private const int MostParts = 1 << 16;

    private CallVerdict Poll(in CallArguments arguments)
    {
        arguments.Require(3);
        if (arguments[0] is not ListExpression { Items: var items }) throw arguments.Unsupported($"{CallArguments.FormOf(arguments[0])} where a list belongs", arguments[0].At);
        if (arguments.Number(1) != items.Count) throw arguments.Unsupported("a count that is not that of the list", arguments[1].At);
        var parts = new PollPart[items.Count];
        short?[] wanted = new short?[items.Count];
        for (int i = 0; i < parts.Length; i++) (parts[i], wanted[i]) = ReadPoll(arguments, items[i]);
        CallVerdict verdict = Check(arguments, System.Poll(parts, arguments.Int(2)));
        for (int i = 0; i < parts.Length; i++) arguments.Observed?.Invoke($"revents{i}", Names("POLL", (ushort)parts[i].Returned));
        for (int i = 0; i < parts.Length && verdict.Field is null; i++)
            if (wanted[i] is { } events && events != parts[i].Returned)
                verdict = new CallVerdict("revents", Names("POLL", (ushort)events), Names("POLL", (ushort)parts[i].Returned));
        return verdict;
    }

    private (PollPart Part, short? Wanted) ReadPoll(in CallArguments arguments, Expression item)
    {
        var fields = new StructReader(arguments, item);
        long script = fields.TakeNeeded("fd");
        var part = new PollPart
        {
            Descriptor = script < 0 ? -1 : LiveDescriptor((int)script) ?? NeverOpen,      // a negative one is passed over
            Events = unchecked((short)fields.TakeNeeded("events")),
        };
        long? wanted = fields.TakeNumber("revents");
        fields.End();
        return (part, wanted is { } events ? unchecked((short)events) : null);
    }

    private CallVerdict EpollCreate(in CallArguments arguments)
    {
        arguments.Require(1);
        bool hasFlags = arguments.Call.Name == "epoll_create1";
        if (!hasFlags && arguments.Number(0) <= 0) throw arguments.Unsupported("a size that is not above 0", arguments[0].At);
        return CheckDescriptor(arguments, System.EpollCreate(hasFlags ? arguments.Int(0) : 0), out _);
    }

    private CallVerdict EpollControl(in CallArguments arguments)
    {
        arguments.Require(4);
        EpollPart? part = null;
        if (!CallArguments.IsNull(arguments[3]) && arguments[3] is not EllipsisExpression)
        {
            (uint? events, ulong? data, _) = ReadEpoll(arguments, arguments[3]);
            part = new EpollPart { Events = events ?? 0, Data = data ?? 0 };
        }

        return Check(arguments, System.EpollControl(Descriptor(arguments, 0), arguments.Int(1), Descriptor(arguments, 2), part));
    }

    private CallVerdict EpollWait(in CallArguments arguments)
    {
        arguments.Require(4);
        IReadOnlyList<Expression> wanted = arguments[1] switch
        {
            EllipsisExpression => [],
            ListExpression list => list.Items,
            var one => [one],
        };
        int most = arguments.Int(2);
        var parts = new EpollPart[Math.Clamp(Math.Max(most, wanted.Count), 1, MostParts)];
        var expected = new (uint? Events, ulong? Data, bool IsShort)[wanted.Count];
        for (int i = 0; i < expected.Length; i++) expected[i] = ReadEpoll(arguments, wanted[i]);
        int answer = System.EpollWait(Descriptor(arguments, 0), most is > 0 and <= MostParts ? parts.AsSpan(0, most) : [], arguments.Int(3));
        arguments.Observed?.Invoke("events", $"[{string.Join(", ", parts.Take(answer).Select(part => $"{{events={Names("EPOLL", part.Events)}, u64={part.Data}}}"))}]");
        CallVerdict verdict = Check(arguments, answer);
        for (int i = 0; i < expected.Length && verdict.Field is null; i++) verdict = CompareEpoll(expected[i], parts[i]);
        return verdict;
    }

    private CallVerdict CompareEpoll((uint? Events, ulong? Data, bool IsShort) wanted, EpollPart given)
    {
        if (wanted.Events is { } events && events != given.Events) return new CallVerdict("events", Names("EPOLL", events), Names("EPOLL", given.Events));
        ulong actual = wanted.IsShort ? (uint)given.Data : given.Data;
        return wanted.Data is { } data && data != actual ? new CallVerdict("data", $"{data}", $"{actual}") : default;
    }

    /// <summary>struct epoll_event, whose data is one of fd, u32, u64 and ptr: the script's own number, which the system only keeps.</summary>
    private static (uint? Events, ulong? Data, bool IsShort) ReadEpoll(in CallArguments arguments, Expression expression)
    {
        var fields = new StructReader(arguments, expression);
        long? events = fields.TakeNumber("events");
        bool isShort = fields.Has("fd") || fields.Has("u32");
        long? data = fields.TakeNumber("fd", "u32", "u64", "ptr");
        fields.End();
        ulong? octets = data is null ? null : isShort ? unchecked((uint)data.Value) : unchecked((ulong)data.Value);
        return (events is null ? null : unchecked((uint)events.Value), octets, isShort);
    }

    /// <summary>Flags as a script writes them: POLLIN|POLLOUT.</summary>
    private string Names(string prefix, uint flags)
    {
        if (flags == 0) return "0";
        var names = new List<string>();
        for (uint left = flags; left != 0; left &= left - 1)
        {
            uint bit = left & (~left + 1);
            names.Add(_constants.NameOf(prefix, bit, $"0x{bit:x}"));
        }

        return string.Join('|', names);
    }
}
