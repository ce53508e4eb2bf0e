using UserNet.Capture;

namespace UserNet.Simulation;

/// <summary>Runs the same thing twice and proves that it was the same.</summary>
public static class Repeat
{
    /// <summary>
    /// Lets a network of a seed run, then another one, and compares all that happens in them, event by event: every
    /// frame at every interface, what became of it, what wires lost and changed, and notes.
    /// </summary>
    /// <param name="seed">The seed of both networks.</param>
    /// <param name="run">Builds the network and lets it run; is called twice. The network is disposed behind it.</param>
    /// <returns>The digest of both runs, <see cref="VirtualNetwork.Digest"/>.</returns>
    /// <exception cref="DivergenceException">They differ, or the second run threw something and the first did not.</exception>
    /// <remarks>
    /// What the first run throws comes out here. The first 500,000 events are kept to be printed, with up to 64 MiB of
    /// octets; of those behind them a hash, by which a difference is found and its place is known.
    /// </remarks>
    public static string Twice(ulong seed, Action<VirtualNetwork> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunJournal journal = First(seed, run, out string first);
        RunComparison comparison = Second(seed, run, journal, out string second);
        if (comparison.Divergence is { } divergence) throw new DivergenceException(seed, divergence);
        if (first == second) return first;
        throw new DivergenceException(
            seed, new RunDivergence(journal.HashLimit, $"a run of digest {first}", $"a run of digest {second}", null, []));
    }

    /// <summary>
    /// The same with a program that the network runs, <see cref="VirtualNetwork.Run(Func{Task})"/>; the run ends with
    /// it.
    /// </summary>
    /// <inheritdoc cref="Twice(ulong, Action{VirtualNetwork})"/>
    public static string Twice(ulong seed, Func<VirtualNetwork, Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Twice(seed, network => network.Run(() => run(network)));
    }

    private static RunJournal First(ulong seed, Action<VirtualNetwork> run, out string digest)
    {
        using var network = new VirtualNetwork(seed);
        var journal = new RunJournal(network.Epoch);
        network.Subscribe(journal);
        run(network);
        NoteEnd(network, journal);
        digest = network.Digest;
        return journal;
    }

    private static RunComparison Second(ulong seed, Action<VirtualNetwork> run, RunJournal journal, out string digest)
    {
        using var network = new VirtualNetwork(seed);
        var comparison = new RunComparison(journal);
        network.Subscribe(comparison);
        try
        {
            run(network);
        }
#pragma warning disable CA1031 // that it was thrown is the difference
        catch (Exception exception)
#pragma warning restore CA1031
        {
            comparison.End($"{exception.GetType()}: {exception.Message}");
            throw new DivergenceException(seed, comparison.Divergence!, exception);
        }

        NoteEnd(network, comparison);
        comparison.End();
        digest = network.Digest;
        return comparison;
    }

    // Runs that differ in no frame may still end at different times, or after other timers.
    private static void NoteEnd(VirtualNetwork network, IFrameRecorder recorder) =>
        recorder.Note(PcapngWriter.NanosecondsOf(network.Clock.GetUtcNow()), "the run", $"ended after {network.Events} events");
}
