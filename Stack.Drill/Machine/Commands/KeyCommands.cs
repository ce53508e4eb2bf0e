using System.Net;
using System.Text;

namespace UserNet.Drill.Machine.Commands;

/// <summary>setkey(8) of FreeBSD, as far as it is about the keys of TCP-MD5.</summary>
internal static class KeyCommands
{
    /// <summary>setkey -F, -FP: forgets all keys. setkey -c: does what it reads.</summary>
    public static int SetKey(CommandCall call)
    {
        if (call.Arguments is ["-F"] or ["-FP"] or ["-F", "-P"])
        {
            call.Machine.Stack.ClearSignatureKeys();
            return 0;
        }

        if (call.Arguments is not (["-c"] or ["-v", "-c"])) throw call.Unsupported();
        foreach (List<string> operation in Read(call.Input))
        {
            int code = Do(call, operation);
            if (code != 0) return code;
        }

        return 0;
    }

    private static int Do(CommandCall call, List<string> words)
    {
        switch (words)
        {
            case ["flush", ..] or ["spdflush", ..]:
                call.Machine.Stack.ClearSignatureKeys();
                return 0;
            case ["add", .. var rest]:
                rest = rest.FindAll(static word => word is not ("-4" or "-6" or "-n" or "-46" or "-4n" or "-6n"));
                if (rest is not [var source, var destination, "tcp", _, .. var how]) break;
                int algorithm = how.IndexOf("-A");
                if (algorithm < 0 || algorithm + 2 >= how.Count || how[algorithm + 1] != "tcp-md5") break;
                return call.Machine.Stack.AddSignatureKey(AddressOf(call, source), AddressOf(call, destination), KeyOf(how[algorithm + 2]))
                    ? 0 : call.Fail("The result of line: File exists.");
            case ["delete" or "deleteall", var from, var to, "tcp", ..]:
                return call.Machine.Stack.RemoveSignatureKey(AddressOf(call, from), AddressOf(call, to)) ? 0 : call.Fail("No such process.");
        }

        throw call.Unsupported($"setkey: {string.Join(' ', words)}");
    }

    private static IPAddress AddressOf(CommandCall call, string text) =>
        IPAddress.TryParse(text.Split('[')[0], out IPAddress? address) ? address : throw call.Unsupported($"setkey: address {text}");

    private static byte[] KeyOf(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? Convert.FromHexString(text.AsSpan(2))
        : Encoding.Latin1.GetBytes(text);

    // Words that end at a space, but for those in quotes; operations end at a semicolon, remarks at the line's end.
    private static IEnumerable<List<string>> Read(string text)
    {
        var words = new List<string>();
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i])) continue;
            if (text[i] == '#')
            {
                while (i + 1 < text.Length && text[i + 1] != '\n') i++;
            }
            else if (text[i] == ';')
            {
                if (words.Count > 0) yield return words;
                words = [];
            }
            else
            {
                bool isQuoted = text[i] == '"';
                int start = isQuoted ? i + 1 : i, end = start;
                while (end < text.Length && (isQuoted ? text[end] != '"' : !char.IsWhiteSpace(text[end]) && text[end] != ';')) end++;
                words.Add(text[start..end]);
                i = isQuoted ? end : end - 1;
            }
        }

        if (words.Count > 0) yield return words;
    }
}
