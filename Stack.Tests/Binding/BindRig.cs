using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Tests.Binding;

/// <summary>
/// What the tests of binding have in common: a stack on the hosts of the golden rows, and sockets with options.
/// </summary>
internal static class BindRig
{
    public static NetworkStack Stack(Personality personality, int seed = 1, Action<BindSettings>? settings = null) => new(new()
    {
        Personality = personality,
        Settings = settings,
        Randomness = new Random(seed).NextBytes,
        Routes = GoldenTopology.HostA(),
    });

    /// <summary>Opens a socket: tcp4, tcp6, udp4 or udp6.</summary>
    public static NetworkSocket Open(
        this NetworkStack stack, string kind, Sharing sharing = Sharing.None, uint uid = 0, bool? v6Only = null)
    {
        AddressFamily family = kind[3] == '6' ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        SocketType type = kind.StartsWith("tcp", StringComparison.Ordinal) ? SocketType.Stream : SocketType.Dgram;
        NetworkSocket socket = stack.OpenSocket(family, type, ProtocolType.Unspecified, uid == 0 ? Caller.Root : Caller.User(uid));
        foreach (Sharing option in new[] { Sharing.ReuseAddress, Sharing.ReusePort, Sharing.Exclusive })
            if (sharing.HasFlag(option)) socket.Set(option, true);
        if (v6Only is { } only) socket.DualMode = !only;
        return socket;
    }

    public static void Set(this NetworkSocket socket, Sharing option, bool isOn)
    {
        switch (option)
        {
            case Sharing.ReuseAddress:
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, isOn);
                break;
            case Sharing.ReusePort:
                socket.SetRawSocketOption(RawOptionLevel.Socket, RawOption.ReusePort, BitConverter.GetBytes(isOn ? 1 : 0));
                break;
            default:
                socket.ExclusiveAddressUse = isOn;
                break;
        }
    }

    /// <summary>The rule that decides a bind to an endpoint given as text.</summary>
    public static BindRule Bind(this NetworkSocket socket, string endpoint) => socket.TryBind(InetEndpoint.Parse(endpoint)).Rule;

    /// <summary>Opens a socket and binds it, which must be granted.</summary>
    public static NetworkSocket OpenBound(
        this NetworkStack stack, string kind, string endpoint, Sharing sharing = Sharing.None, uint uid = 0, bool? v6Only = null)
    {
        NetworkSocket socket = stack.Open(kind, sharing, uid, v6Only);
        Xunit.Assert.Equal(BindRule.Granted, socket.Bind(endpoint));
        return socket;
    }
}
