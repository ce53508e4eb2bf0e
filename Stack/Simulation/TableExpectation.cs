using System.Text;
using UserNet.Binding;

namespace UserNet.Simulation;

/// <summary>How a bind table is expected to look: rows as <see cref="TableSnapshot"/>, and ss, print them.</summary>
/// <remarks>
/// Immutable; any thread. A line is a row; how many blanks stand between its cells does not matter, nor do empty lines,
/// nor a first line with the names of the columns. Cells may be left out from the right. In a cell <c>*</c> stands for
/// anything, as in <c>10.0.0.1:*</c>, so also for the <c>*</c> that the table itself prints. Rows come in the table's
/// order: by protocol, port and age.
/// </remarks>
public sealed class TableExpectation
{
    private const int Columns = 5;      // of which the last has blanks

    private readonly List<string[]> _rows = [];

    /// <summary>Reads the rows.</summary>
    /// <param name="rows">A line a row; none for an empty table.</param>
    public TableExpectation(string rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (string[] cells in RowsOf(rows)) _rows.Add(cells);
    }

    /// <summary>How a table differs.</summary>
    /// <param name="table">The table.</param>
    /// <returns>
    /// Null when it does not. Else a text: rows that are missing after <c>-</c>, rows that were not expected after
    /// <c>+</c>, the others between them, and then the whole table.
    /// </returns>
    public string? Differences(TableSnapshot table)
    {
        ArgumentNullException.ThrowIfNull(table);
        string text = table.ToString();
        List<string[]> found = RowsOf(text);
        int[,] common = CommonRows(found);
        if (common[0, 0] == _rows.Count && found.Count == _rows.Count) return null;
        var lines = new StringBuilder();
        int expected = 0, row = 0;
        while (expected < _rows.Count || row < found.Count)
        {
            if (expected < _rows.Count && row < found.Count && Matches(_rows[expected], found[row]))
            {
                Append(lines, ' ', found[row++]);
                expected++;
            }
            else if (row == found.Count || (expected < _rows.Count && common[expected + 1, row] >= common[expected, row + 1]))
            {
                Append(lines, '-', _rows[expected++]);
            }
            else
            {
                Append(lines, '+', found[row++]);
            }
        }

        return lines.Append("The whole table:\n").Append(text).ToString().TrimEnd();
    }

    // How many rows can be told to be the same from a place in both on: the longest common subsequence.
    private int[,] CommonRows(List<string[]> found)
    {
        int[,] common = new int[_rows.Count + 1, found.Count + 1];
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            for (int j = found.Count - 1; j >= 0; j--)
            {
                common[i, j] = Matches(_rows[i], found[j])
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return common;
    }

    private static void Append(StringBuilder lines, char mark, string[] cells) =>
        lines.Append("  ").Append(mark).Append(' ').AppendJoin("  ", cells).Append('\n');

    private static bool Matches(string[] expected, string[] found)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (i >= found.Length || !Matches(expected[i], found[i])) return false;
        }

        return true;
    }

    // Each star takes as little as it can, and more when what follows does not fit.
    internal static bool Matches(ReadOnlySpan<char> expected, ReadOnlySpan<char> found)
    {
        int at = 0, star = -1, taken = 0, place = 0;
        while (place < found.Length)
        {
            if (at < expected.Length && expected[at] == '*')
            {
                (star, taken) = (at++, place);
            }
            else if (at < expected.Length && expected[at] == found[place])
            {
                at++;
                place++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                place = ++taken;
            }
            else
            {
                return false;
            }
        }

        return expected[at..].Trim('*').IsEmpty;
    }

    private static List<string[]> RowsOf(string text)
    {
        List<string[]> rows = [];
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || (rows.Count == 0 && words[0] == "Netid")) continue;
            rows.Add(words.Length <= Columns ? words : [.. words[..(Columns - 1)], string.Join(' ', words[(Columns - 1)..])]);
        }

        return rows;
    }
}
