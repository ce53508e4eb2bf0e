using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

/// <summary>A connection's way over IP: its route, looked for again when routes or addresses have changed.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class TcpPath(StackCore core, SocketBinding binding) : ITcpPath
{
    private RouteAnswer _route = new(BindRule.NoRoute, binding.LocalAddress.Unmap());      // the source is in it from the beginning
    private InterfaceEntry? _device;
    private int _version = -1;
    private short _options = NoTimeToLive;      // the time to live, whether packets go without a flow label, and whether they may be cut up

    /// <inheritdoc/>
    public int IpHeaderLength => binding.RemoteAddress.IsV4OrMapped ? Ipv4Header.Length : Ipv6Header.Length;

    /// <inheritdoc/>
    public byte? TimeToLive
    {
        set => _options = (short)((_options & (NoFlowLabel | Fragmentable)) | (value ?? NoTimeToLive));
    }

    /// <inheritdoc/>
    public bool SendsNoFlowLabel
    {
        set => _options = (short)(value ? _options | NoFlowLabel : _options & ~NoFlowLabel);
    }

    /// <inheritdoc/>
    public ushort UdpPort { get; set; }

    /// <inheritdoc/>
    public int LargestBurst => UdpPort == 0 && _device?.Port is not { SendsBursts: false } ? ushort.MaxValue : 0;

    /// <inheritdoc/>
    public RouteMetrics? Metrics
    {
        get
        {
            Find();
            return _route.Metrics;
        }
    }
    public bool MayBeFragmented
    {
        set => _options = (short)(value ? _options | Fragmentable : _options & ~Fragmentable);
    }

    /// <inheritdoc/>
    public bool HasRoom
    {
        get
        {
            Find();
            return _device?.Port is not { HasRoom: false };
        }
    }

    /// <inheritdoc/>
    public bool DropsAll
    {
        get
        {
            Find();
            return _device?.Port is { DropsAll: true };
        }
    }

    /// <inheritdoc/>
    public bool IsPaced => _device?.Port is { IsPaced: true };

    /// <inheritdoc/>
    public int MtuAt(Timestamp now)
    {
        Find();
        int mtu = _route.Rule == BindRule.Granted && core.MtuOf(_route, Destination, now) is > 0 and var known ? known : DefaultMtu;
        return UdpPort == 0 ? mtu : mtu - core.Tcp!.Settings.UdpTunnelingOverhead;
    }

    /// <inheritdoc/>
    public void Follow(SocketBinding place) => binding = place;

    /// <inheritdoc/>
    public Errno Send(PacketBuffer segment, byte trafficClass, Timestamp now)
    {
        Find();
        if (_route.Rule != BindRule.Granted)
        {
            segment.Return();
            return _route.Rule.ToErrno();
        }

        var options = new IpSendOptions
        {
            Protocol = IpProtocol.Tcp,
            TrafficClass = trafficClass,
            TimeToLive = (_options & NoTimeToLive) != 0 ? null : (byte)_options,
            Discovery = (_options & Fragmentable) != 0 ? PathMtuDiscovery.Dont : PathMtuDiscovery.Do,
            FlowLabel = (_options & NoFlowLabel) != 0 ? 0 : null,
        };
        if (UdpPort != 0)
        {
            core.WrapInUdp(segment, _route.Source, Destination, UdpPort);
            options = options with { Protocol = IpProtocol.Udp };
        }

        return core.SendUnit(segment, _route, Destination, options, now);
    }

    /// <inheritdoc/>
    public void Confirm(Timestamp now)
    {
        Find();
        if (_route.Rule == BindRule.Granted) core.ConfirmNeighbor(_route, Destination, now);
    }

    /// <inheritdoc/>
    public void Doubt(Timestamp now) => _version = -1;

    private InetAddress Destination => binding.RemoteAddress.Unmap();

    private void Find()
    {
        int version = core.Host!.Routes.Version;
        if (version == _version) return;
        _version = version;
        InetAddress source = _route.Source;
        _route = core.Host.FindRoute(new RouteQuery(Destination, source, binding.Device)) with { Source = source };
        _device = _route.Rule == BindRule.Granted ? core.Host.Interfaces.Find(_route.Device) : null;
    }

    private const int DefaultMtu = 576, NoTimeToLive = 0x100, NoFlowLabel = 0x200, Fragmentable = 0x400;
}
