using UserNet.Errors;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

/// <summary>The numbers of winsock2.h, ws2ipdef.h, mswsock.h and ws2spi.h, with the functions of winsock2.h that need no process.</summary>
/// <remarks>Meant for <c>using static</c>, so that a program reads as it does in C. Any thread.</remarks>
public static partial class Winsock2
{
    /// <summary>What a call answers that failed; the error is <see cref="WinsockProcess.WSAGetLastError"/>.</summary>
    public const int SOCKET_ERROR = -1;
    /// <summary>No error.</summary>
    public const WsaError NO_ERROR = WsaError.Success;
    /// <summary>For ever, as a timeout of <see cref="WinsockProcess.WSAPoll"/>.</summary>
    public const int INFINITE = -1;

    /// <summary>Address family: unspecified.</summary>
    public const int AF_UNSPEC = 0;
    /// <summary>Address family: IPv4.</summary>
    public const int AF_INET = 2;
    /// <summary>Address family: IPv6.</summary>
    public const int AF_INET6 = 23;
    /// <summary>Address family: infrared, which this system does not have.</summary>
    public const int AF_IRDA = 26;

    /// <summary>Socket type: stream.</summary>
    public const int SOCK_STREAM = 1;
    /// <summary>Socket type: datagram.</summary>
    public const int SOCK_DGRAM = 2;
    /// <summary>Socket type: raw.</summary>
    public const int SOCK_RAW = 3;

    /// <summary>Protocol, and level of options: IPv4.</summary>
    public const int IPPROTO_IP = 0;
    /// <summary>Protocol: ICMP.</summary>
    public const int IPPROTO_ICMP = 1;
    /// <summary>Protocol, and level of options: TCP.</summary>
    public const int IPPROTO_TCP = 6;
    /// <summary>Protocol, and level of options: UDP.</summary>
    public const int IPPROTO_UDP = 17;
    /// <summary>Level of options: IPv6.</summary>
    public const int IPPROTO_IPV6 = 41;
    /// <summary>Protocol: ICMPv6.</summary>
    public const int IPPROTO_ICMPV6 = 58;
    /// <summary>Protocol: the sender writes the IP header.</summary>
    public const int IPPROTO_RAW = 255;

    /// <summary>INADDR_ANY, also called ADDR_ANY: every address of the host.</summary>
    public const uint INADDR_ANY = 0;
    /// <summary>INADDR_LOOPBACK, in the machine's byte order.</summary>
    public const uint INADDR_LOOPBACK = 0x7F000001;
    /// <summary>INADDR_BROADCAST.</summary>
    public const uint INADDR_BROADCAST = 0xFFFFFFFF;
    /// <summary>INADDR_NONE: what <see cref="inet_addr"/> answers to text that is no address.</summary>
    public const uint INADDR_NONE = 0xFFFFFFFF;
    /// <summary>A backlog as long as may be.</summary>
    public const int SOMAXCONN = 0x7FFFFFFF;

    /// <summary>WSA_FLAG_OVERLAPPED: every socket here has it.</summary>
    public const uint WSA_FLAG_OVERLAPPED = 1;
    /// <summary>WSA_FLAG_NO_HANDLE_INHERIT: nothing is inherited here.</summary>
    public const uint WSA_FLAG_NO_HANDLE_INHERIT = 0x80;

    /// <summary>Ends receiving.</summary>
    public const int SD_RECEIVE = 0;
    /// <summary>Ends sending.</summary>
    public const int SD_SEND = 1;
    /// <summary>Ends both.</summary>
    public const int SD_BOTH = 2;

    /// <summary>Out-of-band data.</summary>
    public const int MSG_OOB = 1;
    /// <summary>Looks at what has come and leaves it.</summary>
    public const int MSG_PEEK = 2;
    /// <summary>Sends to hosts of the link alone.</summary>
    public const int MSG_DONTROUTE = 4;
    /// <summary>Waits until the buffer is full.</summary>
    public const int MSG_WAITALL = 8;

    /// <summary>Whether calls wait: 0 for yes.</summary>
    public const uint FIONBIO = 0x8004667E;
    /// <summary>How many octets a receive would give.</summary>
    public const uint FIONREAD = 0x4004667F;
    /// <summary>Whether all out-of-band data has been read.</summary>
    public const uint SIOCATMARK = 0x40047307;
    /// <summary>Hands out a procedure that the headers do not have, as <see cref="WSAID_CONNECTEX"/>.</summary>
    public const uint SIO_GET_EXTENSION_FUNCTION_POINTER = 0xC8000006;

    /// <summary>Names ConnectEx to <see cref="SIO_GET_EXTENSION_FUNCTION_POINTER"/>.</summary>
    public static readonly Guid WSAID_CONNECTEX = new(0x25a207b9, 0xddf3, 0x4660, 0x8e, 0xe9, 0x76, 0xe5, 0x8c, 0x74, 0x06, 0x3e);

    /// <summary>A condition function takes the connection.</summary>
    public const int CF_ACCEPT = 0;
    /// <summary>A condition function refuses the connection.</summary>
    public const int CF_REJECT = 1;
    /// <summary>A condition function can't say yet.</summary>
    public const int CF_DEFER = 2;

    /// <summary>POLLRDNORM.</summary>
    public const short POLLRDNORM = 0x100;
    /// <summary>POLLRDBAND.</summary>
    public const short POLLRDBAND = 0x200;
    /// <summary>POLLIN: both of them.</summary>
    public const short POLLIN = POLLRDNORM | POLLRDBAND;
    /// <summary>POLLPRI: not known to WSAPoll, which refuses it.</summary>
    public const short POLLPRI = 0x400;
    /// <summary>POLLWRNORM.</summary>
    public const short POLLWRNORM = 0x10;
    /// <summary>POLLOUT: the same.</summary>
    public const short POLLOUT = POLLWRNORM;
    /// <summary>POLLERR: told, not asked for.</summary>
    public const short POLLERR = 1;
    /// <summary>POLLHUP: told, not asked for.</summary>
    public const short POLLHUP = 2;
    /// <summary>POLLNVAL: told, not asked for; no socket.</summary>
    public const short POLLNVAL = 4;

    /// <summary>No socket.</summary>
    public static SOCKET INVALID_SOCKET => SOCKET.Invalid;

    /// <summary>A version word of a major and a minor number, as WSAStartup takes it.</summary>
    public static ushort MAKEWORD(byte major, byte minor) => (ushort)(major | minor << 8);

    /// <summary>The low octet: of a version its major number.</summary>
    public static byte LOBYTE(ushort word) => (byte)word;

    /// <summary>The high octet: of a version its minor number.</summary>
    public static byte HIBYTE(ushort word) => (byte)(word >> 8);

    /// <summary>A port in network byte order.</summary>
    public static ushort htons(ushort hostshort) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(hostshort);

    /// <summary>A port in the machine's byte order.</summary>
    public static ushort ntohs(ushort netshort) => htons(netshort);

    /// <summary>An address in network byte order.</summary>
    public static uint htonl(uint hostlong) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(hostlong);

    /// <summary>An address in the machine's byte order.</summary>
    public static uint ntohl(uint netlong) => htonl(netlong);

    /// <summary>An IPv4 address of four parts, in network byte order; <see cref="INADDR_NONE"/> where the text is none.</summary>
    public static uint inet_addr(string cp) =>
        Addressing.InetAddress.TryParse(cp, out Addressing.InetAddress address) && !address.IsV6 ? htonl(address.V4Bits) : INADDR_NONE;
}
