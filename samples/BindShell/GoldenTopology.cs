using UserNet.Ip;

namespace UserNet.Samples.BindShell;

/// <summary>The two hosts on which the golden rows were measured, joined by two wires: v0 to w0 and v1 to w1.</summary>
public static class GoldenTopology
{
    /// <summary>
    /// What host A is made of, as ip commands; none of them needs -6, so the real tool takes them in one batch.
    /// </summary>
    public static IReadOnlyList<string> HostACommands { get; } =
    [
        "addr add 10.99.0.1/32 dev lo",
        "addr add 10.99.0.2/32 dev lo",
        "addr add 2001:db8:99::1/128 dev lo nodad",
        "addr add 10.1.0.1/24 brd 10.1.0.255 dev v0",
        "addr add 10.1.0.2/24 dev v0",
        "addr add 2001:db8:1::1/64 dev v0 nodad",
        "addr add 2001:db8:1::2/64 dev v0 nodad",
        "addr add fe80::1:1/64 dev v0 nodad",
        "addr add 10.2.0.1/24 dev v1",
        "addr add fe80::2:1/64 dev v1 nodad",
    ];

    /// <summary>What host B is made of, likewise.</summary>
    public static IReadOnlyList<string> HostBCommands { get; } =
    [
        "addr add 10.1.0.9/24 dev w0",
        "addr add 2001:db8:1::9/64 dev w0 nodad",
        "addr add fe80::1:9/64 dev w0 nodad",
        "addr add 10.2.0.9/24 dev w1",
        "addr add fe80::2:9/64 dev w1 nodad",
        "route add default via 10.1.0.1",
    ];

    /// <summary>The host on which sockets are opened unless a row says otherwise.</summary>
    public static HostAddressing HostA(HostModel model = HostModel.Weak)
    {
        HostAddressing host = new HostAddressing(model).AddInterface("v0").AddInterface("v1");
        foreach (string command in HostACommands) IpCommand.Run(host, command);
        return host;
    }

    /// <summary>The host at the other end of both wires.</summary>
    public static HostAddressing HostB()
    {
        HostAddressing host = new HostAddressing().AddInterface("w0").AddInterface("w1");
        foreach (string command in HostBCommands) IpCommand.Run(host, command);
        return host;
    }
}
