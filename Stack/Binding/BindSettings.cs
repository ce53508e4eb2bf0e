using System.Net.Sockets;

namespace UserNet.Binding;

/// <summary>
/// What a system's administrator can set: port ranges, reserved ports, privileges, the choice of ports.
/// </summary>
/// <remarks>
/// Each takes effect with the next call. Set them before sockets are used, or inside the stack's gate.
/// </remarks>
public sealed class BindSettings
{
    private static readonly PortRange AllIdentifiers = new(1, ushort.MaxValue);      // of ICMP echoes, which are no ports

    private readonly Dictionary<(ProtocolType, bool IsV6), PortRange> _ranges = [];
    private readonly PortSet _reserved = new(dense: true);
    private readonly List<PortRange> _reservedRanges = [];

    /// <summary>Settings with the defaults of a personality.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="personality"/> is null.</exception>
    public BindSettings(Personality personality)
    {
        ArgumentNullException.ThrowIfNull(personality);
        EphemeralPorts = personality.EphemeralPorts;
        V6OnlyByDefault = personality.V6OnlyByDefault;
        StreamBind = personality.StreamBind;
        StreamConnect = personality.StreamConnect;
        Datagram = personality.Datagram;
    }

    /// <summary>net.ipv4.ip_local_port_range: the ephemeral ports of every protocol without a range of its own.</summary>
    /// <exception cref="ArgumentException">The range begins with port 0, which is no port.</exception>
    public PortRange EphemeralPorts
    {
        get;
        set => field = Ephemeral(value);
    }

    /// <summary>
    /// How many sockets and connections may hold a port; what would make one more is refused as for want of memory. All unless it has been set.
    /// </summary>
    /// <remarks>Connections that a listener is called for are not refused: they have a bound of their own, its backlog.</remarks>
    public int HolderLimit { get; set; } = int.MaxValue;

    /// <summary>
    /// MaxUserPort of Windows XP and Server 2003: the ephemeral ports of every protocol are 1025 up to this one; 5000 was their default.
    /// Null unless it has been set. Later systems have 49152 to 65535 instead (<see cref="EphemeralPorts"/>).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 5000 or more than 65534, which those systems do not take.</exception>
    public int? MaxUserPort
    {
        get;
        set
        {
            const int First = 1025, Least = 5000, Most = 65534;
            if (value is { } last)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(last, Least, nameof(value));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(last, Most, nameof(value));
                EphemeralPorts = new PortRange(First, (ushort)last);
            }

            field = value;
        }
    }

    /// <summary>net.ipv4.ip_unprivileged_port_start: the first port that needs no right.</summary>
    public int UnprivilegedPortStart { get; set; } = 1024;

    /// <summary>net.ipv4.ip_nonlocal_bind: any IPv4 address may be bound, mapped ones too.</summary>
    public bool NonlocalBindV4 { get; set; }

    /// <summary>net.ipv6.ip_nonlocal_bind: any IPv6 unicast address may be bound.</summary>
    public bool NonlocalBindV6 { get; set; }

    /// <summary>
    /// net.ipv4.ip_autobind_reuse: when a range is full, SO_REUSEADDR sockets share ports of an automatic choice.
    /// </summary>
    public bool AutobindReuse { get; set; }

    /// <summary>net.ipv6.bindv6only: IPV6_V6ONLY of new sockets.</summary>
    public bool V6OnlyByDefault { get; set; }

    /// <summary>How bind to port 0 chooses for a stream.</summary>
    public PortAlgorithm StreamBind { get; set; }

    /// <summary>How connect chooses for a stream.</summary>
    public PortAlgorithm StreamConnect { get; set; }

    /// <summary>How every choice for a datagram socket is made.</summary>
    public PortAlgorithm Datagram { get; set; }

    /// <summary>What becomes of a port that has just been released.</summary>
    public ReleasedPort ReleasedPort { get; set; } = ReleasedPort.Last;

    /// <summary>
    /// The ports that <see cref="PortAlgorithm.Scripted"/> hands out, in this order, be they in the ephemeral range or not; a port that
    /// is taken or reserved is passed over, and so is 0.
    /// </summary>
    public Queue<ushort> Script { get; } = [];

    /// <summary>
    /// The ports that no automatic choice hands out, though a bind may name them: net.ipv4.ip_local_reserved_ports.
    /// </summary>
    public IReadOnlyList<PortRange> ReservedPorts => _reservedRanges;

    internal PortSet Reserved => _reserved;

    /// <summary>Gives one protocol and family an ephemeral range of its own, as <c>netsh int ipv4 set dynamicport</c> does.</summary>
    /// <exception cref="ArgumentException">The range begins with port 0, which is no port.</exception>
    public void SetEphemeralPorts(ProtocolType protocol, AddressFamily family, PortRange range) =>
        _ranges[(protocol, family == AddressFamily.InterNetworkV6)] = Ephemeral(range);

    /// <summary>Replaces the reserved ports.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="ranges"/> is null.</exception>
    public void SetReservedPorts(params ReadOnlySpan<PortRange> ranges)
    {
        foreach (PortRange range in _reservedRanges)
            for (int port = range.First; port <= range.Last; port++) _reserved.Remove((ushort)port);
        _reservedRanges.Clear();
        foreach (PortRange range in ranges)
        {
            _reservedRanges.Add(range);
            for (int port = range.First; port <= range.Last; port++) _reserved.Add((ushort)port);
        }
    }

    private static PortRange Ephemeral(PortRange range) =>
        range.First != 0 ? range : throw new ArgumentException("Port 0 can't be handed out.", nameof(range));

    internal PortRange RangeOf(ProtocolType protocol, bool isV6) =>
        _ranges.Count != 0 && _ranges.TryGetValue((protocol, isV6), out PortRange range) ? range
        : protocol is ProtocolType.Icmp or ProtocolType.IcmpV6 ? AllIdentifiers : EphemeralPorts;
}
