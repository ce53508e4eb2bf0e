using UserNet.Drill.Language;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <summary>Writes a script's TCP options as they stand in a header.</summary>
internal static class OptionOctets
{
    /// <summary>The most a list of a script may take before it is refused; a header has room for 40.</summary>
    private const int Room = 512;

    /// <summary>Writes the options one behind the other; padding is what the script has of it.</summary>
    /// <param name="options">What the script says.</param>
    /// <param name="at">Where it says so.</param>
    /// <param name="edge">Turns an edge of a SACK block into that on the wire.</param>
    /// <param name="timestamps">Says value and echo of a timestamps option that begins at an offset.</param>
    /// <exception cref="ScriptException">They fit no header.</exception>
    /// <param name="digest">Says the digest that is right; null where none can be made. Where it is made later it is 0.</param>
    /// <exception cref="UnsupportedException">One is to be signed, and there is no key.</exception>
    public static byte[] Write(
        IReadOnlyList<TcpOptionSpec> options, Position at, Func<uint, uint> edge,
        Func<TimestampSpec, int, (uint Value, uint Echo)> timestamps, byte[]? digest = null)
    {
        Span<byte> octets = stackalloc byte[Room];
        int length = 0;
        foreach (TcpOptionSpec option in options)
        {
            if (length > TcpOptionWriter.MaxLength) break;
            length += WriteOne(option, octets[length..], at, edge, length, timestamps, digest);
        }
        if (length > TcpOptionWriter.MaxLength || (length & 3) != 0)
            throw new ScriptException($"the options take {length} octets: not a multiple of 4 up to 40", at);
        return octets[..length].ToArray();
    }

    private static int WriteOne(
        TcpOptionSpec option, Span<byte> target, Position at, Func<uint, uint> edge, int offset,
        Func<TimestampSpec, int, (uint Value, uint Echo)> timestamps, byte[]? valid)
    {
        switch (option)
        {
            case EndOfListSpec: target[0] = (byte)TcpOptionKind.EndOfList; return 1;
            case NopSpec: target[0] = (byte)TcpOptionKind.NoOperation; return 1;
            case MssSpec mss:
                WriteUInt16BigEndian(Begin(target, TcpOptionKind.MaximumSegmentSize, 2), mss.Mss);
                return 4;
            case WindowScaleSpec scale: Begin(target, TcpOptionKind.WindowScale, 1)[0] = scale.Shift; return 3;
            case SackPermittedSpec: Begin(target, TcpOptionKind.SackPermitted, 0); return 2;
            case SackSpec sack: return WriteSack(sack, target, edge);
            case TimestampSpec timestamp:
                (uint value, uint echo) = timestamps(timestamp, offset);
                Span<byte> data = Begin(target, TcpOptionKind.Timestamps, 8);
                WriteUInt32BigEndian(data, value);
                WriteUInt32BigEndian(data[4..], echo);
                return 10;
            case FastOpenSpec cookie: return WriteCookie(cookie, target);
            case Md5Spec md5:
                byte[] digest = md5.Digest ?? valid ?? throw new UnsupportedException("segments that are signed without --tcp_md5_secret (md5 valid)", at);
                digest.CopyTo(Begin(target, TcpOptionKind.Md5Signature, digest.Length));
                return 2 + digest.Length;
            case AccEcnSpec counters: return WriteCounters(counters, target);
            case RawOptionSpec raw: raw.Octets.CopyTo(target); return raw.Octets.Length;
            default: throw new UnsupportedException($"TCP option {option.GetType().Name}", at);
        }
    }

    private static int WriteSack(SackSpec sack, Span<byte> target, Func<uint, uint> edge)
    {
        Span<byte> data = Begin(target, TcpOptionKind.Sack, 8 * sack.Blocks.Count);
        for (int i = 0; i < sack.Blocks.Count; i++)
        {
            WriteUInt32BigEndian(data[(8 * i)..], edge(sack.Blocks[i].Left));
            WriteUInt32BigEndian(data[((8 * i) + 4)..], edge(sack.Blocks[i].Right));
        }
        return 2 + data.Length;
    }

    private static int WriteCookie(FastOpenSpec cookie, Span<byte> target)
    {
        if (!cookie.IsExperimental)
        {
            cookie.Cookie.CopyTo(Begin(target, TcpOptionKind.FastOpen, cookie.Cookie.Length));
            return 2 + cookie.Cookie.Length;
        }
        Span<byte> data = Begin(target, TcpOptionKind.Experimental, 2 + cookie.Cookie.Length);
        WriteUInt16BigEndian(data, TcpOptionWriter.FastOpenMagic);
        cookie.Cookie.CopyTo(data[2..]);
        return 2 + data.Length;
    }

    private static int WriteCounters(AccEcnSpec option, Span<byte> target)
    {
        Span<byte> data = Begin(target, (TcpOptionKind)option.Kind, 3 * option.Counters.Count);
        for (int i = 0; i < option.Counters.Count; i++)
        {
            uint octets = option.Counters[i].Octets;
            data[3 * i] = (byte)(octets >> 16);
            WriteUInt16BigEndian(data[((3 * i) + 1)..], (ushort)octets);
        }
        return 2 + data.Length;
    }

    private static Span<byte> Begin(Span<byte> target, TcpOptionKind kind, int length)
    {
        target[0] = (byte)kind;
        target[1] = (byte)(2 + length);
        return target.Slice(2, length);
    }
}
