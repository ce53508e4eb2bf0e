using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserNet.Udp;

namespace UserNet.Sockets;

/// <summary>.NET's <see cref="IPPacketInformation"/>, which has no constructor that others may call.</summary>
internal static class PacketInformation
{
    /// <summary>Destination and interface of a datagram.</summary>
    public static IPPacketInformation Of(in DatagramInfo info) =>
        Make(info.Destination.ToIPAddress(), (int)info.Device);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern IPPacketInformation Make(IPAddress address, int networkInterface);
}
