using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

// Files and pipes, and what goes from one descriptor to another.
internal sealed partial class ScriptCalls
{
    private CallVerdict Open(in CallArguments arguments)
    {
        arguments.Require(2, 3);
        if (arguments[0] is not TextExpression path) throw arguments.Unsupported($"{CallArguments.FormOf(arguments[0])} where a path belongs", arguments[0].At);
        if (arguments.Count == 3) arguments.Number(2);      // its mode, for a file that it makes: nothing here depends on it
        return CheckDescriptor(arguments, System.Open(path.Text, arguments.Int(1)), out _);
    }

    private CallVerdict Pipe(in CallArguments arguments)
    {
        arguments.Require(1);
        if (arguments[0] is not ListExpression { Items: [var first, var second] })
            throw arguments.Unsupported($"{CallArguments.FormOf(arguments[0])} where [a, b] belongs", arguments[0].At);
        int reader = arguments.IntOf(first), writer = arguments.IntOf(second);
        Span<int> ends = stackalloc int[2];
        int answer = System.Pipe(ends);
        if (answer >= 0)
        {
            _open.AddRange([ends[0], ends[1]]);
            if (!TryName(reader, ends[0]) || !TryName(writer, ends[1])) return new CallVerdict("result", "new descriptors", $"{reader} or {writer}, which is open");
        }

        return Check(arguments, answer);
    }

    private CallVerdict SendFile(in CallArguments arguments)
    {
        arguments.Require(4);
        long? offset = CallArguments.IsNull(arguments[2]) ? null : arguments[2] is EllipsisExpression ? 0 : arguments.Referred(2);
        int live = Descriptor(arguments, 0);
        return Checked(arguments, live, System.SendFile(live, Descriptor(arguments, 1), ref offset, arguments.Int(3)));
    }

    /// <summary>splice(in, NULL, out, NULL, length, flags): ends of pipes and sockets have no offsets.</summary>
    private CallVerdict Splice(in CallArguments arguments)
    {
        arguments.Require(6);
        foreach (int index in (ReadOnlySpan<int>)[1, 3])
            if (!CallArguments.IsNull(arguments[index])) throw arguments.Unsupported("an offset", arguments[index].At);
        int input = Descriptor(arguments, 0), output = Descriptor(arguments, 2);
        return Check(arguments, System.Splice(input, output, arguments.Int(4), arguments.Int(5)));
    }
}
