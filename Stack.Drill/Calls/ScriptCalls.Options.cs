using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using UserNet.Drill.Language;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;

namespace UserNet.Drill.Calls;

// Options of sockets, flags of descriptors.
internal sealed partial class ScriptCalls
{
    private const int FreeBsdSocketLevel = 0xFFFF;      // SOL_SOCKET of FreeBSD as a bare number
    private const int MostOption = 1 << 16;

    private CallVerdict GetOption(in CallArguments arguments)
    {
        arguments.Require(5);
        int live = Descriptor(arguments, 0), level = Level(arguments), name = arguments.Int(2);
        Expression wanted = arguments[3];
        (int length, int? wantedLength) = OptionLength(arguments, arguments[4]);
        byte[] value = OptionRequest(arguments, wanted, Math.Clamp(length, 0, MostOption));
        int answer = System.GetOption(live, level, name, value, ref length);
        RequireKnown(arguments, answer);
        if (answer >= 0) ObserveOption(arguments, value.AsSpan(0, Math.Clamp(length, 0, value.Length)), length);
        CallVerdict verdict = Check(arguments, answer);
        if (verdict.Field is not null || answer < 0) return verdict;
        if (wantedLength is { } said && said != length) return new CallVerdict("length", $"[{said}]", $"[{length}]");
        ReadOnlySpan<byte> given = value.AsSpan(0, Math.Clamp(length, 0, value.Length));
        if (level == PosixConstants.SOL_SOCKET && name == RawOption.Error && given.Length == sizeof(int))
            Note(FactsOf(live), -BinaryPrimitives.ReadInt32LittleEndian(given));
        return CompareOption(arguments, wanted, given);
    }

    // 4, [4], or [4, 1]: what is asked for, and what comes.
    private static (int Asked, int? Given) OptionLength(in CallArguments arguments, Expression expression) => expression switch
    {
        ListExpression { Items: [var asked, var given] } => (arguments.IntOf(asked), arguments.IntOf(given)),
        ListExpression => (arguments.Referred(4), null),
        _ => (arguments.IntOf(expression), null),
    };

    private static void ObserveOption(in CallArguments arguments, ReadOnlySpan<byte> value, int length)
    {
        if (arguments.Observed is not { } observed) return;
        var numbers = new List<int>();
        for (int at = 0; at < value.Length; at += sizeof(int)) numbers.Add(NumberAt(value[at..]));
        if (numbers.Count > 0) observed("value", $"[{string.Join(", ", numbers)}]");
        observed("length", $"{length}");
    }

    private CallVerdict SetOption(in CallArguments arguments)
    {
        arguments.Require(5);
        int live = Descriptor(arguments, 0), level = Level(arguments), name = arguments.Int(2), length = arguments.Int(4);
        byte[]? value = OptionValue(arguments, arguments[3]);
        int answer = System.SetOption(live, level, name, value, length);
        RequireKnown(arguments, answer);
        return Check(arguments, answer);
    }

    /// <summary>
    /// A stack that lacks an option says so as it would of one that does not exist. A script that does not expect that has met something
    /// that is not there, not something that is wrong. The kernel's word is final.
    /// </summary>
    private void RequireKnown(in CallArguments arguments, int answer)
    {
        if (!Failed(answer, Errno.ENOPROTOOPT) || _context.Machine.IsLive || arguments.ExpectedError == (int)Errno.ENOPROTOOPT || arguments.Observed is not null) return;
        string name = arguments[2] is NameExpression option ? option.Name : CallArguments.FormOf(arguments[2]);
        throw new UnsupportedException($"socket option {name}", arguments[2].At);
    }

    private int Level(in CallArguments arguments)
    {
        int level = arguments.Int(1);
        return IsFreeBsd && level == FreeBsdSocketLevel ? PosixConstants.SOL_SOCKET : level;
    }

    /// <summary>Room for an option's value; what is asked about stands in it where that matters.</summary>
    private static byte[] OptionRequest(in CallArguments arguments, Expression wanted, int length)
    {
        if (wanted is EllipsisExpression) return new byte[length];
        if (CallArguments.IsNull(wanted)) return [];
        bool isPartial = wanted is ListExpression list && list.Items.Any(static item => item is EllipsisExpression);
        if (!isPartial) OptionValue(arguments, wanted);      // what can't be set can't be compared either
        return new byte[length];
    }

    /// <summary>The octets of a value: <c>[1]</c>, <c>"cubic"</c>, <c>{onoff=1, linger=0}</c>.</summary>
    private static byte[]? OptionValue(in CallArguments arguments, Expression value)
    {
        switch (value)
        {
            case var none when CallArguments.IsNull(none): return null;
            case TextExpression text: return Encoding.Latin1.GetBytes(text.Text + "\0");      // as C has them; the length says how much counts
            case ListExpression { Items: [TextExpression text] }: return Encoding.Latin1.GetBytes(text.Text + "\0");
            case ListExpression { Items: [StructExpression record] }: return StructOctets(arguments, record);
            case StructExpression record: return StructOctets(arguments, record);
            case ListExpression { Items: { Count: > 0 } items }:
                byte[] numbers = new byte[sizeof(int) * items.Count];
                for (int i = 0; i < items.Count; i++) BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(sizeof(int) * i), arguments.IntOf(items[i]));
                return numbers;
            default: throw arguments.Unsupported($"{CallArguments.FormOf(value)} as the value of an option", value.At);
        }
    }

    private static byte[] StructOctets(in CallArguments arguments, StructExpression record)
    {
        OptionStruct layout = OptionStruct.Find(record) ?? throw arguments.Unsupported("a struct that is not known", record.At);
        return layout.Write(arguments, record);
    }

    /// <summary>Compares an option's value with the script's.</summary>
    private static CallVerdict CompareOption(in CallArguments arguments, Expression wanted, ReadOnlySpan<byte> given) => wanted switch
    {
        EllipsisExpression or NameExpression or NumberExpression => default,
        ListExpression { Items: [EllipsisExpression] } => default,
        TextExpression text => CompareText(text.Text, given),
        ListExpression { Items: [TextExpression text] } => CompareText(text.Text, given),
        ListExpression { Items: [StructExpression record] } => OptionStruct.Find(record)!.Compare(arguments, record, given),
        StructExpression record => OptionStruct.Find(record)!.Compare(arguments, record, given),
        ListExpression list => CompareNumbers(arguments, list, given),
        _ => throw arguments.Unsupported($"{CallArguments.FormOf(wanted)} as the value of an option", wanted.At),
    };

    private static CallVerdict CompareText(string wanted, ReadOnlySpan<byte> given)
    {
        int end = given.IndexOf((byte)0);
        string actual = Encoding.Latin1.GetString(end < 0 ? given : given[..end]);
        return actual == wanted.TrimEnd('\0') ? default : new CallVerdict("value", $"\"{wanted}\"", $"\"{actual}\"");
    }

    private static CallVerdict CompareNumbers(in CallArguments arguments, ListExpression wanted, ReadOnlySpan<byte> given)
    {
        for (int i = 0; i < wanted.Items.Count; i++)
        {
            if (wanted.Items[i] is EllipsisExpression) continue;
            int expected = arguments.IntOf(wanted.Items[i]);
            ReadOnlySpan<byte> octets = given[Math.Min(sizeof(int) * i, given.Length)..];
            if (octets.IsEmpty) return new CallVerdict("value", ValueText(arguments, expected), "[]");
            int actual = NumberAt(octets);
            if (actual != expected) return new CallVerdict("value", ValueText(arguments, expected), ValueText(arguments, actual));
        }

        return default;
    }

    /// <summary>A number of four octets, or of as few as a system gave.</summary>
    private static int NumberAt(ReadOnlySpan<byte> octets)
    {
        Span<byte> whole = stackalloc byte[sizeof(int)];
        whole.Clear();
        octets[..Math.Min(octets.Length, sizeof(int))].CopyTo(whole);
        return BinaryPrimitives.ReadInt32LittleEndian(whole);
    }

    private static string ValueText(in CallArguments arguments, int value)
    {
        bool isError = arguments[2] is NameExpression { Name: "SO_ERROR" } && value > 0;
        return isError ? $"[{ConstantTable.ErrorName(value)}]" : string.Create(CultureInfo.InvariantCulture, $"[{value}]");
    }

    private CallVerdict FileControl(in CallArguments arguments)
    {
        arguments.Require(2, 3);
        int command = arguments.Int(1), argument = arguments.Count == 3 ? arguments.Int(2) : 0;
        if (IsFreeBsd && command == PosixConstants.F_SETFL) argument = FlagsFromFreeBsd(arguments, argument);
        int answer = System.FileControl(Descriptor(arguments, 0), command, argument);
        if (command is PosixConstants.F_DUPFD or PosixConstants.F_DUPFD_CLOEXEC) return CheckDescriptor(arguments, answer, out _);
        if (IsFreeBsd && command == PosixConstants.F_GETFL && answer >= 0) answer = FlagsToFreeBsd(answer);
        return Check(arguments, answer);
    }

    private static int FlagsFromFreeBsd(in CallArguments arguments, int flags)
    {
        const int Known = PosixConstants.O_RDWR | 1 | FreeBsdNames.NonBlock | FreeBsdNames.Append | FreeBsdNames.Async;
        if ((flags & ~Known) != 0) throw arguments.Unsupported($"flags 0x{flags & ~Known:x}", arguments[2].At);
        return (flags & (PosixConstants.O_RDWR | 1))
            | ((flags & FreeBsdNames.NonBlock) != 0 ? PosixConstants.O_NONBLOCK : 0)
            | ((flags & FreeBsdNames.Append) != 0 ? PosixConstants.O_APPEND : 0)
            | ((flags & FreeBsdNames.Async) != 0 ? PosixConstants.O_ASYNC : 0);
    }

    private static int FlagsToFreeBsd(int flags) => (flags & (PosixConstants.O_RDWR | 1))
        | ((flags & PosixConstants.O_NONBLOCK) != 0 ? FreeBsdNames.NonBlock : 0)
        | ((flags & PosixConstants.O_APPEND) != 0 ? FreeBsdNames.Append : 0)
        | ((flags & PosixConstants.O_ASYNC) != 0 ? FreeBsdNames.Async : 0);

    private CallVerdict Control(in CallArguments arguments)
    {
        arguments.Require(3);
        bool isUnsaid = arguments[2] is EllipsisExpression or ListExpression { Items: [EllipsisExpression] };
        int wanted = isUnsaid ? 0 : arguments.Referred(2), value = wanted, request = arguments.Int(1);
        int answer = System.Control(Descriptor(arguments, 0), request, ref value);
        if (Failed(answer, Errno.ENOTTY) && !_context.Machine.IsLive && arguments.Observed is null && arguments.ExpectedError != (int)Errno.ENOTTY)
            throw arguments.Unsupported(CallArguments.FormOf(arguments[1]), arguments[1].At);
        if (answer >= 0) arguments.Observed?.Invoke("value", $"[{value}]");
        CallVerdict verdict = Check(arguments, answer);
        if (verdict.Field is not null || answer < 0 || isUnsaid || value == wanted) return verdict;
        return new CallVerdict("value", $"[{wanted}]", $"[{value}]");
    }
}
