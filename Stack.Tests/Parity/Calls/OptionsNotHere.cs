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
        // asm-generic/socket.h: debugging, priority, filters, credentials of a peer, time stamps, marks, polling and pacing of a device.
        from entry in ((int[] Types, int Level, int[] Names)[])
        [
            (Types, SocketLevel, [1, 5, 14, 16, 17, 26, 27, 28, 34, 40, 41, 42, 43, 44, 45, 48, 50, 51, 52, 53, 57, 59, 68, 71, 72, 73, 74, 75, 76, 77, 80, 82, 83]),
            ([Datagram, Raw], SocketLevel, [10, 12, 18, 19, 29, 35, 36, 37, 46, 47, 49, 55, 56, 60, 61, 63, 64, 65, 69, 70]),      // kept, or of use, on streams alone
            ([Stream], SocketLevel, [11]),
            // linux/in.h: router alert, options that are received, IPsec, origin and size of fragments, checksums, netfilter.
            (Types, Ip, [5, 6, 7, 16, 17, 18, 20, 22, 23, 25, 26, 41, 48, 52, 64, 65, 66, 67, 80, 83, 96, 97, 98, 99]),
            ([Stream], Ip, [3, 4, 8, 9, 12, 13]),      // of single packets, which a stream does not have
            ([Datagram, Raw], Ip, [21]),
            // linux/tcp.h: repair, authentication, SYNs that are kept, ULPs, zero copy of what is received.
            ([Stream], Tcp, [19, 20, 21, 22, 27, 28, 29, 31, 35]),
            ([Datagram], Udp, [1, 10, 11, 100, 101, 102, 103, 104]),      // corking, coverage of checksums, tunnels, segments
            // linux/in6.h: the options of RFC 2292, any-cast, router alert, IPsec, extension headers, fragments, netfilter.
            (Types, IpV6, [1, 2, 3, 4, 5, 6, 8, 22, 27, 28, 30, 31, 32, 33, 34, 35, 53, 54, 55, 56, 57, 58, 59, 64, 65, 68, 69, 77, 80]),
            ([Stream], IpV6, [11, 24, 49, 50, 51, 60, 62, 66, 74]),
            ([Datagram, Raw], IpV6, [73]),
            ([Raw], RawLevel, [36]),
            ([Unix], SocketLevel, [14, 25, 26, 27, 29, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65,
                68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 80, 82, 83]),
        ]
        from type in entry.Types
        from name in entry.Names
        select (type, entry.Level, name)).ToFrozenSet();

    /// <summary>Whether an option of a kind of sockets is one of them.</summary>
    public static bool Contains(SocketKind socket, int level, int name) => All.Contains((TypeOf(socket), level, name));

    /// <summary>Those of a kind of sockets.</summary>
    public static IEnumerable<(int Level, int Name)> Of(SocketKind socket) =>
        All.Where(option => option.Type == TypeOf(socket)).Select(static option => (option.Level, option.Name)).Order();

    private static int TypeOf(SocketKind socket) => socket.Domain == AfUnix ? Unix : socket.Type;
}
