using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>The call that an explanation is about.</summary>
public enum BindCall : byte
{
    /// <summary>bind.</summary>
    Bind,
    /// <summary>listen.</summary>
    Listen,
    /// <summary>connect.</summary>
    Connect,
}

/// <summary>What would have let a refused call through. Each that an explanation names has been tried against the rules.</summary>
public enum Remedy : byte
{
    /// <summary>SO_REUSEADDR on this socket, before the call.</summary>
    ReuseAddressHere,
    /// <summary>SO_REUSEADDR on this socket and on all others of the port, in place of SO_EXCLUSIVEADDRUSE.</summary>
    ReuseAddressOnAll,
    /// <summary>SO_REUSEPORT on this socket, before the call.</summary>
    ReusePortHere,
    /// <summary>SO_REUSEPORT on this socket and on all others of the port, with one owner.</summary>
    ReusePortOnAll,
    /// <summary>IPV6_V6ONLY on this socket: only its IPv4 half is in the way.</summary>
    V6Only,
    /// <summary>A specific address in place of the wildcard.</summary>
    SpecificAddress,
    /// <summary>The same owner as the holder's.</summary>
    SameOwner,
    /// <summary>No SO_EXCLUSIVEADDRUSE on this socket.</summary>
    NotExclusive,
    /// <summary>Another port, or port 0 for one of the stack's choice.</summary>
    AnotherPort,
    /// <summary>The holder closes, or its TIME-WAIT ends.</summary>
    HolderGone,
    /// <summary>A wider ephemeral range, or fewer reserved ports.</summary>
    WiderRange,
    /// <summary>Another local address: each has ports of its own.</summary>
    AnotherAddress,
    /// <summary>The address is added to an interface of the host.</summary>
    AddAddress,
    /// <summary>IP_FREEBIND on this socket, or ip_nonlocal_bind on the stack.</summary>
    FreeBind,
    /// <summary>The right to bind privileged ports, or a lower first unprivileged port.</summary>
    Privilege,
    /// <summary>SO_BROADCAST on this socket.</summary>
    BroadcastOption,
    /// <summary>A scope id in the address, or SO_BINDTODEVICE.</summary>
    ScopeId,
    /// <summary>No IPV6_V6ONLY on this socket.</summary>
    DualStack,
    /// <summary>A socket of the other family, or an address of this one's.</summary>
    OtherFamily,
    /// <summary>A new socket: a bound one stays bound.</summary>
    NewSocket,
    /// <summary>bind, before this call.</summary>
    BindFirst,
    /// <summary>A route to the destination.</summary>
    Route,
}

/// <summary>Why a call was granted or refused: the rule, the holder that stood in the way, and what would have helped.</summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed record BindExplanation
{
    /// <summary>The call.</summary>
    public required BindCall Call { get; init; }

    /// <summary>The rule that decided.</summary>
    public required BindRule Rule { get; init; }

    /// <summary>The name of the rule's code as the personality's own programs know it, as in EADDRINUSE or WSAEACCES.</summary>
    public required string Code { get; init; }

    /// <summary>The code that .NET's own sockets would show on the personality's system.</summary>
    public required SocketError SocketError { get; init; }

    /// <summary>The protocol, as ss names it: tcp, udp.</summary>
    public required string Protocol { get; init; }

    /// <summary>What was asked for.</summary>
    public required InetEndpoint Asked { get; init; }

    /// <summary>The holder that stood in the way, as it was then; null when none did.</summary>
    public HolderRow? Blocker { get; init; }

    /// <summary>What would have helped, the most fitting first; empty for a granted call.</summary>
    public IReadOnlyList<Remedy> Remedies { get; init; } = [];

    /// <summary>The cause in words.</summary>
    public required string Cause { get; init; }

    /// <summary>All of it in one sentence.</summary>
    public string Message
    {
        get
        {
            string call = $"{CallName} {Protocol} {Asked}";
            if (Rule == BindRule.Granted) return $"{call}: granted; {Cause}.";
            string sentence = $"{call}: {Code}, {Cause}";
            for (int i = 0; i < Remedies.Count; i++)
                sentence += (i == 0 ? "; would help: " : ", or ") + TextOf(Remedies[i]);
            return sentence + ".";
        }
    }

    private string CallName => Call switch { BindCall.Bind => "bind", BindCall.Listen => "listen", _ => "connect" };

    private string TextOf(Remedy remedy) => remedy switch
    {
        Remedy.ReuseAddressHere => "SO_REUSEADDR on this socket",
        Remedy.ReuseAddressOnAll => "SO_REUSEADDR on every socket of the port",
        Remedy.ReusePortHere => "SO_REUSEPORT on this socket",
        Remedy.ReusePortOnAll => "SO_REUSEPORT on every socket of the port, all of one owner",
        Remedy.V6Only => "IPV6_V6ONLY on this socket",
        Remedy.SpecificAddress => "a specific address instead of the wildcard",
        Remedy.SameOwner => "the same owner for both",
        Remedy.NotExclusive => "no SO_EXCLUSIVEADDRUSE on this socket",
        Remedy.AnotherPort => "another port (0 has the stack choose)",
        Remedy.HolderGone => Blocker?.State == TcpState.TimeWait ? "waiting until its TIME-WAIT ends" : "closing the holder",
        Remedy.WiderRange => "a wider ephemeral range",
        Remedy.AnotherAddress => "another local address, which has ports of its own",
        Remedy.AddAddress => "adding the address to an interface",
        Remedy.FreeBind => "IP_FREEBIND",
        Remedy.Privilege => "the right to bind privileged ports, or a port that needs none",
        Remedy.BroadcastOption => "SO_BROADCAST",
        Remedy.ScopeId => "a scope id, or SO_BINDTODEVICE",
        Remedy.DualStack => "clearing IPV6_V6ONLY",
        Remedy.OtherFamily => "an address of the socket's family",
        Remedy.NewSocket => "a new socket",
        Remedy.BindFirst => "bind before it",
        Remedy.Route => "a route to it",
        _ => remedy.ToString(),
    };
}
