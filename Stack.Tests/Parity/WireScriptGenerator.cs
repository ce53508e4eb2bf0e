namespace UserNet.Tests.Parity;

/// <summary>
/// Random scripts of two hosts: datagrams that cross two wires in both families, to ports that somebody has or nobody, to neighbors that are not
/// there, and to link-local addresses with a scope, another one or none; or connections. Chance decides no result.
/// </summary>
internal sealed class WireScriptGenerator(Random random, bool ofStreams)
{
    private static readonly string[] LocalA =
        ["::", "::", "::", "2001:db8:1::1", "2001:db8:1::2", "fe80::1:1%v0", "fe80::2:1%v1", "fe80::1:1%v1", "fe80::1:1", "::ffff:10.1.0.1", "::1"];

    private static readonly string[] LocalB = ["::", "::", "::", "2001:db8:1::9", "fe80::1:9%w0", "fe80::2:9%w1", "fe80::2:9%w0", "::ffff:10.2.0.9"];

    private static readonly string[] FromA =
    [
        "2001:db8:1::9", "2001:db8:1::9", "2001:db8:1::9", "fe80::1:9%v0", "fe80::1:9%v0", "fe80::2:9%v1", "fe80::2:9%v1", "fe80::1:9%v1", "2001:db8:1::77",
        "2001:db8:9::9", "::ffff:10.1.0.9", "::ffff:10.2.0.9", "::1", "2001:db8:1::2",
    ];

    private static readonly string[] FromB =
    [
        "2001:db8:1::1", "2001:db8:1::1", "2001:db8:1::2", "fe80::1:1%w0", "fe80::1:1%w0", "fe80::2:1%w1", "fe80::2:1%w1", "fe80::1:1%w1", "2001:db8:99::1",
        "::ffff:10.1.0.1", "::ffff:10.99.0.1", "2001:db8:1::9",
    ];

    private static readonly string[] Absent = ["2001:db8:1::77", "fe80::1:9%v1", "fe80::1:1%w1"];

    private readonly List<string> _steps = [];
    private readonly List<Open> _open = [];
    private int _made;
    private char _host;

    // Linux does not take a stream back to IPv6 that has once gone by IPv4.
    private sealed record Open(string Name, char Host, bool IsMapped);

    /// <summary>A script.</summary>
    public IReadOnlyList<string> Next()
    {
        _steps.Clear();
        _open.Clear();
        (_made, _host) = (0, 'A');
        for (int sockets = random.Next(2, 6); sockets > 0; sockets--) Make();
        for (int steps = random.Next(5, 20); steps > 0; steps--) Step();
        foreach (Open socket in _open)
        {
            Add($"{socket.Name} name");
            if (Chance(40)) Add($"{socket.Name} peer");
            if (ofStreams && Chance(50)) Add($"{socket.Name} state");
            for (int i = random.Next(1, 4); i > 0; i--) Add($"{socket.Name} recv");
            if (Chance(50)) Add($"{socket.Name} err");
        }

        return [.. _steps];
    }

    private void Make()
    {
        char host = Chance(50) ? 'A' : 'B';
        if (host != _host) Add($"ns {_host = host}");
        var socket = new Open($"S{++_made}", host, Chance(25));
        _open.Add(socket);
        string name = socket.Name;
        Add($"{name} = {(ofStreams ? "tcp6" : "udp6")}");
        if (Chance(15)) Add($"{name} v6o 1");
        if (Chance(15)) Add($"{name} dev {Device(host)}");
        if (!ofStreams && Chance(15)) Add($"{name} ucif {Device(host)}");
        if (!ofStreams && Chance(25)) Add($"{name} v6err 1");
        if (!ofStreams && Chance(15)) Add($"{name} {Pick(["v6disc 2", "v6disc 3", "v6disc 4", "v6nofrag 1"])}");
        if (Chance(70)) Add($"{name} bind {Pick(host == 'A' ? LocalA : LocalB)} {Pick(["P", "P", "Q"])}");
        if (ofStreams && Chance(50)) Add($"{name} listen");
        else if (Chance(40)) Connect(socket);
    }

    private void Step()
    {
        Open socket = _open[random.Next(_open.Count)];
        string name = socket.Name;
        switch (random.Next(20))
        {
            case < 6 when ofStreams: Connect(socket); break;
            case < 9 when ofStreams: Accept(socket); break;
            case < 8: Add($"{name} sendto {To(socket.Host)} {Port()}{Size()}"); break;
            case < 11: Add($"{name} send{Size()}"); break;
            case < 14: Add($"{name} recv"); break;
            case < 16: Add($"{name} {Pick(["name", "peer", "err"])}"); break;
            case 16: Connect(socket); break;
            case 17: Add($"{name} shut {Pick(["rd", "wr", "rdwr"])}"); break;
            case 18 when _open.Count > 1:
                Add($"{name} close");
                _open.Remove(socket);
                break;
            default: Make(); break;
        }
    }

    private void Accept(Open listener)
    {
        var child = new Open($"S{++_made}", listener.Host, false);
        Add($"{listener.Name} accept as {child.Name}");
        Add($"{child.Name} name");
        Add($"{child.Name} peer");
    }

    private void Connect(Open socket)
    {
        string to = To(socket.Host);
        while (ofStreams && to.StartsWith("::ffff", StringComparison.Ordinal) != socket.IsMapped) to = To(socket.Host);
        if (ofStreams && Absent.Contains(to) && Chance(80)) return;      // whom to wait for takes its time
        Add($"{socket.Name} connect {to} {Port()}");
    }

    private string To(char host) => Pick(host == 'A' ? FromA : FromB);

    private string Device(char host) => (host == 'A' ? "v" : "w") + random.Next(2);

    private string Port() => Pick(["P", "P", "P", "Q", "9"]);

    // What would be cut into fragments is not sent.
    private string Size() => Chance(50) ? "" : $" {random.Next(Chance(50) ? 30 : 1400)}";

    private void Add(string step) => _steps.Add(step);

    private bool Chance(int percent) => random.Next(100) < percent;

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
