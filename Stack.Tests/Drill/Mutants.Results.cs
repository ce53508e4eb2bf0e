using UserNet.Drill.Language;

namespace UserNet.Tests.Drill;

/// <content>Results of calls, and what Python asserts.</content>
internal static partial class Mutants
{
    private static readonly string[] Opening = ["socket", "accept", "accept4", "epoll_create", "epoll_create1", "open"];

    // What a call tells by its arguments: names of a struct's parts.
    private static readonly string[] Told =
    [
        "revents", "msg_flags", "cmsg_level", "cmsg_type", "cmsg_data", "scm_sec", "scm_nsec", "ee_errno", "ee_origin", "ee_type", "ee_code",
        "ee_info", "ee_data",
    ];

    private static readonly string[] ToldByEpoll = ["events", "fd", "ptr", "u32", "u64"];

    private static IEnumerable<(string Kind, string What, ScriptEvent[] Events)> OfCall(CallEvent call, long tolerance)
    {
        SystemCall made = call.Call;
        foreach (SystemCall other in OtherResults(made)) yield return ("result", $"{made.Name} = {other.Result}", [call with { Call = other }]);
        if (made.Error is { } error)
        {
            string wrong = error == "EIO" ? "EPERM" : "EIO";
            yield return ("errno", $"{made.Name} = -1 {wrong}", [call with { Call = made with { Error = wrong } }]);
        }

        if (call.ReturnsAt is { } end)
            foreach (EventTime time in OtherTimes(end, tolerance))
                if (time.Start >= call.Time.Start) yield return ("time of return", $"{made.Name} at {time}", [call with { ReturnsAt = time }]);

        for (int i = 0; i < made.Arguments.Count; i++)
            foreach ((string kind, Expression other) in OfArgument(made, i))
                yield return (kind, $"{made.Name}: {other}", [call with { Call = made with { Arguments = Replaced(made.Arguments, i, other) } }]);
    }

    private static IEnumerable<SystemCall> OtherResults(SystemCall call)
    {
        if (call.Result is not NumberExpression result) yield break;
        if (result.Value < 0)
        {
            yield return call with { Result = result with { Value = 0 }, Error = null };
            yield break;
        }

        yield return call with { Result = result with { Value = -1 } };
        // Any descriptor will do where one is made; the script's number for it is but a name.
        if (!Opening.Contains(call.Name)) yield return call with { Result = result with { Value = result.Value + 1 } };
        if (result.Value > 0 && !Opening.Contains(call.Name)) yield return call with { Result = result with { Value = result.Value - 1 } };
    }

    private static IEnumerable<(string Kind, Expression Argument)> OfArgument(SystemCall call, int index)
    {
        if (call.Result is NumberExpression { Value: < 0 }) return [];      // nothing is told by a call that fails
        Expression argument = call.Arguments[index];
        return (call.Name, index) switch
        {
            ("getsockopt", 3) or ("ioctl", 2) => OfValue("value returned", argument, static _ => true),
            ("poll", 0) => OfValue("revents", argument, static name => name == "revents"),
            ("epoll_wait", 1) => OfValue("epoll event", argument, ToldByEpoll.Contains),
            ("recvmsg", 1) => OfValue("message", argument, Told.Contains),
            _ => [],
        };
    }

    // Values with one number or name of them changed; of structs only the parts that are told.
    private static IEnumerable<(string Kind, Expression Argument)> OfValue(string kind, Expression value, Func<string, bool> isTold)
    {
        switch (value)
        {
            case NumberExpression number:
                yield return (kind, number with { Value = number.Value ^ 1 });
                break;
            case NameExpression { Name: not "NULL" } name:
                yield return (kind, new NumberExpression(name.Name.StartsWith('E') && !name.Name.StartsWith("EPOLL", StringComparison.Ordinal) ? 5 : 0, name.At));
                break;
            case TextExpression text:
                yield return (kind, text with { Text = text.Text + "x" });
                break;
            case OrExpression or:
                for (int i = 0; i < or.Operands.Count; i++) yield return (kind, or with { Operands = Replaced(or.Operands, i) });
                break;
            case ListExpression list:
                for (int i = 0; i < list.Items.Count; i++)
                    foreach ((_, Expression other) in OfValue(kind, list.Items[i], isTold)) yield return (kind, list with { Items = Replaced(list.Items, i, other) });
                break;
            case StructExpression record:
                for (int i = 0; i < record.Fields.Count; i++)
                {
                    FieldExpression field = record.Fields[i];
                    bool isPart = field.Name is null || isTold(field.Name) || field.Value is StructExpression or ListExpression;
                    if (!isPart) continue;
                    foreach ((_, Expression other) in OfValue(kind, field.Value, isTold)) yield return (kind, record with { Fields = Replaced(record.Fields, i, field with { Value = other }) });
                }
                break;
        }
    }

    private static IEnumerable<(string Kind, string What, ScriptEvent[] Events)> OfCode(CodeEvent code)
    {
        for (int i = 0; i < code.Code.Statements.Count; i++)
        {
            if (code.Code.Statements[i] is not AssertStatement assert) continue;
            foreach (CodeExpression other in OfCondition(assert.Condition))
            {
                CodeBlock block = code.Code with { Statements = Replaced(code.Code.Statements, i, assert with { Condition = other }) };
                yield return ("assertion", $"{other}", [code with { Code = block }]);
            }
        }
    }

    private static IEnumerable<CodeExpression> OfCondition(CodeExpression condition)
    {
        switch (condition)
        {
            case CodeBinary { Operator: "and" } both:
                foreach (CodeExpression left in OfCondition(both.Left)) yield return both with { Left = left };
                foreach (CodeExpression right in OfCondition(both.Right)) yield return both with { Right = right };
                break;
            case CodeComparison { Rest: [("==", var operand)] } equal:
                yield return equal with { Rest = [("==", new CodeBinary("+", operand, new CodeConstant(1L, operand.At), operand.At))] };
                yield return equal with { Rest = [("==", new CodeBinary("-", operand, new CodeConstant(1L, operand.At), operand.At))] };
                break;
            // A bound is no value: what lies a little farther holds as well. All of it is denied.
            default:
                yield return new CodeUnary("not", condition, condition.At);
                break;
        }
    }
}
