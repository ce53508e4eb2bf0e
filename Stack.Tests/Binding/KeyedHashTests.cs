using System.Buffers.Binary;
using System.Numerics;
using UserNet.Addressing;
using UserNet.Binding;
using Xunit;

namespace UserNet.Tests.Binding;

public sealed class KeyedHashTests
{
    // From the paper, appendix A: key 00..0f, message 00..0e. It judges the implementation below, which judges the stack's.
    [Fact]
    public void The_judge_agrees_with_the_published_value()
    {
        byte[] octets = [.. Enumerable.Range(0, 16).Select(static i => (byte)i)];
        Assert.Equal(0xa129ca6149be45e5, SipHash24(octets, octets.AsSpan(0, 15)));
    }

    [Fact]
    public void It_is_SipHash_2_4_of_both_addresses_and_the_remote_port()
    {
        Random random = TestSettings.Random(501);
        byte[] key = new byte[16], message = new byte[40];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(key);
            random.NextBytes(message);
            message.AsSpan(34).Clear();      // a port has two octets
            var destination = new DestinationKey(
                InetAddress.FromV6(Word(message, 0), Word(message, 8)), InetAddress.FromV6(Word(message, 16), Word(message, 24)),
                (ushort)Word(message, 32));
            Assert.Equal(SipHash24(key, message), new KeyedHash(Word(key, 0), Word(key, 8)).Of(destination));
        }
    }

    [Fact]
    public void It_is_SipHash_2_4_of_two_words()
    {
        Random random = TestSettings.Random(502);
        byte[] key = new byte[16], message = new byte[16];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(key);
            random.NextBytes(message);
            ulong hash = new KeyedHash(Word(key, 0), Word(key, 8)).Of(Word(message, 0), Word(message, 8));
            Assert.Equal(SipHash24(key, message), hash);
        }
    }

    [Fact]
    public void An_address_and_its_mapped_form_are_one_destination()
    {
        var hash = new KeyedHash(1, 2);
        InetAddress one = InetAddress.Parse("10.1.0.1"), other = InetAddress.Parse("10.1.0.9");
        Assert.Equal(hash.Of(new(one, other, 80)), hash.Of(new(one.MapToV6(), other.MapToV6(), 80)));
        Assert.NotEqual(hash.Of(new(one, other, 80)), hash.Of(new(other, one, 80)));
    }

    private static ulong Word(ReadOnlySpan<byte> octets, int start) => BinaryPrimitives.ReadUInt64LittleEndian(octets[start..]);

    /// <summary>SipHash-2-4 octet by octet, as the paper tells it.</summary>
    private static ulong SipHash24(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        ulong[] v =
        [
            Word(key, 0) ^ 0x736f6d6570736575, Word(key, 8) ^ 0x646f72616e646f6d,
            Word(key, 0) ^ 0x6c7967656e657261, Word(key, 8) ^ 0x7465646279746573,
        ];
        ulong word = 0;
        int padded = (message.Length / 8 * 8) + 8;
        for (int i = 0; i < padded; i++)
        {
            ulong octet = i < message.Length ? message[i] : i == padded - 1 ? (byte)message.Length : (byte)0;
            word |= octet << (8 * (i % 8));
            if (i % 8 != 7) continue;
            v[3] ^= word;
            Rounds(v, 2);
            v[0] ^= word;
            word = 0;
        }

        v[2] ^= 0xff;
        Rounds(v, 4);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static void Rounds(ulong[] v, int count)
    {
        for (int i = 0; i < count; i++)
        {
            HalfRound(v, 0, 1, 2, 3, 13, 16);
            HalfRound(v, 2, 1, 0, 3, 17, 21);
        }
    }

    private static void HalfRound(ulong[] v, int a, int b, int c, int d, int s, int t)
    {
        v[a] += v[b];
        v[c] += v[d];
        v[b] = BitOperations.RotateLeft(v[b], s) ^ v[a];
        v[d] = BitOperations.RotateLeft(v[d], t) ^ v[c];
        v[a] = BitOperations.RotateLeft(v[a], 32);
    }
}
