using System.Buffers.Binary;
using UserNet.Binding;
using UserNet.Facades.Winsock;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>What the faces of Windows have in common: their number of AF_INET6, and their numbers of options.</summary>
public abstract class WindowsFaceHost : FaceHost
{
    /// <summary>An option that Windows does not have.</summary>
    protected const int NoSuchOption = 0x7F00;

    private const ushort LinuxV6 = 10;
    private const int MostRequest = 12, V4Octets = 4;      // struct ip_mreqn: group, local address, interface
    private const int JoinGroupV6 = 20, LeaveGroupV6 = 21;      // IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP of Linux

    /// <inheritdoc cref="FaceHost(HostAddressing, Personality, int, VirtualNetwork)"/>
    protected WindowsFaceHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab)
        : base(addressing, personality, seed, lab)
    {
    }

    /// <summary>The family by Windows' number.</summary>
    protected static int FamilyOf(int domain) => domain == LinuxV6 ? Winsock2.AF_INET6 : domain;

    /// <summary>An address of a script as Windows has it: a copy in memory that is long enough for any length that the script says.</summary>
    protected static byte[]? ToWindows(byte[]? address)
    {
        if (address is null) return null;
        byte[] copy = new byte[Math.Max(address.Length, byte.MaxValue)];
        address.CopyTo(copy, 0);
        if (BinaryPrimitives.ReadUInt16LittleEndian(copy) == LinuxV6) BinaryPrimitives.WriteUInt16LittleEndian(copy, Winsock2.AF_INET6);
        return copy;
    }

    /// <summary>An address of Windows as scripts have it, in place.</summary>
    protected static void FromWindows(byte[] address)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(address) == Winsock2.AF_INET6) BinaryPrimitives.WriteUInt16LittleEndian(address, LinuxV6);
    }

    /// <summary>An option by Windows' numbers, and its value.</summary>
    protected static (int Level, int Name, byte[] Value) OptionOf(int level, int name, byte[] value) => (level, name) switch
    {
        (RawOptionLevel.Socket, RawOption.ReuseAddress) => (Winsock2.SOL_SOCKET, Winsock2.SO_REUSEADDR, value),
        (RawOptionLevel.Socket, IScriptHost.ExclusiveOption) => (Winsock2.SOL_SOCKET, Winsock2.SO_EXCLUSIVEADDRUSE, value),
        (RawOptionLevel.Socket, RawOption.Broadcast) => (Winsock2.SOL_SOCKET, Winsock2.SO_BROADCAST, value),
        (RawOptionLevel.Socket, RawOption.Error) => (Winsock2.SOL_SOCKET, Winsock2.SO_ERROR, value),
        (RawOptionLevel.Socket, RawOption.Linger) => (Winsock2.SOL_SOCKET, Winsock2.SO_LINGER, [value[0], value[1], value[4], value[5]]),
        (RawOptionLevel.Ip, RawOption.MulticastInterface) => (Winsock2.IPPROTO_IP, Winsock2.IP_MULTICAST_IF, value),
        (RawOptionLevel.Ip, RawOption.MulticastLoopback) => (Winsock2.IPPROTO_IP, Winsock2.IP_MULTICAST_LOOP, value),
        (RawOptionLevel.Ip, RawOption.UnicastInterface) => (Winsock2.IPPROTO_IP, Winsock2.IP_UNICAST_IF, value),
        (RawOptionLevel.Ip, RawOption.AddMembership) => (Winsock2.IPPROTO_IP, Winsock2.IP_ADD_MEMBERSHIP, RequestIn(value)),
        (RawOptionLevel.Ip, RawOption.DropMembership) => (Winsock2.IPPROTO_IP, Winsock2.IP_DROP_MEMBERSHIP, RequestIn(value)),
        (RawOptionLevel.IpV6, RawOption.V6Only) => (Winsock2.IPPROTO_IPV6, Winsock2.IPV6_V6ONLY, value),
        (RawOptionLevel.IpV6, JoinGroupV6) => (Winsock2.IPPROTO_IPV6, Winsock2.IPV6_ADD_MEMBERSHIP, value),
        (RawOptionLevel.IpV6, LeaveGroupV6) => (Winsock2.IPPROTO_IPV6, Winsock2.IPV6_DROP_MEMBERSHIP, value),
        _ => (Winsock2.SOL_SOCKET, NoSuchOption, value),
    };

    /// <summary>The state of a connection, which scripts ask for by TCP_INFO, is asked of the stack: Windows has no such option.</summary>
    protected bool TryReadState(int descriptor, int level, int name, byte[] value, ref int length)
    {
        if (level != RawOptionLevel.Tcp || name != RawTcpOption.Information || SocketOf(descriptor) is not { } socket) return false;
        length = socket.GetRawSocketOption(level, name, value.AsSpan(0, length));
        return true;
    }

    /// <summary>struct ip_mreq: Windows names an interface by an address of it, or by 0.0.0.n.</summary>
    private static byte[] RequestIn(byte[] value)
    {
        byte[] request = value[..(2 * V4Octets)];
        uint index = value.Length == MostRequest ? BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(2 * V4Octets)) : 0;
        if (index != 0) BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(V4Octets), index);
        return request;
    }
}
