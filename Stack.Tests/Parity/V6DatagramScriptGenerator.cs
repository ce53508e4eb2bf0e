namespace UserNet.Tests.Parity;

/// <summary>
/// Random scripts of IPv6 datagrams that stay on the host, beside IPv4 ones of dual-stack sockets, whose results chance does not decide.
/// </summary>
/// <remarks>
/// Left out, beside what <see cref="DatagramScriptGenerator"/> leaves out: more octets than fit one packet of the loopback interface, which
/// Linux cuts into fragments; destinations that a wire leads to; and what a socket sends to 0.0.0.0.
/// </remarks>
internal sealed class V6DatagramScriptGenerator(Random random)
{
    private static readonly string[] Local =
    [
        "::", "::", "::", "::1", "::1", "2001:db8:1::1", "2001:db8:2::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.1.0.1", "2001:db8:1::9", "fe80::1:1%v0",
    ];

    private static readonly string[] Local4 = ["0.0.0.0", "127.0.0.1", "10.1.0.1"];

    private static readonly string[] Destinations =
    [
        "::1", "::1", "::1", "2001:db8:1::1", "2001:db8:1::1", "2001:db8:2::1", "::", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.0.1",
        "127.0.0.1", "fe80::1:1%v0", "fe80::2:1%v1",
    ];

    private static readonly string[] OnHost = ["::1", "2001:db8:1::1", "2001:db8:2::1"];

    private readonly List<string> _steps = [];
    private readonly List<(string Name, bool IsV6)> _open = [];
    private readonly HashSet<string> _connected = [];
    private int _made;
    private bool _shares;

    /// <summary>A script.</summary>
    public IReadOnlyList<string> Next()
    {
        _steps.Clear();
        _open.Clear();
        _connected.Clear();
        _made = 0;
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
        (string name, bool isV6) = ($"S{++_made}", Chance(80));
        Add($"{name} = udp{(isV6 ? 6 : 4)}");
        _open.Add((name, isV6));
        if (_shares) Add($"{name} ra 1");
        if (isV6 && Chance(25)) Add($"{name} v6o 1");
        if (Chance(80)) Bind(name, isV6);
        if (Chance(30)) Connect(name, isV6);
    }

    private void Bind(string name, bool isV6) => Add($"{name} bind {Pick(isV6 ? Local : Local4)} {Pick(["P", "P", "P", "Q", "Q", "0"])}");

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
            case < 18: Add($"{name} {Pick(["name", "peer", "err"])}"); break;
            case 18: Connect(name, isV6); break;
            case 19: Add($"{name} shut {Pick(["rd", "wr", "rdwr"])}"); break;
            case 20: Bind(name, isV6); break;
            case 21 when isV6: Add($"{name} v6o {random.Next(2)}"); break;
            case 22:
                Add($"{name} close");
                _open.Remove((name, isV6));
                break;
            default: Open(); break;
        }
    }

    private void Connect(string name, bool isV6)
    {
        string to = Destination(isV6);
        if (!_connected.Add(name)) to = isV6 ? Pick(OnHost) : "127.0.0.1";      // never refused
        Add($"{name} connect {to} {Port(mayBeNone: !_shares)}");
    }

    private string Destination(bool isV6) => isV6 ? Pick(Destinations) : Pick(["127.0.0.1", "10.1.0.1"]);

    private string Port(bool mayBeNone = true) => random.Next(12) switch
    {
        < 6 => "P",
        < 9 => "Q",
        9 => "R",
        10 => mayBeNone && Chance(30) ? "0" : "9",
        _ => _open.Count == 0 ? "P" : "=" + _open[random.Next(_open.Count)].Name,
    };

    private string Size() => Chance(50) ? "" : Chance(10) ? " 65488" : $" {random.Next(Chance(50) ? 30 : 3000)}";
}
