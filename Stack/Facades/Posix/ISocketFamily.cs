namespace UserNet.Facades.Posix;

/// <summary>Opens the sockets of one address family.</summary>
/// <remarks>Answers are the kernel's: 0, or an error number with a minus sign. Any thread.</remarks>
internal interface ISocketFamily
{
    /// <summary>socket, of a type from 0 to SOCK_PACKET without flags.</summary>
    /// <param name="process">Who opens it.</param>
    /// <param name="type">SOCK_STREAM and so on.</param>
    /// <param name="protocol">Not looked at yet.</param>
    /// <param name="socket">It blocks; null unless the answer is 0.</param>
    int Open(PosixProcess process, int type, int protocol, out PosixSocket? socket);

    /// <summary>socketpair.</summary>
    /// <inheritdoc cref="Open"/>
    int OpenPair(PosixProcess process, int type, int protocol, out PosixSocket? first, out PosixSocket? second);
}
