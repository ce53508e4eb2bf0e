using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Drill.Running;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SegmentSignatureTests
{
    private readonly PacketPool _pool = new();

    // The digests are those of Python's hashlib over RFC 2385 §2.0's octets, laid out there by struct.
    public static TheoryData<string, string, string> Digests => new()
    {
        { "192.0.2.1", "198.51.100.2", "360b20746cea73d3e339549a8688f32b" },
        { "2001:db8::1", "2001:db8::2", "d3c5400201cfb41ef3df345d5e13c5ac" },
    };

    [Theory]
    [MemberData(nameof(Digests))]
    public void A_digest_is_that_of_the_RFC_and_covers_all_but_options_and_checksum(string from, string to, string digest)
    {
        (InetAddress source, InetAddress destination) = (Address(from), Address(to));
        PeerKeys sender = PeerKeys.With(null, Whole(destination), "secret"u8.ToArray()), receiver = PeerKeys.With(null, Whole(source), "secret"u8.ToArray());
        PacketBuffer packet = Signed(sender, source, destination);
        Assert.Equal(digest, Convert.ToHexStringLower(packet.Span.Slice(24, 16)));
        Assert.Equal(digest, Convert.ToHexStringLower(Md5Digest.Of(packet.Span, source, destination, "secret")));
        byte[] octets = packet.Span.ToArray();
        Assert.Equal(DropReason.None, Check(receiver, octets, destination, source));
        for (int i = 0; i < octets.Length; i++)
        {
            byte[] other = [.. octets];
            other[i] ^= 1;
            bool isFree = i is 16 or 17 or 20 or 21;      // the checksum, and the no-operations in front
            DropReason reason = i is 22 or 23 ? DropReason.TcpUnsigned : isFree && i < 20 ? DropReason.None : DropReason.TcpWrongSignature;
            if (i is 12 or 20 or 21) continue;      // the header's length, and options that are others then
            Assert.Equal(reason, Check(receiver, other, destination, source));
        }
    }

    [Fact]
    public void What_is_not_proven_is_dropped_and_why_is_said()
    {
        (InetAddress local, InetAddress remote, InetAddress stranger) = (Address("192.0.2.1"), Address("198.51.100.2"), Address("198.51.100.3"));
        PeerKeys keys = PeerKeys.With(null, Whole(remote), "secret"u8.ToArray()), others = PeerKeys.With(null, Whole(local), "other"u8.ToArray());
        byte[] signed = Signed(PeerKeys.With(null, Whole(local), "secret"u8.ToArray()), remote, local).Span.ToArray();
        byte[] wrong = Signed(others, remote, local).Span.ToArray(), bare = [.. signed[..12], 0x50, .. signed[13..20], .. signed[40..]];
        Assert.Equal(DropReason.None, Check(keys, signed, local, remote));
        Assert.Equal(DropReason.TcpWrongSignature, Check(keys, wrong, local, remote));
        Assert.Equal(DropReason.TcpWrongSignature, Check(new HostKeys(), signed, local, remote));
        Assert.Equal(DropReason.TcpUnsigned, Check(keys, bare, local, remote));
        Assert.Equal(DropReason.TcpUnsigned, Check(new HostKeys(), bare, local, remote));
        Assert.Equal(DropReason.TcpSigned, Check(keys, signed, local, stranger));
        Assert.Equal(DropReason.TcpSigned, Check(null, signed, local, remote));
        Assert.Equal(DropReason.None, Check(keys, bare, local, stranger));
    }

    [Fact]
    public void Of_the_prefixes_that_fit_a_peer_the_longest_counts()
    {
        InetAddress local = Address("192.0.2.1"), peer = Address("198.51.100.2");
        PeerKeys? keys = null;
        foreach ((string prefix, int length) in ((string, int)[])[("198.51.0.0", 16), ("198.51.100.2", 32), ("0.0.0.0", 0), ("198.51.100.0", 24)])
            keys = PeerKeys.With(keys, new InetPrefix(Address(prefix), length), [(byte)length]);
        foreach ((string prefix, int length) in ((string, int)[])[("198.51.100.2", 32), ("198.51.100.0", 24), ("198.51.0.0", 16), ("0.0.0.0", 0)])
        {
            Assert.Equal((byte[])[(byte)length], keys!.Find(peer, local, isLeaving: false));
            Assert.Equal((byte[])[(byte)length], keys.Find(local, peer, isLeaving: true));
            Assert.True(PeerKeys.TryRemove(keys, new InetPrefix(Address(prefix), length), out PeerKeys? left));
            Assert.False(PeerKeys.TryRemove(left, new InetPrefix(Address(prefix), length), out _));
            keys = left;
        }

        Assert.Null(keys);
    }

    [Fact]
    public void A_key_for_the_same_peers_takes_the_place_of_the_one_before()
    {
        InetAddress local = Address("192.0.2.1"), peer = Address("198.51.100.2");
        PeerKeys keys = PeerKeys.With(PeerKeys.With(null, Whole(peer), [1]), Whole(peer), [2]);
        Assert.Equal((byte[])[2], keys.Find(peer, local, isLeaving: false));
        Assert.True(PeerKeys.TryRemove(keys, Whole(peer), out PeerKeys? left));
        Assert.Null(left);
    }

    [Fact]
    public void A_host_s_key_is_for_one_direction()
    {
        InetAddress local = Address("192.0.2.1"), peer = Address("198.51.100.2");
        var keys = new HostKeys();
        Assert.True(keys.TryAdd(local, peer, [1]));
        Assert.False(keys.TryAdd(local, peer, [2]));
        Assert.Equal((byte[])[1], keys.Find(local, peer, isLeaving: true));
        Assert.Null(keys.Find(peer, local, isLeaving: false));
        Assert.True(keys.Remove(local, peer));
        Assert.False(keys.Remove(local, peer));
    }

    [Fact]
    public void Signing_allocates_nothing()
    {
        (InetAddress local, InetAddress remote) = (Address("192.0.2.1"), Address("198.51.100.2"));
        PeerKeys keys = PeerKeys.With(null, Whole(remote), "secret"u8.ToArray());
        PacketBuffer packet = Signed(keys, local, remote);
        Assert.Equal(0, Allocation.Of(() => SegmentSignature.Seal(_pool, keys, packet, local, remote)));
    }

    private PacketBuffer Signed(SignatureKeys keys, InetAddress source, InetAddress destination)
    {
        PacketBuffer packet = _pool.Rent(64);
        "hello"u8.CopyTo(packet.Append(5));
        Span<byte> octets = stackalloc byte[SegmentSignature.Length];
        var options = new TcpOptionWriter(octets);
        options.FillTo(2);
        options.Signature();
        new TcpHeader(8080, 179, 100, 500, TcpFlags.Ack | TcpFlags.Psh, 0x2000, 0)
            .PrependUnsealed(packet, options.Written, new PseudoHeader(source, destination, IpProtocol.Tcp, 0));
        Assert.True(SegmentSignature.Seal(_pool, keys, packet, source, destination));
        return packet;
    }

    private DropReason Check(SignatureKeys? keys, byte[] octets, InetAddress local, InetAddress remote)
    {
        Assert.True(TcpSegment.TryParse(octets, out TcpSegment segment));
        TcpOptionValues.Read(segment.Options, out TcpOptionValues values);
        return SegmentSignature.Check(_pool, keys, segment, values.HasMd5, local, remote);
    }

    private static InetAddress Address(string text) => InetAddress.From(System.Net.IPAddress.Parse(text));

    private static InetPrefix Whole(InetAddress address) => new(address, address.IsV6 ? 128 : 32);
}
