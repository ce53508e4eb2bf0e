namespace UserNet.Tests.Drill.Duel;

// What programs ask sockets for, in every state of a connection.
internal static partial class DuelThemes
{
    private const string Result = "@{result|-99}";
    private static readonly string[] ConnectionStates =
        ["new", "bound", "listening", "connecting", "accepted", "connected", "peer-closed", "we-shut", "both-shut", "reset", "refused", "shut-read", "data", "unsent"];

    // A socket in a state; descriptor 4 is it, whatever it is. The numbers are what the next segment of the peer would have.
    private static (int Sequence, int Ack) Reach(DuelScript script, string state, string options = "mss 1000,sackOK,nop,nop,nop,wscale 7")
    {
        switch (state)
        {
            case "new" or "bound" or "listening" or "connecting" or "connected" or "refused":
                return Open(script, state, options);
            default:
                Accept(script, options);
                script.Know("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
                return Change(script, state);
        }
    }

    private static (int Sequence, int Ack) Open(DuelScript script, string state, string options)
    {
        script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4");
        if (state is "bound" or "listening") script.Know("bind(4, ..., ...) = 0");
        if (state == "listening") script.Know("listen(4, 2) = 0");
        if (state is not ("connecting" or "connected" or "refused")) return (1, 1);
        script.Ask($"connect(4, ..., ...) = {Result}");
        script.Wait(20_000);
        if (state == "connected")
        {
            script.In($"S. 0:0(0) ack 1 win 65535 <{options}>");
            script.Wait(10_000);
        }
        if (state == "refused")
        {
            script.In("R. 0:0(0) ack 1 win 0");
            script.Wait(10_000);
        }
        return (1, 1);
    }

    private static (int Sequence, int Ack) Change(DuelScript script, string state)
    {
        (int sequence, int ack) = (1, 1);
        switch (state)
        {
            case "peer-closed":
                script.In("F. 1:1(0) ack 1 win 1000");
                sequence = 2;
                break;
            case "we-shut":
                script.Know("shutdown(4, SHUT_WR) = 0");
                script.Wait(10_000);
                if (script.Chance(0.6)) script.In($". 1:1(0) ack {ack = 2} win 1000");
                break;
            case "both-shut":
                script.In("F. 1:1(0) ack 1 win 1000");
                script.Wait(10_000);
                script.Know("shutdown(4, SHUT_WR) = 0");
                script.Wait(10_000);
                if (script.Chance(0.5)) script.In($". 2:2(0) ack {ack = 2} win 1000");
                sequence = 2;
                break;
            case "reset":
                script.In("R. 1:1(0) ack 1 win 0");
                break;
            case "shut-read":
                script.Know("shutdown(4, SHUT_RD) = 0");
                break;
            case "data":
                script.In("P. 1:1001(1000) ack 1 win 1000");
                sequence = 1001;
                break;
            case "unsent":
                script.Know("write(4, ..., 30000) = 30000");
                ack = 1;
                break;
            default:
                break;
        }
        script.Wait(20_000);
        return (sequence, ack);
    }

    // What the peer may do next.
    private static (int Sequence, int Ack) Stir(DuelScript script, int sequence, int ack, bool mayBeWrong = true)
    {
        switch (script.Random.Next(9))
        {
            case 0 or 1 or 2:
                int length = script.Pick(1, 100, 1000, 1000, 2000);
                script.In($"P. {sequence}:{sequence + length}({length}) ack {ack} win 1000");
                sequence += length;
                break;
            case 3:
                script.In($"F. {sequence}:{sequence}(0) ack {ack} win 1000");
                sequence++;
                break;
            case 4:
                script.In($"R. {sequence}:{sequence}(0) ack {ack} win 0");
                break;
            case 5 when mayBeWrong:
                script.In($". {sequence}:{sequence}(0) ack {ack += script.Pick(1000, 2000)} win 1000");
                break;
            default:
                break;
        }
        script.Wait(12_000);
        return (sequence, ack);
    }

    // Calls of all kinds with few arguments, between what the peer does.
    private static void Calls(DuelScript script)
    {
        (int sequence, int ack) = Reach(script, script.Pick<string>(ConnectionStates));
        int calls = script.Random.Next(4, 12);
        for (int i = 0; i < calls; i++)
        {
            if (script.Chance(0.25)) (sequence, ack) = Stir(script, sequence, ack);
            script.Ask(AnyCall(script));
            script.Wait(10_000);
        }
    }

    private static string AnyCall(DuelScript script)
    {
        int count = script.Pick(0, 1, 100, 1000, 1500, 3000);
        string flags = AnyFlags(script);
        return script.Random.Next(22) switch
        {
            0 or 1 => $"read(4, ..., {count}) = {Result}",
            2 or 3 => $"recv(4, ..., {count}, {flags}) = {Result}",
            4 => $"readv(4, [{{..., {count}}}, {{..., 500}}], 2) = {Result}",
            5 or 6 => $"write(4, ..., {count}) = {Result}",
            7 or 8 => $"send(4, ..., {count}, {AnySendFlags(script)}) = {Result}",
            9 => $"writev(4, [{{..., {count}}}, {{..., 300}}], 2) = {Result}",
            10 => $"sendto(4, ..., {count}, {AnySendFlags(script)}, {script.Pick("...", "NULL")}, ...) = {Result}",
            11 => $"recvmsg(4, {{msg_name(...)=..., msg_iov(1)=[{{..., {count}}}], msg_flags=@{{flags|...}}, msg_control=@{{control|[]}}}}, {flags}) = {Result}",
            12 => $"sendmsg(4, {{msg_name({script.Pick("...", "0")})={script.Pick("...", "NULL")}, msg_iov(2)=[{{..., {count}}}, {{..., 10}}], msg_flags=0}}, {AnySendFlags(script)}) = {Result}",
            13 => $"ioctl(4, {script.Pick("SIOCINQ", "SIOCOUTQ", "SIOCOUTQNSD", "SIOCATMARK", "FIONREAD")}, @{{value|[...]}}) = {Result}",
            14 => $"shutdown(4, {script.Pick("SHUT_RD", "SHUT_WR", "SHUT_RDWR", "3", "-1")}) = {Result}",
            15 => script.Pick($"connect(4, ..., ...) = {Result}", $"connect(4, AF_UNSPEC, ...) = {Result}"),
            16 => $"bind(4, ..., ...) = {Result}",
            17 => $"listen(4, {script.Pick("0", "1", "-1")}) = {Result}",
            18 => $"accept(4, ..., ...) = @{{result|9}}",
            19 => $"getsockopt(4, SOL_SOCKET, SO_ERROR, @{{value|[...]}}, [4]) = {Result}",
            20 => $"poll([{{fd=4, events=POLLIN|POLLOUT|POLLRDHUP|POLLPRI, revents=@{{revents0|...}}}}], 1, 0) = {Result}",
            _ => $"fcntl(4, F_GETFL) = {Result}",
        };
    }

    private static string AnyFlags(DuelScript script) => script.Pick(
        "0", "0", "MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_TRUNC", "MSG_OOB", "MSG_ERRQUEUE", "MSG_PEEK|MSG_TRUNC", "MSG_PEEK|MSG_WAITALL", "MSG_OOB|MSG_PEEK");

    private static string AnySendFlags(DuelScript script) => script.Pick(
        "0", "0", "MSG_DONTWAIT", "MSG_MORE", "MSG_OOB", "MSG_NOSIGNAL", "MSG_EOR", "MSG_DONTROUTE", "MSG_CONFIRM", "MSG_FASTOPEN", "MSG_ZEROCOPY");

    // poll and epoll at each change.
    private static void Events(DuelScript script)
    {
        string state = script.Pick<string>(ConnectionStates);
        string wanted = script.Pick("EPOLLIN", "EPOLLIN|EPOLLOUT", "EPOLLIN|EPOLLOUT|EPOLLRDHUP", "EPOLLOUT", "EPOLLRDHUP", "0", "EPOLLIN|EPOLLPRI", "EPOLLRDNORM|EPOLLWRNORM");
        string manner = script.Pick("", "", "|EPOLLET", "|EPOLLET", "|EPOLLONESHOT", "|EPOLLET|EPOLLONESHOT", "|EPOLLEXCLUSIVE", "|EPOLLEXCLUSIVE|EPOLLET");
        script.Know("epoll_create(1) = 7");
        (int sequence, int ack) = Reach(script, state);
        script.Ask($"epoll_ctl(7, EPOLL_CTL_ADD, 4, {{events={wanted}{manner}, fd=4}}) = {Result}");
        script.Ask($"epoll_wait(7, @{{events|...}}, 4, 0) = {Result}");
        int rounds = script.Random.Next(3, 9);
        for (int i = 0; i < rounds; i++)
        {
            if (script.Chance(0.7)) (sequence, ack) = Stir(script, sequence, ack);
            if (script.Chance(0.4)) script.Ask(AnyCall(script));
            if (script.Chance(0.2))
                script.Ask($"epoll_ctl(7, {script.Pick("EPOLL_CTL_MOD", "EPOLL_CTL_MOD", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL")}, 4, {{events={wanted}{script.Pick("", manner)}, u64=77}}) = {Result}");
            script.Wait(10_000);
            if (script.Chance(0.8)) script.Ask($"epoll_wait(7, @{{events|...}}, 4, 0) = {Result}");
            if (script.Chance(0.5)) script.Ask($"poll([{{fd=4, events={wanted.Replace("EPOLL", "POLL", StringComparison.Ordinal)}, revents=@{{revents0|...}}}}], 1, 0) = {Result}");
        }
    }

    // Calls that wait, and when they return.
    private static void Waits(DuelScript script)
    {
        Accept(script);
        int sequence = 1, ack = 1;
        if (script.Chance(0.4)) script.Know($"setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {{tv_sec=0, tv_usec={script.Pick(100_000, 200_000)}}}, 16) = 0");
        if (script.Chance(0.3)) script.Know($"setsockopt(4, SOL_SOCKET, SO_SNDTIMEO, {{tv_sec=0, tv_usec={script.Pick(100_000, 200_000)}}}, 16) = 0");
        if (script.Chance(0.3)) script.Know($"setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [{script.Pick(10, 1500, 3000)}], 4) = 0");
        bool fills = script.Chance(0.12);
        if (fills) script.Know("setsockopt(4, SOL_SOCKET, SO_SNDBUF, [5000], 4) = 0");
        int count = script.Pick(1, 1000, 1500, 3000);
        script.Ask(fills
            ? $"{script.Pick("write(4, ..., 30000)", "send(4, ..., 30000, 0)", "writev(4, [{..., 20000}, {..., 10000}], 2)")} = {Result}"
            : script.Random.Next(5) switch
            {
                0 => $"read(4, ..., {count}) = {Result}",
                1 => $"recv(4, ..., {count}, {script.Pick("0", "MSG_WAITALL", "MSG_PEEK", "MSG_PEEK|MSG_WAITALL", "MSG_TRUNC|MSG_WAITALL")}) = {Result}",
                2 => $"readv(4, [{{..., {count}}}, {{..., 500}}], 2) = {Result}",
                3 => $"poll([{{fd=4, events={script.Pick("POLLIN", "POLLRDHUP", "POLLIN|POLLPRI", "POLLPRI", "0")}, revents=@{{revents0|...}}}}], 1, {script.Pick(80, 300)}) = {Result}",
                _ => $"recvmsg(4, {{msg_name(...)=..., msg_iov(1)=[{{..., {count}}}], msg_flags=@{{flags|...}}}}, {script.Pick("0", "MSG_WAITALL")}) = {Result}",
            }, mayWait: true);
        int rounds = script.Random.Next(1, 5);
        for (int i = 0; i < rounds; i++)
        {
            script.Wait(20_000, 90_000);
            if (fills && script.Chance(0.7)) script.In($". {sequence}:{sequence}(0) ack {ack += script.Pick(1000, 2000, 3000)} win 1000");
            else (sequence, ack) = Stir(script, sequence, ack, mayBeWrong: false);
        }
        script.Wait(40_000, 120_000);
        script.In($"R. {sequence}:{sequence}(0) ack {ack} win 0");
    }
}
