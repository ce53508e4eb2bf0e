namespace UserNet.Tests.Drill.Duel;

// Error queues: time stamps of what is sent, completions of what is lent, ICMP errors. And datagrams.
internal static partial class DuelThemes
{
    private const string Queue = "recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 2000}], msg_flags=@{flags|...}, msg_control=@{control|[]}}, MSG_ERRQUEUE|MSG_DONTWAIT) = @{result|-99}";
    private const string Received = "recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1500}], msg_flags=@{flags|...}, msg_control=@{control|[]}}, MSG_DONTWAIT) = @{result|-99}";
    private const string Polled = "poll([{fd=4, events=POLLIN|POLLOUT, revents=@{revents0|...}}], 1, 0) = @{result|-99}";
    private const string ErrorRead = "getsockopt(4, SOL_SOCKET, SO_ERROR, @{value|[...]}, [4]) = @{result|-99}";

    private static readonly string[] StampFlags =
    [
        "SOF_TIMESTAMPING_TX_SOFTWARE", "SOF_TIMESTAMPING_TX_SCHED", "SOF_TIMESTAMPING_TX_ACK", "SOF_TIMESTAMPING_OPT_ID", "SOF_TIMESTAMPING_OPT_TSONLY",
        "SOF_TIMESTAMPING_OPT_CMSG", "SOF_TIMESTAMPING_RX_SOFTWARE", "SOF_TIMESTAMPING_OPT_ID_TCP", "SOF_TIMESTAMPING_OPT_STATS",
    ];

    private static void Stamps(DuelScript script)
    {
        script.Tolerance = 10_000;
        bool isZeroCopy = script.Chance(0.35);
        Accept(script);
        script.Know("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        if (isZeroCopy) script.Know("setsockopt(4, SOL_SOCKET, SO_ZEROCOPY, [1], 4) = 0");
        if (script.Chance(0.3)) script.Ask($"setsockopt(4, SOL_SOCKET, {script.Pick("SO_TIMESTAMP", "SO_TIMESTAMPNS")}, [1], 4) = {Result}");
        if (script.Chance(0.3)) script.Ask($"setsockopt(4, IPPROTO_TCP, TCP_INQ, [1], 4) = {Result}");
        if (script.Chance(0.2)) script.Ask($"setsockopt(4, SOL_IP, {script.Pick("IP_RECVTOS", "IP_RECVTTL", "IP_PKTINFO")}, [1], 4) = {Result}");
        if (!isZeroCopy || script.Chance(0.3)) SetStamps(script);
        var ends = new Queue<int>();      // where segments end
        int sent = 0, acked = 0, sequence = 1, rounds = script.Random.Next(3, 9);
        for (int i = 0; i < rounds; i++)
        {
            switch (script.Random.Next(7))
            {
                case 0 or 1 or 2:
                    int count = script.Pick(100, 1000, 1000, 2500, 4000);
                    for (int left = count; left > 0; left -= 1000) ends.Enqueue(sent += Math.Min(left, 1000));
                    string flags = isZeroCopy && script.Chance(0.8) ? "MSG_ZEROCOPY" : script.Pick("0", "0", "0", "MSG_EOR");
                    if (script.Chance(0.2))
                        script.Ask($"sendmsg(4, {{msg_name(0)=NULL, msg_iov(1)=[{{..., {count}}}], msg_flags=0, msg_control=[{{cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMPING, cmsg_data={MomentOf(script)}}}]}}, {flags}) = {Result}");
                    else script.Ask($"send(4, ..., {count}, {flags}) = {Result}");
                    break;
                case 3 or 4:
                    for (int k = script.Random.Next(1, 4); k > 0 && ends.Count > 0; k--) acked = ends.Dequeue();
                    script.In($". {sequence}:{sequence}(0) ack {acked + 1} win 1000");
                    break;
                case 5:
                    script.In($"P. {sequence}:{sequence + 500}(500) ack {acked + 1} win 1000");
                    sequence += 500;
                    break;
                default:
                    script.Ask(Received);
                    break;
            }
            script.Wait(20_000);
            if (script.Chance(0.3)) script.Ask(Polled);
            if (script.Chance(0.7)) for (int k = 0; k < 2; k++) script.Ask(Queue);
        }
        for (int k = 0; k < 4; k++) script.Ask(Queue);
        script.Ask(Received);
        script.Ask(ErrorRead);
    }

    private static void SetStamps(DuelScript script) =>
        script.Ask($"setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [{StampsOf(script, 0.4)}|SOF_TIMESTAMPING_SOFTWARE], 4) = {Result}");

    private static string MomentOf(DuelScript script) => script.Pick(
        "SOF_TIMESTAMPING_TX_SOFTWARE", "SOF_TIMESTAMPING_TX_SCHED", "SOF_TIMESTAMPING_TX_ACK", "SOF_TIMESTAMPING_TX_SCHED|SOF_TIMESTAMPING_TX_ACK", "SOF_TIMESTAMPING_TX_SOFTWARE|SOF_TIMESTAMPING_TX_ACK");

    private static string StampsOf(DuelScript script, double probability)
    {
        string[] chosen = [.. StampFlags.Where(_ => script.Chance(probability))];
        return chosen.Length == 0 ? "SOF_TIMESTAMPING_TX_ACK" : string.Join('|', chosen);
    }

    // An error of a router about what was sent.
    private static string IcmpError(DuelScript script, bool isV6, string echoed) => (isV6
        ? script.Pick("icmp unreachable no_route", "icmp unreachable admin_prohibited", "icmp unreachable address_unreachable", "icmp unreachable port_unreachable",
            "icmp time_exceeded exceeded_hop_limit", "icmp parameter_problem header_field", "icmp packet_too_big mtu 1280", "icmp packet_too_big mtu 1400")
        : script.Pick("icmp unreachable net_unreachable", "icmp unreachable host_unreachable", "icmp unreachable protocol_unreachable", "icmp unreachable port_unreachable",
            "icmp unreachable frag_needed mtu 1400", "icmp unreachable frag_needed mtu 600", "icmp unreachable source_route_failed", "icmp unreachable net_unknown",
            "icmp unreachable host_unknown", "icmp unreachable source_host_isolated", "icmp unreachable net_prohibited", "icmp unreachable host_prohibited",
            "icmp unreachable packet_filtered", "icmp unreachable precedence_violation", "icmp source_quench", "icmp time_exceeded ttl_exceeded_in_transit",
            "icmp parameter_problem code_0", "icmp unreachable net_unreachable_for_tos")) + $" [{echoed}]";

    private static void IcmpCalls(DuelScript script)
    {
        bool isV6 = script.Chance(0.3);
        if (isV6) script.Option("--ip_version=ipv6");
        string state = script.Pick("connecting", "connecting", "accepted", "connected", "unsent", "unsent", "peer-closed", "we-shut", "data");
        bool isQueued = script.Chance(0.6);
        string recvErr = isV6 ? "setsockopt(4, SOL_IPV6, IPV6_RECVERR, [1], 4) = 0" : "setsockopt(4, SOL_IP, IP_RECVERR, [1], 4) = 0";
        if (state is "connecting")
        {
            script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4");
            if (isQueued) script.Know(recvErr);
            script.Ask($"connect(4, ..., ...) = {Result}");
            script.Wait(20_000);
        }
        else
        {
            Reach(script, state);
            if (isQueued) script.Know(recvErr);
        }
        int rounds = script.Random.Next(1, 4);
        for (int i = 0; i < rounds; i++)
        {
            int sequence = state == "connecting" ? 0 : script.Pick(1, 1, 1, 1001, 2001, 90001);
            script.In(IcmpError(script, isV6, $"{sequence}:{(state == "connecting" ? 0 : sequence + 1000)}({(state == "connecting" ? 0 : 1000)})"));
            script.Wait(12_000);
            if (script.Chance(0.4)) script.Ask(Polled);
            if (script.Chance(0.6)) script.Ask(Queue);
            if (script.Chance(0.4)) script.Ask(ErrorRead);
            if (script.Chance(0.5)) script.Ask(AnyCall(script));
            script.Wait(12_000);
        }
        script.Ask(Polled);
        script.Ask(Queue);
        script.Ask(ErrorRead);
        script.Ask($"connect(4, ..., ...) = {Result}");
        script.Ask($"write(4, ..., 1000) = {Result}");
    }

    private static void Datagrams(DuelScript script)
    {
        bool isV6 = script.Chance(0.3);
        if (isV6) script.Option("--ip_version=ipv6");
        script.Know("socket(..., SOCK_DGRAM|SOCK_NONBLOCK, IPPROTO_UDP) = 4");
        script.Know("bind(4, ..., ...) = 0");
        if (script.Chance(0.6)) script.Ask($"connect(4, ..., ...) = {Result}");
        if (script.Chance(0.4)) script.Ask(isV6 ? $"setsockopt(4, SOL_IPV6, IPV6_RECVERR, [1], 4) = {Result}" : $"setsockopt(4, SOL_IP, IP_RECVERR, [1], 4) = {Result}");
        if (script.Chance(0.3)) script.Ask(isV6 ? $"setsockopt(4, SOL_IPV6, {script.Pick("IPV6_RECVTCLASS", "IPV6_RECVHOPLIMIT")}, [1], 4) = {Result}" : $"setsockopt(4, SOL_IP, {script.Pick("IP_RECVTOS", "IP_RECVTTL")}, [1], 4) = {Result}");
        int rounds = script.Random.Next(3, 9);
        for (int i = 0; i < rounds; i++)
        {
            int count = script.Pick(0, 1, 100, 1000, 1400);
            switch (script.Random.Next(8))
            {
                case 0 or 1: script.In($"udp ({count})"); break;
                case 2: script.In(IcmpError(script, isV6, $"udp({script.Pick(8, 100)})")); break;
                case 3: script.Ask($"sendto(4, ..., {count}, {script.Pick("0", "MSG_DONTWAIT", "MSG_CONFIRM")}, ..., ...) = {Result}"); break;
                case 4: script.Ask($"write(4, ..., {count}) = {Result}"); break;
                case 5: script.Ask(Received); break;
                case 6: script.Ask($"recv(4, ..., {count}, {AnyFlags(script)}) = {Result}"); break;
                default: script.Ask($"ioctl(4, {script.Pick("SIOCINQ", "SIOCOUTQ", "FIONREAD")}, @{{value|[...]}}) = {Result}"); break;
            }
            script.Wait(12_000);
            if (script.Chance(0.3)) script.Ask(Polled);
            if (script.Chance(0.2)) script.Ask(Queue);
            if (script.Chance(0.15)) script.Ask($"shutdown(4, {script.Pick("SHUT_RD", "SHUT_WR", "SHUT_RDWR")}) = {Result}");
        }
        script.Ask(Queue);
        script.Ask(ErrorRead);
    }
}
