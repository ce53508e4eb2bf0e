using System.Runtime.InteropServices;
using System.Text;
using UserNet.Addressing;
using UserNet.Errors;

namespace UserNet.Tap.Native;

/// <summary>Asks for and sets what the kernel knows of one interface, in the namespace in which it was made.</summary>
/// <remarks>A socket belongs to the namespace of the thread that made it, whichever thread uses it later. Any thread.</remarks>
internal sealed unsafe class InterfaceControl : IDisposable
{
    /// <summary>Room for a name, its end included (IFNAMSIZ).</summary>
    public const int NameRoom = 16;

    /// <summary>ARPHRD_ETHER, and ARPHRD_LOOPBACK whose frames have the same header.</summary>
    public const int Ethernet = 1, Loopback = 772;

    private const nuint GetName = 0x8910, GetFlags = 0x8913, SetFlags = 0x8914, GetMtu = 0x8921, SetMtu = 0x8922;
    private const nuint GetHardwareAddress = 0x8927, GetIndex = 0x8933, EthernetTool = 0x8946;
    private const short FlagUp = 1, FlagRunning = 0x40;
    private const int RequestLength = 40;    // struct ifreq, at its largest
    private const int DriverInfoLength = 196;    // struct ethtool_drvinfo
    private const uint DriverInfo = 3;    // ETHTOOL_GDRVINFO

    private readonly Descriptor _socket;
    private readonly byte[] _name = new byte[NameRoom];
    private readonly string _spec;

    /// <summary>Control of the interface of that name, which need not exist yet.</summary>
    public InterfaceControl(string spec, string name)
    {
        _spec = spec;
        Name = name;
        Encoding.UTF8.GetBytes(name, _name);
        _socket = LibC.Socket(LibC.InetFamily, LibC.Datagram | LibC.CloseOnExec, 0);
        if (_socket.IsInvalid)
            throw DeviceException.From(spec, "make a control socket", Marshal.GetLastPInvokeError());
    }

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    /// <summary>True when the interface exists; then its number.</summary>
    public bool TryGetIndex(out int index)
    {
        byte* request = stackalloc byte[RequestLength];
        int answer = Ask(GetIndex, request);
        index = answer == 0 ? *(int*)(request + NameRoom) : 0;
        return answer == 0;
    }

    /// <summary>The number of the interface.</summary>
    /// <exception cref="DeviceException">There is no such interface.</exception>
    public int RequireIndex() => TryGetIndex(out int index) ? index : throw DeviceException.NoInterface(_spec, Name);

    /// <summary>True while an interface has the number, whatever it is called by now.</summary>
    public bool Exists(int index)
    {
        byte* request = stackalloc byte[RequestLength];
        new Span<byte>(request, RequestLength).Clear();
        *(int*)(request + NameRoom) = index;
        return LibC.Control(_socket, GetName, request) == 0;
    }

    /// <summary>Largest IP packet of the interface, octets.</summary>
    public int Mtu
    {
        get
        {
            byte* request = stackalloc byte[RequestLength];
            Require(GetMtu, request, "read the MTU");
            return *(int*)(request + NameRoom);
        }

        set
        {
            byte* request = stackalloc byte[RequestLength];
            Clear(request);
            *(int*)(request + NameRoom) = value;
            if (LibC.Control(_socket, SetMtu, request) != 0)
                throw DeviceException.From(_spec, $"set the MTU to {value}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The hardware type (ARPHRD_...) and, for Ethernet, the address the kernel uses itself.</summary>
    public (int Type, MacAddress Address) Hardware
    {
        get
        {
            byte* request = stackalloc byte[RequestLength];
            Require(GetHardwareAddress, request, "read the hardware address");
            var octets = new ReadOnlySpan<byte>(request + NameRoom, 2 + MacAddress.Length);
            return (MemoryMarshal.Read<ushort>(octets), MacAddress.FromOctets(octets[2..]));
        }
    }

    /// <summary>True while the interface is up.</summary>
    public bool IsUp => (Flags & FlagUp) != 0;

    /// <summary>True while the interface is up and has a carrier: what is sent then is not thrown away on the spot.</summary>
    public bool IsRunning => (Flags & (FlagUp | FlagRunning)) == (FlagUp | FlagRunning);

    /// <summary>What runs the interface, and where: the text of the driver and of its bus; empty when unknown.</summary>
    public (string Driver, string Bus) Driver
    {
        get
        {
            byte* info = stackalloc byte[DriverInfoLength];
            new Span<byte>(info, DriverInfoLength).Clear();
            *(uint*)info = DriverInfo;
            byte* request = stackalloc byte[RequestLength];
            Clear(request);
            *(void**)(request + NameRoom) = info;
            if (LibC.Control(_socket, EthernetTool, request) != 0) return ("", "");
            return (TextAt(info + 4), TextAt(info + 4 + (3 * 32)));
        }
    }

    private short Flags
    {
        get
        {
            byte* request = stackalloc byte[RequestLength];
            return Ask(GetFlags, request) == 0 ? *(short*)(request + NameRoom) : (short)0;
        }
    }

    /// <summary>Sets the interface up.</summary>
    /// <exception cref="DeviceException">The process may not.</exception>
    public void BringUp()
    {
        byte* request = stackalloc byte[RequestLength];
        Require(GetFlags, request, "read the flags");
        short flags = *(short*)(request + NameRoom);
        if ((flags & FlagUp) != 0) return;
        *(short*)(request + NameRoom) = (short)(flags | FlagUp);
        if (LibC.Control(_socket, SetFlags, request) != 0)
            throw DeviceException.From(_spec, $"set {Name} up", Marshal.GetLastPInvokeError());
    }

    public void Dispose() => _socket.Dispose();

    private static string TextAt(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private int Ask(nuint question, byte* request)
    {
        Clear(request);
        return LibC.Control(_socket, question, request);
    }

    private void Require(nuint question, byte* request, string what)
    {
        if (Ask(question, request) == 0) return;
        int error = Marshal.GetLastPInvokeError();
        throw error == (int)Errno.ENODEV ? DeviceException.NoInterface(_spec, Name) : DeviceException.From(_spec, what, error);
    }

    private void Clear(byte* request)
    {
        new Span<byte>(request, RequestLength).Clear();
        _name.CopyTo(new Span<byte>(request, NameRoom));
    }
}
