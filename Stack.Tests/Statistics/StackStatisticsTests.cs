using System.Diagnostics.Metrics;
using UserNet.Doors;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Statistics;

public sealed class StackStatisticsTests
{
    [Fact]
    public void Every_counter_and_every_reason_belongs_to_one_group()
    {
        string[] names = [.. Enum.GetNames<Counter>(), .. Enum.GetNames<DropReason>().Where(name => name != nameof(DropReason.None))];
        using TestLink link = new();
        using NetworkStack stack = Stack(link);
        stack.Configure(static s =>
        {
            foreach (Counter counter in Enum.GetValues<Counter>()) s.Core.Context.Counters.Count(counter);
            foreach (DropReason reason in Enum.GetValues<DropReason>()) s.Core.Context.Drops.Count(reason);
        });
        string[] lines = stack.Statistics.ToString().Split('\n');
        Assert.Equal(names.Length, lines.Count(static line => line.Length > 4 && char.IsAsciiDigit(line[4])));
        Assert.Contains("    1 dropped: bad checksum", lines);
        Assert.Contains("    1 dropped: fragment timeout", lines);
        Assert.Contains("    1 in receives", lines);
    }

    [Fact]
    public void A_dropped_frame_is_counted_under_its_reason_and_at_its_interface()
    {
        using TestLink link = new();
        using NetworkStack stack = Stack(link);
        Assert.Equal(DropReason.FrameTooShort, link.Receive([1, 2, 3]));
        StackStatistics now = stack.Statistics;
        Assert.Equal(1, now[DropReason.FrameTooShort]);
        Assert.Equal(1, now.Drops);
        InterfaceStatistics one = Assert.Single(now.Interfaces, one => one.Name == "eth0");
        Assert.Equal((1, 3, 1), (one.FramesIn, one.OctetsIn, one.DropsIn));
    }

    [Fact]
    public void Instruments_show_the_same_figures_and_go_with_their_meter()
    {
        using TestLink link = new();
        using NetworkStack stack = Stack(link);
        link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2"));
        link.Receive([1, 2, 3]);
        Dictionary<string, long> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == StackMeter.Name && instrument.Meter.Scope == stack) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen[instrument.Name + " " + string.Join(' ', tags.ToArray().Select(tag => tag.Value))] = value);
        listener.Start();
        using (stack.CreateMeter()) listener.RecordObservableInstruments();
        Assert.Equal(1, seen["usernet.drops FrameTooShort"]);
        Assert.Equal(2, seen["usernet.interface.frames eth0 in"]);
        Assert.Equal(45, seen["usernet.interface.octets eth0 in"]);
        Assert.Equal(0, seen["usernet.interface.drops eth0 out"]);
        seen.Clear();
        listener.RecordObservableInstruments();
        Assert.Empty(seen);
    }

    private static NetworkStack Stack(TestLink link)
    {
        NetworkStack stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
        stack.Attach("eth0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        return stack;
    }
}
