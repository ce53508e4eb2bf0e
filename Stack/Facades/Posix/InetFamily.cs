using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>Opens sockets of AF_INET or AF_INET6: streams, datagrams, echoes of ICMP, raw ones.</summary>
internal sealed class InetFamily : ISocketFamily
{
    private const int ProtocolEnd = 263;      // IPPROTO_MAX

    private readonly AddressFamily _family;

    private InetFamily(AddressFamily family) => _family = family;

    /// <summary>AF_INET.</summary>
    public static InetFamily V4 { get; } = new(AddressFamily.InterNetwork);

    /// <summary>AF_INET6.</summary>
    public static InetFamily V6 { get; } = new(AddressFamily.InterNetworkV6);

    /// <inheritdoc/>
    public int Open(PosixProcess process, int type, int protocol, out PosixSocket? socket)
    {
        socket = null;
        if (protocol is < 0 or >= ProtocolEnd) return -(int)Errno.EINVAL;
        if (type is < SOCK_STREAM or > SOCK_RAW) return -(int)Errno.ESOCKTNOSUPPORT;
        if (!Knows(type, protocol)) return -(int)Errno.EPROTONOSUPPORT;
        SocketType kind = type == SOCK_STREAM ? SocketType.Stream : type == SOCK_DGRAM ? SocketType.Dgram : SocketType.Raw;
        try
        {
            socket = new InetSocket(process.Host.Stack.OpenSocket(_family, kind, (ProtocolType)protocol, process.Credentials));
            return 0;
        }
        catch (NetworkException refusal)
        {
            return -(int)refusal.Rule.ToErrno();
        }
    }

    /// <inheritdoc/>
    public int OpenPair(PosixProcess process, int type, int protocol, out PosixSocket? first, out PosixSocket? second)
    {
        second = null;
        int answer = Open(process, type, protocol, out first);
        first?.Close();
        first = null;
        return answer < 0 ? answer : -(int)Errno.EOPNOTSUPP;
    }

    private bool Knows(int type, int protocol) => type switch
    {
        SOCK_STREAM => protocol is IPPROTO_IP or IPPROTO_TCP,
        SOCK_DGRAM => protocol is IPPROTO_IP or IPPROTO_UDP || protocol == (_family == AddressFamily.InterNetwork ? IPPROTO_ICMP : IPPROTO_ICMPV6),
        _ => protocol is > IPPROTO_IP and <= byte.MaxValue,
    };
}
