namespace UserNet.Tests.Parity;

/// <summary>
/// Random scripts of datagrams that stay on the host, whose results chance does not decide: no SO_REUSEPORT, and no more
/// octets at once than every receive buffer takes.
/// </summary>
/// <remarks>
/// Left out, since Linux remembers by which route a packet left and the stack does not: what a socket bound to lo sends to
/// an address of another interface, and what any socket sends to 0.0.0.0, count there as arriving on lo. And a second
/// connect that fails: Linux then sends every datagram but the first to the address that it has just refused; what a
/// dual-stack socket hears after it was disconnected; which of several sockets that share a port and are connected to no port
/// is told that nobody listens on port 0; SO_BROADCAST taken from a socket that is connected to a broadcast address, which
/// Linux notices once any socket of the host joins a group; and sockets that share a port and are disconnected: one that heard
/// its peer goes before one that did not, on the processor that it heard it on.
/// </remarks>
internal sealed class DatagramScriptGenerator(Random random)
{
    private static readonly string[] Local4 =
        ["0.0.0.0", "0.0.0.0", "0.0.0.0", "127.0.0.1", "127.0.0.1", "127.0.0.2", "10.1.0.1", "10.1.0.2", "10.2.0.1", "10.99.0.1", "10.1.0.255", "224.1.1.1", "255.255.255.255"];

    private static readonly string[] Local6 = ["::", "::", "::", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.1.0.1", "::1", "2001:db8:1::1"];

    private static readonly string[] Destinations =
    [
        "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.9", "10.1.0.1", "10.1.0.1", "10.1.0.2", "10.2.0.1", "10.99.0.1", "0.0.0.0", "10.1.0.255", "10.2.0.255",
        "255.255.255.255", "127.255.255.255", "224.1.1.1", "224.1.1.1", "224.1.1.2", "203.0.113.9", "240.0.0.1",
    ];

    private static readonly string[] OnHost = ["127.0.0.1", "127.0.0.2", "10.1.0.1", "10.99.0.1"];

    private static readonly string[] Devices = ["v0", "v1", "-"];

    private readonly List<string> _steps = [];
    private readonly List<(string Name, bool IsV6)> _open = [];
    private readonly HashSet<string> _connected = [];
    private int _made, _large;
    private bool _withDevices, _withGroups, _shares;

    /// <summary>A script.</summary>
    public IReadOnlyList<string> Next()
    {
        _steps.Clear();
        _open.Clear();
        _connected.Clear();
        _made = _large = 0;
        (_withDevices, _withGroups) = (Chance(20), Chance(30));
        _shares = Chance(40);
        for (int sockets = random.Next(2, 6); sockets > 0; sockets--) Open();
        for (int steps = random.Next(5, 25); steps > 0; steps--) Step();
        foreach ((string name, _) in _open)
        {
            Add($"{name} name");
            for (int i = random.Next(1, 4); i > 0; i--) Add($"{name} {(Chance(20) ? "from" : "recv")}");
            if (Chance(50)) Add($"{name} err");
        }

        return [.. _steps];
    }

    private void Add(string step) => _steps.Add(step);

    private bool Chance(int percent) => random.Next(100) < percent;

    private string Pick(string[] from) => from[random.Next(from.Length)];

    private void Open()
    {
        (string name, bool isV6) = ($"S{++_made}", Chance(25));
        Add($"{name} = udp{(isV6 ? 6 : 4)}");
        _open.Add((name, isV6));
        if (_shares) Add($"{name} ra 1");
        if (isV6 && Chance(20)) Add($"{name} v6o 1");
        if (_withDevices && Chance(50)) Add($"{name} dev {Pick(Devices)}");
        if (Chance(30)) Add($"{name} bcast 1");
        if (_withGroups && Chance(50)) Add($"{name} mcif {Pick(["10.1.0.1", "10.2.0.1", "127.0.0.1"])}");
        if (_withGroups && Chance(50)) Join(name);
        if (Chance(80)) Add($"{name} bind {Pick(isV6 ? Local6 : Local4)} {Pick(["P", "P", "P", "Q", "Q", "0"])}");
        if (Chance(30)) Connect(name, isV6);
    }

    private void Step()
    {
        if (_open.Count == 0) return;
        (string name, bool isV6) = _open[random.Next(_open.Count)];
        switch (random.Next(24))
        {
            case < 8: Add($"{name} sendto {Destination(isV6)} {Port()}{Size()}"); break;
            case < 11: Add($"{name} send{Size()}"); break;
            case < 14: Add($"{name} recv{(Chance(40) ? $" {random.Next(20)}" : "")}"); break;
            case 14: Add($"{name} peek{(Chance(40) ? $" {random.Next(20)}" : "")}"); break;
            case 15: Add($"{name} from"); break;
            case 16: Add($"{name} {Pick(["name", "peer", "err"])}"); break;
            case 17: Connect(name, isV6); break;
            case 18 when !isV6 && !_shares: Add($"{name} unspec"); break;
            case 19: Add($"{name} shut {Pick(["rd", "wr", "rdwr"])}"); break;
            case 20: Add($"{name} bind {Pick(isV6 ? Local6 : Local4)} {Pick(["P", "Q", "0"])}"); break;
            case 21: Change(name); break;
            case 22:
                Add($"{name} close");
                _open.Remove((name, isV6));
                break;
            default: Open(); break;
        }
    }

    private void Change(string name)
    {
        switch (random.Next(6))
        {
            case 0: Add($"{name} bcast {(_withGroups ? 1 : random.Next(2))}"); break;
            case 1 when _withDevices: Add($"{name} dev {Pick(Devices)}"); break;
            case 2 when _withGroups: Add($"{name} mcall {random.Next(2)}"); break;
            case 3 when _withGroups: Add($"{name} mcloop {random.Next(2)}"); break;
            case 4 when _withGroups: Add($"{name} leave 224.1.1.1 {Pick(["10.1.0.1", "10.2.0.1"])}"); break;
            case 5 when _withGroups: Join(name); break;
            default: Add($"{name} ra {(_shares ? random.Next(2) : 0)}"); break;
        }
    }

    private void Join(string name) => Add($"{name} join 224.1.1.{random.Next(1, 3)} {Pick(["10.1.0.1", "10.1.0.1", "10.2.0.1", "127.0.0.1", "v0"])}");

    private void Connect(string name, bool isV6)
    {
        string to = Destination(isV6);
        if (!_connected.Add(name))
        {
            if (_withDevices && (isV6 || _shares)) return;
            if (!isV6 && !_shares && (_withDevices || Chance(50))) Add($"{name} unspec");
            else to = Pick(OnHost);      // never refused
        }

        Add($"{name} connect {to} {Port(mayBeNone: !_shares)}");
    }

    /// <summary>An address in IPv4, or as an IPv6 socket names it.</summary>
    private string Destination(bool isV6)
    {
        string address = Pick(Destinations);
        if (_withDevices && address == "0.0.0.0") address = "127.0.0.1";
        return isV6 && Chance(80) ? "::ffff:" + address : address;
    }

    private string Port(bool mayBeNone = true) => random.Next(12) switch
    {
        < 6 => "P",
        < 9 => "Q",
        9 => "R",
        10 => mayBeNone && Chance(30) ? "0" : "9",
        _ => _open.Count == 0 ? "P" : "=" + _open[random.Next(_open.Count)].Name,
    };

    private string Size()
    {
        if (Chance(50)) return "";
        if (!Chance(10) || _large >= 2) return $" {random.Next(Chance(50) ? 30 : 3000)}";
        _large++;
        return " " + Pick(["65507", "65508", "65527", "65535", "65536", "70000"]);
    }
}
