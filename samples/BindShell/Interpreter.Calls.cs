using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using UserNet.Addressing;
using UserNet.Facades.Posix;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

// bind in all its shapes, and the options.
public sealed partial class Interpreter
{
    private string Bind(Socket socket, ScriptStep step)
    {
        IScriptHost host = HostOf(socket);
        if (step.Verb.Text == "bindnull") return Answer(host.Bind(socket.Descriptor, null, Number(step, 0)));
        byte[] octets;
        int length;
        switch (step.Verb.Text)
        {
            case "bindfam":
                octets = Endpoints.Write(step[1]!, PortOf(step.Arguments[2]), host, out length);
                length = Math.Max(length, socket.IsV6 ? SocketAddress.V6Length : SocketAddress.V4Length);
                BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)Number(step, 0));
                break;
            case "bindx":
                octets = Endpoints.Write(Value(step, 1), PortOfBindx(Value(step, 2)), host, out _);
                BinaryPrimitives.WriteUInt16LittleEndian(octets, ushort.Parse(Value(step, 0), CultureInfo.InvariantCulture));
                length = int.Parse(Value(step, 3), CultureInfo.InvariantCulture);
                break;
            default:
                octets = Endpoints.Write(step[0]!, PortOf(step.Arguments[1]), host, out length);
                if (step.Verb.Text == "bindlen") length = Number(step, 2);
                break;
        }

        // Before the call, which may change the device.
        string? why = explains ? ExplainBind(socket, octets, length) : null;
        return Answer(host.Bind(socket.Descriptor, octets, length), why);
    }

    /// <summary>
    /// The engine's words where it is the engine that will answer; an address that is none never gets to it.
    /// </summary>
    private string? ExplainBind(Socket socket, byte[] octets, int length)
    {
        int shortest = socket.IsV6 ? SocketAddress.V6LengthWithoutScope : SocketAddress.V4Length;
        if (length < shortest || length > SocketAddress.StorageLength) return Reasons.BadLength(length, shortest);
        int family = BinaryPrimitives.ReadUInt16LittleEndian(octets);
        int own = socket.IsV6 ? SocketAddress.InterNetworkV6 : SocketAddress.InterNetwork;
        bool isUnspecified = family == SocketAddress.Unspecified && !socket.IsV6 && Endpoints.Read(octets, length).Address.IsWildcard;
        if (family != own && !isUnspecified) return Reasons.BadFamily(family, own);
        return (HostOf(socket) as IExplainingHost)?.ExplainBind(socket.Descriptor, octets, length);
    }

    private static string Value(ScriptStep step, int index) =>
        step[index]![(step[index]!.IndexOf('=', StringComparison.Ordinal) + 1)..];

    private ushort PortOfBindx(string port) => port switch
    {
        "low" => LowPort,
        "inuse" => _ports.Number("U"),
        _ => _ports.Number(port),
    };

    private string SetOption(Socket socket, ScriptStep step)
    {
        (int level, int name) = OptionOf(step.Verb.Text, socket.IsV6);
        byte[] value = step.Verb.Text switch
        {
            "dev" => Encoding.ASCII.GetBytes(step[0] == "-" ? "\0" : step[0] + "\0"),
            "mcif" => Octets(InetAddress.Parse(step[0]!)),
            "ucif" => Octets(BinaryPrimitives.ReverseEndianness(step[0] == "-" ? 0 : Device(socket, step[0]!))),
            "prange" => Octets((ushort)Number(step, 0) | (uint)Number(step, 1) << 16),
            "linger" => LingerFor(Number(step, 0)),
            _ => Octets((uint)Number(step, 0)),
        };
        return Answer(HostOf(socket).SetOption(socket.Descriptor, level, name, value));
    }

    private string GetOption(Socket socket, string verb)
    {
        (int level, int name) = OptionOf(verb, socket.IsV6);
        byte[] value = new byte[16];
        int length = verb == "getdev" ? value.Length : sizeof(int);
        int answer = HostOf(socket).GetOption(socket.Descriptor, level, name, value, ref length);
        if (answer < 0) return Answer(answer);
        if (verb == "getdev") return length <= 1 ? "-" : Encoding.ASCII.GetString(value, 0, length - 1);
        int number = BinaryPrimitives.ReadInt32LittleEndian(value);
        return verb == "err" ? Answer(HostOf(socket).AnswerOfError(number)) : number.ToString(CultureInfo.InvariantCulture);
    }

    private static (int Level, int Name) OptionOf(string verb, bool isV6) => verb switch
    {
        "ra" or "getra" => (RawOptionLevel.Socket, RawOption.ReuseAddress),
        "ex" or "getex" => (RawOptionLevel.Socket, IScriptHost.ExclusiveOption),
        "rp" or "getrp" => (RawOptionLevel.Socket, RawOption.ReusePort),
        "bcast" => (RawOptionLevel.Socket, RawOption.Broadcast),
        "mcall" => (RawOptionLevel.Ip, RawOption.MulticastAll),
        "mcloop" => (RawOptionLevel.Ip, RawOption.MulticastLoopback),
        "linger" => (RawOptionLevel.Socket, RawOption.Linger),
        "err" => (RawOptionLevel.Socket, RawOption.Error),
        "dev" or "getdev" => (RawOptionLevel.Socket, RawOption.BindToDevice),
        "v6o" or "getv6o" => (RawOptionLevel.IpV6, RawOption.V6Only),
        "freebind" => (RawOptionLevel.Ip, RawOption.FreeBind),
        "transparent" => (RawOptionLevel.Ip, RawOption.Transparent),
        "v6freebind" => (RawOptionLevel.IpV6, RawOption.V6FreeBind),
        "v6transparent" => (RawOptionLevel.IpV6, RawOption.V6Transparent),
        "v6err" => (RawOptionLevel.IpV6, RawOption.V6ReceiveErrors),
        "v6disc" => (RawOptionLevel.IpV6, RawOption.V6MtuDiscover),
        "v6nofrag" => (RawOptionLevel.IpV6, RawOption.V6DontFragment),
        "noport" => (RawOptionLevel.Ip, RawOption.BindAddressNoPort),
        "prange" => (RawOptionLevel.Ip, RawOption.LocalPortRange),
        "mcif" => (RawOptionLevel.Ip, RawOption.MulticastInterface),
        "ucif" => isV6 ? (RawOptionLevel.IpV6, RawOption.V6UnicastInterface) : (RawOptionLevel.Ip, RawOption.UnicastInterface),
        _ => throw new InvalidOperationException($"The verb {verb} has no meaning."),
    };

    private uint Device(Socket socket, string name) =>
        HostOf(socket).IndexOf(name) is > 0 and var index
            ? index
            : throw new FormatException($"there is no interface {name}.");

    private static byte[] Octets(uint value)
    {
        byte[] octets = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
        return octets;
    }

    private static byte[] Octets(InetAddress address)
    {
        byte[] octets = new byte[address.IsV6 ? 16 : 4];
        address.WriteOctets(octets);
        return octets;
    }
}
