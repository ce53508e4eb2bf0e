using System.Collections.Frozen;

namespace UserNet.Tests.Parity.Calls;

/// <summary>
/// Options that Linux has and this stack refuses with ENOPROTOOPT, since they would do nothing here: by socket type, level and name.
/// </summary>
internal static class OptionsNotHere
{
    private const int AfUnix = 1, Unix = 0, Stream = 1, Datagram = 2, Raw = 3, SocketLevel = 1, Ip = 0, IpV6 = 41, Tcp = 6, Udp = 17, RawLevel = 255;

    private static readonly int[] Types = [Stream, Datagram, Raw];

    private static readonly FrozenSet<(int Type, int Level, int Name)> All = (
        from entry in ((int[] Types, int Level, int[] Names)[])
        [
            // asm-generic/socket.h: filters, credentials of a peer, time stamps, polling and pacing of a device.
            (Types, SocketLevel, [17, 26, 27, 28, 50, 51, 52, 53, 57, 59, 68, 71, 77, 80]),
            ([Datagram, Raw], SocketLevel, [10, 18, 19, 29, 35, 37, 47, 55, 60, 61, 63, 64, 65]),      // kept, or of use, on streams alone
            // linux/in.h: IPsec, netfilter; of packets: router alert, options that are received, origin and size of fragments, checksums.
            (Types, Ip, [16, 17, 41, 48, 64, 65, 66, 67, 80, 83, 96, 97, 98, 99]),
            ([Stream], Ip, [4, 9]),      // of single packets, which a stream does not have
            ([Datagram, Raw], Ip, [6, 7, 18, 20, 21, 23, 25, 26]),
            ([Raw], Ip, [5, 22, 52]),
            // linux/tcp.h: repair, authentication, ULPs, zero copy of what is received.
            ([Stream], Tcp, [19, 22, 31, 35]),
            ([Datagram], Udp, [1, 10, 11, 100, 101, 102, 103, 104]),      // corking, coverage of checksums, tunnels, segments
            // linux/in6.h: an address's form, any-cast, IPsec, netfilter; of packets: the options of RFC 2292, router alert, extension headers, fragments.
            (Types, IpV6, [1, 6, 22, 27, 28, 32, 34, 35, 54, 55, 57, 59, 64, 65, 68, 69, 80]),
            ([Stream], IpV6, [50]),
            ([Datagram, Raw], IpV6, [2, 3, 4, 5, 8, 30, 31, 33, 53, 56, 58, 73, 77]),
            ([Raw], RawLevel, [36]),
            ([Unix], SocketLevel, [14, 25, 26, 27, 29, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65,
                68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 80, 82, 83]),
        ]
        from type in entry.Types
        from name in entry.Names
        select (type, entry.Level, name)).ToFrozenSet();

    /// <summary>Whether an option of a kind of sockets is one of them.</summary>
    public static bool Contains(SocketKind socket, int level, int name) => All.Contains((TypeOf(socket), level, name));

    /// <summary>True for those that are read as in Linux, and refused where they are set: filters, TCP_REPAIR.</summary>
    public static bool IsReadable(SocketKind socket, int level, int name) => (TypeOf(socket), level, name) is (Stream, SocketLevel, 26) or (Stream, Tcp, 19);

    /// <summary>Those of a kind of sockets.</summary>
    public static IEnumerable<(int Level, int Name)> Of(SocketKind socket) =>
        All.Where(option => option.Type == TypeOf(socket)).Select(static option => (option.Level, option.Name)).Order();

    private static int TypeOf(SocketKind socket) => socket.Domain == AfUnix ? Unix : socket.Type;
}
