namespace UserNet.Samples.BindShell;

/// <summary>What an argument of a verb must be.</summary>
public enum ArgumentKind
{
    /// <summary>An address, perhaps with an interface: fe80::1%v0.</summary>
    Address,
    /// <summary>
    /// P, Q, ... for ports of the shell's choice, 0 for one of the stack's, a number, or =S for the port of socket S.
    /// </summary>
    Port,
    /// <summary>An integer.</summary>
    Number,
    /// <summary>0 or 1.</summary>
    Flag,
    /// <summary>One of the words that the verb's form names.</summary>
    Choice,
    /// <summary>Any word.</summary>
    Name,
    /// <summary>Seconds, as in 0.5.</summary>
    Seconds,
}

/// <summary>A verb of the step language.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Form">What follows it, for people.</param>
/// <param name="Help">What it does, in a few words.</param>
/// <param name="Arguments">What must follow it.</param>
public sealed record Verb(string Name, string Form, string Help, params ArgumentKind[] Arguments)
{
    /// <summary>How many of the arguments, from the end, may be left out.</summary>
    public int Optional { get; init; }

    /// <summary>True when any words may follow.</summary>
    public bool TakesRest { get; init; }

    /// <summary>The words that a Choice takes.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>The verbs, in the order in which help lists them.</summary>
public static class Verbs
{
    /// <summary>Verbs that follow the name of a socket.</summary>
    public static IReadOnlyList<Verb> OfSocket { get; } =
    [
        new("=", "KIND", "opens tcp4, tcp6, udp4, udp6; badfd and pipe are no sockets", ArgumentKind.Choice)
        { Choices = ["tcp4", "tcp6", "udp4", "udp6", "badfd", "pipe"] },
        new("bind", "ADDR PORT", "binds; port P, Q, ... is the shell's choice, 0 the stack's, =T that of T", ArgumentKind.Address, ArgumentKind.Port),
        new("bindlen", "ADDR PORT LEN", "binds with an address of that length", ArgumentKind.Address, ArgumentKind.Port, ArgumentKind.Number),
        new("bindnull", "LEN", "binds without an address", ArgumentKind.Number),
        new("bindfam", "FAMILY ADDR PORT", "binds with that number in the family field", ArgumentKind.Number, ArgumentKind.Address, ArgumentKind.Port),
        new("bindx", "fam=F addr=A port=PORT len=LEN", "binds with all of it given; port low is 80, inuse that of U")
        { TakesRest = true },
        new("listen", "[BACKLOG]", "makes it a listener", ArgumentKind.Number) { Optional = 1 },
        new("connect", "ADDR PORT", "gives it a peer: a stream's connect that does not wait, then poll, then SO_ERROR",
            ArgumentKind.Address, ArgumentKind.Port),
        new("connectnb", "ADDR PORT", "the same, and does not wait", ArgumentKind.Address, ArgumentKind.Port),
        new("connectb", "ADDR PORT", "the same in one call, which waits", ArgumentKind.Address, ArgumentKind.Port),
        new("unspec", "", "connects to AF_UNSPEC: takes the peer away, or stops listening"),
        new("shut", "rd|wr|rdwr", "shuts down", ArgumentKind.Choice) { Choices = ["rd", "wr", "rdwr"] },
        new("close", "", "closes"),
        new("name", "", "getsockname"),
        new("peer", "", "getpeername"),
        new("port", "", "the port of getsockname"),
        new("parity", "", "that port modulo 2"),
        new("ra", "0|1", "SO_REUSEADDR", ArgumentKind.Flag),
        new("rp", "0|1", "SO_REUSEPORT", ArgumentKind.Flag),
        new("ex", "0|1", "SO_EXCLUSIVEADDRUSE", ArgumentKind.Flag),
        new("v6o", "0|1", "IPV6_V6ONLY", ArgumentKind.Flag),
        new("bcast", "0|1", "SO_BROADCAST", ArgumentKind.Flag),
        new("freebind", "0|1", "IP_FREEBIND", ArgumentKind.Flag),
        new("transparent", "0|1", "IP_TRANSPARENT", ArgumentKind.Flag),
        new("v6freebind", "0|1", "IPV6_FREEBIND", ArgumentKind.Flag),
        new("v6transparent", "0|1", "IPV6_TRANSPARENT", ArgumentKind.Flag),
        new("v6err", "0|1", "IPV6_RECVERR", ArgumentKind.Flag),
        new("v6disc", "MODE", "IPV6_MTU_DISCOVER", ArgumentKind.Number),
        new("v6nofrag", "0|1", "IPV6_DONTFRAG", ArgumentKind.Flag),
        new("noport", "0|1", "IP_BIND_ADDRESS_NO_PORT", ArgumentKind.Flag),
        new("prange", "LOW HIGH", "IP_LOCAL_PORT_RANGE; 0 for unset", ArgumentKind.Number, ArgumentKind.Number),
        new("dev", "NAME|-", "SO_BINDTODEVICE", ArgumentKind.Name),
        new("mcif", "ADDR", "IP_MULTICAST_IF", ArgumentKind.Address),
        new("ucif", "NAME|-", "IP_UNICAST_IF", ArgumentKind.Name),
        new("chown", "UID", "fchown", ArgumentKind.Number),
        new("getra", "", "SO_REUSEADDR"),
        new("getrp", "", "SO_REUSEPORT"),
        new("getex", "", "SO_EXCLUSIVEADDRUSE"),
        new("getv6o", "", "IPV6_V6ONLY"),
        new("getdev", "", "SO_BINDTODEVICE"),
        new("err", "", "SO_ERROR"),
        new("accept", "as NAME", "takes a connection", ArgumentKind.Choice, ArgumentKind.Name) { Choices = ["as"] },
        new("pending", "", "whether a connection waits to be taken"),
        new("state", "", "the state of a connection, by TCP_INFO"),
        new("linger", "SECONDS", "SO_LINGER", ArgumentKind.Number),
        new("send", "[SIZE]", "sends to the peer", ArgumentKind.Number) { Optional = 1 },
        new("sendto", "ADDR PORT [SIZE]", "sends a datagram", ArgumentKind.Address, ArgumentKind.Port, ArgumentKind.Number) { Optional = 1 },
        new("from", "", "receives a datagram, and says from where"),
        new("recv", "[ROOM]", "receives, and says all: #N, the how manieth of the script it is, octets, from where", ArgumentKind.Number) { Optional = 1 },
        new("peek", "[ROOM]", "the same, and leaves it there", ArgumentKind.Number) { Optional = 1 },
        new("join", "GROUP ADDR|NAME", "joins a group", ArgumentKind.Address, ArgumentKind.Name),
        new("leave", "GROUP ADDR|NAME", "leaves a group", ArgumentKind.Address, ArgumentKind.Name),
        new("mcall", "0|1", "IP_MULTICAST_ALL", ArgumentKind.Flag),
        new("mcloop", "0|1", "IP_MULTICAST_LOOP", ArgumentKind.Flag),
    ];

    /// <summary>Verbs that stand first.</summary>
    public static IReadOnlyList<Verb> OfHost { get; } =
    [
        new("user", "UID", "whose calls follow; 0 has every right", ArgumentKind.Number),
        new("ns", "A|B", "on which host the steps that follow are done", ArgumentKind.Choice) { Choices = ["A", "B"] },
        new("ip", "...", "changes addresses, links and routes, as Linux's ip does") { TakesRest = true },
        new("sysctl", "KEY VALUE", "changes a setting, by Linux's name for it", ArgumentKind.Name, ArgumentKind.Name) { TakesRest = true },
        new("deliver", "NS SRC PORT DST PORT", "which sockets get a datagram that is sent from there",
            ArgumentKind.Choice, ArgumentKind.Address, ArgumentKind.Port, ArgumentKind.Address, ArgumentKind.Port)
        { Choices = ["A", "B"] },
        new("sleep", "SECONDS", "lets the hosts' time pass", ArgumentKind.Seconds),
        new("explain", "S ADDR PORT", "what a bind would be answered, and why", ArgumentKind.Name, ArgumentKind.Address, ArgumentKind.Port),
        new("ss", "", "who holds which port"),
    ];

    /// <summary>The verb of that name, or null.</summary>
    public static Verb? Find(IReadOnlyList<Verb> verbs, string name) => verbs.FirstOrDefault(verb => verb.Name == name);
}
