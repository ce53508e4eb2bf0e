using System.Net.Sockets;

namespace UserNet.Binding;

/// <summary>The codes that a system's own programs know refusals by.</summary>
public enum ErrorCodes : byte
{
    /// <summary>POSIX's errno.</summary>
    Errno,
    /// <summary>Winsock's WSAE values.</summary>
    Winsock,
    /// <summary>The Windows kernel's NTSTATUS.</summary>
    NtStatus,
}

/// <summary>What one system does where systems differ: data, chosen per stack.</summary>
/// <remarks>
/// <see cref="Linux"/> copies Linux 6.18, quirks included; the others take the saner way where their documents leave one open.
/// Make another with <c>with</c>. Immutable; any thread.
/// </remarks>
public sealed record Personality
{
    /// <summary>Linux 6.18.</summary>
    public static Personality Linux { get; } = new() { Name = "Linux" };

    /// <summary>What POSIX.1-2024 asks for, and no more.</summary>
    public static Personality Posix { get; } = new()
    {
        Name = "Posix",
        Sharing = SharingModel.Posix,
        HasReusePort = false,
        HasLinuxOptions = false,
        TakesUnspecifiedFamily = false,
        BindsAfterShutdown = false,
        BindsRaw = false,
        BindTellsConnected = true,
        LeavesLastOfOddRange = false,
        StreamBind = PortAlgorithm.SimpleRandom,
        StreamConnect = PortAlgorithm.DoubleHash,
        ListenBinds = false,
    };

    /// <summary>Windows Vista and later, seen through Winsock.</summary>
    public static Personality Windows { get; } = new()
    {
        Name = "Windows",
        Sharing = SharingModel.Windows,
        Codes = ErrorCodes.Winsock,
        ChecksBoundBeforeAddress = true,
        HasReusePort = false,
        HasExclusive = true,
        HasLinuxOptions = false,
        HasPrivilegedPorts = false,
        V6OnlyByDefault = true,
        V6OnlyMayChangeWhenBound = true,
        TakesUnspecifiedFamily = false,
        SharingIsFrozenAtBind = true,
        BroadcastNeedsOption = true,
        BindsMulticast = false,
        NarrowsOnConnect = false,
        NewestTwinReceives = false,
        BoundAddressHearsMany = true,
        ConnectsToWildcard = false,
        ResolvesAgainOnReconnect = true,
        ConnectSharesPorts = false,
        KeepsChosenPort = true,
        LeavesLastOfOddRange = false,
        ListenBinds = false,
        StrongHost = true,
        StreamBind = PortAlgorithm.SimpleRandom,
        StreamConnect = PortAlgorithm.SimpleRandom,
        EphemeralPorts = new PortRange(49152, 65535),
    };

    /// <summary>Windows, seen through Winsock Kernel: the same system with one cell of the sharing table changed.</summary>
    public static Personality WindowsKernel { get; } = Windows with
    {
        Name = "WindowsKernel",
        Sharing = SharingModel.WindowsKernel,
        Codes = ErrorCodes.NtStatus,
    };

    /// <summary>The personalities by name, in the order in which they are offered.</summary>
    public static IReadOnlyList<Personality> All { get; } = [Linux, Posix, Windows, WindowsKernel];

    /// <summary>The name, as a command line gives it.</summary>
    public required string Name { get; init; }

    /// <summary>Who shares a port with whom.</summary>
    public SharingModel Sharing { get; init; } = SharingModel.Linux;

    /// <summary>The codes by which explanations and exceptions name a refusal.</summary>
    public ErrorCodes Codes { get; init; } = ErrorCodes.Errno;

    /// <summary>Whether SO_REUSEPORT exists.</summary>
    public bool HasReusePort { get; init; } = true;

    /// <summary>Whether SO_EXCLUSIVEADDRUSE exists.</summary>
    public bool HasExclusive { get; init; }

    /// <summary>
    /// Whether SO_BINDTODEVICE, IP_FREEBIND, IP_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT and IP_LOCAL_PORT_RANGE exist.
    /// </summary>
    public bool HasLinuxOptions { get; init; } = true;

    /// <summary>Whether low ports need a right.</summary>
    public bool HasPrivilegedPorts { get; init; } = true;

    /// <summary>IPV6_V6ONLY of a new socket.</summary>
    public bool V6OnlyByDefault { get; init; }

    /// <summary>Whether IPV6_V6ONLY may be set on a bound socket, without effect, or is refused there.</summary>
    public bool V6OnlyMayChangeWhenBound { get; init; }

    /// <summary>Whether an IPv4 socket takes AF_UNSPEC with 0.0.0.0 for AF_INET.</summary>
    public bool TakesUnspecifiedFamily { get; init; } = true;

    /// <summary>Whether sharing options count as they were at bind, or as they are when somebody else binds.</summary>
    public bool SharingIsFrozenAtBind { get; init; }

    /// <summary>Whether "already bound" is answered before anything is said of the address.</summary>
    public bool ChecksBoundBeforeAddress { get; init; }

    /// <summary>Whether a socket that has been shut down may be bound, once it has no peer and no port any more.</summary>
    public bool BindsAfterShutdown { get; init; } = true;

    /// <summary>Whether raw sockets can be bound; POSIX leaves that to the system.</summary>
    public bool BindsRaw { get; init; } = true;

    /// <summary>Whether bind tells a socket that has a peer from one that is bound only: EISCONN, which POSIX leaves to the system.</summary>
    public bool BindTellsConnected { get; init; }

    /// <summary>Whether binding to a broadcast address needs SO_BROADCAST.</summary>
    public bool BroadcastNeedsOption { get; init; }

    /// <summary>Whether a group address can be bound.</summary>
    public bool BindsMulticast { get; init; } = true;

    /// <summary>Whether a connect narrows the claim of a wildcard socket to the address that it chose.</summary>
    public bool NarrowsOnConnect { get; init; } = true;

    /// <summary>Which of several sockets on one address gets what comes in: the newest, or the one that was bound first.</summary>
    public bool NewestTwinReceives { get; init; } = true;

    /// <summary>
    /// Whether a socket bound to an interface's own address hears what comes to that interface for many: broadcasts, and groups that
    /// it joined.
    /// </summary>
    public bool BoundAddressHearsMany { get; init; }

    /// <summary>
    /// Whether a datagram socket may be connected to the wildcard, meaning this host, or to port 0; elsewhere the wildcard takes the
    /// peer away, and port 0 is no destination.
    /// </summary>
    public bool ConnectsToWildcard { get; init; } = true;

    /// <summary>Whether a second connect chooses the local address anew, or stays with that of the first.</summary>
    public bool ResolvesAgainOnReconnect { get; init; }

    /// <summary>Whether a connect may choose a port that another connect chose, for another destination.</summary>
    public bool ConnectSharesPorts { get; init; } = true;

    /// <summary>
    /// Whether a socket keeps a port that was chosen for it when its peer goes, or a connect fails, as it does one that bind was asked for.
    /// </summary>
    public bool KeepsChosenPort { get; init; }

    /// <summary>
    /// Linux's own choices for streams leave out one port of an odd number: of three the last, of more the first or the
    /// last, as the search's start decides.
    /// </summary>
    public bool LeavesLastOfOddRange { get; init; } = true;

    /// <summary>Whether listen binds an unbound socket.</summary>
    public bool ListenBinds { get; init; } = true;

    /// <summary>Whether a source address must be one of the outgoing interface.</summary>
    public bool StrongHost { get; init; }

    /// <summary>How bind to port 0 chooses for a stream.</summary>
    public PortAlgorithm StreamBind { get; init; } = PortAlgorithm.LinuxBind;

    /// <summary>How connect chooses for a stream.</summary>
    public PortAlgorithm StreamConnect { get; init; } = PortAlgorithm.LinuxConnect;

    /// <summary>How every choice for a datagram socket is made.</summary>
    public PortAlgorithm Datagram { get; init; } = PortAlgorithm.SimpleRandom;

    /// <summary>The ephemeral ports, where the stack is told nothing else.</summary>
    public PortRange EphemeralPorts { get; init; } = new(32768, 60999);

    /// <summary>The name of a rule's code as this system's own programs know it, as in EADDRINUSE or WSAEACCES.</summary>
    public string CodeOf(BindRule rule) => Codes switch
    {
        ErrorCodes.Winsock => rule.ToWsaError().ToString(),
        ErrorCodes.NtStatus => rule.ToNtStatus().ToString(),
        _ => rule.ToErrno().ToString(),
    };

    /// <summary>The code of a rule that .NET's own sockets would show on this system.</summary>
    public SocketError SocketErrorOf(BindRule rule) =>
        Codes == ErrorCodes.Errno ? rule.ToSocketError() : (SocketError)rule.ToWsaError();      // SocketError has Winsock's numbers
}
