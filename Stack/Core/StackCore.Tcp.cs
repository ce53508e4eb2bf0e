using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// A segment's way in, to its connection or listener; and what connections ask of the host.
internal sealed partial class StackCore : ITcpHost
{
    /// <summary>What connections share; null where <see cref="Host"/> is.</summary>
    public TcpContext? Tcp { get; }

    /// <summary>Opens a connection: both ends are in the bind table, and the SYN leaves with the gate.</summary>
    /// <param name="binding">The socket's place in the table.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="options">What the socket's owner has set.</param>
    /// <param name="connection">The connection, when it was granted.</param>
    /// <returns>As <see cref="BindEngine.ConnectStream"/>; NoRoute where no link can be attached.</returns>
    public BindOutcome Connect(SocketBinding binding, in InetEndpoint remote, ConnectionOptions options, out Tcb? connection)
    {
        BindOutcome outcome = Prepare(binding, remote, options, out connection);
        connection?.Connect(Now);
        if (Tcp is not null) Tcp.Reopening = null;
        return outcome;
    }

    /// <summary>Opens a connection and has as many octets as may go with its SYN. RFC 7413; sendto with MSG_FASTOPEN.</summary>
    /// <param name="binding">The socket's place in the table.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="options">What the socket's owner has set.</param>
    /// <param name="octets">What is to be sent.</param>
    /// <param name="connection">The connection, when it was granted.</param>
    /// <param name="taken">How many octets were taken: those that go with the SYN.</param>
    /// <returns>As Connect without data.</returns>
    public BindOutcome ConnectWithData(
        SocketBinding binding, in InetEndpoint remote, ConnectionOptions options, ReadOnlySpan<byte> octets, out Tcb? connection, out int taken)
    {
        BindOutcome outcome = Prepare(binding, remote, options, out connection);
        taken = connection?.ConnectWithData(octets, Now) ?? 0;
        if (Tcp is not null) Tcp.Reopening = null;
        return outcome;
    }

    /// <summary>Explains what connect would be answered now, without doing it.</summary>
    public BindExplanation ExplainConnect(SocketBinding binding, in InetEndpoint remote)
    {
        Timestamp now = Now;
        // A port that the socket holds is asked for; another is the search's choice.
        bool isAsked = binding.IsHeld;
        return Engine.ExplainConnect(
            binding, remote, holder => (holder.Owner as ITcpEndpoint)?.Old is { } old && old.MayBeReplaced(isAsked, now));
    }

    private BindOutcome Prepare(SocketBinding binding, in InetEndpoint remote, ConnectionOptions options, out Tcb? connection)
    {
        connection = null;
        if (Tcp is null) return BindRule.NoRoute;
        BindOutcome outcome = Engine.ConnectStream(binding, remote, out RouteAnswer route);
        if (!outcome.IsGranted && TryReplace(outcome, binding, remote, route)) outcome = Engine.ConnectStream(binding, remote, out route);
        if (!outcome.IsGranted) return outcome;
        connection = new Tcb(Tcp, binding, new TcpPath(this, binding), options);
        Context.Counters.Count(Counter.TcpActiveOpens);
        return outcome;
    }

    /// <summary>Ends all connections in TIME-WAIT, and answers how many there were. Gate held.</summary>
    public int DropTimeWait()
    {
        var found = new List<OldConnection>();
        foreach (Holder holder in Engine.Table.Tcp.Holders())
            if ((holder.Owner as ITcpEndpoint)?.Old is { } old) found.Add(old);
        foreach (OldConnection old in found) old.Drop();
        return found.Count;
    }

    private ListenQueue? ListenerFor(in TcpSegment segment, InetAddress local, InetAddress remote, uint device)
    {
        var tuple = new TupleKey(local, segment.DestinationPort, remote, segment.SourcePort);
        return (Engine.Table.Tcp.FindUnconnected(tuple, device)?.Owner as ITcpEndpoint)?.Listener;
    }

    /// <summary>
    /// Ends a connection in TIME-WAIT that stands in the way of a new one, if the new one can be told from it. RFC 6191.
    /// </summary>
    private bool TryReplace(in BindOutcome outcome, SocketBinding binding, in InetEndpoint remote, in RouteAnswer route)
    {
        Timestamp now = Now;
        if (outcome.Rule == BindRule.ExhaustedByConnect)
        {
            InetAddress local = binding.SourceAddress.IsWildcard ? route.Source : binding.SourceAddress.Unmap();
            Holder? old = binding.Ports.FindInTimeWait(local, remote, MayBeReplaced, now);
            return old is not null && TryReplace(old, isAsked: false, now);
        }

        return outcome.Rule == BindRule.TupleInUse && outcome.Blocker is { } holder && TryReplace(holder, isAsked: true, now);
    }

    private static bool TryReplace(Holder holder, bool isAsked, Timestamp now)
    {
        if ((holder.Owner as ITcpEndpoint)?.Old is not { } old || !old.MayBeReplaced(isAsked, now)) return false;
        old.Yield();
        return true;
    }

    private static bool MayBeReplaced(Holder holder, Timestamp now) =>
        (holder.Owner as ITcpEndpoint)?.Old is { } old && old.MayBeReplaced(isAsked: false, now);

    Tcb? ITcpHost.CreateChild(ListenQueue listener, InetAddress local, in InetEndpoint remote, Timestamp now)
    {
        if (!BindEngine.AcceptStream(listener.Binding, local, remote, out SocketBinding binding).IsGranted) return null;
        var path = new TcpPath(this, binding);
        var child = new Tcb(Tcp!, binding, path, listener.Options);
        path.UdpPort = Tcp!.UdpPort;
        binding.Owner = child;
        return child;
    }

    int ITcpHost.MtuTo(InetAddress remote, InetAddress local, uint scope, Timestamp now)
    {
        RouteAnswer route = Host!.FindRoute(new RouteQuery(remote, local, scope));
        if (route.Rule != BindRule.Granted) return 0;
        return MtuOf(route, remote, now) - (Tcp!.UdpPort == 0 ? 0 : Tcp.Settings.UdpTunnelingOverhead);
    }

    void ITcpHost.Reply(PacketBuffer segment, InetAddress local, InetAddress remote, uint scope, Timestamp now)
    {
        RouteAnswer route = Host!.FindRoute(new RouteQuery(remote, local, scope));
        if (route.Rule != BindRule.Granted)
        {
            segment.Return();
            return;
        }

        IpProtocol protocol = IpProtocol.Tcp;
        if (Tcp!.UdpPort != 0)
        {
            WrapInUdp(segment, local, remote, Tcp.UdpPort);
            protocol = IpProtocol.Udp;
        }

        SendUnit(segment, route, remote, new IpSendOptions { Protocol = protocol, Discovery = PathMtuDiscovery.Do }, now);
    }

    /// <summary>Puts a segment into a datagram from the tunneling port; its own checksum is 0 then. FreeBSD's TCP over UDP.</summary>
    internal void WrapInUdp(PacketBuffer segment, InetAddress local, InetAddress remote, ushort port)
    {
        segment.Span[TcpChecksumAt..(TcpChecksumAt + sizeof(ushort))].Clear();
        segment.Offload = default;
        new UdpHeader(Tcp!.Settings.UdpTunnelingPort, port).PrependTo(segment, new PseudoHeader(local.Unmap(), remote.Unmap(), IpProtocol.Udp, 0));
    }

    private const int TcpChecksumAt = 16;

    /// <summary>A peer has answered: the next hop to it works.</summary>
    public void ConfirmNeighbor(in RouteAnswer route, InetAddress destination, Timestamp now)
    {
        if (Host!.Interfaces.Find(route.Device)?.Port is not EthernetPort port) return;
        (destination.IsV6 ? port.NeighborsV6 : port.Neighbors).Confirm(route.NextHop.IsWildcard ? destination : route.NextHop, now);
    }

    private static byte MinHopsOf(ITcpEndpoint endpoint, bool ofV6) =>
        (endpoint.Connection?.Options ?? endpoint.Listener?.Options) is not { } options ? (byte)0 : ofV6 ? options.MinHopLimit : options.MinTimeToLive;

    /// <summary>
    /// True when who asks is bound to the loopback interface and the address is another's: to Linux it is on the loopback's link then, not
    /// the host's own, and nobody is told that there is no such port.
    /// </summary>
    private bool WentOnLinkOfLoopback(PortSpace ports, in TcpSegment segment, InetAddress local, InetAddress remote)
    {
        const uint Loopback = HostAddressing.LoopbackIndex;
        if (Engine.Table.Personality.Sharing != SharingModel.Linux || remote.IsV6 || local.IsLoopback || Host!.DeviceOf(local) is 0 or Loopback) return false;
        return ports.Find(remote, segment.SourcePort, local, segment.DestinationPort, Loopback) is SocketBinding { Device: Loopback };
    }

    private static byte[] HeadersOf(in IpArrival arrival, in TcpSegment segment) => [.. arrival.Octets[..^segment.Payload.Length]];

    private DropReason OnTcp(in IpArrival arrival, Timestamp now)
    {
        Context.Counters.Count(Counter.TcpInSegs);
        InetAddress local = arrival.Destination, remote = arrival.Source;
        DropReason reason = TcpInput.Check(arrival.Payload, remote, local, arrival.ChecksumIsGood, out TcpSegment segment);
        return reason != DropReason.None ? reason : OnSegment(arrival, segment, local, remote, now);
    }

    /// <summary>A datagram to the tunneling port: what it holds is a segment, and the answer goes the same way.</summary>
    private DropReason OnTunneled(in IpArrival arrival, in UdpDatagram datagram, Timestamp now)
    {
        if (!TcpSegment.TryParse(datagram.Payload, out TcpSegment segment)) return DropReason.TcpMalformed;
        Context.Counters.Count(Counter.TcpInSegs);
        Tcp!.UdpPort = datagram.SourcePort;
        DropReason reason = OnSegment(arrival, segment, arrival.Destination, arrival.Source, now);
        Tcp.UdpPort = 0;
        return reason;
    }

    private DropReason OnSegment(in IpArrival arrival, in TcpSegment segment, InetAddress local, InetAddress remote, Timestamp now)
    {
        if (arrival.IsToMany) return DropReason.TcpToMany;      // RFC 9293 §3.9.2.3
        uint device = DeviceOf(arrival);
        uint scope = remote.NeedsScope ? device : 0;
        PortSpace ports = Engine.Table.Tcp;
        var endpoint = ports.Find(local, segment.DestinationPort, remote, segment.SourcePort, device)?.Owner as ITcpEndpoint;
        if (endpoint is not null && arrival.HopLimit < MinHopsOf(endpoint, remote.IsV6 && !remote.IsV4OrMapped)) return DropReason.TcpTooFar;
        if (endpoint?.Connection is { Old: null } connection)
        {
            if (connection.UdpPort != Tcp!.UdpPort && connection.RefusesOtherWay(segment, now)) return DropReason.TcpUnexpected;

            if (connection.State == System.Net.NetworkInformation.TcpState.SynReceived) (connection.HopLimitOfPeer, connection.DeviceOfPeer) = (arrival.HopLimit, device);
            return connection.OnSegment(segment, (byte)(arrival.TrafficClass & 3), now);
        }

        if (endpoint?.Old is { } old)
        {
            bool yields = old.YieldsTo(segment, now);
            ListenQueue? caller = yields ? ListenerFor(segment, local, remote, device) : null;
            if (!yields || (caller is null && !Tcp!.Settings.IsFreeBsd)) return old.OnSegment(segment, now);
            old.Yield();
            endpoint = caller;
        }

        if (endpoint?.Listener is { } listener)
        {
            Tcp!.SynHeaders = listener.Options.SavesSyn != 0 && segment.Has(TcpFlags.Syn) ? HeadersOf(arrival, segment) : null;
            DropReason answer = listener.OnSegment(segment, local, remote, scope, (byte)(arrival.TrafficClass & 3), now);
            (Tcp.Reopening, Tcp.SynHeaders) = (null, null);
            return answer;
        }

        if (TcpReply.IsSwallowed(Tcp!.Settings, segment) || WentOnLinkOfLoopback(ports, segment, local, remote)) return DropReason.TcpNoPort;
        // As in Linux, who asks from ::1 is refused by way of the interface that has the address: only where that is the loopback interface.
        TcpReply.Reset(Tcp!, segment, local, remote, remote == InetAddress.LoopbackV6 ? device : scope, now);
        return DropReason.TcpNoPort;
    }
}
