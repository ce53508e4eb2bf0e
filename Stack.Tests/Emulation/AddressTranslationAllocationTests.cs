using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

public sealed class AddressTranslationAllocationTests
{
    [Theory]
    [InlineData(TranslationFiltering.EndpointIndependent)]
    [InlineData(TranslationFiltering.AddressDependent)]
    public void Packets_and_mappings_that_come_and_go_allocate_nothing(TranslationFiltering filtering)
    {
        NoLink link = new();
        NoSink sink = new();
        ManualClock clock = new();
        AddressTranslationOptions options = Options with { Ports = new PortRange(61_000, 61_049), UdpTimeout = TimeSpan.FromSeconds(10), Filtering = filtering };
        using AddressTranslation translation = new(link, options, clock, new Random(1).NextBytes);
        translation.Start(sink);
        LinkFrame[] packets = [.. Enumerable.Range(0, 200).Select(static i => new LinkFrame(Datagram(Host, (ushort)(1 + i), Peer, 53)))];
        LinkFrame[] segments = [.. Enumerable.Range(0, 50).Select(static i => new LinkFrame(Segment(Host, (ushort)(1 + i), Peer, 80, i % 2 == 0 ? TcpFlags.Syn : TcpFlags.Fin)))];
        LinkFrame[] answers = [.. Enumerable.Range(0, 200).Select(static i => new LinkFrame(Datagram(Peer, 53, Outer, (ushort)(60_990 + i))))];
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < packets.Length; i++)
            {
                translation.Send(packets.AsSpan(i, 1));
                translation.Send(segments.AsSpan(i % segments.Length, 1));
                link.Sink!.OnFrames(answers.AsSpan(i, 1), default);
                if (i % 10 == 0) clock.Advance(TimeSpan.FromSeconds(1));      // mappings come and go
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(translation.Counts.Outbound > 500, $"{translation.Counts}");
        Assert.True(translation.Counts.Inbound > 50, $"{translation.Counts}");
        Assert.True(translation.DropsOf(DropReason.TranslationExhausted) > 0);
    }

    private sealed class NoLink : ILink
    {
        public IFrameSink? Sink { get; private set; }

        public LinkMedium Medium => LinkMedium.Ip;

        public int Mtu => 1500;

        public LinkFeatures Features => LinkFeatures.None;

        public MacAddress? Address => null;

        public void Start(IFrameSink sink) => Sink = sink;

        public int Send(ReadOnlySpan<LinkFrame> frames) => frames.Length;

        public void Dispose()
        {
        }
    }

    private sealed class NoSink : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }
}
