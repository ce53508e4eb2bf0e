using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Tcp;

namespace UserNet.Sockets;

// The keys that a stream signs its segments by: Linux's struct tcp_md5sig, or FreeBSD's flag. RFC 2385, tcp(7), tcp(4).
public sealed partial class NetworkSocket
{
    /// <summary>Octets of struct tcp_md5sig: a sockaddr_storage, flags, prefix length, length of the key, interface, key.</summary>
    internal const int SignatureLength = 216;

    private BindRule? SetSignature(int name, ReadOnlySpan<byte> value)
    {
        if (_core.Tcp is { Settings.IsFreeBsd: true } context)
        {
            if (name != RawTcpOption.HostSignature) return null;
            return value.Length < sizeof(int)
                ? BindRule.InvalidOption
                : Stream.Set(Stream.Options with { Signatures = ReadNumber(value) > 0 ? context.Keys : null });
        }

        return IsLinux && name is RawTcpOption.Signature or RawTcpOption.SignatureOfPrefix
            ? SetPeerKey(value, isExtended: name == RawTcpOption.SignatureOfPrefix)
            : null;
    }

    private BindRule SetPeerKey(ReadOnlySpan<byte> value, bool isExtended)
    {
        const int FlagsAt = 128, PrefixAt = 129, LengthAt = 130, KeyAt = 136, MaxKey = 80;
        const int HasPrefix = 1, HasInterface = 2, FamilyV4 = 2, FamilyV6 = 10, V4At = 4, V6At = 8, V6Bits = 128, V4Bits = 32;
        if (value.Length < SignatureLength) return BindRule.InvalidOption;
        bool isV6 = _binding.IsV6;
        if (BinaryPrimitives.ReadUInt16LittleEndian(value) != (isV6 ? FamilyV6 : FamilyV4)) return BindRule.InvalidOption;
        InetAddress peer = InetAddress.FromOctets(isV6 ? value.Slice(V6At, 16) : value.Slice(V4At, 4)).Unmap();
        int flags = isExtended ? value[FlagsAt] : 0, most = peer.IsV6 ? V6Bits : V4Bits;
        int length = (flags & HasPrefix) != 0 ? value[PrefixAt] : most;
        // An interface has to be one of a routing domain of its own, and there are none.
        if (length > most || (flags & HasInterface) != 0) return BindRule.InvalidOption;
        int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(value[LengthAt..]);
        if (keyLength > MaxKey) return BindRule.InvalidOption;
        var peers = new InetPrefix(peer, length);
        var keys = Stream.Options.Signatures as PeerKeys;
        if (keyLength > 0) return Stream.Set(Stream.Options with { Signatures = PeerKeys.With(keys, peers, value.Slice(KeyAt, keyLength).ToArray()) });
        return PeerKeys.TryRemove(keys, peers, out PeerKeys? left) ? Stream.Set(Stream.Options with { Signatures = left }) : BindRule.UnknownName;
    }
}
