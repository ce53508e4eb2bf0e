namespace UserNet.Ip;

/// <summary>What an administrator can set of ICMP. The values at first are Linux's.</summary>
/// <remarks>Changed with the gate held.</remarks>
public sealed class IcmpSettings
{
    /// <summary>True to answer echo requests. RFC 1122 §3.2.2.6 demands it.</summary>
    public bool AnswersEcho { get; set; } = true;

    /// <summary>True to answer echo requests to a broadcast address or a group too. RFC 1122 §3.2.2.6 leaves it open.</summary>
    public bool AnswersEchoToMany { get; set; }

    /// <summary>True to let everybody open ICMP sockets (Dgram, Icmp), which send echo requests: net.ipv4.ping_group_range.</summary>
    public bool AllowsSockets { get; set; } = true;

    /// <summary>At what distance errors go to one destination, in the long run; zero for no limit. icmp_ratelimit.</summary>
    public TimeSpan ErrorInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many errors may go to one destination at once, when none went for a while.</summary>
    public int ErrorBurst { get; set; } = 6;

    /// <summary>How many errors a second go to all destinations together, in the long run; 0 for no limit. icmp_msgs_per_sec.</summary>
    public int ErrorsPerSecond { get; set; } = 1000;

    /// <summary>How many errors may go to all destinations together at once. icmp_msgs_burst.</summary>
    public int ErrorsAtOnce { get; set; } = 50;
}
