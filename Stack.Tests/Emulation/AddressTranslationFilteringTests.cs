using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

/// <summary>Who is heard by a mapping that spoke to 198.51.100.9 port 53 alone: a row for each kind of filter and each stranger.</summary>
public sealed class AddressTranslationFilteringTests
{
    [Theory]
    [InlineData(TranslationFiltering.EndpointIndependent, Peer, 53, true)]
    [InlineData(TranslationFiltering.EndpointIndependent, Peer, 54, true)]
    [InlineData(TranslationFiltering.EndpointIndependent, OtherPeer, 53, true)]
    [InlineData(TranslationFiltering.AddressDependent, Peer, 53, true)]
    [InlineData(TranslationFiltering.AddressDependent, Peer, 54, true)]
    [InlineData(TranslationFiltering.AddressDependent, OtherPeer, 53, false)]
    [InlineData(TranslationFiltering.AddressAndPortDependent, Peer, 53, true)]
    [InlineData(TranslationFiltering.AddressAndPortDependent, Peer, 54, false)]
    [InlineData(TranslationFiltering.AddressAndPortDependent, OtherPeer, 53, false)]
    public void A_mapping_hears_whom_it_is_to_hear(TranslationFiltering filtering, string peer, int port, bool isHeard)
    {
        foreach (bool inboundRefreshes in (bool[])[false, true])
        {
            using TranslationRig rig = new(options => options with { Filtering = filtering, InboundRefreshes = inboundRefreshes });
            ushort outer = rig.MapUdp(Host, 4000);
            for (int i = 0; i < 2; i++) Assert.Equal(isHeard, rig.HearsUdp(peer, (ushort)port, outer));
            Assert.Equal(isHeard ? 0 : 2, rig.Drops(DropReason.TranslationFiltered));
        }

        // A call from outside to a port that spoke before: TCP's strangers are as welcome as UDP's. RFC 5382 REQ-3.
        using TranslationRig streams = new(options => options with { Filtering = filtering });
        ushort listening = PortsOf(streams.Out(Segment(Host, 4000, Peer, 53, TcpFlags.Syn))!).Source;
        Assert.Equal(isHeard, streams.In(Segment(peer, (ushort)port, Outer, listening, TcpFlags.Syn)) is not null);
        Assert.Equal(isHeard ? 0 : 1, streams.Drops(DropReason.TranslationFiltered));
    }

    [Theory]
    [InlineData(TranslationFiltering.EndpointIndependent, true)]
    [InlineData(TranslationFiltering.AddressDependent, false)]
    [InlineData(TranslationFiltering.AddressAndPortDependent, false)]
    public void A_peer_is_heard_no_longer_than_its_session_lasts(TranslationFiltering filtering, bool isHeard)
    {
        using TranslationRig rig = new(options => options with { Filtering = filtering, UdpTimeout = TimeSpan.FromMinutes(2) });
        ushort outer = rig.MapUdp(Host, 4000);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(outer, rig.MapUdp(Host, 4000, OtherPeer));
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(isHeard, rig.HearsUdp(Peer, 53, outer));
        Assert.True(rig.HearsUdp(OtherPeer, 53, outer));
        Assert.Equal(outer, rig.MapUdp(Host, 4000, Peer, 99));
        Assert.True(rig.HearsUdp(Peer, 99, outer));
    }

    [Fact]
    public void A_stranger_that_was_heard_lets_no_others_in()
    {
        using TranslationRig rig = new(static options => options with { Filtering = TranslationFiltering.AddressDependent, InboundRefreshes = true });
        ushort outer = rig.MapUdp(Host, 4000);
        Assert.True(rig.HearsUdp(Peer, 54, outer));
        for (int i = 0; i < 6; i++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            rig.HearsUdp(Peer, 54, outer);
        }

        // Only the session that the stranger opened is left, and it does not say that the inside host ever spoke to that address.
        Assert.Equal(1, rig.Translation.Counts.Mappings);
        Assert.False(rig.HearsUdp(Peer, 54, outer));
    }

    [Fact]
    public void Only_a_syn_opens_a_connection_from_outside()
    {
        using TranslationRig rig = new();
        ushort outer = PortsOf(rig.Out(Segment(Host, 4000, Peer, 80, TcpFlags.Syn))!).Source;
        foreach (TcpFlags flags in (TcpFlags[])[TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.None, TcpFlags.Syn | TcpFlags.Rst])
            Assert.Null(rig.In(Segment(OtherPeer, 80, Outer, outer, flags)));
        Assert.Equal(6, rig.Drops(DropReason.TranslationNoSession));
        Assert.Equal(1, rig.Translation.Counts.Sessions);
        Assert.NotNull(rig.In(Segment(OtherPeer, 80, Outer, outer, TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr)));
        Assert.NotNull(rig.In(Segment(OtherPeer, 80, Outer, outer, TcpFlags.Ack)));
        Assert.Equal(2, rig.Translation.Counts.Sessions);
    }
}
