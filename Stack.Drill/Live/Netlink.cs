using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>Sets addresses and routes of the namespace in which it was made. rtnetlink(7).</summary>
internal sealed unsafe class Netlink : IDisposable
{
    private const int NetlinkFamily = 16, NewAddress = 20, NewRoute = 24;
    private const int Request = 1, Acknowledge = 4, Replace = 0x100, Create = 0x400;
    private const byte MainTable = 254, Boot = 3, LinkScope = 253, Unicast = 1;
    private const int LocalAddress = 2, PlainAddress = 1, AddressFlags = 8, NoDetection = 2;
    private const int Destination = 1, OutInterface = 4, Gateway = 5;

    private readonly Descriptor _socket;
    private readonly byte[] _message = new byte[256];
    private int _length;

    public Netlink()
    {
        _socket = LibC.Socket(NetlinkFamily, LibC.Raw | LibC.CloseOnExec, 0);
        if (_socket.IsInvalid) throw new LiveException("make a socket of netlink", Marshal.GetLastPInvokeError());
    }

    /// <summary>Gives an interface an address.</summary>
    public void AddAddress(int index, IPAddress address, int prefixLength)
    {
        Begin(NewAddress, Request | Acknowledge | Create | Replace);
        Put(Family(address));
        Put((byte)prefixLength);
        Put(NoDetection);
        Put(0);
        Put(BitConverter.GetBytes(index));
        Attribute(LocalAddress, address.GetAddressBytes());
        Attribute(PlainAddress, address.GetAddressBytes());
        if (address.AddressFamily == AddressFamily.InterNetworkV6) Attribute(AddressFlags, BitConverter.GetBytes(NoDetection));
        Send($"give the interface the address {address}/{prefixLength}");
    }

    /// <summary>Adds a route to one host.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="host">Where to.</param>
    /// <param name="gateway">By way of whom; null for directly.</param>
    public void AddRoute(int index, IPAddress host, IPAddress? gateway)
    {
        byte[] octets = host.GetAddressBytes();
        Begin(NewRoute, Request | Acknowledge | Create | Replace);
        Put(Family(host), (byte)(octets.Length * 8), 0, 0, MainTable, Boot, gateway is null ? LinkScope : (byte)0, Unicast);
        Put(0, 0, 0, 0);
        Attribute(Destination, octets);
        Attribute(OutInterface, BitConverter.GetBytes(index));
        if (gateway is not null) Attribute(Gateway, gateway.GetAddressBytes());
        Send($"add the route to {host}");
    }

    public void Dispose() => _socket.Dispose();

    private static byte Family(IPAddress address) => (byte)(address.AddressFamily == AddressFamily.InterNetwork ? 2 : 10);

    private void Begin(int type, int flags)
    {
        Array.Clear(_message);
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(4), (ushort)type);
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(6), (ushort)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(8), 1);
        _length = 16;
    }

    private void Put(params ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(_message.AsSpan(_length));
        _length += octets.Length;
    }

    private void Attribute(int type, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(_length), (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(_length + 2), (ushort)type);
        value.CopyTo(_message.AsSpan(_length + 4));
        _length += 4 + ((value.Length + 3) & ~3);
    }

    private void Send(string what)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_message, _length);
        fixed (byte* start = _message)
        {
            if (LibC.Write(_socket, start, (nuint)_length) < 0) throw new LiveException(what, Marshal.GetLastPInvokeError());
            byte* answer = stackalloc byte[512];
            if (LibC.Read(_socket, answer, 512) < 20) throw new LiveException(what, Marshal.GetLastPInvokeError());
            int error = *(int*)(answer + 16);    // struct nlmsgerr
            if (error != 0) throw new LiveException(what, -error);
        }
    }
}
