using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

/// <summary>Opens sockets of AF_UNIX: streams, datagrams, seqpackets.</summary>
internal sealed class UnixFamily(FileTree tree) : ISocketFamily
{
    /// <inheritdoc/>
    public int Open(PosixProcess process, int type, int protocol, out PosixSocket? socket)
    {
        socket = null;
        int answer = Check(ref type, protocol);
        if (answer == 0) socket = new UnixSocket(tree, type, process.Credentials.Uid);
        return answer;
    }

    /// <inheritdoc/>
    public int OpenPair(PosixProcess process, int type, int protocol, out PosixSocket? first, out PosixSocket? second)
    {
        first = second = null;
        int answer = Check(ref type, protocol);
        if (answer < 0) return answer;
        UnixSocket one = new(tree, type, process.Credentials.Uid), other = new(tree, type, process.Credentials.Uid);
        one.Join(other, UnixCredentials.Of(process));
        (first, second) = (one, other);
        return 0;
    }

    private static int Check(ref int type, int protocol)
    {
        if (protocol is not (0 or AF_UNIX)) return -(int)Errno.EPROTONOSUPPORT;
        if (type == SOCK_RAW) type = SOCK_DGRAM;      // a name that BSD once had for it
        return type is SOCK_STREAM or SOCK_DGRAM or SOCK_SEQPACKET ? 0 : -(int)Errno.ESOCKTNOSUPPORT;
    }
}
