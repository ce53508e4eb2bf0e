using System.Globalization;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands that make and remove files.</summary>
internal static class FileCommands
{
    /// <summary>rm [-f] [-r] file...</summary>
    public static int Remove(CommandCall call)
    {
        bool isForced = false;
        foreach (string word in call.Arguments)
        {
            if (word.StartsWith('-'))
            {
                if (!CommandCall.IsOptions(word, "rfR")) throw call.Unsupported();
                isForced |= word.Contains('f', StringComparison.Ordinal);
            }
            else if (!call.Machine.Files.Remove(word) && !isForced)
            {
                return call.Fail($"{word}: no such file");
            }
        }

        return 0;
    }

    /// <summary>touch file...</summary>
    public static int Touch(CommandCall call)
    {
        foreach (string word in call.Arguments)
        {
            if (word.StartsWith('-')) throw call.Unsupported();
            call.Machine.Files.Write(word, "", appends: true, call);
        }

        return 0;
    }

    /// <summary>dd if=/dev/zero of=file bs=size count=number</summary>
    public static int Dd(CommandCall call)
    {
        string? target = null;
        long size = 512, count = -1;
        foreach (string word in call.Arguments)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals], value = equals < 0 ? "" : word[(equals + 1)..];
            switch (name)
            {
                case "if" when value is "/dev/zero" or "/dev/urandom" or "/dev/random": break;
                case "of": target = value; break;
                case "bs": size = SizeOf(value, call); break;
                case "count": count = SizeOf(value, call); break;
                case "status" or "conv": break;
                default: throw call.Unsupported();
            }
        }

        if (target is null || count < 0) throw call.Unsupported();
        call.Machine.Files.Make(target, size * count, call);
        return 0;
    }

    /// <summary>truncate -s size file</summary>
    public static int Truncate(CommandCall call)
    {
        if (call.Arguments is not ["-s", var size, var path]) throw call.Unsupported();
        call.Machine.Files.Make(path, SizeOf(size, call), call);
        return 0;
    }

    private static long SizeOf(string text, CommandCall call)
    {
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        string unit = digits < 0 ? "" : text[digits..];
        long factor = unit switch
        {
            "" or "c" => 1,
            "b" => 512,
            "k" or "K" or "KiB" => 1024,
            "kB" or "KB" => 1000,
            "M" or "m" or "MiB" => 1024 * 1024,
            "MB" => 1_000_000,
            _ => throw call.Unsupported(),
        };
        return long.TryParse(digits < 0 ? text : text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number * factor : throw call.Unsupported();
    }
}
