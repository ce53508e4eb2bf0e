using System.Buffers.Binary;

namespace UserNet.Facades.Posix.Unix;

/// <summary>A socket's name: the octets of a sockaddr_un, with the zero that ends a path.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class UnixName
{
    /// <summary>sizeof(sun_family).</summary>
    public const int FamilyLength = 2;

    /// <summary>sizeof(struct sockaddr_un).</summary>
    public const int Longest = FamilyLength + 108;

    private UnixName(byte[] octets) => Octets = octets;

    /// <summary>What getsockname gives.</summary>
    public byte[] Octets { get; }

    /// <summary>True of a name that is in no directory; then each octet counts, a zero too.</summary>
    public bool IsAbstract => Octets[FamilyLength] == 0;

    /// <summary>Copies a name out of an address that has been checked.</summary>
    public static UnixName From(ReadOnlySpan<byte> address)
    {
        if (address[FamilyLength] == 0) return new UnixName(address.ToArray());
        ReadOnlySpan<byte> path = PathOf(address);
        byte[] octets = new byte[FamilyLength + path.Length + 1];
        address[..(FamilyLength + path.Length)].CopyTo(octets);
        return new UnixName(octets);
    }

    /// <summary>The name that the kernel chooses: five hexadecimal digits behind a zero.</summary>
    public static UnixName Chosen(uint number)
    {
        byte[] octets = new byte[FamilyLength + 6];
        WriteFamily(octets);
        for (int i = 0; i < 5; i++) octets[FamilyLength + 5 - i] = "0123456789abcdef"u8[(int)(number >> (4 * i)) & 0xF];
        return new UnixName(octets);
    }

    /// <summary>The path in an address, without the zero that ends it.</summary>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> address)
    {
        ReadOnlySpan<byte> path = address[FamilyLength..];
        int end = path.IndexOf((byte)0);
        return end < 0 ? path : path[..end];
    }

    public static void WriteFamily(Span<byte> address) => BinaryPrimitives.WriteUInt16LittleEndian(address, PosixConstants.AF_UNIX);
}

/// <summary>Who has which abstract name; streams, datagrams and seqpackets each have names of their own.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class UnixNames
{
    private readonly Dictionary<(int Type, byte[] Name), UnixSocket> _sockets = new(new ByOctets());

    /// <summary>Who has a name, or null.</summary>
    public UnixSocket? Find(int type, ReadOnlySpan<byte> name) => _sockets.GetValueOrDefault((type, name.ToArray()));

    /// <summary>Gives a socket a name; false if another has it.</summary>
    public bool TryAdd(UnixSocket socket, UnixName name) => _sockets.TryAdd((socket.Type, name.Octets), socket);

    /// <summary>Sets a name free.</summary>
    public void Remove(UnixSocket socket, UnixName name) => _sockets.Remove((socket.Type, name.Octets));

    /// <summary>The FNV-1a hash, so that it is the same in each process.</summary>
    private sealed class ByOctets : IEqualityComparer<(int Type, byte[] Name)>
    {
        public bool Equals((int Type, byte[] Name) x, (int Type, byte[] Name) y) => x.Type == y.Type && x.Name.AsSpan().SequenceEqual(y.Name);

        public int GetHashCode((int Type, byte[] Name) key)
        {
            uint hash = 2166136261 ^ (uint)key.Type;
            foreach (byte octet in key.Name) hash = (hash ^ octet) * 16777619;
            return (int)hash;
        }
    }
}
