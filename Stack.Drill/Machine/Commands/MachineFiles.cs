using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades.Posix;
using UserNet.Tcp;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The files that commands read and write: those of the kernel, and those that scripts make for themselves.</summary>
internal sealed class MachineFiles(VirtualMachine machine)
{
    private readonly Dictionary<string, string> _texts = [];
    private readonly HashSet<string> _made = [];

    /// <summary>What a file has.</summary>
    /// <exception cref="Language.UnsupportedException">It is none that is known.</exception>
    public string Read(string path, CommandCall call)
    {
        if (_texts.TryGetValue(path, out string? text)) return text;
        return path switch
        {
            "/dev/null" => "",
            "/proc/net/tcp" => Connections(ofV6: false),
            "/proc/net/tcp6" => Connections(ofV6: true),
            _ when IsKnob(path) => SysctlCommands.Get(call, path) + "\n",
            _ => throw call.Unsupported($"file {path}"),
        };
    }

    /// <summary>Writes a text to a file.</summary>
    /// <exception cref="Language.UnsupportedException">It is a kernel's, and there is no such knob.</exception>
    public void Write(string path, string text, bool appends, CommandCall call)
    {
        if (path == "/dev/null") return;
        if (IsKnob(path)) SysctlCommands.Set(call, path, text);
        else if (path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal)) throw call.Unsupported($"file {path}");
        else _texts[path] = appends && _texts.TryGetValue(path, out string? before) ? before + text : text;
    }

    /// <summary>Makes a file of zeros, for calls to open.</summary>
    public void Make(string path, long length, CommandCall call)
    {
        PosixProcess process = machine.Process;
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1)) process.Mkdir(path[..slash]);      // as on any system
        int file = process.Open(path, PosixConstants.O_WRONLY | PosixConstants.O_CREAT | PosixConstants.O_TRUNC, 0x1B6);
        if (file < 0 || process.FTruncate(file, length) < 0) throw call.Unsupported($"file {path} of {length} octets");
        process.Close(file);
        _made.Add(path);
    }

    /// <summary>Removes a file; false when there is none.</summary>
    public bool Remove(string path) => _made.Remove(path) ? machine.Process.Unlink(path) == 0 : _texts.Remove(path);

    private static bool IsKnob(string path) =>
        path.StartsWith("/proc/sys/", StringComparison.Ordinal) || path.StartsWith("/sys/module/", StringComparison.Ordinal);

    // As proc(5) describes it: addresses and ports in hexadecimal, the state as a number.
    private string Connections(bool ofV6)
    {
        var text = new StringBuilder("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
        int line = 0;
        foreach (HolderRow row in machine.Stack.Snapshot().Rows)
        {
            bool isListed = row.Protocol == ProtocolType.Tcp && row.Local.Address.IsV6 == ofV6 && row.State != TcpState.Closed;
            if (!isListed) continue;
            string remote = row.Remote is { } peer ? NameOf(peer) : new string('0', ofV6 ? 32 : 8) + ":0000";
            int number = new TcpInfo { State = row.State }.StateNumber;
            text.Append(CultureInfo.InvariantCulture, $"{line++,4}: {NameOf(row.Local)} {remote} {number:X2} 00000000:00000000 00:00000000 00000000     0        0 0\n");
        }

        return text.ToString();
    }

    private static string NameOf(in InetEndpoint endpoint)
    {
        Span<byte> octets = stackalloc byte[16];
        int length = endpoint.Address.WriteOctets(octets);
        var text = new StringBuilder();
        for (int word = 0; word < length; word += 4)
            for (int i = 3; i >= 0; i--) text.Append(octets[word + i].ToString("X2", CultureInfo.InvariantCulture));
        return text.Append(CultureInfo.InvariantCulture, $":{endpoint.Port:X4}").ToString();
    }
}
