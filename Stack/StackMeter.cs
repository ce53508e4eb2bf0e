using System.Diagnostics.Metrics;
using UserNet.Doors;

namespace UserNet;

/// <summary>A stack's counters as instruments of System.Diagnostics.Metrics, until it is disposed of.</summary>
/// <remarks>
/// Counters that are observed, so they cost nothing while nobody listens: usernet.packets by kind, usernet.drops by
/// reason, usernet.interface.frames, usernet.interface.octets and usernet.interface.drops by interface and direction,
/// usernet.holders and usernet.packet_buffers. Any thread.
/// </remarks>
public sealed class StackMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "UserNet";

    private readonly Meter _meter;
    private readonly NetworkStack _stack;

    internal StackMeter(NetworkStack stack, IEnumerable<KeyValuePair<string, object?>>? tags)
    {
        _stack = stack;
        _meter = new Meter(Name, version: null, tags, scope: stack);
        _meter.CreateObservableCounter("usernet.packets", ObservePackets, "{packet}", "What the stack counts, by kind.");
        _meter.CreateObservableCounter("usernet.drops", ObserveDrops, "{packet}", "What was dropped, by reason.");
        _meter.CreateObservableCounter("usernet.interface.frames",
            () => Observe(static one => one.FramesIn, static one => one.FramesOut), "{frame}", "Frames that passed.");
        _meter.CreateObservableCounter("usernet.interface.octets",
            () => Observe(static one => one.OctetsIn, static one => one.OctetsOut), "By", "Octets of frames that passed.");
        _meter.CreateObservableCounter("usernet.interface.drops",
            () => Observe(static one => one.DropsIn, static one => one.DropsOut), "{frame}", "Frames that were dropped.");
        _meter.CreateObservableUpDownCounter("usernet.holders", () => stack.HolderCount, "{holder}", "Sockets that hold a port.");
        _meter.CreateObservableUpDownCounter(
            "usernet.packet_buffers", () => stack.Statistics.PacketsOutstanding, "{buffer}", "Packet buffers in use.");
    }

    /// <summary>Takes the instruments away.</summary>
    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> ObservePackets()
    {
        StackStatistics now = _stack.Statistics;
        return [.. Enum.GetValues<Counter>().Select(counter => new Measurement<long>(now[counter], Tag("kind", counter.ToString())))];
    }

    private List<Measurement<long>> ObserveDrops()
    {
        StackStatistics now = _stack.Statistics;
        return [.. Enum.GetValues<DropReason>().Where(static reason => reason != DropReason.None)
            .Select(reason => new Measurement<long>(now[reason], Tag("reason", reason.ToString())))];
    }

    private List<Measurement<long>> Observe(Func<InterfaceStatistics, long> received, Func<InterfaceStatistics, long> sent)
    {
        List<Measurement<long>> measurements = [];
        foreach (InterfaceStatistics one in _stack.Statistics.Interfaces)
        {
            measurements.Add(new Measurement<long>(received(one), Tag("interface", one.Name), Tag("direction", "in")));
            measurements.Add(new Measurement<long>(sent(one), Tag("interface", one.Name), Tag("direction", "out")));
        }

        return measurements;
    }

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
