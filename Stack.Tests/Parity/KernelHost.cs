using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using UserNet.Addressing;
using UserNet.Facades.Posix;
using UserNet.Samples.BindShell;
using UserNet.Sockets;

namespace UserNet.Tests.Parity;

/// <summary>
/// The running kernel as a host for scripts: host A of the golden topology, in a network namespace of one thread; and beside it B.
/// </summary>
/// <remarks>
/// Everything is done on the thread that made it. The namespace ends with that thread, and with it the interfaces; the
/// sockets and settings of a script are undone by <see cref="Reset"/>.
/// </remarks>
internal sealed unsafe class KernelHost : IScriptHost
{
    private static readonly string[] Setup =
    [
        "link set lo up",
        "link add v0 index 2 type veth peer name w0 index 2 netns {0}", "link add v1 index 3 type veth peer name w1 index 3 netns {0}",
        "link set v0 addrgenmode none", "link set v1 addrgenmode none",
    ];

    // What fe80::1:1%v0 sends to v1 is answered over v1, where nobody has that address. Errors that wait there for a neighbor, for three
    // seconds, fill the buffer that all errors of a processor share, and then there are none.
    private static readonly string[] Absent =
    [
        "neigh add fe80::1:1 lladdr 02:00:00:00:00:99 nud permanent dev v1", "neigh add fe80::2:1 lladdr 02:00:00:00:00:99 nud permanent dev v0",
    ];

    private static readonly string[] SetupB =
    [
        "link set lo up", "link set w0 addrgenmode none", "link set w1 addrgenmode none", "link set w0 up", "link set w1 up",
    ];

    private const int Patience = 10, ConnectPatience = 400;      // milliseconds; twice that is not a retransmission timeout
    private const int Stream = 1, Datagram = 2, InterNetworkV6 = 10, MostTries = 200;

    private readonly List<int> _descriptors = [];
    private readonly Namespaces _namespaces = new();
    private readonly HashSet<int> _streams = [];
    private readonly Dictionary<string, string> _changed = [];

    /// <summary>True when each step is followed by a little wait, so that what is under way arrives.</summary>
    public bool IsPatient { get; set; }

    /// <summary>Leaves the thread's network namespace for a new one, and builds host A there.</summary>
    /// <exception cref="InvalidOperationException">The kernel does not allow it.</exception>
    public KernelHost()
    {
        Other = new KernelPeer(this);
        BeginAnew();
    }

    /// <summary>Host B.</summary>
    public IScriptHost Other { get; }

    /// <summary>Leaves for another new namespace, where no connection of before holds a port.</summary>
    /// <exception cref="InvalidOperationException">The kernel does not allow it.</exception>
    public void BeginAnew()
    {
        Reset();
        int other = _namespaces.Renew();
        Batch([.. Setup.Select(line => string.Format(System.Globalization.CultureInfo.InvariantCulture, line, other))]);
        InB(() => Batch([.. SetupB]));
        Batch(["link set v0 up", "link set v1 up", .. GoldenTopology.HostACommands, .. Absent]);
        InB(() => Batch([.. GoldenTopology.HostBCommands]));
        // Scripts come faster than the kernel would report closed ports; one that has but a common limit keeps it.
        foreach (string limit in (string[])["icmp_msgs_burst", "icmp_msgs_per_sec"]) _ = WriteSetting($"/proc/sys/net/ipv4/{limit}", "1000000");
        InB(static () =>
        {
            _ = WriteSetting("/proc/sys/net/ipv6/icmp/ratelimit", "0");
            _ = WriteSetting("/proc/sys/net/ipv4/icmp_ratelimit", "0");
        });
        _ = WriteSetting("/proc/sys/net/ipv6/icmp/ratelimit", "0");
        _ = WriteSetting("/proc/sys/net/ipv4/icmp_ratelimit", "0");
        foreach (string closed in (string[])["[2001:db8:1::1]:9", "[fe80::2:1%3]:9"]) AwaitErrors(InetEndpoint.Parse(closed));
    }

    /// <summary>Does something in host B's namespace.</summary>
    public void InB(Action action)
    {
        _namespaces.Enter(ofB: true);
        try
        {
            action();
        }
        finally
        {
            _namespaces.Enter(ofB: false);
        }
    }

    private static void Batch(string[] commands)
    {
        string errors = RunIp("-batch -", string.Join('\n', commands) + "\n");
        if (errors.Length != 0) throw new InvalidOperationException(errors);
    }

    /// <inheritdoc/>
    public int Socket(int domain, int type)
    {
        int descriptor = Answer(KernelCalls.Socket(domain, type | KernelCalls.CloseOnExec, 0));
        return Enter(descriptor, type == Stream);
    }

    /// <inheritdoc/>
    public int Pipe()
    {
        int* ends = stackalloc int[2];
        int answer = Answer(KernelCalls.Pipe(ends));
        if (answer < 0) return answer;
        _descriptors.AddRange([ends[0], ends[1]]);
        return ends[0];
    }

    /// <inheritdoc/>
    public int Close(int descriptor)
    {
        _descriptors.Remove(descriptor);
        return Answer(KernelCalls.Close(descriptor));
    }

    /// <inheritdoc/>
    public int Bind(int descriptor, byte[]? address, int length) => Answer(KernelCalls.Bind(descriptor, address, length));

    /// <inheritdoc/>
    public int Listen(int descriptor, int backlog) => Answer(KernelCalls.Listen(descriptor, backlog));

    /// <inheritdoc/>
    public int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        if (_streams.Contains(descriptor)) _ = KernelCalls.Control(descriptor, KernelCalls.SetFlags, waits ? 0 : KernelCalls.NonBlock);
        if (waits) _ = SetOption(descriptor, RawOptionLevel.Socket, RawOption.SendTimeout, Microseconds(ConnectPatience * 1000));
        return Answer(KernelCalls.Connect(descriptor, address, length));
    }

    /// <inheritdoc/>
    public int Accept(int descriptor)
    {
        if (_streams.Contains(descriptor)) _ = KernelCalls.Control(descriptor, KernelCalls.SetFlags, KernelCalls.NonBlock);
        return Enter(Answer(KernelCalls.Accept(descriptor, null, null, KernelCalls.CloseOnExec)), isStream: true);
    }

    /// <inheritdoc/>
    public int Poll(int descriptor, bool toWrite) => toWrite
        ? KernelCalls.Poll(descriptor, KernelCalls.PollOut, ConnectPatience)
        : KernelCalls.Poll(descriptor, KernelCalls.PollIn, 0);

    /// <inheritdoc/>
    public int Shutdown(int descriptor, int how) => Answer(KernelCalls.Shutdown(descriptor, how));

    /// <inheritdoc/>
    public int Name(int descriptor, bool ofPeer, byte[] address, ref int length) => Answer(
        ofPeer ? KernelCalls.GetPeerName(descriptor, address, ref length) : KernelCalls.GetSockName(descriptor, address, ref length));

    /// <inheritdoc/>
    public int SetOption(int descriptor, int level, int name, byte[] value) =>
        Answer(KernelCalls.SetSockOpt(descriptor, level, name, value, value.Length));

    /// <inheritdoc/>
    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) =>
        Answer(KernelCalls.GetSockOpt(descriptor, level, name, value, ref length));

    /// <inheritdoc/>
    public int Send(int descriptor, byte[] octets, byte[]? address, int length) =>
        Answer((int)KernelCalls.SendTo(descriptor, octets, octets.Length, KernelCalls.DontWait | KernelCalls.NoSignal, address, length));

    /// <inheritdoc/>
    public int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length)
    {
        int flags = KernelCalls.DontWait | (_streams.Contains(descriptor) ? 0 : KernelCalls.Truncated) | (peeks ? KernelCalls.Peek : 0);
        return Answer((int)KernelCalls.RecvFrom(descriptor, octets, octets.Length, flags, address, ref length));
    }

    /// <inheritdoc/>
    public int ChangeOwner(int descriptor, uint uid) => Answer(KernelCalls.FChown(descriptor, uid, uint.MaxValue));

    /// <inheritdoc/>
    public void BecomeUser(uint uid)
    {
        if (KernelCalls.SetEffectiveUser(uid) != 0) throw new InvalidOperationException($"setresuid: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <inheritdoc/>
    public int Ip(string command) => RunIp(command["ip ".Length..], "").Length == 0 ? 0 : -22;

    /// <inheritdoc/>
    public int Sysctl(string key, string value)
    {
        string path = $"/proc/sys/{key.Replace('.', '/')}";
        string before = File.ReadAllText(path).Trim();
        int answer = WriteSetting(path, value);
        if (answer >= 0) _changed.TryAdd(path, before);
        return answer;
    }

    /// <inheritdoc/>
    public uint IndexOf(string name) => name switch { "lo" => 1, "v0" => 2, "v1" => 3, _ => 0 };

    /// <inheritdoc/>
    public string? NameOf(uint index) => index switch { 1 => "lo", 2 => "v0", 3 => "v1", _ => null };

    /// <summary>Loopback delivers before a call returns, but for a kernel that is pressed for time.</summary>
    public void Settle()
    {
        if (IsPatient) Thread.Sleep(Patience);
    }

    /// <summary>Closes what a script left open, and puts back what it set.</summary>
    public void Reset()
    {
        BecomeUser(0);
        foreach (int descriptor in _descriptors) _ = KernelCalls.Close(descriptor);
        _descriptors.Clear();
        _streams.Clear();
        foreach ((string path, string before) in _changed)
            if (WriteSetting(path, before) < 0) throw new InvalidOperationException($"{path} could not be put back to '{before}'.");
        _changed.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reset();
        _namespaces.Dispose();
    }

    /// <summary>Waits until the kernel reports a closed port: it does not while the interface of the address is coming up.</summary>
    private void AwaitErrors(in InetEndpoint closed)
    {
        for (int tries = 0; !IsReported(closed); tries++)
            if (tries == MostTries) throw new InvalidOperationException($"{closed} is not reported as closed.");
    }

    // Each time from another socket: the kernel goes on sending the way that it found first.
    private bool IsReported(in InetEndpoint closed)
    {
        byte[] address = new byte[SocketAddress.V6Length];
        int length = SocketAddress.Write(closed, address), descriptor = Socket(InterNetworkV6, Datagram);
        _ = Connect(descriptor, address, length, waits: false);
        _ = Send(descriptor, [0], null, 0);
        bool isReported = KernelCalls.Poll(descriptor, KernelCalls.PollIn, Patience) != 0;
        _ = Close(descriptor);
        return isReported;
    }

    private static byte[] Microseconds(int number)
    {
        byte[] value = new byte[2 * sizeof(long)];      // struct timeval
        BitConverter.TryWriteBytes(value.AsSpan(sizeof(long)), (long)number);
        return value;
    }

    private int Enter(int descriptor, bool isStream)
    {
        if (descriptor < 0) return descriptor;
        _descriptors.Add(descriptor);
        if (isStream) _streams.Add(descriptor);
        else _streams.Remove(descriptor);
        return descriptor;
    }

    private static int WriteSetting(string path, string value)
    {
        int file = Answer(KernelCalls.Open(path, KernelCalls.WriteOnly));
        if (file < 0) return file;
        byte[] octets = Encoding.ASCII.GetBytes(value + "\n");
        int answer = Answer((int)KernelCalls.Write(file, octets, octets.Length));
        _ = KernelCalls.Close(file);
        return Math.Min(answer, 0);
    }

    /// <summary>Runs the ip tool, which inherits this thread's namespace, and returns its complaints.</summary>
    private static string RunIp(string arguments, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return errors;
    }

    private static int Answer(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();
}

/// <summary>The kernel's hosts A and B.</summary>
internal sealed class KernelWorld(KernelHost host) : IScriptWorld
{
    /// <inheritdoc/>
    public IScriptHost this[char name] => name == 'A' ? host : host.Other;

    /// <inheritdoc/>
    public void Settle() => host.Settle();

    /// <inheritdoc/>
    public void Sleep(TimeSpan time) => Thread.Sleep(time);

    /// <inheritdoc/>
    public Delivery? Deliver(char from, InetEndpoint source, InetEndpoint destination) => null;

    /// <inheritdoc/>
    public void Dispose() => host.Reset();
}
