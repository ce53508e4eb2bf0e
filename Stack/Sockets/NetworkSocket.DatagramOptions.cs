using System.Buffers.Binary;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Ip;

namespace UserNet.Sockets;

// The options of datagram sockets: buffers, timeouts, and what packets say.
public sealed partial class NetworkSocket
{
    /// <summary>
    /// IP_TTL: how many routers may forward what is sent; 64 at first. Of an IPv6 socket IPV6_UNICAST_HOPS, which IPv4 packets do not heed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0 or more than 255.</exception>
    /// <exception cref="NetworkException">InvalidArgument (0, of an IPv4 socket), ProtocolOption (a stream).</exception>
    public short Ttl
    {
        get => (short)GetSocketOption(_binding.IsV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.IpTimeToLive);
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ushort)value, 255, nameof(value));
            SetSocketOption(_binding.IsV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.IpTimeToLive, value);
        }
    }

    /// <summary>
    /// True when what does not fit the path is refused and never fragmented: IP_MTU_DISCOVER is IP_PMTUDISC_DO; setting
    /// it to false is IP_PMTUDISC_DONT.
    /// </summary>
    /// <exception cref="NotSupportedException">An IPv6 socket that takes no IPv4.</exception>
    public bool DontFragment
    {
        get
        {
            if (!DualMode && _binding.IsV6) throw OfOtherFamily(AddressFamily.InterNetwork);
            return GetSocketOption(SocketOptionLevel.IP, SocketOptionName.DontFragment) != 0;
        }

        set
        {
            if (!DualMode && _binding.IsV6) throw OfOtherFamily(AddressFamily.InterNetwork);
            SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DontFragment, value);
        }
    }

    /// <summary>
    /// SO_RCVBUF: what waits to be received may be charged so much, each datagram with its octets and 832 more. As in
    /// Linux, twice what is asked for is set, 2,304 at least.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int ReceiveBufferSize
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer, value);
        }
    }

    /// <summary>
    /// SO_SNDBUF: a send waits while what is under way is charged so much. As in Linux, twice what is asked for is set,
    /// 4,608 at least.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int SendBufferSize
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.SendBuffer);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.SendBuffer, value);
        }
    }

    private BindRule SetDatagramOption(SocketOptionLevel level, SocketOptionName name, int value)
    {
        switch (level, name)
        {
            case (SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout):
                Common.ReceiveTimeout = TimeSpan.FromMilliseconds(Math.Max(value, 0));
                return BindRule.Granted;
            case (SocketOptionLevel.Socket, SocketOptionName.SendTimeout):
                Common.SendTimeout = TimeSpan.FromMilliseconds(Math.Max(value, 0));
                return BindRule.Granted;
            case var _ when _binding.IsStream:
                return SetStreamOption(level, name, value);
            case (SocketOptionLevel.IP, SocketOptionName.DontFragment):
                return SetNumber(RawOptionLevel.Ip, RawOption.MtuDiscover, (int)(value != 0 ? PathMtuDiscovery.Do : PathMtuDiscovery.Dont));
            default:
                (int rawLevel, int rawName) = RawNameOf(level, name);
                return rawName == 0 ? BindRule.UnknownOption : SetNumber(rawLevel, rawName, value);
        }
    }

    private BindRule GetDatagramOption(SocketOptionLevel level, SocketOptionName name, out int value)
    {
        value = 0;
        switch (level, name)
        {
            case (SocketOptionLevel.Socket, SocketOptionName.Type):
                value = (int)SocketType;
                return BindRule.Granted;
            case (SocketOptionLevel.Socket, SocketOptionName.Error):
                value = (int)(CommonOrNone?.TakeError() ?? Errno.Success).ToSocketError();
                return BindRule.Granted;
            case (SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout):
                value = (int)Common.ReceiveTimeout.TotalMilliseconds;
                return BindRule.Granted;
            case (SocketOptionLevel.Socket, SocketOptionName.SendTimeout):
                value = (int)Common.SendTimeout.TotalMilliseconds;
                return BindRule.Granted;
            case var _ when _binding.IsStream:
                return GetStreamOption(level, name, out value);
            case (SocketOptionLevel.IP, SocketOptionName.DontFragment):
                value = Channel.Discovery == PathMtuDiscovery.Do ? 1 : 0;
                return BindRule.Granted;
            default:
                (int rawLevel, int rawName) = RawNameOf(level, name);
                return rawName == 0 ? BindRule.UnknownOption : GetNumber(rawLevel, rawName, out value);
        }
    }

    private static (int Level, int Name) RawNameOf(SocketOptionLevel level, SocketOptionName name) => (level, name) switch
    {
        (SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer) => (RawOptionLevel.Socket, RawOption.ReceiveBuffer),
        (SocketOptionLevel.Socket, SocketOptionName.KeepAlive) => (RawOptionLevel.Socket, RawOption.KeepAlive),
        (SocketOptionLevel.Socket, SocketOptionName.SendBuffer) => (RawOptionLevel.Socket, RawOption.SendBuffer),
        (SocketOptionLevel.IP, SocketOptionName.IpTimeToLive) => (RawOptionLevel.Ip, RawOption.TimeToLive),
        (SocketOptionLevel.IP, SocketOptionName.TypeOfService) => (RawOptionLevel.Ip, RawOption.TypeOfService),
        (SocketOptionLevel.IP, SocketOptionName.HeaderIncluded) => (RawOptionLevel.Ip, RawOption.HeaderIncluded),
        (SocketOptionLevel.IP, SocketOptionName.PacketInformation) => (RawOptionLevel.Ip, RawOption.PacketInformation),
        (SocketOptionLevel.Udp, SocketOptionName.NoChecksum) => (RawOptionLevel.Socket, RawOption.NoChecksum),
        (SocketOptionLevel.IPv6, SocketOptionName.IpTimeToLive or SocketOptionName.HopLimit) => (RawOptionLevel.IpV6, RawOption.V6UnicastHops),
        (SocketOptionLevel.IPv6, SocketOptionName.DontFragment) => (RawOptionLevel.IpV6, RawOption.V6DontFragment),
        (SocketOptionLevel.IPv6, SocketOptionName.HeaderIncluded) => (RawOptionLevel.IpV6, RawOption.V6HeaderIncluded),
        (SocketOptionLevel.IPv6, SocketOptionName.TypeOfService) => (RawOptionLevel.IpV6, RawOption.V6TrafficClass),
        (SocketOptionLevel.IPv6, SocketOptionName.PacketInformation) => (RawOptionLevel.IpV6, RawOption.V6ReceivePacketInformation),
        _ => default,
    };

    /// <summary>Sets an option by Linux's number that a datagram socket alone has.</summary>
    private BindRule SetRawDatagramOption(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (_binding.IsStream) return SetRawStreamOption(level, name, value, caller);
        if (level == RawOptionLevel.Udp && !_binding.IsRaw && ProtocolType == ProtocolType.Udp && value.Length < sizeof(int)) return BindRule.InvalidOption;      // before the name is looked at
        if (level == RawOptionLevel.Raw) return SetIcmpFilter(name, value);
        if (level == RawOptionLevel.Icmp6) return SetIcmp6Filter(name, value);
        if (level == RawOptionLevel.IpV6 && name == RawOption.V6PacketInformation) return SetPacketInformation(value);
        if (level == RawOptionLevel.Ip && name == RawOption.IpOptions) return SetIpOptions(value, caller);
        if (level == RawOptionLevel.Socket && name is RawOption.ReceiveTimeout or RawOption.SendTimeout)
            return SetRawTimeout(name, value);
        if (level == RawOptionLevel.Socket && name is RawOption.SendBufferForce or RawOption.ReceiveBufferForce)
            return ForceLimit(name, BinaryPrimitives.ReadInt32LittleEndian(value), caller);
        if (level == RawOptionLevel.Socket && name == RawOption.Linger && IsLinux) return Channel.SetLinger(value);
        if (level == RawOptionLevel.IpV6 && value.Length < sizeof(int) && !TakesAnyLength(name))
            return _binding.IsV6 && (IsDatagramV6(name) || (IsRaw && name is RawOption.V6Checksum or RawOption.V6HeaderIncluded)) ? BindRule.InvalidOption : BindRule.UnknownOption;
        if (level == RawOptionLevel.IpV6 && value.Length < sizeof(int)) return SetNumberV6(name, 0);
        if (value.IsEmpty) return BindRule.UnknownOption;
        return SetNumber(level, name, value.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(value) : value[0]);
    }

    /// <summary>Writes as much of an option as fits, and says how long it is.</summary>
    /// <returns>
    /// Granted, UnknownOption (none of a datagram socket's), NotConnected (the path's MTU is asked for, and there is no
    /// path).
    /// </returns>
    private BindRule TryGetRawDatagramOption(int level, int name, Span<byte> value, out int length)
    {
        length = 0;
        if (_binding.IsStream) return TryGetRawStreamOption(level, name, value, out length);
        if (level == RawOptionLevel.Raw && name != RawOption.V6Checksum) return GetIcmpFilter(name, value, out length);
        if (level == RawOptionLevel.Raw) level = RawOptionLevel.IpV6;
        if (level == RawOptionLevel.Icmp6) return GetIcmp6Filter(name, value, out length);
        if (level == RawOptionLevel.IpV6 && name == RawOption.V6PathMtu) return GetPathMtu(value, out length);
        if (level == RawOptionLevel.Ip && name == RawOption.IpOptions) return GetIpOptions(value, out length);
        if (level == RawOptionLevel.Socket && name is RawOption.ReceiveTimeout or RawOption.SendTimeout)
            return GetRawTimeout(name, value, out length);
        if (level == RawOptionLevel.Socket && name == RawOption.Linger && IsLinux) return Copy(Channel.Linger, value, out length);
        BindRule rule = GetNumber(level, name, out int number);
        if (rule == BindRule.Granted) length = RawOptions.Write(level, name, number, value);
        return rule;
    }

    /// <summary>SO_SNDBUFFORCE and SO_RCVBUFFORCE, for which there is no largest.</summary>
    private BindRule ForceLimit(int name, int value, in Caller caller)
    {
        if (!_core.Engine.Table.Personality.HasLinuxOptions) return BindRule.UnknownOption;
        if (!caller.MayAdministerNetwork) return BindRule.NotPermitted;
        if (name == RawOption.SendBufferForce) Channel.ForceSendLimit(value);
        else Channel.ForceReceiveLimit(value);
        return BindRule.Granted;
    }

    private BindRule SetNumber(int level, int name, int value)
    {
        if (level == RawOptionLevel.IpV6) return SetNumberV6(name, value);
        switch (level, name)
        {
            case (RawOptionLevel.Socket, RawOption.ReceiveBuffer): Channel.SetReceiveLimit(value); break;
            case (RawOptionLevel.Socket, RawOption.SendBuffer): Channel.SetSendLimit(value); break;
            case (RawOptionLevel.Socket, RawOption.NoChecksum): Channel.SendsNoChecksum = value != 0; break;
            case (RawOptionLevel.Socket, RawOption.KeepAlive) when IsLinux: Channel.KeepsAlive = value != 0; break;
            case (RawOptionLevel.Ip, RawOption.TimeToLive) when value is -1 or (>= 1 and <= 255):
                Channel.TimeToLive = value == -1 ? DatagramChannel.DefaultTimeToLive : (byte)value;
                break;
            case (RawOptionLevel.Ip, RawOption.TypeOfService):
                if (Channel.TrafficClass != (byte)value) BindEngine.ForgetRoute(_binding);
                Channel.TrafficClass = (byte)value;
                break;
            case (RawOptionLevel.Ip, RawOption.MtuDiscover) when value is >= 0 and <= (int)PathMtuDiscovery.Omit:
                Channel.Discovery = (PathMtuDiscovery)value;
                break;
            case (RawOptionLevel.Ip, RawOption.TimeToLive or RawOption.MtuDiscover): return BindRule.InvalidOption;
            case (RawOptionLevel.Ip, RawOption.HeaderIncluded) when IsRaw && !_binding.IsV6: Channel.IncludesHeader = value != 0; break;
            case (RawOptionLevel.Ip, RawOption.ReceiveErrors) when _core.Engine.Table.Personality.HasLinuxOptions:
                Channel.SetReceivesErrors(value != 0);
                break;
            case (RawOptionLevel.Ip, RawOption.PacketInformation): Channel.WantsPacketInformation = value != 0; break;
            case (RawOptionLevel.Ip, RawOption.ReceiveTimeToLive): Channel.WantsTimeToLive = value != 0; break;
            case (RawOptionLevel.Ip, RawOption.ReceiveTypeOfService): Channel.WantsTrafficClass = value != 0; break;
            default: return BindRule.UnknownOption;
        }

        return BindRule.Granted;
    }

    private BindRule GetNumber(int level, int name, out int value)
    {
        value = 0;
        if (level == RawOptionLevel.Socket && name == RawOption.Error)
        {
            value = (int)(_channel?.TakeError() ?? Errno.Success);
            return BindRule.Granted;
        }

        if (level == RawOptionLevel.IpV6) return GetNumberV6(name, out value);
        int? number = (level, name) switch
        {
            (RawOptionLevel.Socket, RawOption.ReceiveBuffer) => _channel?.ReceiveLimit ?? DatagramChannel.DefaultLimit,
            (RawOptionLevel.Socket, RawOption.SendBuffer) => _channel?.SendLimit ?? DatagramChannel.DefaultLimit,
            (RawOptionLevel.Socket, RawOption.KeepAlive) when IsLinux => _channel is { KeepsAlive: true } ? 1 : 0,
            (RawOptionLevel.Socket, RawOption.NoChecksum) => _channel is { SendsNoChecksum: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.TimeToLive) => _channel?.TimeToLive ?? DatagramChannel.DefaultTimeToLive,
            (RawOptionLevel.Ip, RawOption.TypeOfService) => _channel?.TrafficClass ?? 0,
            (RawOptionLevel.Ip, RawOption.MtuDiscover) => (int)(_channel?.Discovery ?? PathMtuDiscovery.Want),
            (RawOptionLevel.Ip, RawOption.HeaderIncluded) => _channel is { IncludesHeader: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.ReceiveErrors) when _core.Engine.Table.Personality.HasLinuxOptions =>
                _channel is { ReceivesErrors: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.PacketInformation) => _channel is { WantsPacketInformation: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.ReceiveTimeToLive) => _channel is { WantsTimeToLive: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.ReceiveTypeOfService) => _channel is { WantsTrafficClass: true } ? 1 : 0,
            (RawOptionLevel.Ip, RawOption.Mtu) => PathMtu(ofV6: false),
            _ => -1,
        };
        if (number is null) return BindRule.NotConnected;
        value = number.Value;
        return value < 0 ? BindRule.UnknownOption : BindRule.Granted;
    }

    private BindRule SetRawTimeout(int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < TimeValue.Length) return BindRule.InvalidOption;
        if (!TimeValue.TryRead(value, out TimeSpan? limit)) return BindRule.InvalidOption;      // EDOM in Linux
        TimeSpan time = limit switch { null => TimeSpan.Zero, { Ticks: 0 } => TimeSpan.FromTicks(1), { } some => some };      // zero is for ever here
        if (name == RawOption.ReceiveTimeout) Common.ReceiveTimeout = time;
        else Common.SendTimeout = time;
        return BindRule.Granted;
    }

    private BindRule GetRawTimeout(int name, Span<byte> value, out int length)
    {
        Span<byte> octets = stackalloc byte[TimeValue.Length];
        TimeValue.Write(name == RawOption.ReceiveTimeout ? CommonOrNone?.ReceiveTimeout : CommonOrNone?.SendTimeout, octets);
        length = Math.Min(value.Length, TimeValue.Length);
        octets[..length].CopyTo(value);
        return BindRule.Granted;
    }
}
