namespace UserNet.Tests.Parity;

/// <summary>
/// Random scripts of connections that a host has with itself: opened, accepted, ended from either side, and what may be bound, connected
/// and listened beside each of their states. Ephemeral ports are never named by number, so chance decides no answer.
/// </summary>
internal sealed class StreamScriptGenerator(Random random)
{
    private const int MostSteps = 14;

    private static readonly string[] Local4 = ["127.0.0.1", "127.0.0.1", "0.0.0.0", "127.0.0.2", "10.1.0.1", "10.99.0.1", "127.0.0.6"];

    private static readonly string[] Local6 = ["::1", "::1", "::", "::", "2001:db8:99::1"];

    private static readonly string[] LocalMapped = ["::", "::", "::ffff:127.0.0.1", "::ffff:10.1.0.1", "::ffff:0.0.0.0"];

    private static readonly string[] Remote4 = ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "10.1.0.1", "10.99.0.1", "0.0.0.0"];

    private static readonly string[] Remote6 = ["::1", "::1", "::1", "::", "2001:db8:99::1", "127.0.0.1"];

    private static readonly string[] RemoteMapped = ["::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.2", "::ffff:10.1.0.1"];

    private readonly List<string> _steps = [];
    private readonly List<Open> _open = [];
    private readonly List<string> _children = [];
    private int _made;
    private bool _hasListener;

    // Linux does not take a socket back to IPv6 that has once gone by IPv4; so a socket stays with either.
    private sealed record Open(string Name, bool IsV6, bool IsMapped, bool MayListen)
    {
        public string[] Locals => IsMapped ? LocalMapped : IsV6 ? Local6 : Local4;

        public string[] Remotes => IsMapped ? RemoteMapped : IsV6 ? Remote6 : Remote4;
    }


    /// <summary>A script: one listener at least, then whatever comes.</summary>
    public IReadOnlyList<string> Next()
    {
        _steps.Clear();
        _open.Clear();
        _children.Clear();
        _made = 0;
        _hasListener = false;
        if (Chance(8)) Add("sysctl net.ipv4.tcp_timestamps 0");
        if (Chance(8)) Add($"sysctl net.ipv4.tcp_tw_reuse {random.Next(3)}");
        if (Chance(12)) Add("sysctl net.ipv4.ip_local_port_range R R");
        for (int listeners = random.Next(1, 3); listeners > 0; listeners--) Listener();
        for (int i = random.Next(4, MostSteps); i > 0; i--) Step();
        foreach (string name in _open.Select(static socket => socket.Name).Concat(_children))
        {
            if (Chance(50)) Add($"{name} state");
            if (Chance(40)) Add($"{name} name");
            if (Chance(30)) Add($"{name} peer");
            if (Chance(20)) Add($"{name} err");
        }

        Probe("P");
        Probe("Q");
        if (_open.Count > 0 && Chance(50)) Probe($"={Any().Name}");
        return [.. _steps];
    }

    private void Step()
    {
        switch (random.Next(20))
        {
            case < 4: Client(); break;
            case < 8: Accept(Any()); break;
            case < 13: Change(Any()); break;
            case < 15 when _children.Count > 0: ChangeChild(_children[random.Next(_children.Count)]); break;
            case 15: Listener(); break;
            case 16: Probe(Chance(50) ? "P" : "Q"); break;
            default: Life(); break;
        }
    }

    /// <summary>A connection from its beginning to some end, so that all states are come to often.</summary>
    private void Life()
    {
        Open listener = Any();
        Open connecting = Make(listener.IsV6);
        string client = connecting.Name;
        Add($"{client} = {(listener.IsV6 ? "tcp6" : "tcp4")}");
        if (Chance(40)) Add($"{client} ra 1");
        if (Chance(20)) Add($"{client} rp 1");
        if (Chance(60)) Add($"{client} bind {Pick(connecting.Locals)} Q");
        Add($"{client} connect {Pick(connecting.Remotes)} P");
        string child = Accept(listener);
        string first = Chance(50) ? client : child, second = first == client ? child : client;
        Add($"{first} {Pick(["close", "shut wr", "shut rdwr", "send 3", "name", "linger 0", "unspec"])}");
        if (Chance(60)) Add($"{second} {Pick(["close", "shut wr", "recv", "send 3", "state", "unspec"])}");
        if (Chance(40)) Add($"{first} {Pick(["close", "state", "recv", "send 3", "err", "shut rd"])}");
    }

    private void Listener()
    {
        bool isV6 = Chance(40);
        // Of listeners that share by SO_REUSEPORT a hash chooses one; so there are no two.
        bool isFirst = !_hasListener;
        _hasListener = true;
        Open socket = Make(isV6, mayListen: true);
        string name = socket.Name;
        Add($"{name} = {(isV6 ? "tcp6" : "tcp4")}");
        Options(name, isV6, mayReusePort: isFirst);
        Add($"{name} bind {Pick(socket.Locals)} P");
        Add($"{name} listen{(Chance(15) ? " 0" : "")}");
    }

    private void Client()
    {
        bool isV6 = Chance(40);
        Open socket = Make(isV6);
        string name = socket.Name;
        Add($"{name} = {(isV6 ? "tcp6" : "tcp4")}");
        Options(name, isV6);
        if (Chance(10)) Add($"{name} noport 1");
        if (Chance(50)) Add($"{name} bind {Pick(socket.Locals)} {Pick(["Q", "Q", "0", "P"])}");
        Add($"{name} {Pick(["connect", "connect", "connectb"])} {Pick(socket.Remotes)} {Pick(["P", "P", "P", "Q"])}");
        if (Chance(40)) Add($"{name} name");
    }

    private void Options(string name, bool isV6, bool mayReusePort = true)
    {
        if (Chance(50)) Add($"{name} ra 1");
        if (mayReusePort && Chance(25)) Add($"{name} rp 1");
        if (isV6 && Chance(25)) Add($"{name} v6o 1");
    }

    /// <summary>Anything that may be done to a socket whatever its state.</summary>
    private void Change(Open socket)
    {
        string name = socket.Name;
        switch (random.Next(14))
        {
            case < 3: Add($"{name} shut {Pick(["rd", "wr", "rdwr"])}"); break;
            case < 6:
                Add($"{name} close");
                _open.Remove(socket);
                break;
            case 6: Add($"{name} unspec"); break;
            case 7: Add($"{name} linger 0"); break;
            case 8: Add($"{name} send {random.Next(1, 100)}"); break;
            case 9: Add($"{name} recv"); break;
            case 10: Add($"{name} bind {Pick(socket.Locals)} {Pick(["P", "Q"])}"); break;
            case 11 when socket.MayListen: Add($"{name} listen"); break;
            case 12: Add($"{name} {Pick(["connect", "connectb"])} {Pick(socket.Remotes)} {Pick(["P", "Q"])}"); break;
            default: Add($"{name} {Pick(["err", "state", "name", "peer", "pending"])}"); break;
        }
    }

    private void ChangeChild(string name) => Add($"{name} {Pick(
    [
        "shut rd", "shut wr", "shut rdwr", "close", "unspec", "linger 0", "send 7", "recv", "bind 127.0.0.1 Q", "listen", "err", "state", "name", "peer",
    ])}");

    /// <summary>Who may still have a port tells what the table holds.</summary>
    private void Probe(string port)
    {
        bool isV6 = Chance(40);
        string name = $"N{_made++}";
        Add($"{name} = {(isV6 ? "tcp6" : "tcp4")}");
        Options(name, isV6);
        Add($"{name} bind {Pick(isV6 ? Local6 : Local4)} {port}");
        if (Chance(50)) Add($"{name} listen");
        Add($"{name} close");
    }

    private Open Any()
    {
        if (_open.Count == 0) Listener();
        return _open[random.Next(_open.Count)];
    }

    private Open Make(bool isV6, bool mayListen = false)
    {
        var socket = new Open($"S{_made++}", isV6, isV6 && Chance(35), mayListen);
        _open.Add(socket);
        return socket;
    }

    /// <summary>What was accepted is as its peer is, whom nobody knows here: it is never connected anew.</summary>
    private string Accept(Open listener)
    {
        string name = $"S{_made++}";
        Add($"{listener.Name} accept as {name}");
        _children.Add(name);
        return name;
    }

    private void Add(string step) => _steps.Add(step);

    private bool Chance(int percent) => random.Next(100) < percent;

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
