using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The tables of RFC 9768 §3.1 and §3.2.2.1.</summary>
public sealed class EcnCodesTests
{
    // Table 2, first block, and table 3: the ECN field that was seen, and AE CWR ECE.
    [Theory]
    [InlineData(0, 0b010)]
    [InlineData(1, 0b011)]
    [InlineData(2, 0b100)]
    [InlineData(3, 0b110)]
    public void The_handshake_tells_which_ECN_field_was_seen(byte seen, int ace)
    {
        Assert.Equal(ace, EcnCodes.Ace(EcnCodes.Reflect(seen)));
        Assert.Equal(seen, EcnCodes.Reflected(ace));
        Assert.Equal(EcnCodes.Reflect(seen), EcnCodes.FlagsOf((uint)ace + 8));
    }

    // Table 4.
    [Theory]
    [InlineData(0b000)]
    [InlineData(0b001)]
    [InlineData(0b101)]
    [InlineData(0b111)]
    public void Four_numbers_tell_of_no_ECN_field(int ace) => Assert.Null(EcnCodes.Reflected(ace));

    // §3.1.2 and §3.1.3: what SYN and SYN-ACK make of host A and host B.
    [Theory]
    [InlineData(0b000, false, false)]
    [InlineData(0b001, true, false)]
    [InlineData(0b010, true, true)]
    [InlineData(0b011, false, true)]
    [InlineData(0b100, true, true)]
    [InlineData(0b101, true, true)]
    [InlineData(0b110, true, true)]
    [InlineData(0b111, true, false)]
    public void Accurate_ECN_is_agreed_on_by_some_numbers(int ace, bool inSyn, bool inSynAck)
    {
        Assert.Equal(inSyn, EcnCodes.MeansAccurate(TcpFlags.Syn | EcnCodes.FlagsOf((uint)ace)));
        Assert.Equal(inSynAck, EcnCodes.MeansAccurate(TcpFlags.Syn | TcpFlags.Ack | EcnCodes.FlagsOf((uint)ace)));
    }

    // RFC 3168 §18: the not-ECT codepoint does not change, CE does not, and ECT does not become not-ECT.
    [Theory]
    [InlineData(0, "1000")]
    [InlineData(1, "0111")]
    [InlineData(2, "0111")]
    [InlineData(3, "0001")]
    public void Routers_turn_ECT_into_CE_alone(byte sent, string seen)
    {
        for (byte field = 0; field < 4; field++) Assert.Equal(seen[field] == '1', EcnCodes.MayBecome(sent, field));
    }
}
