using UserNet.Errors;

namespace UserNet.Samples.BindShell;

/// <summary>Why a call was refused before or beside the bind table, in one sentence.</summary>
internal static class Reasons
{
    public static string BadLength(int length, int shortest) =>
        $"an address of {length} octets: this socket takes {shortest} to 128.";

    public static string BadFamily(int family, int own) =>
        $"the address is of family {family}, the socket of family {own}.";

    public static string Of(string code) => code switch
    {
        nameof(Errno.EBADF) => "the descriptor names nothing.",
        nameof(Errno.ENOTSOCK) => "the descriptor names something, but no socket.",
        nameof(Errno.EFAULT) => "the address can't be read.",
        nameof(Errno.EPERM) => "the caller lacks the right.",
        nameof(Errno.ENODEV) => "there is no such interface.",
        nameof(Errno.ENOTCONN) => "the socket has no peer.",
        nameof(Errno.EISCONN) => "the socket has a peer, or listens.",
        nameof(Errno.ENOPROTOOPT) => "this kind of socket, or this personality, does not have the option.",
        nameof(Errno.EOPNOTSUPP) => "this kind of socket does not do it.",
        nameof(Errno.EADDRNOTAVAIL) => "no interface of this host has that address.",
        nameof(Errno.EAFNOSUPPORT) => "the address is of a family that the socket does not take.",
        nameof(Errno.EINVAL) => "not with this value or length, or not in the socket's state.",
        _ => "the call was refused.",
    };
}
