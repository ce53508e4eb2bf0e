namespace UserNet.Tests.Drill.Duel;

/// <content>What a program is told of what came.</content>
internal static partial class DuelThemes
{
    private const string AllEvents = "POLLIN|POLLPRI|POLLOUT|POLLRDHUP|POLLRDNORM|POLLRDBAND|POLLWRNORM";

    // Calls that read, with their flags; what poll and ioctl say.
    private static void Reads(DuelScript script)
    {
        var peer = new DuelSender(script);
        peer.Choose();
        peer.Open();
        int count = script.Random.Next(4, 16);
        bool hasEnded = false, countsRest = script.Chance(0.4);
        if (countsRest) script.Know("setsockopt(4, IPPROTO_TCP, TCP_INQ, [1], 4) = 0");
        for (int i = 0; i < count; i++)
        {
            switch (script.Random.Next(0, 10))
            {
                case < 4 when !hasEnded: peer.Send(script.Pick(peer.Size, peer.Size, script.Random.Next(1, peer.Size)), script.Pick(".", "P.")); break;
                case 4 when !hasEnded: peer.Segment(".", peer.Next + peer.Size, peer.Size); break;
                case 5 when script.Chance(0.3):
                    if (!hasEnded) peer.Segment("F.", peer.Next, 0);
                    hasEnded = true;
                    break;
                case 6 when script.Chance(0.1):
                    script.Know($"shutdown(4, {script.Pick("SHUT_RD", "SHUT_WR", "SHUT_RDWR")}) = 0");
                    hasEnded = true;
                    break;
                case 7 when script.Chance(0.1):
                    peer.Segment("R.", peer.Next, 0);
                    hasEnded = true;
                    break;
                case 8 when !hasEnded:
                    peer.Send(peer.Size, "P.");
                    script.Wait(11_000);
                    script.Call(countsRest && script.Chance(0.7)
                        ? "recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=@}]}, 0) = 1"
                        : $"recvmsg(4, {{msg_name(...)=..., msg_iov(1)=[{{..., 1}}], msg_flags=@}}, {script.Pick("0", "MSG_PEEK", "MSG_TRUNC")}) = 1");
                    break;
                default: ReadSomehow(script, peer); break;
            }

            script.Wait(script.Pick(11_000, 17_000, 65_000, 330_000));
        }
    }

    private static void ReadSomehow(DuelScript script, DuelSender peer)
    {
        int octets = script.Pick(1, 100, peer.Size, 3 * peer.Size, 100_000, 0);
        switch (script.Random.Next(0, 14))
        {
            case 0: script.Call($"read(4, ..., {octets})"); break;
            case < 5:
                string flags = script.Pick("0", "MSG_PEEK", "MSG_TRUNC", "MSG_WAITALL|MSG_DONTWAIT", "MSG_PEEK|MSG_TRUNC", "MSG_DONTWAIT", "MSG_PEEK|MSG_WAITALL", "MSG_OOB", "MSG_ERRQUEUE", "MSG_PEEK|MSG_OOB");
                script.Call($"recv(4, ..., {octets}, {flags})");
                break;
            case 5: script.Call("ioctl(4, SIOCINQ, [@]) = 0"); break;
            case 6: script.Call("ioctl(4, SIOCATMARK, [@]) = 0"); break;
            case < 10: script.Call($"poll([{{fd=4, events={AllEvents}, revents=@}}], 1, 0) = 1"); break;
            case 10: script.Know($"setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [{script.Pick(0, 1, 100, 1500, 5000, 100_000)}], 4) = 0"); break;
            case < 13: script.Call($"recvmsg(4, {{msg_name(...)=..., msg_iov(1)=[{{..., {octets}}}]}}, {script.Pick("0", "MSG_PEEK", "MSG_TRUNC")})"); break;
            default: script.Call($"getsockopt(4, SOL_SOCKET, {script.Pick("SO_ERROR", "SO_RCVLOWAT", "SO_RCVBUF")}, [@], [4]) = 0"); break;
        }
    }

    // Urgent data, inline or not, received and sent.
    private static void Urgent(DuelScript script)
    {
        var peer = new DuelSender(script);
        peer.Choose();
        if (script.Chance(0.1)) script.Knob("net.ipv4.tcp_stdurg=1");
        peer.Open();
        if (script.Chance(0.4)) script.Know("setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0");
        int count = script.Random.Next(4, 16);
        for (int i = 0; i < count; i++)
        {
            int size = script.Pick(1, 2, 10, 100, peer.Size);
            switch (script.Random.Next(0, 12))
            {
                case < 3: peer.Send(size, script.Pick(".", "P.")); break;
                case < 6:
                    peer.Segment(script.Pick("PU.", "U."), peer.Next, size, extra: $" urg {script.Pick(size, size, size, size, 1, size / 2, size + 1, size + 10, 0, 5000)}");
                    peer.Next += size;
                    break;
                case 6: peer.Segment("U.", script.Pick(peer.Next + size, Math.Max(1, peer.Next - size), peer.Next), script.Pick(0, size), extra: $" urg {script.Pick(size, 1, 2, 0, 100)}"); break;
                case < 9: peer.Written("send(4, ...", script.Pick(1, 1, 5, 1000, 3000), $", {script.Pick("MSG_OOB", "MSG_OOB", "0", "MSG_OOB|MSG_MORE")})"); break;
                default: ReadUrgent(script); break;
            }

            if (script.Chance(0.2)) script.Probe("rcv_wnd", "rcv_mss", "bytes_received", "unacked", "notsent_bytes");
            script.Wait(script.Pick(11_000, 17_000, 65_000, 120_000, 330_000));
        }
    }

    private static void ReadUrgent(DuelScript script)
    {
        int octets = script.Pick(1, 2, 10, 100, 1000, 100_000);
        switch (script.Random.Next(0, 12))
        {
            case < 3: script.Call($"read(4, ..., {octets})"); break;
            case < 6: script.Call($"recv(4, ..., {octets}, {script.Pick("MSG_OOB", "MSG_OOB", "MSG_OOB|MSG_PEEK", "MSG_PEEK", "MSG_TRUNC", "MSG_OOB|MSG_TRUNC")})"); break;
            case 6: script.Call("ioctl(4, SIOCINQ, [@]) = 0"); break;
            case < 9: script.Call("ioctl(4, SIOCATMARK, [@]) = 0"); break;
            case < 11: script.Call($"poll([{{fd=4, events={AllEvents}, revents=@}}], 1, 0) = 1"); break;
            default: script.Know($"setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [{script.Pick(0, 1)}], 4) = 0"); break;
        }
    }
}
