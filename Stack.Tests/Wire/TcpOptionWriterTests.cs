using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class TcpOptionWriterTests
{
    [Fact]
    public void It_writes_each_option_as_the_RFCs_draw_it()
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.MaximumSegmentSize(1460);
        writer.SackPermitted();
        writer.Timestamps(0x93882b71, 0x01020304);
        writer.NoOperation();
        writer.WindowScale(7);
        Assert.Equal("020405b4" + "0402" + "080a93882b7101020304" + "01" + "030307", Convert.ToHexStringLower(writer.Written));
        Assert.Equal((20, 20), (writer.Length, writer.Room));
    }

    [Fact]
    public void Four_blocks_fit_alone_and_three_beside_timestamps()
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.FillTo(2);
        writer.BeginSack(4);
        for (uint i = 0; i < 4; i++) writer.SackBlock(i, i + 1);
        Assert.Equal(36, writer.Length);
        Assert.StartsWith("010105220000000000000001000000010000000200000002", Convert.ToHexStringLower(writer.Written));

        writer = new TcpOptionWriter(new byte[40]);
        writer.AddAlignedTimestamps(1, 2);
        writer.FillTo(2);
        writer.BeginSack(3);
        for (uint i = 0; i < 3; i++) writer.SackBlock(i, i + 1);
        Assert.Equal((40, 0), (writer.Length, writer.Room));
        Assert.StartsWith("0101080a0000000100000002" + "0101051a", Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void A_Fast_Open_cookie_goes_into_either_option()
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.FastOpen(Convert.FromHexString("3021b9d889017eeb"));
        writer.FillTo(0);
        writer.FastOpenExperimental(Convert.FromHexString("abcd"));
        writer.EndAtWord();
        Assert.Equal("220a3021b9d889017eeb0101" + "fe06f989abcd0000", Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void What_it_writes_is_read_again()
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.AddAlignedTimestamps(7, 8);
        writer.BeginSack(1);
        writer.SackBlock(uint.MaxValue, 3);
        writer.FillTo(0);
        Assert.True(TcpOptionValues.Read(writer.Written, out TcpOptionValues values));
        Assert.Equal((7u, 8u, 1), (values.TimestampValue, values.TimestampEcho, values.SackCount));
        values.SackBlock(0, out uint left, out uint right);
        Assert.Equal((uint.MaxValue, 3u), (left, right));
    }
}
