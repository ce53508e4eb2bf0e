using System.Net;
using System.Net.Sockets;
using static UserNet.Tests.Parity.DotNet.DotNetStep;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>What is asked of a socket in each state: each property read and set, each call with good and bad arguments.</summary>
internal static class DotNetProbes
{
    private static readonly SocketOptionName[] Names = Enum.GetValues<SocketOptionName>().Distinct().ToArray();

    /// <summary>Properties, read.</summary>
    public static IReadOnlyList<DotNetStep> Reads { get; } =
    [
        Get(w => w.S.AddressFamily), Get(w => w.S.SocketType), Get(w => w.S.ProtocolType), Get(w => w.S.IsBound), Get(w => w.S.Connected),
        Get(w => w.S.LocalEndPoint), Get(w => w.S.RemoteEndPoint), Get(w => w.S.Available), Get(w => w.S.Blocking), Get(w => w.S.Ttl),
        Get(w => w.S.DontFragment), Get(w => w.S.NoDelay), Get(w => w.S.LingerState), Get(w => w.S.EnableBroadcast), Get(w => w.S.MulticastLoopback),
        Get(w => w.S.SendTimeout), Get(w => w.S.ReceiveTimeout), Get(w => w.S.ExclusiveAddressUse), Get(w => w.S.DualMode),
        Get(w => w.S.SendBufferSize > 0), Get(w => w.S.ReceiveBufferSize > 0),
        Get(w => w.S.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)),
        Get(w => Number(w, 1, 2)), Get(w => Number(w, 1, 15)), Get(w => Number(w, 41, 26)),      // SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY
        Get(w => w.S.Poll(0, SelectMode.SelectRead)), Get(w => w.S.Poll(0, SelectMode.SelectWrite)), Get(w => w.S.Poll(0, SelectMode.SelectError)),
        Get(w => w.S.Poll(0, (SelectMode)9)),
    ];

    /// <summary>Properties, set.</summary>
    public static IReadOnlyList<DotNetStep> Writes { get; } =
    [
        Get(w => w.S.Blocking = true), Get(w => w.S.Ttl = 0), Get(w => w.S.Ttl = 1), Get(w => w.S.Ttl = 255), Get(w => w.S.Ttl = 256), Get(w => w.S.Ttl = -1),
        Get(w => w.S.DontFragment = true), Get(w => w.S.DontFragment = false), Get(w => w.S.NoDelay = true), Get(w => w.S.NoDelay = false),
        Get(w => w.S.LingerState = new LingerOption(true, 5)), Get(w => w.S.LingerState = new LingerOption(false, 5)),
        Get(w => w.S.LingerState = new LingerOption(true, -1)), Get(w => w.S.LingerState = new LingerOption(true, 65536)), Get(w => w.S.LingerState = null),
        Get(w => w.S.EnableBroadcast = true), Get(w => w.S.EnableBroadcast = false), Get(w => w.S.MulticastLoopback = true), Get(w => w.S.MulticastLoopback = false),
        Get(w => w.S.SendBufferSize = 10_000), Get(w => w.S.SendBufferSize = 0), Get(w => w.S.SendBufferSize = -1),
        Get(w => w.S.ReceiveBufferSize = 10_000), Get(w => w.S.ReceiveBufferSize = 0), Get(w => w.S.ReceiveBufferSize = -1),
        Get(w => w.S.SendTimeout = 100), Get(w => w.S.SendTimeout = 0), Get(w => w.S.SendTimeout = -1), Get(w => w.S.SendTimeout = -2), Get(w => w.S.SendTimeout = 499),
        Get(w => w.S.ReceiveTimeout = 100), Get(w => w.S.ReceiveTimeout = -1), Get(w => w.S.ReceiveTimeout = -2), Get(w => w.S.ReceiveTimeout = 1501),
        Get(w => w.S.ExclusiveAddressUse = true), Get(w => w.S.ExclusiveAddressUse = false), Get(w => w.S.DualMode = true), Get(w => w.S.DualMode = false),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, 0)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, 7)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse, 7)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Linger, new LingerOption(true, 2))),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Linger, "text")),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, new byte[] { 1, 0, 0, 0 })),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, new byte[] { 1 })),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, (byte[])null!)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, (object)null!)),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("224.1.1.1"), IPAddress.Loopback))),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, new MulticastOption(IPAddress.Parse("224.1.1.1"), IPAddress.Loopback))),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, "text")),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new IPv6MulticastOption(IPAddress.Parse("ff02::5")))),
        Call(w => w.S.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(IPAddress.Parse("ff02::5"), 1))),
        Call(w => SetRaw((object)w.S, 1, 2, [1, 0, 0, 0])), Call(w => SetRaw((object)w.S, 1, 2, [])),
        Call(w => w.S.SetIPProtectionLevel(IPProtectionLevel.Restricted)), Call(w => w.S.SetIPProtectionLevel(IPProtectionLevel.Unspecified)),
    ];

    /// <summary>Calls.</summary>
    public static IReadOnlyList<DotNetStep> Calls(DotNetKind kind) =>
    [
        .. Naming(kind), .. Peering(kind), .. Sending(kind), .. Receiving(kind),
        Call(w => w.S.Shutdown(SocketShutdown.Send)), Call(w => w.S.Shutdown(SocketShutdown.Receive)), Call(w => w.S.Shutdown(SocketShutdown.Both)),
        Call(w => w.S.Shutdown((SocketShutdown)9)), Call(w => w.S.Close()), Call(w => w.S.Close(0)), Call(w => w.S.Close(5)), Call(w => w.S.Close(-1)),
        Call(w => w.S.Close(-2)), Call(w => w.S.Dispose()),
    ];

    /// <summary>Options by .NET's numbers, read and set to 1.</summary>
    public static IEnumerable<DotNetStep> Options()
    {
        foreach (SocketOptionLevel level in Enum.GetValues<SocketOptionLevel>())
        {
            foreach (SocketOptionName name in Names.Append((SocketOptionName)999))
            {
                // How large buffers are at first is the host's own, as are the addresses of the last datagram.
                bool isOfHost = level == SocketOptionLevel.Socket && name is SocketOptionName.SendBuffer or SocketOptionName.ReceiveBuffer;
                if (!isOfHost) yield return Get(w => w.S.GetSocketOption(level, name), $"w => w.S.GetSocketOption({level}, {(int)name} {name})");
                if (!isOfHost) yield return Get(w => w.S.GetSocketOption(level, name, 4), $"w => w.S.GetSocketOption({level}, {(int)name} {name}, 4)");
                yield return Call(w => w.S.SetSocketOption(level, name, 1), $"w => w.S.SetSocketOption({level}, {(int)name} {name}, 1)");
            }
        }
    }

    /// <summary>What is looked at after each call.</summary>
    public static IReadOnlyList<DotNetStep> Aftermath { get; } =
    [
        Get(w => (w.S.IsBound, w.S.Connected, w.S.LocalEndPoint)), Get(w => w.S.RemoteEndPoint), Get(w => (w.S.Ttl, w.S.DontFragment)),
        Get(w => (w.S.LingerState, w.S.NoDelay)), Get(w => (w.S.EnableBroadcast, w.S.MulticastLoopback)), Get(w => (w.S.SendTimeout, w.S.ReceiveTimeout)),
        Get(w => (w.S.ExclusiveAddressUse, w.S.Blocking, w.S.Available)), Get(w => (Number(w, 1, 2), Number(w, 1, 15))), Get(w => Number(w, 41, 26)),
        Get(w => w.S.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress)),
    ];

    private static DotNetStep[] Naming(DotNetKind kind) =>
    [
        Call(w => w.S.Bind(DotNetWorld.At(kind.Here, w.P))), Call(w => w.S.Bind(DotNetWorld.At(kind.Any, w.Q))), Call(w => w.S.Bind(DotNetWorld.At(kind.Any, 0))),
        Call(w => w.S.Bind(null)), Call(w => w.S.Bind(DotNetWorld.At("127.0.0.1", w.Q))), Call(w => w.S.Bind(DotNetWorld.At("::1", w.Q))),
        Call(w => w.S.Bind(DotNetWorld.At(DotNetDuel.Foreign, w.Q))), Call(w => w.S.Bind(new DnsEndPoint("localhost", w.Q))),
        Call(w => w.S.Bind(DotNetWorld.At("0.0.0.0", w.Q))), Call(w => w.S.Bind(DotNetWorld.At(kind.Here, w.L))), Call(w => w.S.Bind(DotNetWorld.At("224.0.0.5", w.Q))),
        Call(w => w.S.Bind(DotNetWorld.At("ff02::5", w.Q))), Call(w => w.S.Bind(DotNetWorld.At("fe80::5", w.Q))), Call(w => w.S.Bind(DotNetWorld.At("255.255.255.255", w.Q))),
        Call(w => w.S.Listen()), Call(w => w.S.Listen(0)), Call(w => w.S.Listen(-1)), Call(w => w["A"] = w.S.Accept()),
    ];

    private static DotNetStep[] Peering(DotNetKind kind) =>
    [
        Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.Nobody))), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.L))), Call(w => w.S.Connect(null)),
        Call(w => w.S.Connect(DotNetWorld.At("127.0.0.1", w.Nobody))), Call(w => w.S.Connect(DotNetWorld.At("::1", w.Nobody))),
        Call(w => w.S.Connect(DotNetWorld.At(DotNetDuel.Foreign, w.L))), Call(w => w.S.Connect(DotNetWorld.At("255.255.255.255", w.L))),
        Call(w => w.S.Connect(DotNetWorld.At("224.0.0.5", w.L))),
        Call(w => w.S.Connect(IPAddress.Parse(kind.Here), w.Nobody)), Call(w => w.S.Connect(IPAddress.Parse(kind.Here), 70_000)),
        Call(w => w.S.Connect((IPAddress)null!, 1)), Call(w => w.S.Connect((string)null!, 1)), Call(w => w.S.Connect("127.0.0.1", w.Nobody)),
        Call(w => w.S.Connect("::1", w.Nobody)), Call(w => w.S.Connect("127.0.0.1", -1)),
        Call(w => w.S.Connect(new[] { IPAddress.Parse(kind.Here) }, w.Nobody)), Call(w => w.S.Connect(Array.Empty<IPAddress>(), w.Nobody)),
        Call(w => w.S.Connect(new[] { IPAddress.Parse("127.0.0.1"), IPAddress.IPv6Loopback }, w.Nobody)), Call(w => w.S.Connect((IPAddress[])null!, 1)),
        Call(w => w.S.Disconnect(false)), Call(w => w.S.Disconnect(true)),
    ];

    private static DotNetStep[] Sending(DotNetKind kind) =>
    [
        Get(w => w.S.Send(new byte[] { 1, 2 })), Get(w => w.S.Send(Array.Empty<byte>())), Get(w => w.S.Send((byte[])null!)),
        Get(w => w.S.Send(new byte[2], 3, SocketFlags.None)), Get(w => w.S.Send(new byte[2], 1, 2, SocketFlags.None)), Get(w => w.S.Send(new byte[2], -1, 2, SocketFlags.None)),
        Get(w => w.S.Send(new byte[2], SocketFlags.Peek)), Get(w => w.S.Send(new byte[2], SocketFlags.OutOfBand)), Get(w => w.S.Send(new byte[2], SocketFlags.DontRoute)),
        Get(w => w.S.Send(new byte[2], (SocketFlags)0x1000000)), Get(w => w.S.Send(new List<ArraySegment<byte>>())), Get(w => w.S.Send((IList<ArraySegment<byte>>)null!)),
        Get(w => w.S.Send(new List<ArraySegment<byte>> { new(new byte[3]) })), Get(w => w.S.Send(new byte[70_000])),
        Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At(kind.Here, w.L))), Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At(kind.Here, w.Nobody))),
        Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At("127.0.0.1", w.L))), Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At("::1", w.L))),
        Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At(kind.Here, 0))), Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At(DotNetDuel.Foreign, w.L))),
        Get(w => w.S.SendTo(new byte[] { 1 }, (EndPoint)null!)), Get(w => w.S.SendTo((byte[])null!, DotNetWorld.At(kind.Here, w.L))),
        Get(w => w.S.SendTo(new byte[] { 1 }, 2, SocketFlags.None, DotNetWorld.At(kind.Here, w.L))),
        Get(w => w.S.SendTo(new byte[] { 1 }, new DnsEndPoint("localhost", 80))), Get(w => w.S.SendTo(new byte[70_000], DotNetWorld.At(kind.Here, w.L))),
        Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At("255.255.255.255", w.L))),
    ];

    private static DotNetStep[] Receiving(DotNetKind kind) =>
    [
        Get(w => Unblocked(w, () => w.S.Receive(new byte[9]))), Get(w => Unblocked(w, () => w.S.Receive(Array.Empty<byte>()))),
        Get(w => w.S.Receive((byte[])null!)), Get(w => w.S.Receive(new byte[2], 3, SocketFlags.None)), Get(w => w.S.Receive(new byte[2], 1, 2, SocketFlags.None)),
        Get(w => Unblocked(w, () => w.S.Receive(new byte[2], SocketFlags.Peek))), Get(w => Unblocked(w, () => w.S.Receive(new byte[2], SocketFlags.OutOfBand))),
        Get(w => Unblocked(w, () => w.S.Receive(new byte[2], (SocketFlags)0x1000000))),
        Get(w => w.S.Receive(new List<ArraySegment<byte>>())), Get(w => w.S.Receive((IList<ArraySegment<byte>>)null!)),
        Get(w => Unblocked(w, () => From(w, DotNetWorld.At(kind.Any, 0), new byte[9]))), Get(w => Unblocked(w, () => From(w, DotNetWorld.At("0.0.0.0", 0), new byte[9]))),
        Get(w => Unblocked(w, () => From(w, DotNetWorld.At("::", 0), new byte[9]))), Get(w => From(w, null!, new byte[9])), Get(w => From(w, DotNetWorld.At(kind.Any, 0), null!)),
        Get(w => Unblocked(w, () => MessageFrom(w, DotNetWorld.At(kind.Any, 0)))), Get(w => Unblocked(w, () => MessageFrom(w, DotNetWorld.At("0.0.0.0", 0)))),
        Get(w => MessageFrom(w, null!)),
        Get(w => w.S.IOControl(IOControlCode.DataToRead, null, new byte[4])), Get(w => w.S.IOControl(IOControlCode.NonBlockingIO, new byte[4], null)),
        Get(w => w.S.IOControl(0x4004667F, null, new byte[4])), Get(w => w.S.IOControl(IOControlCode.OobDataRead, null, new byte[4])),
    ];

    private static object? Unblocked(DotNetWorld w, Func<object?> call)
    {
        w.S.Blocking = false;
        return call();
    }

    private static object? From(DotNetWorld w, EndPoint from, byte[] buffer)
    {
        int octets = w.S.ReceiveFrom(buffer, ref from);
        return (octets, from);
    }

    private static object? MessageFrom(DotNetWorld w, EndPoint from)
    {
        SocketFlags flags = SocketFlags.None;
        int octets = w.S.ReceiveMessageFrom(new byte[9], 0, 9, ref flags, ref from, out IPPacketInformation information);
        return (octets, from, flags, information.Address);
    }

    private static int Number(DotNetWorld w, int level, int name)
    {
        byte[] value = new byte[4];
        Fill((object)w.S, level, name, value);
        return BitConverter.ToInt32(value);
    }

    // Spans can't be given to what is dynamic.
    private static void Fill(object socket, int level, int name, byte[] value) => _ = socket is Socket real
        ? real.GetRawSocketOption(level, name, value)
        : ((UserNet.Sockets.NetworkSocket)socket).GetRawSocketOption(level, name, value);

    private static void SetRaw(object socket, int level, int name, byte[] value)
    {
        if (socket is Socket real) real.SetRawSocketOption(level, name, value);
        else ((UserNet.Sockets.NetworkSocket)socket).SetRawSocketOption(level, name, value);
    }
}
