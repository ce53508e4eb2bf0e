using System.Buffers.Binary;
using System.Net.NetworkInformation;
using System.Text;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Wire;

namespace UserNet.Sockets;

/// <summary>
/// setsockopt and getsockopt by Linux's numbers and octets. An option that is not here is refused, never swallowed.
/// </summary>
/// <remarks>Gate held. Numbers are in the machine's byte order, little-endian here.</remarks>
internal static class RawOptions
{
    private const int MostDeviceName = 15;      // IFNAMSIZ - 1
    private const int PrefersTemporary = 1, PrefersPublic = 2, PrefersDefault = 0x100;      // IPV6_PREFER_SRC_
    private const int PrefersCareOf = 4, PrefersHome = 0x400, PrefersCga = 8, PrefersNonCga = 0x800;
    private const int MostIpOptions = 40;
    private const int PacketInformationV6 = 20;      // in6_pktinfo
    private const int MulticastAddress = 4;     // the shortest value of IP_MULTICAST_IF

    /// <returns>Granted, UnknownOption, InvalidOption (size or value), NoDevice, NotPermitted, NotLocal.</returns>
    public static BindRule Set(
        BindEngine engine, SocketBinding socket, int level, int name, ReadOnlySpan<byte> value, in Caller caller) => level switch
        {
            RawOptionLevel.Socket => SetSocket(engine, socket, name, value, caller),
            RawOptionLevel.Ip => SetIp(engine, socket, name, value, caller),
            RawOptionLevel.IpV6 when IsV6(socket) =>
                SetIpV6(engine, socket, name, value, caller),
            _ => BindRule.UnknownOption,
        };

    /// <summary>What setting an option is answered whose octets can't be read: their length counts first, the name mostly after them.</summary>
    /// <returns>BadPointer, InvalidOption (too short, or not of a stream), UnknownOption.</returns>
    public static BindRule RefuseUnreadable(SocketBinding socket, int level, int name, int length) => (level, name) switch
    {
        (RawOptionLevel.Socket, not RawOption.BindToDevice) when length < sizeof(int) => BindRule.InvalidOption,
        (RawOptionLevel.Socket, _) => BindRule.BadPointer,
        (RawOptionLevel.Ip, RawOption.MulticastInterface) when socket.IsStream || length < MulticastAddress => BindRule.InvalidOption,
        (RawOptionLevel.Ip, RawOption.MulticastInterface) => BindRule.BadPointer,
        (RawOptionLevel.Ip, _) when IsKnownIp(name) => BindRule.BadPointer,
        (RawOptionLevel.Ip, RawOption.IpOptions) when !socket.IsStream => length > Ipv4Options.MaxLength ? BindRule.InvalidOption : BindRule.BadPointer,
        (RawOptionLevel.Udp, _) when socket is { HasPorts: true, IsStream: false } => length < sizeof(int) ? BindRule.InvalidOption : BindRule.BadPointer,
        (RawOptionLevel.IpV6, RawOption.V6Checksum or RawOption.V6HeaderIncluded) when socket.IsRaw && IsV6(socket) =>
            length < sizeof(int) ? BindRule.InvalidOption : BindRule.BadPointer,
        (RawOptionLevel.IpV6, RawOption.V6PacketInformation) when IsV6(socket) && !socket.IsStream && length < PacketInformationV6 => BindRule.InvalidOption,
        (RawOptionLevel.IpV6, RawOption.V6PacketInformation) when IsV6(socket) && !socket.IsStream => BindRule.BadPointer,
        (RawOptionLevel.IpV6, RawOption.V6MulticastInterface) when socket.IsStream => BindRule.UnknownOption,
        (RawOptionLevel.Tcp, not RawTcpOption.UpperLayer) when socket.IsStream =>
            length < sizeof(int) ? BindRule.InvalidOption : BindRule.BadPointer,
        (RawOptionLevel.IpV6, _) when IsV6(socket) && IsKnownIpV6(name) => length < sizeof(int) ? BindRule.InvalidOption : BindRule.BadPointer,
        _ => BindRule.UnknownOption,
    };

    /// <summary>Writes as much of the value as fits, and says how long it is.</summary>
    /// <returns>Granted, UnknownOption, InvalidOption (less room than a name may need), NoDevice.</returns>
    public static BindRule Get(
        BindEngine engine, SocketBinding socket, int level, int name, Span<byte> value, out int length)
    {
        if (level == RawOptionLevel.Socket && name == RawOption.BindToDevice)
            return GetDeviceName(engine, socket, value, out length);
        int? number = level switch
        {
            RawOptionLevel.Socket => GetSocket(engine, socket, name),
            RawOptionLevel.Ip => GetIp(engine, socket, name),
            RawOptionLevel.IpV6 when IsV6(socket) => GetIpV6(engine, socket, name),
            _ => null,
        };
        length = 0;
        if (number is null) return BindRule.UnknownOption;
        length = Write(level, name, number.Value, value);
        return BindRule.Granted;
    }

    /// <summary>Writes as much of a number as fits, and answers how much that is.</summary>
    public static int Write(int level, int name, int number, Span<byte> value)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, number);
        int length = Math.Min(value.Length, octets.Length);
        // What fits into an octet is given as one where there is no room for four.
        if (level == RawOptionLevel.Ip && name != RawOption.MulticastInterface && length is 2 or 3 && number is >= 0 and <= 255) length = 1;
        octets[..length].CopyTo(value);
        return length;
    }

    private static BindRule SetSocket(
        BindEngine engine, SocketBinding socket, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (name == RawOption.BindToDevice) return SetDeviceName(engine, socket, value, caller);
        if (value.Length < sizeof(int)) return BindRule.InvalidOption;      // before the name is looked at
        int number = BinaryPrimitives.ReadInt32LittleEndian(value);
        switch (name)
        {
            case RawOption.ReuseAddress: return engine.SetSharing(socket, Sharing.ReuseAddress, number != 0);
            case RawOption.ReusePort: return engine.SetSharing(socket, Sharing.ReusePort, number != 0);
            case RawOption.BindToInterface:
                return number < 0 ? BindRule.InvalidOption : engine.SetDevice(socket, (uint)number, caller, mayBeAbsent: true);
            case RawOption.Broadcast:
                socket.MayBroadcast = number != 0;
                return BindRule.Granted;
            default: return BindRule.UnknownOption;
        }
    }

    private static BindRule SetIp(BindEngine engine, SocketBinding socket, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (name == RawOption.MulticastInterface) return SetMulticastInterface(engine, socket, value);
        if (!TryReadIpNumber(value, out int number) && name != RawOption.BindAddressNoPort)      // for which nothing is 0
            return IsKnownIp(name) ? BindRule.InvalidOption : BindRule.UnknownOption;
        switch (name)
        {
            case RawOption.FreeBind: return engine.SetFreeBind(socket, number != 0);
            case RawOption.Transparent: return engine.SetTransparent(socket, number != 0, caller);
            case RawOption.BindAddressNoPort: return engine.SetBindAddressNoPort(socket, number != 0);
            case RawOption.UnicastInterface: return SetUnicastInterface(engine, socket, value, isV6: false);
            case RawOption.LocalPortRange:
                return value.Length != sizeof(int)
                    ? BindRule.InvalidOption : engine.SetLocalPortRange(socket, (ushort)number, (ushort)((uint)number >> 16));
            default: return BindRule.UnknownOption;
        }
    }

    private static bool IsKnownIp(int name) =>
        name is RawOption.FreeBind or RawOption.Transparent or RawOption.BindAddressNoPort or RawOption.LocalPortRange
            or RawOption.UnicastInterface or RawOption.TimeToLive or RawOption.TypeOfService or RawOption.MtuDiscover
            or RawOption.HeaderIncluded or RawOption.ReceiveErrors or RawOption.PacketInformation or RawOption.ReceiveTimeToLive or RawOption.ReceiveTypeOfService
            or RawOption.MinTimeToLive || KeptOptions.IsKnownIp(name);

    /// <summary>True for the options of SOL_IP of which a value without octets is 0.</summary>
    public static bool TakesNothingForZero(int name) =>
        name is RawOption.TypeOfService or RawOption.HeaderIncluded or RawOption.PacketInformation or RawOption.MtuDiscover or RawOption.ReceiveErrors
            or RawOption.ReceiveTimeToLive or RawOption.ReceiveTypeOfService;

    /// <summary>IP options may be given as an int or as one octet.</summary>
    private static bool TryReadIpNumber(ReadOnlySpan<byte> value, out int number)
    {
        number = value.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(value) : value.Length >= 1 ? value[0] : 0;
        return value.Length >= 1;
    }

    private static BindRule SetIpV6(
        BindEngine engine, SocketBinding socket, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (!IsKnownIpV6(name) || (name == RawOption.V6MulticastInterface && socket.IsStream)) return BindRule.UnknownOption;
        if (value.Length < sizeof(int)) return BindRule.InvalidOption;
        int number = BinaryPrimitives.ReadInt32LittleEndian(value);
        switch (name)
        {
            case RawOption.V6Only: return engine.SetV6Only(socket, number != 0);
            case RawOption.V6FreeBind: return engine.SetFreeBind(socket, number != 0);
            case RawOption.V6Transparent: return engine.SetTransparent(socket, number != 0, caller);
            case RawOption.V6UnicastInterface: return SetUnicastInterface(engine, socket, value, isV6: true);
            case RawOption.V6AddressPreferences: return SetAddressPreferences(socket, number);
            default:
                if (number != 0 && !engine.Routes.HasDevice((uint)number)) return BindRule.NoDevice;
                if (number != 0 && socket.Device != 0 && socket.Device != number) return BindRule.InvalidOption;
                socket.V6MulticastDevice = (uint)number;
                return BindRule.Granted;
        }
    }

    private static bool IsKnownIpV6(int name) =>
        name is RawOption.V6Only or RawOption.V6FreeBind or RawOption.V6Transparent
            or RawOption.V6MulticastInterface or RawOption.V6UnicastInterface or RawOption.V6AddressPreferences;

    /// <summary>Each of three choices may be left as it is; that of addresses made by cryptography has no effect anywhere. RFC 5014 §3.</summary>
    private static BindRule SetAddressPreferences(SocketBinding socket, int value)
    {
        int privacy = value & (PrefersTemporary | PrefersPublic | PrefersDefault), home = value & (PrefersCareOf | PrefersHome);
        bool isOne = int.PopCount(privacy) <= 1 && int.PopCount(home) <= 1 && int.PopCount(value & (PrefersCga | PrefersNonCga)) <= 1;
        if (!isOne) return BindRule.InvalidOption;
        if (privacy != 0) socket.PrefersTemporary = privacy == PrefersDefault ? null : privacy == PrefersTemporary;
        if (home != 0) socket.PrefersCareOf = home == PrefersCareOf;
        return BindRule.Granted;
    }

    private static int AddressPreferencesOf(SocketBinding socket) =>
        (socket.PrefersTemporary switch { true => PrefersTemporary, false => PrefersPublic, null => PrefersDefault })
        | (socket.PrefersCareOf ? PrefersCareOf : PrefersHome);

    private static bool IsV6(SocketBinding socket) => socket.Family == System.Net.Sockets.AddressFamily.InterNetworkV6;

    private static BindRule SetUnicastInterface(BindEngine engine, SocketBinding socket, ReadOnlySpan<byte> value, bool isV6)
    {
        if (value.Length != sizeof(int)) return BindRule.InvalidOption;
        uint device = BinaryPrimitives.ReadUInt32BigEndian(value);
        if (device != 0 && !engine.Routes.HasDevice(device)) return BindRule.NotLocal;
        if (device != 0 && socket.Device != 0) return BindRule.InvalidOption;      // even where it is the same
        if (isV6) socket.V6UnicastDevice = device;
        else socket.UnicastDevice = device;
        return BindRule.Granted;
    }

    /// <summary>
    /// An address names the interface that has it; ip_mreqn (group, address, index) may name the interface itself.
    /// </summary>
    private static BindRule SetMulticastInterface(BindEngine engine, SocketBinding socket, ReadOnlySpan<byte> value)
    {
        if (socket.IsStream || value.Length < MulticastAddress) return BindRule.InvalidOption;
        InetAddress address = InetAddress.FromOctets(value.Length < 8 ? value[..4] : value[4..8]);
        uint device = value.Length >= 12 ? BinaryPrimitives.ReadUInt32LittleEndian(value[8..]) : 0;
        if (device == 0 && !address.IsWildcard)
        {
            device = engine.Routes.DeviceOf(address);
            if (device == 0 && address.IsLoopback && engine.Routes.RoleOf(address, 0) == AddressRole.Local) device = Ip.HostAddressing.LoopbackIndex;      // all of 127/8 is its
            if (device == 0) return BindRule.NotLocal;
        }
        else if (device != 0 && !engine.Routes.HasDevice(device))
        {
            return BindRule.NotLocal;
        }

        if (device != 0 && socket.Device != 0 && socket.Device != device) return BindRule.InvalidOption;
        socket.MulticastDevice = device;
        socket.MulticastSource = address;
        return BindRule.Granted;
    }

    private static BindRule SetDeviceName(
        BindEngine engine, SocketBinding socket, ReadOnlySpan<byte> value, in Caller caller)
    {
        int end = value.IndexOf((byte)0);
        string name = Encoding.ASCII.GetString(end < 0 ? value[..Math.Min(value.Length, MostDeviceName)] : value[..end]);
        if (name.Length == 0) return engine.SetDevice(socket, 0, caller);
        uint device = engine.Routes.IndexOf(name);
        return device == 0 ? BindRule.NoDevice : engine.SetDevice(socket, device, caller);
    }

    private static BindRule GetDeviceName(BindEngine engine, SocketBinding socket, Span<byte> value, out int length)
    {
        length = 0;
        if (!engine.Table.Personality.HasLinuxOptions) return BindRule.UnknownOption;
        if (socket.Device == 0) return BindRule.Granted;
        if (value.Length <= MostDeviceName) return BindRule.InvalidOption;      // there must be room for any name
        if (engine.Routes.NameOf(socket.Device) is not { } name) return BindRule.NoDevice;      // a scope id of no interface
        length = Encoding.ASCII.GetBytes(name, value) + 1;
        value[length - 1] = 0;
        return BindRule.Granted;
    }

    private static int? GetSocket(BindEngine engine, SocketBinding socket, int name) => name switch
    {
        RawOption.ReuseAddress => Flag(socket.Sharing.HasFlag(Sharing.ReuseAddress)),
        RawOption.ReusePort when engine.Table.Personality.HasReusePort => Flag(socket.Sharing.HasFlag(Sharing.ReusePort)),
        RawOption.Broadcast => Flag(socket.MayBroadcast),
        RawOption.Type => socket.IsStream ? 1 : socket.IsRaw ? 3 : 2,
        RawOption.AcceptConnections => Flag(socket.State == TcpState.Listen),
        RawOption.Protocol => (int)socket.Protocol,
        RawOption.Domain => socket.Family == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 10 : 2,
        RawOption.BindToInterface when engine.Table.Personality.HasLinuxOptions => (int)socket.Device,
        _ => null,
    };

    private static int? GetIp(BindEngine engine, SocketBinding socket, int name)
    {
        switch (name)      // what every system has
        {
            case RawOption.MulticastInterface: return BinaryPrimitives.ReverseEndianness((int)socket.MulticastSource.V4Bits);
            case RawOption.UnicastInterface: return BinaryPrimitives.ReverseEndianness((int)socket.UnicastDevice);
        }

        if (!engine.Table.Personality.HasLinuxOptions) return null;
        return name switch
        {
            RawOption.FreeBind => Flag(socket.FreeBind),
            RawOption.Transparent => Flag(socket.Transparent),
            RawOption.BindAddressNoPort => Flag(socket.BindAddressNoPort),
            RawOption.LocalPortRange => socket.LocalPortRange.Low | socket.LocalPortRange.High << 16,
            _ => null,
        };
    }

    private static int? GetIpV6(BindEngine engine, SocketBinding socket, int name) => name switch
    {
        RawOption.V6Only => Flag(socket.V6Only),
        RawOption.V6AddressPreferences => AddressPreferencesOf(socket),
        RawOption.V6MulticastInterface => (int)socket.V6MulticastDevice,
        RawOption.V6FreeBind when engine.Table.Personality.HasLinuxOptions => Flag(socket.FreeBind),
        RawOption.V6Transparent when engine.Table.Personality.HasLinuxOptions => Flag(socket.Transparent),
        RawOption.V6UnicastInterface =>
            BinaryPrimitives.ReverseEndianness((int)socket.V6UnicastDevice),
        _ => null,
    };

    private static int Flag(bool isOn) => isOn ? 1 : 0;
}
