namespace UserNet.Drill;

/// <summary>Whose manners the stack has that a script is played on.</summary>
public enum DrillProfile : byte
{
    /// <summary>Linux's; the dialect is Google's.</summary>
    Linux,
    /// <summary>FreeBSD's; the dialect is nplab's, and the name FreeBSD is defined.</summary>
    FreeBsd,
}

/// <summary>Over which version of IP a script is played, and by which family of sockets.</summary>
public enum DrillIpVersion : byte
{
    /// <summary>AF_INET.</summary>
    IPv4,
    /// <summary>AF_INET6.</summary>
    IPv6,
    /// <summary>AF_INET6, and IPv4 on the wire.</summary>
    IPv4MappedIPv6,
}

/// <summary>How a script is played.</summary>
public sealed record DrillOptions
{
    /// <summary>Whose manners the stack has.</summary>
    public DrillProfile Profile { get; init; } = DrillProfile.Linux;

    /// <summary>The version of IP; null for what the script says, and IPv4 if it says nothing.</summary>
    public DrillIpVersion? IpVersion { get; init; }

    /// <summary>Names that #ifdef knows, and words that stand for others: NAME, NAME=VALUE.</summary>
    public IReadOnlyList<string> Defines { get; init; } = [];

    /// <summary>PSH of segments with data is not compared.</summary>
    public bool IgnoresPush { get; init; }

    /// <summary>
    /// A packet that the stack sent and no line waited for fails the script when it is over. The language lets such packets pass; who
    /// writes scripts of his own may want to know.
    /// </summary>
    public bool RefusesLeftOvers { get; init; }

    /// <summary>
    /// Three things of the stack's packets are compared that the language leaves free: its own SYN has the number 0, a timestamp's echo
    /// is the number that the script has there, and its value goes on by 1 a millisecond (unless <c>--tcp_ts_tick_usecs</c> says otherwise).
    /// </summary>
    public bool IsStrict { get; init; }

    /// <summary>Where chance begins; the same seed gives the same octets.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Called with each packet as it passes, in the script's syntax and numbers; null for nobody.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>Where a recording of the packets goes, pcapng; null for nowhere.</summary>
    public Stream? Recording { get; init; }

    /// <summary>Plays it on the Linux kernel, in real time, in a network namespace of its own; needs root and /dev/net/tun.</summary>
    public bool IsLive { get; init; }

    /// <summary>Timers fire on a kernel's ticks, of which the first are so many microseconds before the script's beginning; null for at their instants.</summary>
    internal long? TickPhase { get; init; }

    /// <summary>Those timers are rounded more than their time asks for.</summary>
    internal bool TicksAreCoarse { get; init; }
}
