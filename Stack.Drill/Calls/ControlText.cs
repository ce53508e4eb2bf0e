using System.Buffers.Binary;
using System.Globalization;
using UserNet.Drill.Language;
using UserNet.Facades.Posix;

namespace UserNet.Drill.Calls;

/// <summary>Control messages as a script writes them: <c>[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={...}}]</c>.</summary>
/// <remarks>
/// Data is a number, the time that an event of the script happened ({scm_sec=, scm_nsec=}, where two zeros stand for any time), or an error
/// ({ee_errno=, ee_origin=, ...}). cmsg(3), linux/net_tstamp.h, ip(7).
/// </remarks>
internal sealed class ControlText
{
    private const int Timestamp = 29, TimestampNanoseconds = 35, Timestamping = 37;      // SCM_
    private const int TimestampNew = 63, TimestampNanosecondsNew = 64, TimestampingNew = 65;
    private const int TransmitTime = 61;                                                  // SCM_TXTIME, a number of eight octets
    private const long PerSecond = 1_000_000_000, PerMicrosecond = 1_000;

    private readonly ICallContext _context;
    private readonly List<(int Level, int Type, Expression Data)> _wanted = [];
    private readonly CallArguments _arguments;

    /// <summary>Those that a call is to receive.</summary>
    public ControlText(in CallArguments arguments, Expression list, ICallContext context)
    {
        (_arguments, _context) = (arguments, context);
        foreach (Expression item in Items(arguments, list))
        {
            (int level, int type, Expression? data) = Header(arguments, item);
            _wanted.Add((level, type, data ?? throw arguments.Unsupported("a control message without cmsg_data", item.At)));
            RequireForm(data);
        }
    }

    /// <summary>The octets of those that a call is to send.</summary>
    public static byte[] Write(in CallArguments arguments, Expression list)
    {
        var octets = new List<byte>();
        foreach (Expression item in Items(arguments, list))
        {
            (int level, int type, Expression? data) = Header(arguments, item);
            byte[] value = data switch
            {
                null => throw arguments.Unsupported("a control message without cmsg_data", item.At),
                StructExpression or EllipsisExpression => throw arguments.Unsupported($"{CallArguments.FormOf(data)} as data to send", data.At),
                _ => Number(arguments, data, level == PosixConstants.SOL_SOCKET && type == TransmitTime),
            };
            byte[] message = new byte[ControlMessage.Space(value.Length)];
            ControlMessage.Write(message, level, type, value);
            octets.AddRange(message);
        }

        return [.. octets];
    }

    /// <summary>Compares what came with what is wanted, one by one and in order.</summary>
    public CallVerdict Compare(ReadOnlySpan<byte> control)
    {
        foreach ((int level, int type, Expression wanted) in _wanted)
        {
            if (!ControlMessage.TryRead(ref control, out int givenLevel, out int givenType, out ReadOnlySpan<byte> data))
                return new CallVerdict("cmsg", $"level {level} type {type}", "none");
            if (givenLevel != level) return new CallVerdict("cmsg_level", $"{level}", $"{givenLevel}");
            if (givenType != type) return new CallVerdict("cmsg_type", $"{type}", $"{givenType}");
            if (CompareData(level, type, wanted, data) is { Field: not null } verdict) return verdict;
        }

        return ControlMessage.TryRead(ref control, out int more, out int kind, out _) ? new CallVerdict("cmsg", "none", $"level {more} type {kind}") : default;
    }

    /// <summary>Control messages as a script writes them.</summary>
    public static string Read(ReadOnlySpan<byte> control)
    {
        var items = new List<string>();
        while (ControlMessage.TryRead(ref control, out int level, out int type, out ReadOnlySpan<byte> data))
            items.Add($"{{cmsg_level={level}, cmsg_type={type}, cmsg_data={Read(level, type, data)}}}");
        return $"[{string.Join(", ", items)}]";
    }

    private static string Read(int level, int type, ReadOnlySpan<byte> data)
    {
        const int ErrorLength = 16, ReceivedError = 11, ReceivedErrorV6 = 25, LevelV6 = 41;      // IP_RECVERR, IPV6_RECVERR, SOL_IPV6
        if (level == PosixConstants.SOL_SOCKET && Scale(type) is { } scale && data.Length >= 2 * sizeof(long))
        {
            long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(data[sizeof(long)..]) * scale;
            return $"{{scm_sec={BinaryPrimitives.ReadInt64LittleEndian(data)}, scm_nsec={nanoseconds}}}";
        }
        if ((level, type) is (0, ReceivedError) or (LevelV6, ReceivedErrorV6) && data.Length >= ErrorLength)
        {
            return $"{{ee_errno={BinaryPrimitives.ReadInt32LittleEndian(data)}, ee_origin={data[4]}, ee_type={data[5]}, ee_code={data[6]}, "
                + $"ee_info={BinaryPrimitives.ReadUInt32LittleEndian(data[8..])}, ee_data={BinaryPrimitives.ReadUInt32LittleEndian(data[12..])}}}";
        }
        if (data.IsEmpty || data.Length > sizeof(long)) return "...";
        byte[] number = new byte[sizeof(long)];
        data.CopyTo(number);
        return NumberText(number);
    }

    private CallVerdict CompareData(int level, int type, Expression wanted, ReadOnlySpan<byte> data)
    {
        if (wanted is EllipsisExpression) return default;
        if (wanted is StructExpression record) return IsTime(record) ? CompareTime(level, type, record, data) : OptionStruct.ExtendedError.Compare(_arguments, record, data);
        byte[] expected = new byte[sizeof(long)], actual = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(expected, _arguments.NumberOf(wanted));
        int width = Math.Min(data.Length, sizeof(long));
        data[..width].CopyTo(actual);
        expected.AsSpan(width).Clear();
        if (data.Length > 0 && actual.AsSpan().SequenceEqual(expected)) return default;
        return new CallVerdict("cmsg_data", NumberText(expected), NumberText(actual));
    }

    /// <summary>Compares times, both of which are counted from the start of the script.</summary>
    private CallVerdict CompareTime(int level, int type, StructExpression record, ReadOnlySpan<byte> data)
    {
        var fields = new StructReader(_arguments, record);
        long seconds = fields.TakeNeeded("scm_sec"), nanoseconds = fields.TakeNeeded("scm_nsec");
        fields.End();
        if (level != PosixConstants.SOL_SOCKET || Scale(type) is not { } scale)
            throw _arguments.Unsupported($"a time as data of level {level} type {type}", record.At);
        if (data.Length < 2 * sizeof(long)) return new CallVerdict("cmsg_data", "a time", $"{data.Length} octets");
        long wanted = ((seconds * PerSecond) + nanoseconds) / PerMicrosecond;
        if (wanted == 0) return default;
        long now = (BinaryPrimitives.ReadInt64LittleEndian(data) * PerSecond) + (BinaryPrimitives.ReadInt64LittleEndian(data[8..]) * scale);
        long actual = now / PerMicrosecond;
        return Math.Abs(actual - wanted) <= _context.ToleranceMicroseconds ? default : new CallVerdict("cmsg_data", TimeText(wanted), TimeText(actual));
    }

    /// <summary>How many nanoseconds the second number of a time counts; null for what is no time.</summary>
    private static long? Scale(int type) => type switch
    {
        Timestamp or TimestampNew => PerMicrosecond,
        TimestampNanoseconds or Timestamping or TimestampNanosecondsNew or TimestampingNew => 1,
        _ => null,
    };

    private void RequireForm(Expression data)
    {
        if (data is EllipsisExpression) return;
        if (data is not StructExpression record) _arguments.NumberOf(data);
        else if (!IsTime(record) && OptionStruct.Find(record) != OptionStruct.ExtendedError) throw _arguments.Unsupported("data that is not known", data.At);
    }

    private static bool IsTime(StructExpression record) => record.Fields.Any(field => field.Name is "scm_sec" or "scm_nsec");

    private static IReadOnlyList<Expression> Items(in CallArguments arguments, Expression list) =>
        list is ListExpression { Items: var items } ? items : throw arguments.Unsupported($"{CallArguments.FormOf(list)} where a list belongs", list.At);

    private static (int Level, int Type, Expression? Data) Header(in CallArguments arguments, Expression item)
    {
        var fields = new StructReader(arguments, item);
        int level = (int)fields.TakeNeeded("cmsg_level"), type = (int)fields.TakeNeeded("cmsg_type");
        FieldExpression? data = fields.Take("cmsg_data");
        fields.End();
        return (level, type, data?.Value);
    }

    private static byte[] Number(in CallArguments arguments, Expression data, bool isLong)
    {
        byte[] octets = new byte[isLong ? sizeof(long) : sizeof(int)];
        if (isLong) BinaryPrimitives.WriteInt64LittleEndian(octets, arguments.NumberOf(data));
        else BinaryPrimitives.WriteInt32LittleEndian(octets, arguments.IntOf(data));
        return octets;
    }

    private static string NumberText(ReadOnlySpan<byte> octets) => BinaryPrimitives.ReadInt64LittleEndian(octets).ToString(CultureInfo.InvariantCulture);

    private static string TimeText(long microseconds) => (microseconds / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);
}
