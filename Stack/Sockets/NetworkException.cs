using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>What a call of UserNet throws when the network, or the bind table, refuses it.</summary>
/// <remarks>
/// It is a <see cref="SocketException"/> with the <see cref="SocketException.SocketErrorCode"/> that .NET's own sockets
/// would show, so a handler written for those works unchanged: on a Windows personality those of .NET on Windows, elsewhere those of .NET on
/// Linux. Any thread.
/// </remarks>
public sealed class NetworkException : SocketException
{
    private readonly bool _isWindows;

    /// <summary>A refusal by the bind table.</summary>
    /// <param name="rule">The rule that decided; not Granted.</param>
    /// <param name="message">What happened, in one sentence.</param>
    public NetworkException(BindRule rule, string message)
        : this(rule, message, Personality.Linux)
    {
    }

    /// <inheritdoc cref="NetworkException(BindRule, string)"/>
    /// <param name="rule">The rule that decided; not Granted.</param>
    /// <param name="message">What happened, in one sentence.</param>
    /// <param name="personality">Whose codes are shown.</param>
    internal NetworkException(BindRule rule, string message, Personality personality)
        : base((int)personality.SocketErrorOf(rule), message)
    {
        Rule = rule;
        Errno = rule.ToErrno();
        _isWindows = personality.Codes != ErrorCodes.Errno;
    }

    /// <summary>A refusal by the bind table, with its explanation as the message.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="explanation"/> is null.</exception>
    public NetworkException(BindExplanation explanation)
        : base((int)SocketErrorOf(explanation), explanation.Message)
    {
        Rule = explanation.Rule;
        Errno = explanation.Rule.ToErrno();
        Explanation = explanation;
    }

    internal NetworkException(BindExplanation explanation, Personality personality)
        : this(explanation) => _isWindows = personality.Codes != ErrorCodes.Errno;

    internal NetworkException(Errno errno, string message, Personality personality)
        : this(errno, message) => _isWindows = personality.Codes != ErrorCodes.Errno;

    /// <summary>A failure that no rule of the bind table decided, such as a refused connection.</summary>
    /// <param name="errno">The error number; not Success.</param>
    /// <param name="message">What happened, in one sentence.</param>
    public NetworkException(Errno errno, string message)
        : base((int)errno.ToSocketError(), message)
    {
        Errno = errno;
    }

    /// <summary>The system's own number for it: Linux's errno, or on a Windows personality Winsock's.</summary>
    public override int ErrorCode => _isWindows ? (int)SocketErrorCode : base.ErrorCode;

    /// <summary>The error number that the POSIX face gives for it.</summary>
    public Errno Errno { get; }

    /// <summary>The rule of the bind table that decided, or Granted when none did.</summary>
    public BindRule Rule { get; }

    /// <summary>Why the bind table refused: the holder in the way, and what would have helped; null for other failures.</summary>
    public BindExplanation? Explanation { get; }

    private static SocketError SocketErrorOf(BindExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return explanation.SocketError;
    }
}
