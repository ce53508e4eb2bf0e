using System.Buffers.Binary;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class TcpOptionValuesTests
{
    // What Linux 6.18 sent on its loopback.
    [Fact]
    public void It_reads_a_kernels_SYN()
    {
        Assert.True(TcpOptionValues.Read(Hex("020405b40402080a93882b71000000010103030a"), out TcpOptionValues values));
        Assert.Equal((ushort)1460, values.Mss);
        Assert.True(values.SackPermitted && values.HasTimestamps && !values.HasFastOpen && !values.HasMd5);
        Assert.Equal(0x93882b71u, values.TimestampValue);
        Assert.Equal(1u, values.TimestampEcho);
        Assert.Equal((byte)10, values.WindowScale);
        Assert.Equal(0, values.SackCount);
    }

    [Theory]
    [InlineData("0101080a0000000100000002", 0)]
    [InlineData("0101080a00000001000000020101050a0000000a00000014", 1)]
    [InlineData("0101080a00000001000000020101051a0000000a000000140000001e00000028000000320000003c", 3)]
    [InlineData("080a000000010000000201010512000000 0a00000014 0000001e00000028 0101", 2)]
    public void It_reads_timestamps_and_blocks_wherever_they_stand(string hex, int blocks)
    {
        Assert.True(TcpOptionValues.Read(Hex(hex.Replace(" ", "")), out TcpOptionValues values));
        Assert.True(values.HasTimestamps);
        Assert.Equal((1u, 2u), (values.TimestampValue, values.TimestampEcho));
        Assert.Equal(blocks, values.SackCount);
        for (int i = 0; i < blocks; i++)
        {
            values.SackBlock(i, out uint left, out uint right);
            Assert.Equal(((uint)((20 * i) + 10), (uint)((20 * i) + 20)), (left, right));
        }
    }

    [Theory]
    [InlineData("2202", "", false)]
    [InlineData("220a3021b9d889017eeb0101", "3021b9d889017eeb", false)]
    [InlineData("fe04f989", "", true)]
    [InlineData("fe0cf9893021b9d889017eeb", "3021b9d889017eeb", true)]
    [InlineData("2205010203", "010203", false)]      // no cookie has 3 octets; whoever takes it says so
    public void It_reads_Fast_Open_options_of_both_kinds(string hex, string cookie, bool isExperimental)
    {
        Assert.True(TcpOptionValues.Read(Hex(hex), out TcpOptionValues values));
        Assert.True(values.HasFastOpen);
        Assert.Equal(isExperimental, values.FastOpenIsExperimental);
        Assert.Equal(cookie, Convert.ToHexStringLower(values.FastOpenCookie));
    }

    // RFC 9768, table 5; a length that is none of these counts as far as whole counters go.
    [Theory]
    [InlineData("ac0b000001000002000003", 3, false, 1, 2, 3)]
    [InlineData("ae0bffffff800000000003", 3, true, 0xFFFFFF, 0x800000, 3)]
    [InlineData("ac08000001000002", 2, false, 1, 2, 0)]
    [InlineData("ae05000001", 1, true, 1, 0, 0)]
    [InlineData("ae02", 0, true, 0, 0, 0)]
    [InlineData("ae0400ff", 0, true, 0, 0, 0)]
    [InlineData("ac0700000100ff", 1, false, 1, 0, 0)]
    [InlineData("ac0e000001000002000003000004", 3, false, 1, 2, 3)]
    public void It_reads_options_of_Accurate_ECN_of_any_length(string hex, int count, bool ect1First, uint first, uint second, uint third)
    {
        Assert.True(TcpOptionValues.Read(Hex(hex), out TcpOptionValues values));
        AccurateEcnOption option = values.AccurateEcn;
        Assert.True(option.IsPresent);
        Assert.Equal((count, ect1First, first, second, third), (option.Count, option.Ect1First, option.First, option.Second, option.Third));
        Assert.True(TcpOptionValues.Read(Hex("01010402"), out TcpOptionValues none));
        Assert.False(none.AccurateEcn.IsPresent);
    }

    [Fact]
    public void A_scale_above_14_counts_as_14_and_an_MSS_of_0_as_none()
    {
        Assert.True(TcpOptionValues.Read(Hex("03030f0002040000"), out TcpOptionValues scale));
        Assert.Equal((byte)14, scale.WindowScale);
        Assert.True(TcpOptionValues.Read(Hex("020400000303ff"), out TcpOptionValues values));
        Assert.Null(values.Mss);
        Assert.Equal((byte)14, values.WindowScale);
    }

    [Fact]
    public void A_signature_is_seen()
    {
        Assert.True(TcpOptionValues.Read(Hex("1312000102030405060708090a0b0c0d0e0f0101"), out TcpOptionValues values));
        Assert.True(values.HasMd5);
    }

    // A known kind of a wrong length, an unknown kind, another experiment.
    [Theory]
    [InlineData("0203ff020405b4")]
    [InlineData("040300020405b4")]
    [InlineData("fd06000000 00020405b4")]
    [InlineData("fe04f98a020405b4")]
    [InlineData("05060000000a020405b4")]
    public void What_it_does_not_understand_it_passes_over(string hex)
    {
        Assert.True(TcpOptionValues.Read(Hex(hex.Replace(" ", "")), out TcpOptionValues values));
        Assert.Equal((ushort)1460, values.Mss);
        Assert.True(!values.HasFastOpen && !values.SackPermitted && values.SackCount == 0);
    }

    [Theory]
    [InlineData("020405b40300")]
    [InlineData("020405b403")]
    [InlineData("020405b40301")]
    [InlineData("020405b4080a00000000000000")]
    [InlineData("020405b40512000000")]
    public void A_length_that_lies_ends_the_reading_and_what_came_before_stands(string hex)
    {
        Assert.False(TcpOptionValues.Read(Hex(hex), out TcpOptionValues values));
        Assert.Equal((ushort)1460, values.Mss);
        Assert.False(values.HasTimestamps);
    }

    [Fact]
    public void Nothing_is_read_behind_the_end_of_the_list()
    {
        Assert.True(TcpOptionValues.Read(Hex("0402000002 0405b4".Replace(" ", "")), out TcpOptionValues values));
        Assert.True(values.SackPermitted);
        Assert.Null(values.Mss);
    }

    // The short cut for aligned timestamps, and the switch, against a walk that knows neither.
    [Fact]
    public void Whatever_comes_it_reads_what_a_plain_walk_finds()
    {
        Random random = TestSettings.Random(62);
        byte[] kinds = [0, 1, 2, 3, 4, 5, 8, 19, 34, 254, 77], buffer = new byte[40];
        int withTimestamps = 0;
        for (int round = 0; round < TestSettings.Count(200_000, 10_000_000); round++)
        {
            Span<byte> options = buffer.AsSpan(0, random.Next(41));
            random.NextBytes(options);
            int at = 0;
            if (random.Next(2) == 0 && options.Length >= 12)
            {
                Hex("0101080a").CopyTo(options);
                at = 12;
            }

            while (at + 1 < options.Length)
            {
                options[at] = kinds[random.Next(kinds.Length)];
                if (options[at] < 2) { at++; continue; }
                options[at + 1] = options[at] switch { 2 => 4, 3 => 3, 4 => 2, 5 => (byte)(2 + (8 * random.Next(5))), 8 => 10, 19 => 18, _ => (byte)random.Next(14) };
                if (random.Next(20) == 0) options[at + 1] = (byte)random.Next(256);
                at += Math.Max(2, (int)options[at + 1]);
            }

            bool isRight = TcpOptionValues.Read(options, out TcpOptionValues values);
            string found = Describe(values), expected = Plainly(options, out bool isWhole);
            Assert.Equal((isWhole, expected), (isRight, found));
            if (values.HasTimestamps) withTimestamps++;
        }

        Assert.True(withTimestamps > 1000);
    }

    private static string Describe(in TcpOptionValues v)
    {
        string text = $"{v.Mss} {v.WindowScale} {v.SackPermitted} {v.HasTimestamps} {v.TimestampValue} {v.TimestampEcho} {v.HasMd5} " +
            $"{v.HasFastOpen} {v.FastOpenIsExperimental} {Convert.ToHexString(v.FastOpenCookie)} {v.SackCount}";
        for (int i = 0; i < v.SackCount; i++)
        {
            v.SackBlock(i, out uint left, out uint right);
            text += $" {left}:{right}";
        }

        return text;
    }

    private static string Plainly(ReadOnlySpan<byte> o, out bool isWhole)
    {
        int? mss = null, scale = null;
        bool sackOk = false, hasTs = false, md5 = false, tfo = false, isExp = false;
        uint val = 0, ecr = 0;
        string cookie = "", blocks = " 0";
        isWhole = true;
        for (int i = 0; i < o.Length && o[i] != 0;)
        {
            if (o[i] == 1) { i++; continue; }
            int length = i + 1 < o.Length ? o[i + 1] : 0;
            if (length < 2 || i + length > o.Length) { isWhole = false; break; }
            ReadOnlySpan<byte> d = o.Slice(i + 2, length - 2);
            if (o[i] == 2 && length == 4 && (d[0] | d[1]) != 0) mss = (d[0] * 256) + d[1];
            if (o[i] == 3 && length == 3) scale = d[0] > 14 ? 14 : d[0];
            if (o[i] == 4 && length == 2) sackOk = true;
            if (o[i] == 8 && length == 10) (hasTs, val, ecr) = (true, BinaryPrimitives.ReadUInt32BigEndian(d), BinaryPrimitives.ReadUInt32BigEndian(d[4..]));
            if (o[i] == 19 && length == 18) md5 = true;
            if (o[i] == 34) (tfo, isExp, cookie) = (true, false, Convert.ToHexString(d));
            if (o[i] == 254 && length >= 4 && d[0] == 0xF9 && d[1] == 0x89) (tfo, isExp, cookie) = (true, true, Convert.ToHexString(d[2..]));
            if (o[i] == 5 && length is (10 or 18 or 26 or 34))
            {
                blocks = $" {d.Length / 8}";
                for (; d.Length > 0; d = d[8..]) blocks += $" {BinaryPrimitives.ReadUInt32BigEndian(d)}:{BinaryPrimitives.ReadUInt32BigEndian(d[4..])}";
            }

            i += length;
        }

        return $"{mss} {scale} {sackOk} {hasTs} {val} {ecr} {md5} {tfo} {isExp} {cookie}{blocks}";
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
