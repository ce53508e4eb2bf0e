namespace UserNet.Doors;

/// <summary>What a stack counts beside what it drops, by the names of the MIBs.</summary>
/// <remarks>
/// RFC 4293 (ip), RFC 4022 and RFC 4113 (tcp, udp), RFC 2011 (icmp). What the MIBs count as errors is the sum of some
/// <see cref="DropReason"/>s.
/// </remarks>
public enum Counter : byte
{
    /// <summary>IPv4 packets that arrived, bad ones included (ipInReceives).</summary>
    IpInReceives,
    /// <summary>Packets given to a transport (ipInDelivers).</summary>
    IpInDelivers,
    /// <summary>Packets that were passed on to another host (ipForwDatagrams).</summary>
    IpForwarded,
    /// <summary>Packets that this host wanted to send (ipOutRequests).</summary>
    IpOutRequests,
    /// <summary>Fragments that arrived (ipReasmReqds).</summary>
    IpReassemblyNeeded,
    /// <summary>Packets that were put together (ipReasmOKs).</summary>
    IpReassembled,
    /// <summary>Packets that were cut into fragments (ipFragOKs).</summary>
    IpFragmented,
    /// <summary>Fragments that were made (ipFragCreates).</summary>
    IpFragmentsCreated,

    /// <summary>IPv6 packets that arrived, bad ones included (ipSystemStatsInReceives).</summary>
    Ip6InReceives,
    /// <summary>IPv6 packets given to a transport (ipSystemStatsInDelivers).</summary>
    Ip6InDelivers,
    /// <summary>IPv6 packets that were passed on to another host (ipSystemStatsOutForwDatagrams).</summary>
    Ip6Forwarded,
    /// <summary>IPv6 packets that this host wanted to send (ipSystemStatsOutRequests).</summary>
    Ip6OutRequests,
    /// <summary>IPv6 fragments that arrived (ipSystemStatsReasmReqds).</summary>
    Ip6ReassemblyNeeded,
    /// <summary>IPv6 packets that were put together (ipSystemStatsReasmOKs).</summary>
    Ip6Reassembled,
    /// <summary>IPv6 packets that were cut into fragments (ipSystemStatsOutFragOKs).</summary>
    Ip6Fragmented,
    /// <summary>IPv6 fragments that were made (ipSystemStatsOutFragCreates).</summary>
    Ip6FragmentsCreated,

    /// <summary>ICMP messages that arrived, bad ones included (icmpInMsgs).</summary>
    IcmpInMessages,
    /// <summary>Echo requests that arrived (icmpInEchos).</summary>
    IcmpInEchoRequests,
    /// <summary>Echo replies that arrived (icmpInEchoReps).</summary>
    IcmpInEchoReplies,
    /// <summary>Unreachable messages that arrived (icmpInDestUnreachs).</summary>
    IcmpInUnreachable,
    /// <summary>Time exceeded messages that arrived (icmpInTimeExcds).</summary>
    IcmpInTimeExceeded,
    /// <summary>ICMP messages that were sent (icmpOutMsgs).</summary>
    IcmpOutMessages,
    /// <summary>Echo requests that were sent (icmpOutEchos).</summary>
    IcmpOutEchoRequests,
    /// <summary>Echo replies that were sent (icmpOutEchoReps).</summary>
    IcmpOutEchoReplies,
    /// <summary>Unreachable messages that were sent (icmpOutDestUnreachs).</summary>
    IcmpOutUnreachable,
    /// <summary>Time exceeded messages that were sent (icmpOutTimeExcds).</summary>
    IcmpOutTimeExceeded,

    /// <summary>ICMPv6 messages that arrived, bad ones included (icmpStatsInMsgs).</summary>
    Icmp6InMessages,
    /// <summary>ICMPv6 echo requests that arrived (icmpMsgStatsInPkts of type 128).</summary>
    Icmp6InEchoRequests,
    /// <summary>ICMPv6 echo replies that arrived (icmpMsgStatsInPkts of type 129).</summary>
    Icmp6InEchoReplies,
    /// <summary>ICMPv6 unreachable messages that arrived (icmpMsgStatsInPkts of type 1).</summary>
    Icmp6InUnreachable,
    /// <summary>ICMPv6 packet too big messages that arrived (icmpMsgStatsInPkts of type 2).</summary>
    Icmp6InTooBig,
    /// <summary>ICMPv6 time exceeded messages that arrived (icmpMsgStatsInPkts of type 3).</summary>
    Icmp6InTimeExceeded,
    /// <summary>ICMPv6 parameter problems that arrived (icmpMsgStatsInPkts of type 4).</summary>
    Icmp6InParameterProblems,
    /// <summary>Router solicitations that arrived (icmpMsgStatsInPkts of type 133).</summary>
    Icmp6InRouterSolicits,
    /// <summary>Router advertisements that arrived (icmpMsgStatsInPkts of type 134).</summary>
    Icmp6InRouterAdvertisements,
    /// <summary>Neighbor solicitations that arrived (icmpMsgStatsInPkts of type 135).</summary>
    Icmp6InNeighborSolicits,
    /// <summary>Neighbor advertisements that arrived (icmpMsgStatsInPkts of type 136).</summary>
    Icmp6InNeighborAdvertisements,
    /// <summary>Redirects that arrived (icmpMsgStatsInPkts of type 137).</summary>
    Icmp6InRedirects,
    /// <summary>ICMPv6 messages that were sent (icmpStatsOutMsgs).</summary>
    Icmp6OutMessages,
    /// <summary>ICMPv6 echo requests that were sent (icmpMsgStatsOutPkts of type 128).</summary>
    Icmp6OutEchoRequests,
    /// <summary>ICMPv6 echo replies that were sent (icmpMsgStatsOutPkts of type 129).</summary>
    Icmp6OutEchoReplies,
    /// <summary>ICMPv6 unreachable messages that were sent (icmpMsgStatsOutPkts of type 1).</summary>
    Icmp6OutUnreachable,
    /// <summary>ICMPv6 packet too big messages that were sent (icmpMsgStatsOutPkts of type 2).</summary>
    Icmp6OutTooBig,
    /// <summary>ICMPv6 time exceeded messages that were sent (icmpMsgStatsOutPkts of type 3).</summary>
    Icmp6OutTimeExceeded,
    /// <summary>ICMPv6 parameter problems that were sent (icmpMsgStatsOutPkts of type 4).</summary>
    Icmp6OutParameterProblems,
    /// <summary>Router solicitations that were sent (icmpMsgStatsOutPkts of type 133).</summary>
    Icmp6OutRouterSolicits,
    /// <summary>Router advertisements that were sent (icmpMsgStatsOutPkts of type 134).</summary>
    Icmp6OutRouterAdvertisements,
    /// <summary>Neighbor solicitations that were sent (icmpMsgStatsOutPkts of type 135).</summary>
    Icmp6OutNeighborSolicits,
    /// <summary>Neighbor advertisements that were sent (icmpMsgStatsOutPkts of type 136).</summary>
    Icmp6OutNeighborAdvertisements,
    /// <summary>Redirects that were sent (icmpMsgStatsOutPkts of type 137).</summary>
    Icmp6OutRedirects,

    /// <summary>IGMP messages that arrived.</summary>
    IgmpInMessages,
    /// <summary>IGMP queries that arrived.</summary>
    IgmpInQueries,
    /// <summary>IGMP reports and leave messages that were sent.</summary>
    IgmpOutReports,
    /// <summary>MLD messages that arrived.</summary>
    MldInMessages,
    /// <summary>MLD queries that arrived.</summary>
    MldInQueries,
    /// <summary>MLD reports and done messages that were sent.</summary>
    MldOutReports,

    /// <summary>ARP requests that arrived.</summary>
    ArpInRequests,
    /// <summary>ARP replies that arrived.</summary>
    ArpInReplies,
    /// <summary>ARP requests that were sent.</summary>
    ArpOutRequests,
    /// <summary>ARP replies that were sent.</summary>
    ArpOutReplies,

    /// <summary>UDP datagrams given to sockets (udpInDatagrams).</summary>
    UdpInDatagrams,
    /// <summary>UDP datagrams that were sent (udpOutDatagrams).</summary>
    UdpOutDatagrams,
    /// <summary>Connections that were opened actively (tcpActiveOpens).</summary>
    TcpActiveOpens,
    /// <summary>Connections that were opened by a SYN for a listener (tcpPassiveOpens).</summary>
    TcpPassiveOpens,
    /// <summary>Connections that were reset while they were established (tcpEstabResets).</summary>
    TcpEstabResets,
    /// <summary>Segments that arrived, bad ones included (tcpInSegs).</summary>
    TcpInSegs,
    /// <summary>Segments that were sent, other than those sent again (tcpOutSegs).</summary>
    TcpOutSegs,
    /// <summary>Segments that were sent again (tcpRetransSegs).</summary>
    TcpRetransSegs,
    /// <summary>Resets that were sent (tcpOutRsts).</summary>
    TcpOutRsts,
    /// <summary>SYNs that were answered with a cookie (SyncookiesSent).</summary>
    TcpSynCookiesSent,
    /// <summary>Connections that a cookie opened (SyncookiesRecv).</summary>
    TcpSynCookiesReceived,
    /// <summary>Connections whose SYN brought data that was taken (TCPFastOpenPassive).</summary>
    TcpFastOpenPassive,
    /// <summary>Segments that began or ended beyond the window, so that nothing of them was taken (BeyondWindow).</summary>
    TcpBeyondWindow,
    /// <summary>Segments in order for which the receive buffer had no room (TCPRcvQDrop).</summary>
    TcpReceiveQueueDrop,
    /// <summary>Segments in order that came while no window was offered (TCPZeroWindowDrop).</summary>
    TcpZeroWindowDrop,
    /// <summary>Segments beyond a gap for which the receive buffer had no room (TCPOFODrop).</summary>
    TcpOutOfOrderDrop,
    /// <summary>ICMP errors about segments that can't be in flight (OutOfWindowIcmps).</summary>
    TcpOutOfWindowIcmps,
    /// <summary>Packets given to raw and ICMP sockets.</summary>
    RawInPackets,
    /// <summary>Packets that raw and ICMP sockets sent.</summary>
    RawOutPackets,
}
