using System.Buffers.Binary;
using System.Net.NetworkInformation;
using UserNet.Binding;

namespace UserNet.Sockets;

/// <summary>
/// Options of Linux that no part of this stack heeds, as nothing here has queues, marks, filters or processors: kept to be read, within
/// Linux's bounds.
/// </summary>
/// <remarks>socket(7), ip(7), ipv6(7), tcp(7). Gate held.</remarks>
internal sealed class KeptOptions
{
    private const int Debug = 1, DontRoute = 5, NoCheck = 11, Priority = 12, BsdCompat = 14, PassCredentials = 16, PeerCredentials = 17, DetachFilter = 27, PassSecurity = 34;
    private const int Mark = 36, Overflow = 40, WifiStatus = 41, PeekOffset = 42, NoFcs = 43, LockFilter = 44, SelectErrorQueue = 45, BusyPoll = 46, BpfExtensions = 48;
    private const int IncomingCpu = 49, IncomingNapiId = 56, PreferBusyPoll = 69, BusyPollBudget = 70, ReserveMemory = 73, TransmitRehash = 74;
    private const int ReceiveMark = 75, PassPidfd = 76, PeerPidfd = 77, ReceivePriority = 82, PassRights = 83;
    private const int ReceiveOptions = 6, ReturnOptions = 7, RouterAlert = 5, PassSec = 18, OriginalDestination = 20, NoDefragment = 22, Checksum = 23;
    private const int FragmentSize = 25, Rfc4884 = 26, Protocol = 52;
    private const int V6OldInformation = 2, V6OldHopOptions = 3, V6OldDestinationOptions = 4, V6OldRouting = 5, V6OldHopLimit = 8, V6AddressForm = 1, V6Family = 10, V6AlertIsolate = 30, V6Rfc4884 = 31;
    private const int V6FlowInformationSend = 33, V6HopOptions = 53, V6Routing = 56, V6DestinationOptions = 58, V6FragmentSize = 77;
    private const int Repair = 19, RepairQueue = 20, QueueNumber = 21, RepairOptions = 22, RepairWindow = 29;
    private const int RepairWindowLength = 20, MostPriority = 6, MostExtension = 64, AllLocks = 3;

    /// <summary>SO_BUF_LOCK.</summary>
    public const int BufferLock = 72;

    private readonly Dictionary<(int Level, int Name), int> _values;

    /// <summary>None.</summary>
    public KeptOptions() => _values = [];

    /// <summary>Those of a listener's, for a connection of it.</summary>
    public KeptOptions(KeptOptions listener) => _values = new(listener._values);

    /// <summary>What was set; null for nothing.</summary>
    public int? Find(int level, int name) => _values.TryGetValue((level, name), out int value) ? value : null;

    /// <summary>Keeps a value.</summary>
    public void Keep(int level, int name, int value) => _values[(level, name)] = value;

    /// <summary>Says what setting an option is answered.</summary>
    /// <param name="kept">What was set before; null for nothing.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="level">SOL_SOCKET...</param>
    /// <param name="name">The option.</param>
    /// <param name="value">Its octets.</param>
    /// <param name="caller">Who sets it.</param>
    /// <param name="stored">What is to be kept; null for nothing.</param>
    /// <returns>Null for an option that is none of these.</returns>
    public static BindRule? Set(KeptOptions? kept, SocketBinding socket, int level, int name, ReadOnlySpan<byte> value, in Caller caller, out int? stored)
    {
        stored = null;
        switch (level)
        {
            case RawOptionLevel.Socket:
                if (value.Length < sizeof(int)) return null;
                return SetSocket(kept, socket, name, BinaryPrimitives.ReadInt32LittleEndian(value), caller, ref stored);
            case RawOptionLevel.Ip:
                return SetIp(socket, name, value.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(value) : value.Length > 0 ? value[0] : 0, ref stored);
            case RawOptionLevel.IpV6 when socket is { IsV6: true, IsStream: true }:
                return name == V6AddressForm ? SetAddressForm(socket, value) : SetIpV6(name, value, ref stored);
            case RawOptionLevel.Tcp when socket.IsStream && value.Length >= sizeof(int):
                return SetTcp(socket, name, BinaryPrimitives.ReadInt32LittleEndian(value), caller, ref stored);
            default: return null;
        }
    }

    private static BindRule? SetSocket(KeptOptions? kept, SocketBinding socket, int name, int value, in Caller caller, ref int? stored)
    {
        switch (name)
        {
            case DontRoute or Overflow or WifiStatus or NoFcs or SelectErrorQueue or ReceiveMark or ReceivePriority:
            case NoCheck when socket.IsStream:
            case PreferBusyPoll when value == 0 || caller.MayAdministerNetwork:
            case Debug when value == 0 || caller.MayAdministerNetwork:
            case LockFilter when value != 0 || kept?.Find(RawOptionLevel.Socket, name) is not 1:
                stored = value != 0 ? 1 : 0;
                return BindRule.Granted;
            case Debug: return BindRule.Privileged;
            case PreferBusyPoll or LockFilter: return BindRule.NotPermitted;
            case BsdCompat: return BindRule.Granted;
            case PassCredentials or PassSecurity or PassPidfd or PassRights: return BindRule.NotSupported;
            case DetachFilter: return kept?.Find(RawOptionLevel.Socket, LockFilter) is 1 ? BindRule.NotPermitted : BindRule.UnknownName;
            case Priority when value is (< 0 or > MostPriority) && !caller.MayAdministerNetwork:
            case Mark when !caller.MayAdministerNetwork:
            case BusyPollBudget when value > (kept?.Find(RawOptionLevel.Socket, name) ?? 0) && !caller.MayAdministerNetwork: return BindRule.NotPermitted;
            case TransmitRehash when !socket.IsStream: return BindRule.NotSupported;
            case BusyPoll when value < 0:
            case BusyPollBudget when value is < 0 or > ushort.MaxValue:
            case BufferLock when (value & ~AllLocks) != 0:
            case ReserveMemory when value < 0:
            case TransmitRehash when value is < -1 or > 1: return BindRule.InvalidOption;
            case ReserveMemory: return BindRule.NotSupported;      // which takes a group of processes that is charged for memory
            case PeekOffset when socket.IsRaw: return BindRule.NotSupported;
            case TransmitRehash:
                stored = value == -1 ? 1 : value;
                return BindRule.Granted;
            case Priority or Mark or BusyPoll or BusyPollBudget or IncomingCpu or BufferLock or PeekOffset:
                stored = value;
                return BindRule.Granted;
            default: return null;
        }
    }

    // Streams have no packets to tell such things of.
    private static BindRule? SetIp(SocketBinding socket, int name, int value, ref int? stored)
    {
        switch (name)
        {
            case RawOption.PacketInformation or RawOption.ReceiveTimeToLive or RawOption.ReceiveTypeOfService when socket.IsStream:
            case ReceiveOptions or ReturnOptions or PassSec or OriginalDestination or Checksum when socket.IsStream:
            case Rfc4884 when socket.IsStream && value is 0 or 1:
                stored = value != 0 ? 1 : 0;
                return BindRule.Granted;
            case Rfc4884 or FragmentSize when socket.IsStream: return BindRule.InvalidOption;
            case RouterAlert when !socket.IsRaw: return BindRule.InvalidOption;
            case NoDefragment when !socket.IsRaw: return BindRule.UnknownOption;
            case RawOption.HeaderIncluded when !socket.IsRaw: return BindRule.UnknownOption;
            default: return null;
        }
    }

    /// <summary>An IPv6 socket with an IPv4 peer becomes one of IPv4 for good, which it does not here.</summary>
    private static BindRule? SetAddressForm(SocketBinding socket, ReadOnlySpan<byte> octets)
    {
        const int V4Family = 2;
        if (octets.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(octets) != V4Family) return BindRule.InvalidOption;
        if (socket.State != TcpState.Established) return BindRule.NotConnected;
        return socket.V6Only || !socket.RemoteAddress.IsV4OrMapped ? BindRule.NotLocal : null;
    }

    private static BindRule? SetIpV6(int name, ReadOnlySpan<byte> octets, ref int? stored)
    {
        const int LeastMtu = 1280;      // RFC 8200 §5
        int value = octets.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(octets) : 0;
        bool isWish = name is RawOption.V6ReceivePacketInformation or RawOption.V6ReceiveHopLimit or RawOption.V6ReceiveTrafficClass or RawOption.V6FlowInformation
            or RawOption.V6ReceivePathMtu or RawOption.V6ReceiveOriginalDestination or RawOption.V6Mtu
            or V6OldInformation or V6OldHopOptions or V6OldDestinationOptions or V6OldRouting or V6OldHopLimit or V6AlertIsolate or V6Rfc4884
            or V6FlowInformationSend or V6HopOptions or V6Routing or V6DestinationOptions;
        if (!isWish && name is not (RawOption.V6DontFragment or V6FragmentSize)) return null;
        if (isWish && octets.Length < sizeof(int)) return BindRule.InvalidOption;
        if (name == V6Rfc4884 && value is not (0 or 1)) return BindRule.InvalidOption;
        if (name == RawOption.V6Mtu) return value is 0 or >= LeastMtu ? BindRule.Granted : BindRule.InvalidOption;
        stored = value != 0 ? 1 : 0;
        return BindRule.Granted;
    }

    /// <summary>What TCP_REPAIR alone allows is refused as without it; it itself is not there.</summary>
    private static BindRule? SetTcp(SocketBinding socket, int name, int value, in Caller caller, ref int? stored)
    {
        bool mayRepair = caller.MayAdministerNetwork && socket.State != TcpState.Listen;
        switch (name)
        {
            case Repair when !mayRepair: return BindRule.NotPermitted;
            case Repair when value == -1: return BindRule.Granted;
            case Repair when value is not (0 or 1): return BindRule.InvalidOption;
            case RepairQueue or RepairWindow: return BindRule.NotPermitted;
            case QueueNumber: return socket.IsUnconnected ? BindRule.InvalidOption : BindRule.NotPermitted;
            case RepairOptions: return BindRule.InvalidOption;
            default: return null;
        }
    }

    /// <summary>True for those of SOL_IP whose octets are read before anything else is looked at.</summary>
    public static bool IsKnownIp(int name) => name is ReceiveOptions or ReturnOptions or RouterAlert or PassSec or OriginalDestination or NoDefragment or Checksum
        or FragmentSize or Rfc4884;

    /// <summary>What reading an option is answered.</summary>
    /// <param name="kept">What was set; null for nothing.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="level">SOL_SOCKET...</param>
    /// <param name="name">The option.</param>
    /// <param name="room">How many octets there are for it.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Null for an option that is none of these.</returns>
    public static BindRule? Get(KeptOptions? kept, SocketBinding socket, int level, int name, int room, out int value)
    {
        value = kept?.Find(level, name) ?? 0;
        bool isStream = socket.IsStream;
        switch (level, name)
        {
            case (RawOptionLevel.Socket, PassCredentials or PassSecurity or PassPidfd or PassRights): return BindRule.NotSupported;
            case (RawOptionLevel.Socket, PeekOffset) when socket.IsRaw:
            case (RawOptionLevel.Socket, TransmitRehash) when !isStream: return BindRule.NotSupported;
            case (RawOptionLevel.Socket, BpfExtensions):
                value = MostExtension;
                return BindRule.Granted;
            case (RawOptionLevel.Socket, PeekOffset or IncomingCpu):
                value = kept?.Find(level, name) ?? -1;
                return BindRule.Granted;
            case (RawOptionLevel.Socket, TransmitRehash):
                value = kept?.Find(level, name) ?? 1;
                return BindRule.Granted;
            case (RawOptionLevel.Socket, Debug or DontRoute or Overflow or WifiStatus or NoFcs or SelectErrorQueue or ReceiveMark or ReceivePriority or BsdCompat):
            case (RawOptionLevel.Socket, LockFilter or Priority or Mark or BusyPoll or PreferBusyPoll or BufferLock or ReserveMemory or IncomingNapiId):
            case (RawOptionLevel.Socket, NoCheck) when isStream:
            case (RawOptionLevel.Ip, RawOption.PacketInformation or RawOption.ReceiveTimeToLive or RawOption.ReceiveTypeOfService) when isStream:
            case (RawOptionLevel.Ip, ReceiveOptions or ReturnOptions or PassSec or OriginalDestination or Checksum or Rfc4884 or FragmentSize) when isStream:
            case (RawOptionLevel.Ip, RouterAlert) when !socket.IsRaw:
            case (RawOptionLevel.Ip, NoDefragment or RawOption.HeaderIncluded) when !socket.IsRaw:
            case (RawOptionLevel.Tcp, Repair) when isStream:
                return BindRule.Granted;
            case (RawOptionLevel.Ip, Protocol) when !socket.IsRaw:
                value = socket.Port;
                return BindRule.Granted;
            case (RawOptionLevel.IpV6, V6AddressForm) when isStream && socket.IsV6:
                value = V6Family;
                return socket.State == TcpState.Established ? BindRule.Granted : BindRule.NotConnected;
            case (RawOptionLevel.IpV6, _) when isStream && socket.IsV6 && IsWishOfV6(name): return BindRule.Granted;
            case (RawOptionLevel.Tcp, RepairQueue or QueueNumber) when isStream: return BindRule.InvalidOption;
            case (RawOptionLevel.Tcp, RepairWindow) when isStream: return room == RepairWindowLength ? BindRule.NotPermitted : BindRule.InvalidOption;
            default: return null;
        }
    }

    private static bool IsWishOfV6(int name) => name is RawOption.V6ReceivePacketInformation or RawOption.V6ReceiveHopLimit or RawOption.V6ReceiveTrafficClass
        or RawOption.V6FlowInformation or RawOption.V6ReceivePathMtu or RawOption.V6ReceiveOriginalDestination or RawOption.V6DontFragment
        or V6OldInformation or V6OldHopOptions or V6OldDestinationOptions or V6OldRouting or V6OldHopLimit or V6AlertIsolate or V6Rfc4884
        or V6FlowInformationSend or V6HopOptions or V6Routing or V6DestinationOptions or V6FragmentSize;
}
