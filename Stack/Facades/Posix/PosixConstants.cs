namespace UserNet.Facades.Posix;

#pragma warning disable CA1707, CS1591, SA1600 // the headers' own names, which say what they are
/// <summary>
/// The numbers of sys/socket.h, netinet/in.h, poll.h and fcntl.h, as Linux has them on x86-64. Those of options are in
/// <see cref="Sockets.RawOptionLevel"/>, <see cref="Sockets.RawOption"/> and <see cref="Sockets.RawTcpOption"/>.
/// </summary>
/// <remarks>To be named by <c>using static</c>.</remarks>
public static class PosixConstants
{
    public const int AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;

    public const int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_RDM = 4, SOCK_SEQPACKET = 5;
    public const int SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;

    public const int IPPROTO_IP = 0, IPPROTO_ICMP = 1, IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41, IPPROTO_ICMPV6 = 58;
    public const int IPPROTO_RAW = 255;

    public const int SOL_SOCKET = 1, SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, SOMAXCONN = 4096;

    public const int MSG_OOB = 0x1, MSG_PEEK = 0x2, MSG_DONTROUTE = 0x4, MSG_CTRUNC = 0x8, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40;
    public const int MSG_EOR = 0x80, MSG_WAITALL = 0x100, MSG_CONFIRM = 0x800, MSG_ERRQUEUE = 0x2000, MSG_NOSIGNAL = 0x4000;
    public const int MSG_MORE = 0x8000, MSG_FASTOPEN = 0x2000_0000, MSG_CMSG_CLOEXEC = 0x4000_0000;

    public const int MSG_ZEROCOPY = 0x400_0000;

    public const uint EPOLLIN = 0x1, EPOLLPRI = 0x2, EPOLLOUT = 0x4, EPOLLERR = 0x8, EPOLLHUP = 0x10, EPOLLRDNORM = 0x40, EPOLLRDBAND = 0x80;
    public const uint EPOLLWRNORM = 0x100, EPOLLWRBAND = 0x200, EPOLLMSG = 0x400, EPOLLRDHUP = 0x2000;
    public const uint EPOLLEXCLUSIVE = 0x1000_0000, EPOLLWAKEUP = 0x2000_0000, EPOLLONESHOT = 0x4000_0000, EPOLLET = 0x8000_0000;
    public const int EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3, EPOLL_CLOEXEC = 0x80000;

    public const int SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2;

    public const short POLLIN = 0x1, POLLPRI = 0x2, POLLOUT = 0x4, POLLERR = 0x8, POLLHUP = 0x10, POLLNVAL = 0x20;
    public const short POLLRDNORM = 0x40, POLLRDBAND = 0x80, POLLWRNORM = 0x100, POLLWRBAND = 0x200, POLLRDHUP = 0x2000;

    public const int F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1;
    public const int O_RDONLY = 0, O_WRONLY = 0x1, O_ACCMODE = 0x3, O_CREAT = 0x40, O_EXCL = 0x80, O_TRUNC = 0x200, O_DIRECTORY = 0x10000, O_NOFOLLOW = 0x20000;
    public const int O_CLOEXEC = 0x80000, SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, F_SETPIPE_SZ = 1031, F_GETPIPE_SZ = 1032;
    public const int SPLICE_F_MOVE = 1, SPLICE_F_NONBLOCK = 2, SPLICE_F_MORE = 4, SPLICE_F_GIFT = 8;

    public const int O_RDWR = 0x2, O_APPEND = 0x400, O_NONBLOCK = 0x800, O_ASYNC = 0x2000, O_DIRECT = 0x4000, O_NOATIME = 0x40000;

    public const int FIONREAD = 0x541B, SIOCOUTQ = 0x5411, SIOCATMARK = 0x8905, FIONBIO = 0x5421;

    public const int IP_PKTINFO = 8, IP_TTL = 2, IP_TOS = 1, IP_RECVERR = 11;
    public const int IPV6_PKTINFO = 50, IPV6_HOPLIMIT = 52, IPV6_TCLASS = 67, IPV6_RECVERR = 25, IPV6_FLOWINFO = 11, IPV6_DONTFRAG = 62;
    public const int IPV6_PATHMTU = 61;
}
