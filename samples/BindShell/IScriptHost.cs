using UserNet.Errors;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A host that scripts run on, as system calls: each answers 0 or more, or less for an error, which <see cref="CodeOf"/> names.
/// </summary>
/// <remarks>
/// UserNet's are the heirs of <see cref="FaceHost"/>, one a face; another lets the same scripts judge another system. Unless a host says
/// otherwise an error is an error number of Linux with a minus sign.
/// </remarks>
public interface IScriptHost : IDisposable
{
    /// <summary>The answer to a call that the host's face does not have.</summary>
    const int Absent = int.MinValue;

    /// <summary>SO_EXCLUSIVEADDRUSE, at the level of sockets: Windows' number, which Linux has no option of.</summary>
    const int ExclusiveOption = -5;

    /// <summary>The name of an error number of Linux with a minus sign.</summary>
    static string ErrnoOf(int answer) =>
        answer == Absent ? "no such call" : Enum.IsDefined((Errno)(-answer)) ? ((Errno)(-answer)).ToString() : $"errno {-answer}";

    /// <summary>The name of an answer below 0.</summary>
    string CodeOf(int answer) => ErrnoOf(answer);

    /// <summary>True for the answer of a connect that goes on by itself.</summary>
    bool IsUnderWay(int answer) => answer == -(int)Errno.EINPROGRESS;

    /// <summary>What an error of the past was, as SO_ERROR has it: an answer.</summary>
    int AnswerOfError(int number) => -number;

    /// <summary>socket(domain, type, 0).</summary>
    int Socket(int domain, int type);

    /// <summary>A descriptor that names no socket.</summary>
    int Pipe();

    /// <summary>close.</summary>
    int Close(int descriptor);

    /// <summary>bind.</summary>
    int Bind(int descriptor, byte[]? address, int length);

    /// <summary>listen.</summary>
    int Listen(int descriptor, int backlog);

    /// <summary>connect.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="address">The peer's address.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="waits">Whether a stream waits half a second until its peer has answered; else it answers EINPROGRESS at once.</param>
    int Connect(int descriptor, byte[] address, int length, bool waits);

    /// <summary>accept, without an address; never waits.</summary>
    int Accept(int descriptor);

    /// <summary>
    /// poll: waits half a second until the socket is writable, or says at once whether it is readable: 1 when it is, else 0.
    /// </summary>
    int Poll(int descriptor, bool toWrite);

    /// <summary>shutdown.</summary>
    int Shutdown(int descriptor, int how);

    /// <summary>getsockname, or getpeername.</summary>
    int Name(int descriptor, bool ofPeer, byte[] address, ref int length);

    /// <summary>setsockopt.</summary>
    int SetOption(int descriptor, int level, int name, byte[] value);

    /// <summary>getsockopt.</summary>
    int GetOption(int descriptor, int level, int name, byte[] value, ref int length);

    /// <summary>sendto, or send where there is no address; without SIGPIPE, and never waits.</summary>
    int Send(int descriptor, byte[] octets, byte[]? address, int length);

    /// <summary>recvfrom; of datagrams with MSG_TRUNC, so that the answer is the whole length; never waits.</summary>
    int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length);

    /// <summary>fchown.</summary>
    int ChangeOwner(int descriptor, uint uid);

    /// <summary>Whose calls follow; uid 0 has every right, others have none.</summary>
    void BecomeUser(uint uid);

    /// <summary>Carries out a command of the ip tool.</summary>
    int Ip(string command);

    /// <summary>Changes a setting.</summary>
    int Sysctl(string key, string value);

    /// <summary>The index of an interface, 0 for none.</summary>
    uint IndexOf(string name);

    /// <summary>The name of an interface, or null.</summary>
    string? NameOf(uint index);
}

/// <summary>A host that says why it answers as it does.</summary>
public interface IExplainingHost
{
    /// <summary>What a bind would be answered now, and why.</summary>
    string ExplainBind(int descriptor, byte[] address, int length);

    /// <summary>What listen would be answered now, and why.</summary>
    string ExplainListen(int descriptor);

    /// <summary>Why the connect that was just refused was refused.</summary>
    string? ExplainConnect(int descriptor, byte[] address, int length);

    /// <summary>Who holds which port.</summary>
    string Snapshot();
}

/// <summary>The hosts of a script, and what lies between them.</summary>
public interface IScriptWorld : IDisposable
{
    /// <summary>Host A or B.</summary>
    IScriptHost this[char name] { get; }

    /// <summary>Lets everything that is under way arrive.</summary>
    void Settle();

    /// <summary>Lets time pass.</summary>
    void Sleep(TimeSpan time);

    /// <summary>
    /// Sends a UDP datagram and says which descriptors, on the host that it comes to, got it; several when each got a
    /// copy. Null when one of the hosts is not there.
    /// </summary>
    /// <param name="from">The host that sends it.</param>
    /// <param name="source">The sender's address and port.</param>
    /// <param name="destination">Where it goes.</param>
    Delivery? Deliver(char from, Addressing.InetEndpoint source, Addressing.InetEndpoint destination);
}

/// <summary>Who gets a datagram.</summary>
/// <param name="Host">The host that it comes to.</param>
/// <param name="Descriptors">Each gets a copy, or, by chance, one of them does.</param>
/// <param name="IsByChance">Which.</param>
public sealed record Delivery(char Host, IReadOnlyList<int> Descriptors, bool IsByChance = false);
