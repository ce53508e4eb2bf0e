using System.Buffers;
using System.Globalization;
using System.Text;

namespace UserNet.Samples.TapHost;

/// <summary>The head of a request of HTTP/1.1, as far as the page needs it. RFC 9112 §3, RFC 9110 §8.6, §9.3, §10.1.1.</summary>
internal sealed class HttpRequest
{
    /// <summary>The longest head that is read, octets.</summary>
    public const int LongestHead = 16_384;

    public string Method { get; private init; } = "";

    /// <summary>The path, without the query.</summary>
    public string Path { get; private init; } = "";

    /// <summary>What stands behind the question mark; empty when nothing does.</summary>
    public string Query { get; private init; } = "";

    /// <summary>Octets of content that follow.</summary>
    public long Length { get; private set; }

    /// <summary>True when the client said how long its content is.</summary>
    public bool HasLength { get; private set; }

    /// <summary>True when another request may follow.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>True when the client waits for a word before it sends its content.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>True when the head is of HTTP/1.0, whose clients must be told that the connection stays.</summary>
    public bool IsOld { get; private init; }

    /// <summary>The status of the refusal, when the head can't be answered; 0 when it can.</summary>
    public int Fault { get; private set; }

    private bool HasHost { get; set; }

    /// <summary>Reads the head, once it is there as a whole.</summary>
    /// <param name="octets">What came.</param>
    /// <param name="request">The request; when its head is bad, one with a <see cref="Fault"/>.</param>
    /// <param name="end">Behind the empty line.</param>
    /// <returns>False when more must come.</returns>
    public static bool TryRead(ReadOnlySequence<byte> octets, out HttpRequest request, out SequencePosition end)
    {
        request = null!;
        var reader = new SequenceReader<byte>(octets);
        reader.AdvancePastAny((byte)'\r', (byte)'\n');      // empty lines before a request: RFC 9112 §2.2
        List<string> lines = [];
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            string text = Encoding.Latin1.GetString(line).TrimEnd('\r');
            if (reader.Consumed > LongestHead) break;
            if (text.Length == 0)
            {
                end = reader.Position;
                request = Read(lines);
                return true;
            }

            lines.Add(text);
        }

        end = octets.Start;
        if (octets.Length <= LongestHead) return false;
        request = new HttpRequest { Fault = 431 };
        return true;
    }

    private static HttpRequest Read(List<string> lines)
    {
        string[] words = lines[0].Split(' ');
        if (words.Length != 3 || words[0].Length == 0 || !words[0].All(char.IsAsciiLetterUpper)) return new HttpRequest { Fault = 400 };
        if (!words[2].StartsWith("HTTP/", StringComparison.Ordinal)) return new HttpRequest { Fault = 400 };
        if (words[2] is not ("HTTP/1.1" or "HTTP/1.0")) return new HttpRequest { Fault = 505 };
        if (!TrySplit(words[1], out string path, out string query)) return new HttpRequest { Fault = 400 };
        HttpRequest request = new() { Method = words[0], Path = path, Query = query, IsOld = words[2] == "HTTP/1.0" };
        request.KeepsAlive = !request.IsOld;
        foreach (string line in lines[1..])
            if (request.Fault == 0) request.Fault = request.ReadField(line);
        if (request.Fault == 0 && !request.IsOld && !request.HasHost) request.Fault = 400;      // RFC 9112 §3.2
        return request;
    }

    // A path, or a whole address as it is sent to a proxy.
    private static bool TrySplit(string target, out string path, out string query)
    {
        if (target.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', "http://".Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        int mark = target.IndexOf('?', StringComparison.Ordinal);
        (path, query) = mark < 0 ? (target, "") : (target[..mark], target[(mark + 1)..]);
        return path.StartsWith('/') && target.All(static c => c is > ' ' and < (char)0x7F);
    }

    private int ReadField(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || line[0] is ' ' or '\t' || line[colon - 1] is ' ' or '\t') return 400;      // RFC 9112 §5.1, §5.2
        string value = line[(colon + 1)..].Trim(' ', '\t');
        switch (line[..colon].ToUpperInvariant())
        {
            case "HOST":
                if (HasHost) return 400;
                HasHost = true;
                return 0;
            case "CONTENT-LENGTH":
                return ReadLength(value);
            case "TRANSFER-ENCODING":
                KeepsAlive = false;      // where its content ends is not known
                return 411;
            case "CONNECTION":
                string[] options = value.Split(',', StringSplitOptions.TrimEntries);
                if (options.Contains("keep-alive", StringComparer.OrdinalIgnoreCase)) KeepsAlive = true;
                if (options.Contains("close", StringComparer.OrdinalIgnoreCase)) KeepsAlive = false;
                return 0;
            case "EXPECT":
                ExpectsContinue = !IsOld && value.Equals("100-continue", StringComparison.OrdinalIgnoreCase);
                return ExpectsContinue || IsOld ? 0 : 417;
            default:
                return 0;
        }
    }

    private int ReadLength(string value)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length)) return 400;
        if (HasLength && length != Length) return 400;      // two of them are how requests are smuggled
        (Length, HasLength) = (length, true);
        return 0;
    }
}
