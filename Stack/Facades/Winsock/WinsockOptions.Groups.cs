using System.Buffers.Binary;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Facades.Winsock;

// Groups: the structures of Windows, made those of Linux.
internal static partial class WinsockOptions
{
    private const int MembershipLength = 8, SourceLength = 12, MembershipV6Length = 20;      // ip_mreq, ip_mreq_source, ipv6_mreq

    /// <summary>An address of 0.x.x.x is an interface's index in network byte order; Linux has a place of its own for that.</summary>
    private static WsaError SetMulticastInterface(WinsockSocket socket, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int)) return WsaError.WSAEFAULT;
        Span<byte> octets = stackalloc byte[SourceLength];
        octets.Clear();
        NameInterface(value, octets[4..]);
        return SetRaw(socket, RawOptionLevel.Ip, RawOption.MulticastInterface, octets);
    }

    /// <summary>A socket that joins a group before it is bound is bound by that: to the wildcard, and a port that the stack chooses.</summary>
    private static WsaError SetMembership(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < MembershipLength) return WsaError.WSAEFAULT;
        Span<byte> octets = stackalloc byte[SourceLength];
        octets.Clear();
        value[..4].CopyTo(octets);
        NameInterface(value[4..], octets[4..]);
        int own = name == IP_ADD_MEMBERSHIP ? RawOption.AddMembership : RawOption.DropMembership;
        if (name == IP_ADD_MEMBERSHIP && BindToJoin(socket) is var bound and not WsaError.Success) return bound;
        return SetMembership(socket, own, octets, isAnywhere: BinaryPrimitives.ReadInt32LittleEndian(value[4..]) == 0);
    }

    /// <summary>Windows has a route to every group on every interface; where the stack has none, one of them is named.</summary>
    private static WsaError SetMembership(WinsockSocket socket, int name, Span<byte> octets, bool isAnywhere)
    {
        try
        {
            BindRule rule = socket.Socket.TrySetRaw(RawOptionLevel.Ip, name, octets, socket.Caller);
            if (rule != BindRule.NoDevice || !isAnywhere) return CodeOf(rule);
            BinaryPrimitives.WriteUInt32LittleEndian(octets[MembershipLength..], socket.Socket.UsualGroupDevice());
            return CodeOf(socket.Socket.TrySetRaw(RawOptionLevel.Ip, name, octets, socket.Caller));
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSAENOTSOCK;
        }
    }

    /// <summary>ip_mreq_source: Windows has the source before the interface, Linux behind it.</summary>
    private static WsaError SetSource(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < SourceLength) return WsaError.WSAEFAULT;
        Span<byte> octets = stackalloc byte[SourceLength];
        value[..4].CopyTo(octets);
        value[4..8].CopyTo(octets[8..]);
        value[8..12].CopyTo(octets[4..]);
        int own = name switch
        {
            IP_ADD_SOURCE_MEMBERSHIP => RawOption.AddSourceMembership,
            IP_DROP_SOURCE_MEMBERSHIP => RawOption.DropSourceMembership,
            IP_BLOCK_SOURCE => RawOption.BlockSource,
            _ => RawOption.UnblockSource,
        };
        WsaError error = name == IP_ADD_SOURCE_MEMBERSHIP ? BindToJoin(socket) : WsaError.Success;
        return error == WsaError.Success ? SetRaw(socket, RawOptionLevel.Ip, own, octets) : error;
    }

    private static WsaError SetMembershipV6(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < MembershipV6Length) return WsaError.WSAEFAULT;
        if (!socket.IsV6) return WsaError.WSAENOPROTOOPT;
        int own = name == IPV6_ADD_MEMBERSHIP ? RawOption.V6JoinGroup : RawOption.V6LeaveGroup;
        WsaError error = name == IPV6_ADD_MEMBERSHIP ? BindToJoin(socket) : WsaError.Success;
        return error == WsaError.Success ? SetRaw(socket, RawOptionLevel.IpV6, own, value[..MembershipV6Length]) : error;
    }

    private static WsaError BindToJoin(WinsockSocket socket)
    {
        if (socket.IsStream || socket.IsRaw) return WsaError.Success;
        try
        {
            return CodeOf(socket.Socket.TryAutoBind());
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSAENOTSOCK;
        }
    }

    /// <summary>Writes where Linux has them the address of an interface and its index, of which Windows has one in the place of the other.</summary>
    private static void NameInterface(ReadOnlySpan<byte> named, Span<byte> addressAndIndex)
    {
        if (named[0] != 0) named[..4].CopyTo(addressAndIndex);
        else BinaryPrimitives.WriteInt32LittleEndian(addressAndIndex[4..], BinaryPrimitives.ReadInt32BigEndian(named));
    }
}
