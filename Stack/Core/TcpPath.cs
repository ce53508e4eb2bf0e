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
internal sealed class TcpPath(StackCore core, InetAddress source, InetAddress destination, uint device) : ITcpPath
{
    private RouteAnswer _route = new(BindRule.NoRoute, source);      // the source is in it from the beginning
    private int _version = -1;
    private byte _timeToLive = UsualTimeToLive;

    /// <inheritdoc/>
    public int IpHeaderLength => destination.IsV6 ? Ipv6Header.Length : Ipv4Header.Length;

    /// <inheritdoc/>
    public byte? TimeToLive
    {
        set => _timeToLive = value ?? UsualTimeToLive;
    }

    /// <inheritdoc/>
    public int LargestBurst => ushort.MaxValue;

    /// <inheritdoc/>
    public bool SealsChecksums => true;

    /// <inheritdoc/>
    public int MtuAt(Timestamp now)
    {
        Find();
        return _route.Rule == BindRule.Granted && core.MtuOf(_route, destination, now) is > 0 and var mtu ? mtu : DefaultMtu;
    }

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
            TimeToLive = _timeToLive,
            Discovery = PathMtuDiscovery.Do,
        };
        return core.SendUnit(segment, _route, destination, options, now);
    }

    /// <inheritdoc/>
    public void Confirm(Timestamp now)
    {
        Find();
        if (_route.Rule == BindRule.Granted) core.ConfirmNeighbor(_route, destination, now);
    }

    /// <inheritdoc/>
    public void Doubt(Timestamp now) => _version = -1;

    private void Find()
    {
        int version = core.Host!.Routes.Version;
        if (version == _version) return;
        _version = version;
        InetAddress source = _route.Source;
        _route = core.Host.FindRoute(new RouteQuery(destination, source, device)) with { Source = source };
    }

    private const int DefaultMtu = 576;
    private const byte UsualTimeToLive = 64;
}
