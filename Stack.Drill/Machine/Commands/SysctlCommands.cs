namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands that set and read knobs.</summary>
internal static class SysctlCommands
{
    /// <summary>defaults.sh: what a suite sets before each script; Google's suite has its own in a folder named common.</summary>
    public static int LoadDefaults(CommandCall call)
    {
        if (call.Arguments.Count > 0) throw call.Unsupported();
        if (call.Machine.Profile == DrillProfile.FreeBsd) throw call.Unsupported();
        foreach ((string name, string value) in LinuxKnobs.Defaults) Set(call, name, value);
        bool isOfGoogle = call.Path.EndsWith("common/defaults.sh", StringComparison.Ordinal);
        Set(call, "net.ipv4.tcp_fastopen", isOfGoogle ? "0x70403" : "0x3");
        if (isOfGoogle) Set(call, "net.ipv4.tcp_ecn_option", "2");
        return 0;
    }

    /// <summary>set_sysctls.py path=value...</summary>
    public static int SetByPath(CommandCall call)
    {
        foreach (string word in call.Arguments)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || word[0] != '/') throw call.Unsupported();
            if (!Set(call, word[..equals], word[(equals + 1)..])) return 1;
        }

        return 0;
    }

    /// <summary>sysctl [-q] [-e] [-w] [-n] name[=value]...</summary>
    public static int Sysctl(CommandCall call)
    {
        bool isQuiet = false, printsValueAlone = false;
        int code = 0;
        foreach (string word in call.Arguments)
        {
            if (word.StartsWith('-'))
            {
                if (!CommandCall.IsOptions(word, "qewni")) throw call.Unsupported();
                isQuiet |= word.Contains('q', StringComparison.Ordinal);
                printsValueAlone |= word.Contains('n', StringComparison.Ordinal);
                continue;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (equals >= 0 && !Set(call, name, word[(equals + 1)..])) code = 1;
            else if (!isQuiet || equals < 0) Print(call, name, printsValueAlone);
        }

        return code;
    }

    /// <summary>Sets a knob; false where no system would take the value.</summary>
    /// <exception cref="Language.UnsupportedException">There is no such knob, or its effect is not there.</exception>
    public static bool Set(CommandCall call, string name, string value)
    {
        Knob knob = Find(call, name);
        switch (knob.Write(call.Machine, value))
        {
            case KnobAnswer.Set:
                return true;
            case KnobAnswer.Unsupported:
                throw call.Unsupported($"sysctl {Knobs.NameOf(name)}={value.Trim()}");
            default:
                call.Fail($"setting key \"{Knobs.NameOf(name)}\" to \"{value.Trim()}\": Invalid argument");
                return false;
        }
    }

    /// <summary>Reads a knob.</summary>
    /// <exception cref="Language.UnsupportedException">There is no such knob.</exception>
    public static string Get(CommandCall call, string name) => Find(call, name).Read(call.Machine);

    private static Knob Find(CommandCall call, string name) =>
        Knobs.Find(call.Machine.Profile, name) ?? throw call.Unsupported($"sysctl {Knobs.NameOf(name)}");

    private static void Print(CommandCall call, string name, bool isValueAlone)
    {
        string value = Get(call, name), joint = call.Machine.Profile == DrillProfile.FreeBsd ? ": " : " = ";
        call.Output.Append(isValueAlone ? value : Knobs.NameOf(name) + joint + value).Append('\n');
    }
}
