using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>An inside address and port, or identifier, and the outer port that it holds in the bind table.</summary>
/// <remarks>
/// As a listener has its port: the sessions are accepted from it. Over with the last of them. Lock of the link held.
/// </remarks>
internal sealed class AddressTranslationMapping : Holder
{
    public IpProtocol Protocol { get; set; }

    public uint InsideAddress { get; set; }

    public ushort InsidePort { get; set; }

    /// <summary>How many sessions there are.</summary>
    public int Sessions { get; set; }
}

/// <summary>A mapping and a peer outside: what was sent to it makes the mapping last, and lets its answers in.</summary>
/// <remarks>In the bind table a connection that was accepted from the mapping. Lock of the link held.</remarks>
internal sealed class AddressTranslationSession : Holder
{
    public AddressTranslationMapping Mapping { get; set; } = null!;

    /// <summary>When it ends if nothing more is seen of it.</summary>
    public Timestamp Expires { get; set; }

    /// <summary>When that is looked at: not later.</summary>
    public Timestamp Due { get; set; }

    public Deadline Deadline { get; set; }

    /// <summary>Of TCP: what was seen of the connection.</summary>
    public SeenOfStream Seen { get; set; }

    /// <summary>The inside host sent to the peer.</summary>
    public bool IsCalled { get; set; }

    /// <summary>The peer sent.</summary>
    public bool IsAnswered { get; set; }
}

/// <summary>Names a peer of a mapping by its address alone.</summary>
internal readonly record struct TranslationPeerKey(ushort OuterPort, IpProtocol Protocol, uint Address);
