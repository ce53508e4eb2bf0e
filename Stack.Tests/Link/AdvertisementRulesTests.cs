using UserNet.Link;
using Xunit;
using static UserNet.Link.NeighborState;

namespace UserNet.Tests.Link;

/// <summary>RFC 4861 §7.2.5, row by row as its appendix C has it; and what Linux makes of the states that the RFC does not know.</summary>
public sealed class AdvertisementRulesTests
{
    private static readonly NeighborState[] Known = [Reachable, Stale, Delay, Probe];

    // Appendix C, "INCOMPLETE": S, O any, with a station: record it, REACHABLE or STALE; without one nothing but the router flag,
    // which §7.2.5 does not have: "the receiving node SHOULD silently discard the received advertisement".
    [Theory]
    [InlineData(true, true, "station Reachable router")]
    [InlineData(false, true, "station Stale router")]
    [InlineData(true, false, "")]
    [InlineData(false, false, "")]
    public void One_that_is_asked_for(bool isSolicited, bool hasStation, string expected)
    {
        foreach (bool overrides in (bool[])[false, true])
            Assert.Equal(expected, Say(AdvertisementRules.Decide(Incomplete, isSolicited, overrides, hasStation, isOther: true)));
    }

    // Appendix C, the rows of "!INCOMPLETE".
    [Theory]
    [InlineData("S=1 O=0 same", "Reachable router")]
    [InlineData("S=1 O=1 same", "Reachable router")]
    [InlineData("S=1 O=1 other", "station Reachable router")]
    [InlineData("S=0 O=1 same", "router")]
    [InlineData("S=0 O=1 other", "station Stale router")]
    [InlineData("S=0 O=0 same", "router")]
    [InlineData("S=1 O=0 none", "Reachable router")]
    [InlineData("S=1 O=1 none", "Reachable router")]
    [InlineData("S=0 O=0 none", "router")]
    [InlineData("S=0 O=1 none", "router")]
    public void One_that_is_known(string advertisement, string expected)
    {
        foreach (NeighborState state in Known) Assert.Equal(expected, Decide(state, advertisement));
    }

    // Appendix C: "NA, Solicited=any, Override=0, Link-layer address different from cached": REACHABLE becomes STALE, all else stays.
    [Theory]
    [InlineData("S=1 O=0 other")]
    [InlineData("S=0 O=0 other")]
    public void Another_station_that_does_not_override_makes_doubt_and_nothing_else(string advertisement)
    {
        Assert.Equal("Stale", Decide(Reachable, advertisement));
        foreach (NeighborState state in (NeighborState[])[Stale, Delay, Probe]) Assert.Equal("", Decide(state, advertisement));
    }

    [Fact]
    public void One_that_the_user_gave_and_one_that_does_not_answer_stay_what_they_are()
    {
        foreach (NeighborState state in (NeighborState[])[Permanent, Failed])
            for (int bits = 0; bits < 16; bits++)
                Assert.Equal("", Say(AdvertisementRules.Decide(state, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0)));
    }

    private static string Decide(NeighborState state, string advertisement) => Say(AdvertisementRules.Decide(
        state, advertisement.Contains("S=1", StringComparison.Ordinal), advertisement.Contains("O=1", StringComparison.Ordinal),
        !advertisement.EndsWith("none", StringComparison.Ordinal), advertisement.EndsWith("other", StringComparison.Ordinal)));

    private static string Say(AdvertisementEffect effect) =>
        string.Join(' ', ((string[])[effect.TakesStation ? "station" : "", $"{effect.Next}", effect.TakesRouter ? "router" : ""]).Where(static word => word.Length > 0));
}
