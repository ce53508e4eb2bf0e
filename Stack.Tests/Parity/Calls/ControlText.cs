using System.Buffers.Binary;
using System.Globalization;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Control messages as octets, and what came of them as text.</summary>
internal static class ControlText
{
    /// <summary>sizeof(struct cmsghdr), 64 bits.</summary>
    public const int HeaderLength = 16;

    private const int SocketLevel = 1, Rights = 1, Credentials = 2;

    public static byte[] Compose(ControlMessage[] messages, Func<int, int> descriptorOf)
    {
        var all = new List<byte>();
        foreach (ControlMessage message in messages)
        {
            byte[] data = message.Descriptors is { } symbols ? [.. symbols.SelectMany(symbol => BitConverter.GetBytes(descriptorOf(symbol)))] : message.Octets;
            while (all.Count % 8 != 0) all.Add(0);
            all.AddRange(BitConverter.GetBytes((long)(HeaderLength + data.Length + message.LengthChange)));
            all.AddRange(BitConverter.GetBytes(message.Level));
            all.AddRange(BitConverter.GetBytes(message.Type));
            all.AddRange(data);
        }

        while (all.Count % 8 != 0) all.Add(0);
        return [.. all];
    }

    /// <summary>Each as level, type and data; descriptors counted from the first, process numbers left out.</summary>
    public static string Of(ReadOnlySpan<byte> control, int firstDescriptor, Func<byte[], string> name)
    {
        var texts = new List<string>();
        for (int at = 0; at + HeaderLength <= control.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(control[at..]);
            int level = BinaryPrimitives.ReadInt32LittleEndian(control[(at + 8)..]), type = BinaryPrimitives.ReadInt32LittleEndian(control[(at + 12)..]);
            if (length < HeaderLength) break;
            ReadOnlySpan<byte> data = control[(at + HeaderLength)..Math.Min(at + length, control.Length)];
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"{level}/{type}/{length}:{DataOf(level, type, data, firstDescriptor, name)}"));
            at += (length + 7) & ~7;
        }

        return string.Join(' ', texts);
    }

    private static string DataOf(int level, int type, ReadOnlySpan<byte> data, int firstDescriptor, Func<byte[], string> name)
    {
        const int ErrorHeader = 16;
        if (level == SocketLevel && type == Rights)
        {
            var descriptors = new List<int>();
            for (int at = 0; at + 4 <= data.Length; at += 4) descriptors.Add(BinaryPrimitives.ReadInt32LittleEndian(data[at..]) - firstDescriptor);
            return string.Join(',', descriptors);
        }

        if (level == SocketLevel && type == Credentials && data.Length == 12) return $"pid {Convert.ToHexStringLower(data[4..])}";
        bool isError = (level == 0 && type == 11) || (level == 41 && type == 25);      // IP_RECVERR, IPV6_RECVERR
        return isError && data.Length > ErrorHeader
            ? $"{Convert.ToHexStringLower(data[..ErrorHeader])} {name(data[ErrorHeader..].ToArray())}" : Convert.ToHexStringLower(data);
    }
}
