using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>How a call that sends or receives ended, where it is not to throw.</summary>
/// <param name="Octets">
/// How many octets were sent or received; 0 when the call failed, and of an empty datagram.
/// </param>
/// <param name="Errno">
/// Success, or why nothing was sent or received; EAGAIN when the call would have had to wait.
/// </param>
/// <param name="Rule">The rule of the bind table or of the routes that decided, or Granted when none did.</param>
/// <remarks>Any thread.</remarks>
public readonly record struct TransferResult(int Octets, Errno Errno = Errno.Success, BindRule Rule = BindRule.Granted)
{
    /// <summary>True when a datagram was sent or received, an empty one perhaps.</summary>
    public bool IsDone => Errno == Errno.Success;

    /// <summary>True when there was nothing to receive, or no room to send, but may be later.</summary>
    public bool WouldWait => Errno == Errno.EAGAIN && Rule == BindRule.Granted;

    /// <summary>True when the call's own time was over, be the peer as alive as it may.</summary>
    internal bool IsOfWait { get; init; }

    internal static TransferResult Failed(Errno errno) => new(0, errno);

    internal static TransferResult Refused(BindRule rule) => new(0, rule.ToErrno(), rule);
}
