using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>
/// The mappings and sessions of an <see cref="AddressTranslation"/>: found from outside in a bind table, where they
/// hold the outer ports, and from inside by address and port.
/// </summary>
/// <remarks>What is over is used again: coming and going allocates nothing. Lock of the link held.</remarks>
internal sealed class AddressTranslationTable
{
    private readonly AddressTranslationOptions _options;
    private readonly BindTable _table;
    private readonly Claim _claim;
    private readonly Dictionary<ulong, AddressTranslationMapping> _byInside = [];      // looked into by key alone, never walked
    private readonly Dictionary<TranslationPeerKey, int> _peers = [];                  // sessions that were called, of each address; the same
    private readonly DeadlineQueue<AddressTranslationSession> _deadlines = new();
    private readonly Stack<AddressTranslationMapping> _spareMappings = new();
    private readonly Stack<AddressTranslationSession> _spareSessions = new();

    public AddressTranslationTable(AddressTranslationOptions options, FillRandom randomness)
    {
        _options = options;
        var settings = new BindSettings(Personality.Posix)
        {
            StreamBind = options.PortAlgorithm,
            Datagram = options.PortAlgorithm,
            ReleasedPort = options.ReleasedPort,
        };
        foreach (ushort port in options.PortScript) settings.Script.Enqueue(port);
        _table = new BindTable(Personality.Posix, randomness, settings);
        _claim = new Claim(options.OuterAddress);
    }

    /// <summary>How many mappings there are.</summary>
    public int Mappings => _byInside.Count;

    /// <summary>How many sessions there are.</summary>
    public int Sessions { get; private set; }

    /// <summary>All mappings, each followed by its sessions in order of age: by protocol, ICMP first, and outer port.</summary>
    public IEnumerable<Holder> Holders() => [.. _table.Icmp.Holders(), .. _table.Tcp.Holders(), .. _table.Udp.Holders()];

    /// <summary>The mapping of an inside address and port, or null.</summary>
    public AddressTranslationMapping? FindInside(IpProtocol protocol, uint address, ushort port) =>
        _byInside.GetValueOrDefault(InsideKey(protocol, address, port));

    /// <summary>The mapping that holds an outer port, or null.</summary>
    public AddressTranslationMapping? FindOuter(IpProtocol protocol, ushort port) =>
        SpaceOf(protocol).FindByNumber(port, _options.OuterAddress, 0) switch
        {
            AddressTranslationMapping mapping => mapping,
            AddressTranslationSession session => session.Mapping,
            _ => null,
        };

    /// <summary>The session of a mapping with a peer, or null.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="peer">The peer's address.</param>
    /// <param name="port">The peer's port; 0 of ICMP.</param>
    public AddressTranslationSession? FindSession(AddressTranslationMapping mapping, uint peer, ushort port) =>
        SpaceOf(mapping.Protocol).Find(_options.OuterAddress, mapping.Port, InetAddress.FromV4(peer), port) as AddressTranslationSession;

    /// <summary>True when the inside host sent to the address, from whichever port it answers.</summary>
    public bool WasCalled(AddressTranslationMapping mapping, uint peer) =>
        _peers.ContainsKey(new TranslationPeerKey(mapping.Port, mapping.Protocol, peer));

    /// <summary>Adds a mapping, which its user is to give a session.</summary>
    /// <param name="protocol">TCP, UDP or ICMP.</param>
    /// <param name="address">The inside address.</param>
    /// <param name="port">The inside port or identifier.</param>
    /// <param name="keepsPort">True when no other outer port than the inside one will do.</param>
    /// <param name="reason">None, or why there is none.</param>
    public AddressTranslationMapping? Add(IpProtocol protocol, uint address, ushort port, bool keepsPort, out DropReason reason)
    {
        reason = DropReason.TranslationTableFull;
        if (Mappings >= _options.MappingLimit || Sessions >= _options.SessionLimit) return null;
        if (!_spareMappings.TryPop(out AddressTranslationMapping? mapping)) mapping = new AddressTranslationMapping();
        PortSpace space = SpaceOf(protocol);
        bool mayKeep = keepsPort || (_options.PreservesPorts && _options.Ports.Contains(port));
        bool hasPort = mayKeep && space.Bind(mapping, _claim, port).IsGranted;
        if (!hasPort && !keepsPort) hasPort = space.BindAny(mapping, _claim, _options.Ports).IsGranted;
        if (!hasPort)
        {
            _spareMappings.Push(mapping);
            reason = keepsPort ? DropReason.TranslationPortClash : DropReason.TranslationExhausted;
            return null;
        }

        space.SetState(mapping, TcpState.Listen);
        (mapping.Protocol, mapping.InsideAddress, mapping.InsidePort) = (protocol, address, port);
        _byInside.Add(InsideKey(protocol, address, port), mapping);
        reason = DropReason.None;
        return mapping;
    }

    /// <summary>Adds a session with a peer to a mapping that has none with it; null when there are too many.</summary>
    /// <remarks>The caller says next how long it lasts, by <see cref="Touch"/>.</remarks>
    public AddressTranslationSession? AddSession(AddressTranslationMapping mapping, uint peer, ushort port)
    {
        if (Sessions >= _options.SessionLimit) return null;
        if (!_spareSessions.TryPop(out AddressTranslationSession? session)) session = new AddressTranslationSession();
        SpaceOf(mapping.Protocol).Accept(session, mapping, _options.OuterAddress, new InetEndpoint(InetAddress.FromV4(peer), port));
        session.Mapping = mapping;
        mapping.Sessions++;
        Sessions++;
        return session;
    }

    /// <summary>Notes that the inside host sends to the session's peer.</summary>
    public void Call(AddressTranslationSession session)
    {
        if (session.IsCalled) return;
        session.IsCalled = true;
        if (_options.Filtering == TranslationFiltering.AddressDependent)
            CollectionsMarshal.GetValueRefOrAddDefault(_peers, PeerKey(session), out _)++;
    }

    /// <summary>The session lasts so long from now on.</summary>
    public void Touch(AddressTranslationSession session, TimeSpan timeout, Timestamp now)
    {
        session.Expires = now + timeout;
        if (session.Deadline.IsSet && session.Expires >= session.Due) return;      // is looked at in time
        _deadlines.Cancel(session.Deadline);
        Arm(session);
    }

    /// <summary>Ends the sessions whose time is over, and the mappings that have no others.</summary>
    public void Expire(Timestamp now)
    {
        while (_deadlines.TryTake(now, out AddressTranslationSession? session))
        {
            if (session.Expires > now) Arm(session);
            else Remove(session);
        }
    }

    /// <summary>Ends all sessions and mappings.</summary>
    public void Clear()
    {
        while (_deadlines.TryTake(Timestamp.Never, out AddressTranslationSession? session)) Remove(session);
    }

    private static ulong InsideKey(IpProtocol protocol, uint address, ushort port) =>
        ((ulong)address << 32) | ((ulong)port << 16) | (byte)protocol;

    private static TranslationPeerKey PeerKey(AddressTranslationSession session) =>
        new(session.Port, session.Mapping.Protocol, session.RemoteAddress.V4Bits);

    private PortSpace SpaceOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Tcp => _table.Tcp,
        IpProtocol.Udp => _table.Udp,
        _ => _table.Icmp,
    };

    private void Arm(AddressTranslationSession session)
    {
        session.Due = session.Expires;
        session.Deadline = _deadlines.Add(session.Due, session);
    }

    private void Remove(AddressTranslationSession session)
    {
        AddressTranslationMapping mapping = session.Mapping;
        if (session.IsCalled && _options.Filtering == TranslationFiltering.AddressDependent)
        {
            TranslationPeerKey key = PeerKey(session);
            ref int sessions = ref CollectionsMarshal.GetValueRefOrNullRef(_peers, key);
            if (--sessions == 0) _peers.Remove(key);
        }

        PortSpace space = SpaceOf(mapping.Protocol);
        space.Release(session);
        session.Mapping = null!;
        session.Deadline = default;
        (session.Seen, session.IsCalled, session.IsAnswered) = (SeenOfStream.None, false, false);
        _spareSessions.Push(session);
        Sessions--;
        if (--mapping.Sessions > 0) return;
        _byInside.Remove(InsideKey(mapping.Protocol, mapping.InsideAddress, mapping.InsidePort));
        space.Release(mapping);
        _spareMappings.Push(mapping);
    }
}
