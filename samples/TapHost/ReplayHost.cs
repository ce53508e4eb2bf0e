using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Replay;
using UserNet.Simulation;

namespace UserNet.Samples.TapHost;

/// <summary>The host without a device: what arrived in a recording arrives again, in virtual time, and its answers are compared.</summary>
internal static class ReplayHost
{
    /// <summary>Replays, and prints the report.</summary>
    /// <returns>True when the answers agree with the recorded ones.</returns>
    /// <exception cref="IOException">The recording can't be read, or can't be replayed.</exception>
    public static bool Run(HostOptions options, TextWriter output)
    {
        RecordedSession session = RecordedSession.Read(options.Replay!);
        using PcapngWriter? capture = options.Capture is { } path ? PcapngWriter.Create(path) : null;
        using VirtualNetwork network = new(0, new ManualClock(session.Start));
        NetworkStackOptions doors = new() { TimeProvider = network.Clock, Scheduler = network.Scheduler };
        if (options.Seed is { } seed) doors = doors with { Randomness = new Random(seed).NextBytes };
        using NetworkStack stack = new(doors);
        if (options.Mac is null) doors.Randomness(new byte[MacAddress.Length]);      // as a device draws its station's: the recorded one counts
        ReplayLink link = new(session, network.Clock);
        CapturingLink? captured = capture is null ? null : new CapturingLink(link, capture, session.Name, network.Clock);
        StackInterface eth = stack.Attach(Services.Interface, (ILink?)captured ?? link, Services.Options(options));
        using CancellationTokenSource stop = new();
        network.Start(() => Services.RunAsync(stack, eth, options, network.Clock, static (_, _) => Task.CompletedTask, stop.Token), "the services");
        network.RunFor(link.TimeLeft);
        stop.Cancel();      // breaks the connections that are left, as at the end of the recording
        network.Run();
        ReplayReport report = link.Compare(options.IsExact ? ReplayStrictness.Exact : ReplayStrictness.Semantic);
        output.Write(report.ToString());
        if (captured?.Failure is { } failure) throw new IOException($"The capture ended early: {failure.Message}", failure);
        return report.Agrees;
    }
}
