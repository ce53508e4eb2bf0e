namespace UserNet.Tests.Parity;

/// <summary>
/// Random scripts whose results chance does not decide: whichever ephemeral ports are chosen, kernel and stack must
/// answer alike.
/// </summary>
internal sealed partial class BindScriptGenerator(Random random)
{
    private static readonly string[] V4 =
        ["0.0.0.0", "0.0.0.0", "127.0.0.1", "127.0.0.1", "10.1.0.1", "10.1.0.2", "10.2.0.1", "127.0.0.2", "10.99.0.1", "10.1.0.255", "224.1.1.1", "255.255.255.255"];

    private static readonly string[] V6 =
    [
        "::", "::", "::", "::1", "::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.1.0.1", "2001:db8:1::1", "2001:db8:99::1", "fe80::1:1%v0",
        "fe80::2:1%v1", "ff05::77", "ff02::1%v0",
    ];

    private static readonly string[] Odd =
    [
        "10.9.9.9", "240.0.0.1", "0.1.2.3", "10.1.0.0", "2001:db8:ffff::1", "fe80::1:1", "fe80::1:1%v1", "fe80::1:1%99", "ff02::1", "ff01::1",
        "::ffff:10.9.9.9", "::ffff:224.1.1.1", "::127.0.0.1", "::1%v0", "2001:db8:1::1%v1",
    ];

    private static readonly string[] Destinations4 =
        ["127.0.0.1", "127.0.0.5", "10.1.0.9", "10.2.0.9", "10.1.0.1", "10.1.0.2", "10.99.0.1", "0.0.0.0", "203.0.113.9", "10.1.0.255", "224.1.1.1", "255.255.255.255"];

    private static readonly string[] Destinations6 =
    [
        "::1", "::", "2001:db8:1::9", "2001:db8:1::1", "2001:db8:99::1", "2001:db8:5::9", "::ffff:10.1.0.9", "::ffff:127.0.0.1", "fe80::1:9%v0",
        "fe80::2:9%v1", "fe80::1:9", "ff05::77", "ff02::1%v1", "10.1.0.9",
    ];

    private static readonly string[] Devices = ["lo", "v0", "v1", "-", "nosuch"];

    private readonly List<string> _steps = [];
    private readonly List<(string Name, bool IsStream, bool IsV6)> _open = [];
    private int _made;

    /// <summary>A script of a random kind.</summary>
    public IReadOnlyList<string> Next()
    {
        _steps.Clear();
        _open.Clear();
        _made = 0;
        switch (random.Next(10))
        {
            case < 3: Neighbours(streams: true, datagrams: false); break;
            case < 6: Neighbours(streams: false, datagrams: true); break;
            case 6: Neighbours(streams: true, datagrams: true); break;
            case 7: Arguments(); break;
            case 8: FullRange(); break;
            default: OnePort(); break;
        }

        return [.. _steps];
    }

    private void Add(string step) => _steps.Add(step);

    private bool Chance(int percent) => random.Next(100) < percent;

    private string Pick(string[] from) => from[random.Next(from.Length)];

    private (string Name, bool IsStream, bool IsV6) Open(bool isStream, bool isV6)
    {
        (string, bool, bool) socket = ($"S{++_made}", isStream, isV6);
        Add($"S{_made} = {(isStream ? "tcp" : "udp")}{(isV6 ? "6" : "4")}");
        _open.Add(socket);
        return socket;
    }

    /// <summary>
    /// Two to five sockets that meet at a port or two, their options, and what they do after they are bound.
    /// </summary>
    private void Neighbours(bool streams, bool datagrams)
    {
        int count = random.Next(2, 6);
        bool withDevices = Chance(25), withUsers = Chance(30), likeMinded = Chance(50);
        bool allReuseAddress = Chance(40), allReusePort = Chance(40);
        for (int i = 0; i < count; i++)
        {
            if (withUsers && Chance(50)) Add($"user {(Chance(50) ? 0 : 1001)}");
            (string name, bool isStream, bool isV6) = Open(streams && (!datagrams || Chance(50)), Chance(55));
            if (likeMinded ? allReuseAddress : Chance(40)) Add($"{name} ra 1");
            if (likeMinded ? allReusePort : Chance(40)) Add($"{name} rp 1");
            if (isV6 && Chance(30)) Add($"{name} v6o 1");
            if (withDevices && Chance(60)) Add($"{name} dev {Pick(Devices)}");
            if (Chance(6)) Add($"{name} {Pick(["freebind", "transparent", "noport"])} 1");
            if (isV6 && Chance(4)) Add($"{name} {Pick(["v6freebind", "v6transparent"])} 1");
            if (Chance(5)) Add($"{name} chown {(Chance(50) ? 0 : 1001)}");
            Add($"{name} bind {AddressOf(isV6)} {Port()}");
            if (isStream && Chance(40)) Add($"{name} listen");
            for (int later = random.Next(3); later > 0; later--) ChangeAny();
        }

        for (int later = random.Next(4); later > 0; later--) ChangeAny();
        foreach ((string name, _, bool isV6) in _open)
        {
            if (Chance(30)) Add($"{name} name");
            if (Chance(15)) Add($"{name} {Pick(["getdev", "getra", "getrp", "peer", "err"])}");
            if (isV6 && Chance(30)) Add($"{name} getv6o");
        }
    }

    private string AddressOf(bool isV6)
    {
        if (Chance(5)) return Pick(Odd);
        return Chance(3) ? Pick(isV6 ? V4 : V6) : Pick(isV6 ? V6 : V4);
    }

    private string Port() => random.Next(20) switch { < 15 => "P", < 18 => "Q", 18 => "0", _ => Chance(50) ? "80" : "1024" };

    private void ChangeAny()
    {
        if (_open.Count > 0) Change(_open[random.Next(_open.Count)]);
    }

    /// <summary>Something that a socket does, or has done to it, after it was bound.</summary>
    private void Change((string Name, bool IsStream, bool IsV6) socket)
    {
        string name = socket.Name;
        switch (random.Next(socket.IsStream ? 11 : 13))
        {
            case 0: Add($"{name} ra {random.Next(2)}"); break;
            case 1: Add($"{name} rp {random.Next(2)}"); break;
            case 2: Add($"{name} listen"); break;
            case 3: Add($"{name} dev {Pick(Devices)}"); break;
            case 4: Add($"{name} shut {Pick(["rd", "wr", "rdwr"])}"); break;
            case 5: Add($"{name} unspec"); break;
            case 6: Add($"{name} bind {AddressOf(socket.IsV6)} {Port()}"); break;
            case 7: Add($"{name} v6o {random.Next(2)}"); break;
            case 8: Add($"{name} chown {(Chance(50) ? 0 : 1001)}"); break;
            case 9: Add($"{name} name"); break;
            case 10:
                Add($"{name} close");
                _open.Remove(socket);
                break;
            default: Connect(socket); break;
        }
    }

    private void Connect((string Name, bool IsStream, bool IsV6) socket)
    {
        if (Chance(15)) Add($"{socket.Name} bcast 1");
        if (Chance(8)) Add($"{socket.Name} mcif {Pick(["10.1.0.1", "10.2.0.1", "10.1.0.2", "0.0.0.0", "10.9.9.9"])}");
        if (Chance(8)) Add($"{socket.Name} ucif {Pick(["lo", "v0", "v1", "-"])}");
        Add($"{socket.Name} connect {Pick(socket.IsV6 ? Destinations6 : Destinations4)} {(Chance(90) ? "9" : "0")}");
        if (Chance(70)) Add($"{socket.Name} name");
        if (Chance(30)) Add($"{socket.Name} peer");
    }
}
