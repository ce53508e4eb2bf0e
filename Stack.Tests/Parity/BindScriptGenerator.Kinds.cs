namespace UserNet.Tests.Parity;

// Arguments that make no sense together, and ranges that run out.
internal sealed partial class BindScriptGenerator
{
    private static readonly string[] Anything =
    [
        "0.0.0.0", "127.0.0.1", "10.9.9.9", "10.1.0.255", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "2001:db8:ffff::1",
        "::ffff:10.9.9.9", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "fe80::1:1", "fe80::1:1%v0", "fe80::1:1%99", "ff02::1", "ff0e::1",
    ];

    // Of five or more ports of an odd number Linux leaves out the first or the last, as chance will have it.
    private static readonly int[] StreamRanges = [1, 2, 3, 4, 6];

    /// <summary>bind with any address, family, length and port, of a socket in any state, for any caller.</summary>
    private void Arguments()
    {
        if (Chance(40))
        {
            Add($"U = {Pick(["tcp4", "tcp6", "udp4", "udp6"])}");
            Add($"U bind {Pick(["::", "0.0.0.0", "127.0.0.1", "::1"])} U");
        }

        (string name, bool isStream, bool isV6) = Open(Chance(50), Chance(50));
        switch (random.Next(8))
        {
            case 0: Add($"{name} bind {(isV6 ? "::1" : "127.0.0.1")} B"); break;
            case 1: Add($"{name} shut rdwr"); break;
            case 2 when isStream: Add($"{name} listen"); break;
            case 2: Add($"{name} connect {(isV6 ? "::1" : "127.0.0.1")} 9"); break;
            case 3 when isV6: Add($"{name} v6o 1"); break;
            case 4: Add($"{name} dev {Pick(["lo", "v0", "v1"])}"); break;
            case 5: Add($"{name} {Pick(["freebind", "transparent", "noport"])} 1"); break;
            default: break;
        }

        if (Chance(40)) Add("user 1001");
        for (int tries = random.Next(1, 4); tries > 0; tries--)
        {
            if (Chance(8)) Add($"{name} bindnull {Pick(["-1", "0", "8", "16", "28", "128", "129"])}");
            else
                Add($"{name} bindx fam={Pick(["0", "2", "2", "10", "10", "99"])} addr={Pick(Anything)} port={Pick(["P", "low", "inuse", "0"])}" +
                    $" len={Pick(["0", "2", "8", "15", "16", "16", "23", "24", "27", "28", "28", "128", "129"])}");
        }

        Add($"{name} name");
        Add($"{name} getdev");
        if (isV6) Add($"{name} getv6o");
    }

    /// <summary>
    /// A range of a few ports for sockets whose claims all overlap and who share nothing, so that only their number
    /// counts.
    /// </summary>
    private void FullRange()
    {
        bool isStream = Chance(60);
        int ports = isStream ? StreamRanges[random.Next(StreamRanges.Length)] : random.Next(1, 6);
        int first = 40000 + random.Next(2);
        Add($"sysctl net.ipv4.ip_local_port_range {first} {first + ports - 1}");
        if (Chance(25)) Add($"sysctl net.ipv4.ip_local_reserved_ports {first + random.Next(ports)}");
        bool reusesAddress = isStream && Chance(30);
        if (Chance(20))
        {
            (string holder, _, _) = Open(isStream, isV6: false);
            Add($"{holder} bind 0.0.0.0 {first + random.Next(ports)}");
        }

        for (int i = random.Next(2, 8); i > 0; i--)
        {
            (string name, _, bool isV6) = Open(isStream, Chance(40));
            if (reusesAddress) Add($"{name} ra 1");
            string address = isV6 ? Pick(["::", "::ffff:0.0.0.0", "::ffff:127.0.0.1"]) : Pick(["0.0.0.0", "127.0.0.1"]);
            if (isStream && Chance(20)) Add($"{name} listen");
            else if (!isStream && Chance(25)) Add($"{name} connect {(isV6 ? "::ffff:127.0.0.1" : "127.0.0.1")} 9");
            else Add($"{name} bind {address} 0");
            if (Chance(15)) Add($"{name} name");
            if (!Chance(10)) continue;
            (string gone, bool, bool) closed = _open[random.Next(_open.Count)];
            Add($"{closed.gone} close");
            _open.Remove(closed);
        }
    }

    /// <summary>A range of one port, by setting or by option, where whatever the choice shares shows.</summary>
    private void OnePort()
    {
        bool byOption = Chance(30);
        if (!byOption) Add("sysctl net.ipv4.ip_local_port_range 40000 40000");
        if (Chance(40)) Add("sysctl net.ipv4.ip_autobind_reuse 1");
        bool isStream = Chance(60), withUsers = Chance(30);
        for (int i = random.Next(2, 6); i > 0; i--)
        {
            if (withUsers && Chance(50)) Add($"user {(Chance(50) ? 0 : 1001)}");
            (string name, _, bool isV6) = Open(isStream, Chance(40));
            if (byOption) Add($"{name} prange {Pick(["40000 40000", "40000 40000", "40000 40000", "50000 40000", "70 40000", "40000 70"])}");
            if (byOption && _steps[^1].EndsWith("0 70", StringComparison.Ordinal)) Add($"{name} prange 40000 40000");
            if (byOption && _steps[^1].EndsWith("0 40000", StringComparison.Ordinal) && !_steps[^1].EndsWith("40000 40000", StringComparison.Ordinal))
                Add($"{name} prange 40000 40000");
            if (Chance(50)) Add($"{name} ra 1");
            if (Chance(40)) Add($"{name} rp 1");
            if (isV6 && Chance(25)) Add($"{name} v6o 1");
            if (Chance(12)) Add($"{name} dev {Pick(["lo", "v0", "v1"])}");
            if (Chance(12)) Add($"{name} noport 1");
            Add($"{name} bind {(isV6 ? Pick(["::", "::1", "::ffff:0.0.0.0", "2001:db8:1::1"]) : Pick(["0.0.0.0", "127.0.0.1", "10.1.0.1"]))} {(Chance(75) ? "0" : "40000")}");
            if (isStream && Chance(25)) Add($"{name} listen");
            if (!isStream && Chance(25)) Connect(_open[^1]);
            if (Chance(25)) ChangeAny();
            if (Chance(30) && _open.Count > 0) Add($"{_open[random.Next(_open.Count)].Name} name");
        }
    }
}
