using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using UserNet.Drill.Language;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>The shell commands of scripts, done in the namespace: knobs here, the rest by a shell.</summary>
internal sealed partial class LiveCommands(CallThread space, string folder, DrillAddresses addresses)
{
    // What a shell may be asked for; anything else could mean what nobody here knows of.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "ip", "tc", "ss", "nstat", "grep", "cat", "echo", "rm", "dd", "sleep", "true", "test", "[", "head", "tail", "wc", "sync", "awk", "sed",
        "printf", "touch", "truncate",
    };

    private static readonly string[] Compound = ["for ", "while ", "if ", "case ", "until ", "{ ", "(", "$("];

    private const string AlgorithmKnob = "net.ipv4.tcp_congestion_control";

    private readonly List<string> _remarks = [];

    /// <summary>What was left out since this kernel lacks it.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>
    /// The congestion control that was asked for, where the namespace's default could not be set to it: Linux lets no namespace but the
    /// first choose one that is not free to all. It is to be set on every socket then.
    /// </summary>
    public string? SocketAlgorithm { get; private set; }

    /// <summary>Does what a script says.</summary>
    /// <returns>Null when the last of it succeeded, else what that failed with.</returns>
    public string? Run(CommandText command)
    {
        string text = command.Text.Replace("\\\n", " ", StringComparison.Ordinal);
        string? failure = null;
        foreach (string statement in Statements(text)) failure = RunOne(statement, command.At);
        return failure;
    }

    /// <summary>Sets the knobs of the Linux profile; in the namespace's thread.</summary>
    public void SetDefaults()
    {
        foreach ((string name, string value) in Sysctls.Defaults)
        {
            if (TrySet(name, value) is { } failure) _remarks.Add(failure);
        }
    }

    private static List<string> Statements(string text)
    {
        if (Array.Exists(Compound, word => text.Contains(word, StringComparison.Ordinal))) return [text.Trim()];
        var statements = new List<string>();
        var current = new StringBuilder();
        char quote = '\0';
        foreach (char c in text)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c is '\n' or ';')
            {
                Flush();
                continue;
            }

            current.Append(c);
        }

        Flush();
        return statements;

        void Flush()
        {
            string statement = current.ToString().Trim();
            current.Clear();
            if (statement.Length > 0 && statement[0] != '#') statements.Add(statement);
        }
    }

    private string? RunOne(string statement, Position at)
    {
        string[] words = statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string first = Path.GetFileName(words[0]);
        bool isPlain = statement.IndexOfAny(['|', '&', '<', '>']) < 0;
        if (first.StartsWith("sysctl_restore", StringComparison.Ordinal)) return null;
        if (isPlain)
        {
            switch (first)
            {
                case "defaults.sh":
                    space.Run(SetDefaults);
                    return null;
                case "set_sysctls.py":
                    return SetKnobs(words[1..], isLenient: false, at);
                case "sysctl":
                    return SetKnobs([.. words.Skip(1).Where(word => word[0] != '-')], words.Contains("-e"), at);
                case "ethtool":
                    return SetFeatures(words, at);
                case "rm" when statement.Contains("sysctl_restore", StringComparison.Ordinal):
                    return null;
            }
        }

        foreach (string part in statement.Split(['|', '&'], StringSplitOptions.RemoveEmptyEntries))
        {
            string name = Path.GetFileName(part.Trim().Split((char[]?)null)[0]);
            bool isKnown = Known.Contains(name) || Array.Exists(Compound, word => (part.Trim() + " ").StartsWith(word, StringComparison.Ordinal));
            if (!isKnown && name.Length > 0 && !char.IsAsciiDigit(name[0]) && name[0] != '>') throw new UnsupportedException($"command {name}", at);
        }

        return RunShell(statement, at);
    }

    private string? SetKnobs(string[] settings, bool isLenient, Position at)
    {
        // "name = value" is written with blanks too, and a value may have quotes around it.
        string text = SpacedEquals().Replace(string.Join(' ', settings), "=");
        string? failure = null;
        foreach (Match setting in Setting().Matches(text))
        {
            string name = setting.Groups["name"].Value;
            if (name.StartsWith("/proc/sys/", StringComparison.Ordinal)) name = name["/proc/sys/".Length..].Replace('/', '.');
            string value = setting.Groups["value"].Value.Trim('"', '\'');
            failure = space.Run(() => SetKnob(name, value, isLenient, at));
        }

        return failure;
    }

    private string? SetKnob(string name, string value, bool isLenient, Position at)
    {
        if (Sysctls.PathOf(name) is null)
        {
            if (!isLenient && !Sysctls.Defaults.Any(known => known.Name == name)) throw new UnsupportedException($"knob {name}", at);
            _remarks.Add($"{name}: there is no such knob");
            return null;
        }

        if (Sysctls.Get(name) == value && name != AlgorithmKnob) return null;
        string? failure = TrySet(name, value);
        if (failure is null) return null;
        // rmem_max and the like are one for all namespaces, and only to be read here.
        return name.StartsWith("net.core.", StringComparison.Ordinal) ? throw new UnsupportedException($"knob {name}, which is not a namespace's own", at) : failure;
    }

    private string? TrySet(string name, string value)
    {
        string? failure = Sysctls.TrySet(name, value);
        if (name != AlgorithmKnob) return failure;
        SocketAlgorithm = failure is null ? null : value;
        return null;
    }

    private string? SetFeatures(string[] words, Position at)
    {
        if (words.Length < 5 || words[1] != "-K") throw new UnsupportedException($"ethtool {words[1]}", at);
        for (int i = 3; i + 1 < words.Length; i += 2)
        {
            uint command = words[i] switch
            {
                "tso" => 0x1f,
                "gso" => 0x24,
                "gro" => 0x2c,
                "sg" => 0x19,
                "tx" => 0x17,
                "lro" => 0,
                _ => throw new UnsupportedException($"ethtool -K {words[i]}", at),
            };
            bool isOn = words[i + 1] == "on";
            if (command != 0 && space.Run(() => SetFeature(words[2], command, isOn)) is { } failure) _remarks.Add($"ethtool {words[i]}: {failure}");
        }

        return null;
    }

    private static unsafe string? SetFeature(string device, uint command, bool isOn)
    {
        uint* value = stackalloc uint[] { command, isOn ? 1u : 0u };
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        Encoding.ASCII.GetBytes(device, new Span<byte>(request, InterfaceControl.NameRoom - 1));
        *(void**)(request + InterfaceControl.NameRoom) = value;
        using Descriptor socket = LibC.Socket(LibC.InetFamily, LibC.Datagram | LibC.CloseOnExec, 0);
        return LibC.Control(socket, 0x8946, request) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    private string? RunShell(string statement, Position at)
    {
        // A route that the script changes may be more exact than the one that is there.
        string text = RouteChange().Replace(statement, "$1replace");
        (int code, string output) = space.Run(() => Shell(text));
        if (code == 0) return null;
        if (text.Contains("tc ", StringComparison.Ordinal) && LacksQdisc().IsMatch(output))
            throw new UnsupportedException($"{statement.Split('\n')[0]}: this kernel has no such queue", at);
        if (code == 127) throw new UnsupportedException($"command {statement.Split(' ')[0]}, which is not installed", at);
        return output.Length > 0 ? $"exit code {code}: {output.Trim()}" : $"exit code {code}";
    }

    // In the namespace's thread: the process is born in the namespace of the thread that starts it.
    private (int Code, string Output) Shell(string text)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", text])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder,
        };
        start.Environment["NSTAT_HISTORY"] = Path.Combine(folder, "nstat");
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        start.Environment["LOCAL_IP"] = addresses.Local.ToString();
        start.Environment["REMOTE_IP"] = addresses.Remote.ToString();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        output += errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    [GeneratedRegex(@"\s*=\s*")]
    private static partial Regex SpacedEquals();

    [GeneratedRegex("(?<name>[A-Za-z0-9_./-]+)=(?<value>\"[^\"]*\"|'[^']*'|.*?)(?=\\s+[A-Za-z0-9_./-]+=|$)", RegexOptions.Singleline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"(\bip\s+(?:-6\s+|-4\s+)?route\s+)change\b")]
    private static partial Regex RouteChange();

    [GeneratedRegex("(?i)unknown|not supported|No such file|not found")]
    private static partial Regex LacksQdisc();
}
