using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class InternetChecksumTests
{
    private const int Largest = 65_535;

    [Fact]
    public void The_example_of_RFC_1071_is_right()
    {
        byte[] octets = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];      // §3
        Assert.Equal(0xDDF2, InternetChecksum.Fold(InternetChecksum.Sum(octets)));
        Assert.Equal(0x220D, InternetChecksum.Of(octets));
    }

    [Fact]
    public void Every_length_gives_what_a_plain_loop_gives()
    {
        byte[] octets = RandomOctets(Largest + 64);
        for (int length = 0; length <= 2048; length++)
        {
            int start = length % 67;
            ReadOnlySpan<byte> part = octets.AsSpan(start, length);
            Assert.Equal(Plain(part), InternetChecksum.Of(part));
        }

        for (int start = 0; start < 64; start++)
        {
            ReadOnlySpan<byte> part = octets.AsSpan(start, Largest - (start % 2));
            Assert.Equal(Plain(part), InternetChecksum.Of(part));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    public void Nothing_but_zeros_and_nothing_but_ones_are_told_apart(byte octet)
    {
        for (int length = 1; length < 300; length++)
        {
            byte[] octets = new byte[length];
            Array.Fill(octets, octet);
            Assert.Equal(Plain(octets), InternetChecksum.Of(octets));
        }

        byte[] large = new byte[Largest];
        Array.Fill(large, octet);
        Assert.Equal(Plain(large), InternetChecksum.Of(large));
    }

    [Fact]
    public void Each_width_sums_alike_on_every_machine()
    {
        byte[] octets = RandomOctets(2049);
        for (int length = 0; length < octets.Length; length += 3)
        {
            ReadOnlySpan<byte> a = octets.AsSpan(0, length), b = a, c = a;
            ushort expected = InternetChecksum.Fold(InternetChecksum.SumScalars(a));
            Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.SumVectors512(ref a) + InternetChecksum.SumScalars(a)));
            Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.SumVectors256(ref b) + InternetChecksum.SumScalars(b)));
            Assert.Equal(expected, InternetChecksum.Fold(InternetChecksum.SumVectors128(ref c) + InternetChecksum.SumScalars(c)));
        }
    }

    [Fact]
    public void Sums_of_parts_add_up_when_each_but_the_last_is_even()
    {
        Random random = TestSettings.Random();
        byte[] octets = RandomOctets(3001);
        for (int i = 0; i < 2000; i++)
        {
            int first = random.Next(1000) * 2, second = random.Next(500) * 2;
            ulong sum = InternetChecksum.Sum(octets.AsSpan(0, first))
                + InternetChecksum.Sum(octets.AsSpan(first, second)) + InternetChecksum.Sum(octets.AsSpan(first + second));
            Assert.Equal(Plain(octets), InternetChecksum.Finish(sum));
        }
    }

    [Fact]
    public void A_changed_word_changes_the_checksum_as_a_new_one_over_all_would()
    {
        Random random = TestSettings.Random();
        byte[] header = new byte[20];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(header);
            if (i % 3 == 0) header.AsSpan(2).Fill((byte)(i % 2 == 0 ? 0 : 0xFF));
            header.AsSpan(10, 2).Clear();
            ushort before = InternetChecksum.Of(header);
            ushort oldWord = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(8));
            ushort newWord = (ushort)(i % 5 == 0 ? 0xFFFF : random.Next(0x10000));
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), newWord);
            ushort updated = InternetChecksum.Update(before, oldWord, newWord);
            Assert.Equal(InternetChecksum.Of(header), updated);
        }
    }

    [Fact]
    public void The_example_of_RFC_1624_is_right() => Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, 0x5555, 0x3285));

    [Theory]
    [InlineData("45000073000040004011b861c0a80001c0a800c7")]
    [InlineData("4500003c1c4640004006b1e6ac100a63ac100a0c")]
    public void Headers_that_were_seen_on_a_wire_are_right(string header)
    {
        byte[] octets = Convert.FromHexString(header);
        Assert.Equal(0, InternetChecksum.Of(octets));
        octets[8]--;
        Assert.NotEqual(0, InternetChecksum.Of(octets));
    }

    [Fact]
    public void A_pseudo_header_counts_as_its_octets_would()
    {
        InetAddress source = InetAddress.Parse("192.0.2.1"), destination = InetAddress.Parse("198.51.100.255");
        byte[] unit = RandomOctets(1001);
        byte[] written = [192, 0, 2, 1, 198, 51, 100, 255, 0, 17, 0x03, 0xE9, .. unit];
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Udp, unit.Length);
        Assert.Equal(Plain(written), InternetChecksum.Of(unit, pseudo));

        InetAddress v6 = InetAddress.Parse("2001:db8::ff00:42:8329");
        byte[] sixteen = new byte[16];
        v6.WriteOctets(sixteen);
        written = [.. sixteen, .. sixteen, 0, 0, 0x03, 0xE9, 0, 0, 0, 58, .. unit];
        Assert.Equal(Plain(written), InternetChecksum.Of(unit, new PseudoHeader(v6, v6, IpProtocol.Icmpv6, unit.Length)));
    }

    // Word by word with the carry brought round at once, as a beginner would write it.
    private static ushort Plain(ReadOnlySpan<byte> octets)
    {
        int sum = 0;
        for (int i = 0; i < octets.Length; i += 2)
        {
            sum += (octets[i] << 8) | (i + 1 < octets.Length ? octets[i + 1] : 0);
            if (sum > 0xFFFF) sum -= 0xFFFF;
        }

        return (ushort)~sum;
    }

    private static byte[] RandomOctets(int length)
    {
        byte[] octets = new byte[length];
        TestSettings.Random(length).NextBytes(octets);
        return octets;
    }
}
