using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>A struct that is an option's value, or a control message's: where its fields lie, by the names that scripts have for them.</summary>
/// <param name="Length">All of it, octets.</param>
/// <param name="Fields">What is in it.</param>
internal sealed record OptionStruct(int Length, params IReadOnlyList<OptionField> Fields)
{
    /// <summary>struct linger. socket(7).</summary>
    public static OptionStruct Linger { get; } = new(8, new OptionField(0, 4, "onoff", "l_onoff"), new OptionField(4, 4, "linger", "l_linger"));

    /// <summary>struct timeval of 64 bits. socket(7).</summary>
    public static OptionStruct Time { get; } = new(16, new OptionField(0, 8, "tv_sec"), new OptionField(8, 8, "tv_usec"));

    /// <summary>struct tcp_function_set of FreeBSD: a text, and how many connections use what it names. tcp_functions(9).</summary>
    public static OptionStruct FunctionSet { get; } = new(
        FreeBsdOptions.FunctionNameLength + 4,
        new OptionField(0, FreeBsdOptions.FunctionNameLength, "function_set_name") { IsText = true },
        new OptionField(FreeBsdOptions.FunctionNameLength, 4, "pcbcnt"));

    /// <summary>struct tcp_md5sig of linux/tcp.h: whose key, and which. tcp(7)</summary>
    public static OptionStruct Md5Key { get; } = new(
        216,
        new OptionField(0, 128, "tcpm_addr") { IsAddress = true }, new OptionField(128, 1, "tcpm_flags"), new OptionField(129, 1, "tcpm_prefixlen"),
        new OptionField(130, 2, "tcpm_keylen"), new OptionField(132, 4, "tcpm_ifindex"), new OptionField(136, 80, "tcpm_key") { IsText = true });

    /// <summary>struct sock_extended_err. recvmsg of an error queue: ip(7).</summary>
    public static OptionStruct ExtendedError { get; } = new(
        16,
        new OptionField(0, 4, "ee_errno"), new OptionField(4, 1, "ee_origin"), new OptionField(5, 1, "ee_type"), new OptionField(6, 1, "ee_code"),
        new OptionField(7, 1, "ee_pad"), new OptionField(8, 4, "ee_info"), new OptionField(12, 4, "ee_data"));

    /// <summary>struct tcp_info, as far as a system has it.</summary>
    public static OptionStruct TcpInformation { get; } = new(
        TcpInfoLayout.Length, [.. TcpInfoLayout.Fields.Where(field => field.Bits == 0).Select(field => new OptionField(field.Offset, field.Width, field.Name))]);

    private static readonly OptionStruct[] All = [Linger, Time, FunctionSet, Md5Key, ExtendedError, TcpInformation];

    /// <summary>The struct that has all of the fields; null when there is none.</summary>
    public static OptionStruct? Find(StructExpression record) =>
        Array.Find(All, layout => record.Fields.Count > 0 && record.Fields.All(field => layout.Field(field) is not null));

    /// <summary>The octets of a value; a field that is not given is 0.</summary>
    public byte[] Write(in CallArguments arguments, StructExpression record)
    {
        byte[] octets = new byte[Length];
        foreach (FieldExpression written in record.Fields)
        {
            if (written.Value is EllipsisExpression) continue;
            OptionField field = Field(written)!;
            Span<byte> target = octets.AsSpan(field.Offset, field.Width);
            if (field.IsAddress) WriteAddress(arguments, written.Value, target);
            else if (field.IsText) WriteText(arguments, written.Value, target);
            else WriteNumber(target, arguments.NumberOf(written.Value));
        }

        return octets;
    }

    /// <summary>Compares the fields that a script names.</summary>
    public CallVerdict Compare(in CallArguments arguments, StructExpression record, ReadOnlySpan<byte> given)
    {
        foreach (FieldExpression written in record.Fields)
        {
            if (written.Value is EllipsisExpression) continue;
            OptionField field = Field(written)!;
            if (given.Length < field.Offset + field.Width) return new CallVerdict(written.Name!, "a value", "none");
            ReadOnlySpan<byte> octets = given.Slice(field.Offset, field.Width);
            string expected, actual;
            if (field.IsText)
            {
                (expected, actual) = (TextOf(arguments, written.Value), ReadText(octets));
            }
            else
            {
                byte[] wanted = new byte[field.Width];
                WriteNumber(wanted, arguments.NumberOf(written.Value));
                (expected, actual) = (Number(wanted), Number(octets));
            }

            if (expected != actual) return new CallVerdict(written.Name!, expected, actual);
        }

        return default;
    }

    private OptionField? Field(FieldExpression written) =>
        written is { Name: { } name, Argument: null } ? Fields.FirstOrDefault(field => field.Names.Contains(name)) : null;

    private static void WriteText(in CallArguments arguments, Expression value, Span<byte> target)
    {
        string text = TextOf(arguments, value);
        if (text.Length >= target.Length) throw arguments.Unsupported($"a text of {text.Length} octets", value.At);
        Encoding.Latin1.GetBytes(text, target);
    }

    private static void WriteAddress(in CallArguments arguments, Expression value, Span<byte> target)
    {
        const int FamilyV4 = 2, FamilyV6 = 10, V4At = 4, V6At = 8;      // struct sockaddr_in, struct sockaddr_in6
        if (!IPAddress.TryParse(TextOf(arguments, value), out IPAddress? address)) throw arguments.Unsupported("what is no address", value.At);
        byte[] octets = address.GetAddressBytes();
        target[0] = octets.Length == 4 ? (byte)FamilyV4 : (byte)FamilyV6;
        octets.CopyTo(target[(octets.Length == 4 ? V4At : V6At)..]);
    }

    private static string TextOf(in CallArguments arguments, Expression value) =>
        value is TextExpression text ? text.Text : throw arguments.Unsupported($"{CallArguments.FormOf(value)} where a text belongs", value.At);

    private static string ReadText(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? octets : octets[..end]);
    }

    private static void WriteNumber(Span<byte> target, long value)
    {
        Span<byte> whole = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(whole, value);
        whole[..target.Length].CopyTo(target);
    }

    private static string Number(ReadOnlySpan<byte> octets)
    {
        Span<byte> whole = stackalloc byte[sizeof(long)];
        whole.Clear();
        octets.CopyTo(whole);
        return BinaryPrimitives.ReadUInt64LittleEndian(whole).ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>A field of a struct.</summary>
/// <param name="Offset">Where it lies.</param>
/// <param name="Width">How many octets it has.</param>
/// <param name="Names">What scripts call it.</param>
internal sealed record OptionField(int Offset, int Width, params IReadOnlyList<string> Names)
{
    /// <summary>It is a text that a 0 ends, not a number.</summary>
    public bool IsText { get; init; }

    /// <summary>It is a struct sockaddr_storage; scripts write the address as a text.</summary>
    public bool IsAddress { get; init; }
}
