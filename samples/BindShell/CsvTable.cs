using System.Text;

namespace UserNet.Samples.BindShell;

/// <summary>A record of a table and the line that it begins on.</summary>
public sealed record CsvRecord(int Line, IReadOnlyList<Word> Fields);

/// <summary>Reads tables of comma-separated values. RFC 4180.</summary>
public static class CsvTable
{
    /// <summary>The records of a text; an empty line is none.</summary>
    /// <exception cref="ScriptException">A quoted field does not end, or something follows its end.</exception>
    public static IEnumerable<CsvRecord> Read(string text)
    {
        int line = 1, lineStart = 0;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] is '\n' or '\r')
            {
                EndLine(text, ref i, ref line, ref lineStart);
                continue;
            }

            var fields = new List<Word>();
            int first = line;
            while (true)
            {
                fields.Add(ReadField(text, ref i, ref line, ref lineStart));
                if (i >= text.Length || text[i] != ',') break;
                i++;
            }

            if (i < text.Length) EndLine(text, ref i, ref line, ref lineStart);
            yield return new CsvRecord(first, fields);
        }
    }

    private static void EndLine(string text, ref int i, ref int line, ref int lineStart)
    {
        if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
        i++;
        line++;
        lineStart = i;
    }

    private static Word ReadField(string text, ref int i, ref int line, ref int lineStart)
    {
        int start = i, column = i - lineStart + 1, firstLine = line;
        if (i >= text.Length || text[i] != '"')
        {
            while (i < text.Length && text[i] is not (',' or '\n' or '\r'))
            {
                if (text[i] == '"')
                    throw new ScriptException(line, i - lineStart + 1, "a quotation mark inside a field that does not begin with one.");
                i++;
            }

            return new Word(text[start..i], firstLine, column);
        }

        var value = new StringBuilder();
        for (i++; ; i++)
        {
            if (i >= text.Length) throw new ScriptException(firstLine, column, "a quoted field does not end.");
            char c = text[i];
            if (c == '"' && (i + 1 >= text.Length || text[i + 1] != '"')) break;
            if (c == '"') i++;
            value.Append(c);
            if (c != '\n') continue;
            line++;
            lineStart = i + 1;
        }

        i++;
        if (i < text.Length && text[i] is not (',' or '\n' or '\r'))
            throw new ScriptException(line, i - lineStart + 1, "something follows the end of a quoted field.");
        return new Word(value.ToString(), firstLine, column + 1);      // behind the quotation mark
    }
}
