using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Facades.Posix.Unix;

namespace UserNet.Tests.Facades.Posix.Unix;

/// <summary>Runs a line of a script, as in "bind a /s", on a process of its own, and says what came of it.</summary>
/// <remarks>
/// Sockets have letters for names and do not block. An address is a path, with ! where its last zero is left out, @name of an abstract one,
/// auto (the family alone), unspec, inet, or raw: and octets; {x*9} stands for nine of a letter.
/// </remarks>
internal sealed partial class UnixScript : IDisposable
{
    private static readonly System.Buffers.SearchValues<byte> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdef"u8);

    private const int NonBlock = 0x800, NoSignal = 0x4000, NoSuchDescriptor = 999;

    private static readonly Dictionary<string, int> Types = new() { ["stream"] = 1, ["dgram"] = 2, ["raw"] = 3, ["rdm"] = 4, ["seqpacket"] = 5 };

    private static readonly Dictionary<string, int> Flags = new()
    {
        ["oob"] = 1, ["peek"] = 2, ["trunc"] = 0x20, ["dontwait"] = 0x40, ["eor"] = 0x80, ["waitall"] = 0x100, ["more"] = 0x8000,
        ["cmsgcloexec"] = 0x40000000,
    };

    private static readonly Dictionary<string, int> Options = new()
    {
        ["debug"] = 1, ["reuseaddr"] = 2, ["type"] = 3, ["error"] = 4, ["dontroute"] = 5, ["broadcast"] = 6, ["sndbuf"] = 7, ["rcvbuf"] = 8,
        ["keepalive"] = 9, ["oobinline"] = 10, ["no_check"] = 11, ["priority"] = 12, ["linger"] = 13, ["reuseport"] = 15, ["passcred"] = 16,
        ["peercred"] = 17, ["rcvlowat"] = 18, ["sndlowat"] = 19, ["rcvtimeo"] = 20, ["sndtimeo"] = 21, ["peername"] = 28, ["acceptconn"] = 30,
        ["sndbufforce"] = 32, ["rcvbufforce"] = 33, ["protocol"] = 38, ["domain"] = 39, ["unknown"] = 200,
    };

    private readonly NetworkStack _stack = new();
    private readonly PosixHost _host;
    private readonly PosixProcess _process;
    private readonly Dictionary<string, int> _descriptors = [];

    public UnixScript()
    {
        _host = new PosixHost(_stack);
        _process = _host.Start(Caller.Root);
    }

    /// <summary>Runs a line.</summary>
    public string Run(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] w = [.. words.Skip(1), "", "", ""];
        return words[0] switch
        {
            "as" => As(words[1..]),
            "umask" => Convert.ToString(_process.Umask(Octal(w[0])), 8),
            "mkdir" => Told(_process.Mkdir(Path(w[0]), w[1] == "" ? 0x1FF : Octal(w[1]))),
            "creat" => Told(_process.Mknod(Path(w[0]), w[1] == "" ? 0x1B6 : Octal(w[1]))),
            "symlink" => Told(_process.Symlink(Path(w[0]), Path(w[1]))),
            "link" => Told(_process.Link(Path(w[0]), Path(w[1]))),
            "unlink" => Told(_process.Unlink(Path(w[0]))),
            "rmdir" => Told(_process.Rmdir(Path(w[0]))),
            "rename" => Told(_process.Rename(Path(w[0]), Path(w[1]))),
            "chmod" => Told(_process.Chmod(Path(w[0]), Octal(w[1]))),
            "chown" => Told(_process.Chown(Path(w[0]), (uint)Number(w[1]), (uint)Number(w[2]))),
            "lchown" => Told(_process.Chown(Path(w[0]), (uint)Number(w[1]), (uint)Number(w[2]), followsLink: false)),
            "chdir" => Told(_process.Chdir(Path(w[0]))),
            "stat" => Stat(w[0], follows: true),
            "lstat" => Stat(w[0], follows: false),
            "ls" => List(w[0]),
            "mount" => Mount(w[0]),
            "readonly" => SetReadOnly(w[0], true),
            "writable" => SetReadOnly(w[0], false),
            "socket" => Opened(w[0], _process.Socket(1, Types[w[1]] | NonBlock, w[2] == "" ? 0 : Number(w[2]))),
            "pair" => Pair(w),
            "bind" => Told(WithAddress(w[1], address => _process.Bind(Of(w[0]), address, address.Length))),
            "connect" => Told(WithAddress(w[1], address => _process.Connect(Of(w[0]), address, address.Length))),
            "listen" => Told(_process.Listen(Of(w[0]), Number(w[1]))),
            "accept" => Accept(w),
            "name" => Name(w, ofPeer: false),
            "peer" => Name(w, ofPeer: true),
            "send" => Send(w[0], w[1], null, words.Skip(3)),
            "sendto" => Send(w[0], w[1], w[2], words.Skip(4)),
            "recv" => Receive(w, words.Skip(3)),
            "sendmsg" => SendMessage(w, words.Skip(4)),
            "recvmsg" => ReceiveMessage(w, words.Skip(5)),
            "shutdown" => Told(_process.Shutdown(Of(w[0]), Number(w[1]))),
            "poll" => Poll(w[0]),
            "set" => Set(w),
            "get" => Get(w),
            "ioctl" => IoControl(w),
            "dup" => Opened(w[0], _process.Dup(Of(w[1]))),
            "close" => Close(w[0]),
            _ => $"unknown: {line}",
        };
    }

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    private string As(string[] words)
    {
        _process.Credentials = Caller.Root;
        _process.SetGroups([.. words.Skip(2).Select(word => (uint)Number(word))]);
        uint uid = (uint)Number(words[0]);
        _process.GroupId = words.Length > 1 ? (uint)Number(words[1]) : uid;
        _process.Credentials = uid == 0 ? Caller.Root : Caller.User(uid);
        return "0";
    }

    private string Stat(string path, bool follows)
    {
        if (_process.Stat(Path(path), out FileStatus status, follows) < 0) return $"{_process.Error}";
        string kind = status.Kind switch
        {
            FileKind.Directory => "dir", FileKind.RegularFile => "file", FileKind.SymbolicLink => "link", _ => "socket",
        };
        return $"{kind} {Convert.ToString(status.Mode, 8)} {status.Uid}:{status.Gid} links {status.Links}";
    }

    private string List(string path)
    {
        if (_process.ReadDirectory(Path(path), out IReadOnlyList<byte[]> names) < 0) return $"{_process.Error}";
        return names.Count == 0 ? "empty" : string.Join(' ', names.Select(name => Shown(name)));
    }

    private string Mount(string path)
    {
        _host.Files.Mount(path);
        return "0";
    }

    private string SetReadOnly(string path, bool isReadOnly)
    {
        _host.Files.SetReadOnly(path, isReadOnly);
        return "0";
    }

    private string Pair(string[] w)
    {
        int[] both = new int[2];
        if (_process.SocketPair(1, Types[w[2]] | NonBlock, 0, both) < 0) return $"{_process.Error}";
        Opened(w[0], both[0]);
        return Opened(w[1], both[1]);
    }

    private string Accept(string[] w)
    {
        byte[] address = new byte[128];
        int length = address.Length, answer = _process.Accept4(Of(w[1]), address, ref length, NonBlock);
        if (answer < 0) return $"{_process.Error}";
        Opened(w[0], answer);
        return "from " + ShownAddress(address, length);
    }

    private string Name(string[] w, bool ofPeer)
    {
        byte[] address = new byte[128];
        int room = w[1] == "" ? 128 : Number(w[1]), length = room;
        int answer = ofPeer ? _process.GetPeerName(Of(w[0]), address, ref length) : _process.GetSockName(Of(w[0]), address, ref length);
        return answer < 0 ? $"{_process.Error}" : ShownAddress(address, length, room);
    }

    private string Send(string name, string text, string? to, IEnumerable<string> flags)
    {
        byte[] octets = Text(text);
        return Told(to is null
            ? _process.Send(Of(name), octets, octets.Length, FlagsOf(flags) | NoSignal)
            : WithAddress(to, address => _process.SendTo(Of(name), octets, octets.Length, FlagsOf(flags) | NoSignal, address, address.Length)));
    }

    private string Receive(string[] w, IEnumerable<string> flags)
    {
        byte[] octets = new byte[Number(w[1])], address = new byte[128];
        int length = address.Length, got = _process.RecvFrom(Of(w[0]), octets, octets.Length, FlagsOf(flags), address, ref length);
        return got < 0 ? $"{_process.Error}" : $"{got} '{Shown(octets.AsSpan(0, Math.Min(got, octets.Length)))}' from {ShownAddress(address, length)}";
    }

    private string Poll(string name)
    {
        short events = _process.Poll(Of(name), 0x2007);
        (int Bit, string Name)[] names = [(1, "IN"), (2, "PRI"), (4, "OUT"), (8, "ERR"), (16, "HUP"), (32, "NVAL"), (0x2000, "RDHUP")];
        string told = string.Join('+', names.Where(each => (events & each.Bit) != 0).Select(each => each.Name));
        return told == "" ? "nothing" : told;
    }

    private string Set(string[] w)
    {
        int size = w[3] == "" ? 4 : Number(w[3]), level = w.Length > 7 ? Number(w[4]) : 1;
        byte[] value = new byte[size];
        if (w[2] == "none") value = [];
        else if (w[2].StartsWith("hex:", StringComparison.Ordinal)) value = Convert.FromHexString(w[2][4..]);
        else
        {
            byte[] both = new byte[16];
            string[] parts = w[2].Split(',');
            BinaryPrimitives.WriteInt64LittleEndian(both, long.Parse(parts[0], CultureInfo.InvariantCulture));
            if (parts.Length > 1) BinaryPrimitives.WriteInt64LittleEndian(both.AsSpan(8), long.Parse(parts[1], CultureInfo.InvariantCulture));
            both.AsSpan(0, size).CopyTo(value);
        }

        return Told(_process.SetSockOpt(Of(w[0]), level, Options[w[1]], value, value.Length));
    }

    private string Get(string[] w)
    {
        int length = w[2] == "" ? 4 : Number(w[2]), level = w.Length > 6 ? Number(w[3]) : 1;
        byte[] value = new byte[256];
        if (_process.GetSockOpt(Of(w[0]), level, Options[w[1]], value, ref length) < 0) return $"{_process.Error}";
        if (w[1] == "peername") return ShownAddress(value, length);
        if (w[1] == "peercred") return ShownCredentials(value);
        var numbers = new List<int>();
        for (int i = 0; i < length; i += 4) numbers.Add(BinaryPrimitives.ReadInt32LittleEndian(value.AsSpan(i)));
        return string.Join(' ', numbers) + (length == 4 ? "" : $" length {length}");
    }

    private string IoControl(string[] w)
    {
        int value = 0, request = w[1] switch { "inq" => 0x541B, "outq" => 0x5411, "mark" => 0x8905, _ => Convert.ToInt32(w[1], 16) };
        return _process.IoControl(Of(w[0]), request, ref value) < 0 ? $"{_process.Error}" : $"{value}";
    }

    private string Close(string name)
    {
        int descriptor = Of(name);
        _descriptors.Remove(name);
        return Told(_process.Close(descriptor));
    }

    private string Opened(string name, int descriptor)
    {
        if (descriptor < 0) return $"{_process.Error}";
        if (_descriptors.Remove(name, out int before)) _process.Close(before);
        _descriptors[name] = descriptor;
        return "0";
    }

    private string Told(int answer) => answer < 0 ? $"{_process.Error}" : $"{answer}";

    private int Of(string name) => _descriptors.GetValueOrDefault(name, NoSuchDescriptor);

    private static int WithAddress(string text, Func<byte[], int> call) => call(AddressOf(text));

    private static byte[] AddressOf(string text)
    {
        if (text == "auto") return [1, 0];
        if (text.StartsWith("raw:", StringComparison.Ordinal)) return Convert.FromHexString(text[4..]);
        if (text == "unspec") return new byte[16];
        if (text == "inet") return [2, 0, 0x34, 0x12, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] octets = Path(text);
        if (octets[0] == '@') return [1, 0, 0, .. octets.AsSpan(1)];
        return octets[^1] == '!' ? [1, 0, .. octets.AsSpan(0, octets.Length - 1)] : [1, 0, .. octets, 0];
    }

    private static byte[] Text(string text) => text == "''" ? [] : Path(text);

    private static byte[] Path(string text) => Encoding.Latin1.GetBytes(Repeats().Replace(
        text, found => string.Concat(Enumerable.Repeat(found.Groups[1].Value, Number(found.Groups[2].Value)))));

    private static string ShownAddress(ReadOnlySpan<byte> address, int length, int room = 128)
    {
        if (length == 0) return "none";
        if (length == 2 && address[0] == 1) return "unnamed";
        if (!address.StartsWith((ReadOnlySpan<byte>)[1, 0])) return "raw:" + Convert.ToHexStringLower(address[..length]);
        ReadOnlySpan<byte> path = address[2..Math.Max(2, Math.Min(length, room))];
        if (path.Length > 0 && path[0] == 0)
            return path.Length == 6 && !path[1..].ContainsAnyExcept(HexDigits) ? "@auto" : "@" + Shown(path[1..]);
        if (length > room) return $"{Shown(path)}+{length - room}";
        return path.Length > 0 && path[^1] == 0 ? Shown(path[..^1]) : Shown(path) + "!";
    }

    private string ShownCredentials(ReadOnlySpan<byte> octets)
    {
        int pid = BinaryPrimitives.ReadInt32LittleEndian(octets);
        string who = pid == _process.ProcessId ? "self" : $"{pid}";
        return $"pid {who} uid {BinaryPrimitives.ReadInt32LittleEndian(octets[4..])} gid {BinaryPrimitives.ReadInt32LittleEndian(octets[8..])}";
    }

    private static string Shown(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder();
        foreach (byte octet in octets) text.Append(octet is >= 33 and < 127 ? $"{(char)octet}" : $"\\x{octet:x2}");
        return Runs().Replace(text.ToString(), run => $"{{{run.Groups[1].Value}*{run.Length}}}");
    }

    private static int FlagsOf(IEnumerable<string> words) => words.Aggregate(0, (sum, word) => sum | Flags[word]);

    private static int Octal(string text) => Convert.ToInt32(text, 8);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(.+?)\*(\d+)\}")]
    private static partial Regex Repeats();

    [GeneratedRegex(@"(.)\1{7,}")]
    private static partial Regex Runs();
}
