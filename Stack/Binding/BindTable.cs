using System.Net.Sockets;
using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>
/// The one table that both reserves and finds: a <see cref="PortSpace"/> for each protocol that has ports.
/// </summary>
/// <remarks>Gate held: whoever uses it sees to it that one thread does at a time.</remarks>
public sealed class BindTable
{
    private readonly List<PortSpace> _spaces = [];
    private readonly RandomBuffer _random;
    private PortSpace? _icmp, _raw;      // made when first needed

    /// <summary>An empty table with TCP and UDP.</summary>
    /// <param name="personality">Whose rules.</param>
    /// <param name="randomness">The door through which the choice of ports gets its chance.</param>
    /// <param name="settings">What an administrator can set; by default as the personality has it.</param>
    /// <exception cref="ArgumentNullException">The personality or the door is null.</exception>
    public BindTable(Personality personality, FillRandom randomness, BindSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(personality);
        ArgumentNullException.ThrowIfNull(randomness);
        Personality = personality;
        Settings = settings ?? new BindSettings(personality);
        _random = new RandomBuffer(randomness);
        Tcp = AddProtocol(ProtocolType.Tcp);
        Udp = AddProtocol(ProtocolType.Udp);
    }

    /// <summary>Whose rules.</summary>
    public Personality Personality { get; }

    /// <summary>What an administrator can set.</summary>
    public BindSettings Settings { get; }

    /// <summary>The ports of TCP.</summary>
    public PortSpace Tcp { get; }

    /// <summary>The ports of UDP.</summary>
    public PortSpace Udp { get; }

    /// <summary>The identifiers of ICMP sockets' echo requests, which are ports to them.</summary>
    public PortSpace Icmp => _icmp ?? AddProtocol(ProtocolType.Icmp);

    /// <summary>
    /// The protocol numbers of raw sockets. They are no ports, but what says for whom a packet is; a raw socket holds its own from
    /// the beginning, and never alone.
    /// </summary>
    public PortSpace Raw => _raw ?? AddProtocol(ProtocolType.Raw);

    /// <summary><see cref="Icmp"/>, or null while no socket ever needed it.</summary>
    internal PortSpace? IcmpIfAny => _icmp;

    /// <summary><see cref="Raw"/>, or null while no socket ever needed it.</summary>
    internal PortSpace? RawIfAny => _raw;

    /// <summary>The port spaces in the order in which they were added.</summary>
    public IReadOnlyList<PortSpace> Spaces => _spaces;

    /// <summary>The port space of a protocol.</summary>
    /// <exception cref="ArgumentException">The table does not have the protocol.</exception>
    public PortSpace this[ProtocolType protocol]
    {
        get
        {
            foreach (PortSpace space in _spaces)
                if (space.Protocol == protocol) return space;
            throw new ArgumentException($"{protocol} has no ports here.", nameof(protocol));
        }
    }

    /// <summary>How many holders there are in all.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (PortSpace space in _spaces) count += space.Count;
            return count;
        }
    }

    /// <summary>
    /// Adds a protocol with ports of its own, such as UDP-Lite or SCTP; its ports are shared as UDP's are.
    /// </summary>
    /// <exception cref="ArgumentException">The protocol is there already.</exception>
    public PortSpace AddProtocol(ProtocolType protocol)
    {
        foreach (PortSpace known in _spaces)
            if (known.Protocol == protocol)
                throw new ArgumentException($"{protocol} is in the table already.", nameof(protocol));
        var space = new PortSpace(protocol, Personality, Settings, _random);
        _spaces.Add(space);
        if (protocol == ProtocolType.Icmp) _icmp = space;
        if (protocol == ProtocolType.Raw) _raw = space;
        return space;
    }
}
