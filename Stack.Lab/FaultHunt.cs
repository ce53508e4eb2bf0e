using UserNet.Simulation;

namespace UserNet.Lab;

/// <summary>
/// Looks for the faults under which a scenario fails: draws them for each seed, sweeps the seeds, and shrinks what
/// fails.
/// </summary>
/// <remarks>Neither delegate may share what changes between two networks. Any thread.</remarks>
public sealed class FaultHunt
{
    private readonly Action<VirtualNetwork> _build, _run;
    private readonly FaultMix? _mix;

    /// <summary>A hunt.</summary>
    /// <param name="build">Adds hosts and links. Time must not pass.</param>
    /// <param name="run">Lets time pass, and throws when something is not as it should be; faults are applied before.</param>
    /// <param name="mix">What faults are drawn; null for something of everything.</param>
    public FaultHunt(Action<VirtualNetwork> build, Action<VirtualNetwork> run, FaultMix? mix = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(run);
        (_build, _run, _mix) = (build, run, mix);
    }

    /// <summary>A hunt with a program, <see cref="VirtualNetwork.Run(Func{Task})"/>; the run ends with it.</summary>
    /// <inheritdoc cref="FaultHunt(Action{VirtualNetwork}, Action{VirtualNetwork}, FaultMix?)"/>
    public FaultHunt(Action<VirtualNetwork> build, Func<VirtualNetwork, Task> run, FaultMix? mix = null)
        : this(build, AsRun(run), mix)
    {
    }

    /// <summary>The faults that are drawn for a seed.</summary>
    public FaultSchedule ScheduleOf(ulong seed)
    {
        using var network = new VirtualNetwork(seed);
        _build(network);
        return FaultSchedule.Draw(seed, network, _mix);
    }

    /// <summary>
    /// Runs the scenario once, in the caller's thread: also to see a failure in the debugger. What it throws comes out.
    /// </summary>
    /// <param name="seed">The seed of the network.</param>
    /// <param name="schedule">The faults; null for those that are drawn for the seed.</param>
    public void Run(ulong seed, FaultSchedule? schedule = null)
    {
        using var network = new VirtualNetwork(seed);
        _build(network);
        (schedule ?? FaultSchedule.Draw(seed, network, _mix)).ApplyTo(network);
        _run(network);
    }

    /// <summary>Runs the scenario with the faults of each seed.</summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="options">How; null for all seeds on all cores.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SweepReport Sweep(IEnumerable<ulong> seeds, SweepOptions? options = null)
    {
        options ??= new SweepOptions();
        return SeedSweep.Run(
            seeds,
            seed =>
            {
                Run(seed);
                return null;
            },
            options with { HowToRepeat = options.HowToRepeat ?? (seed => ScheduleOf(seed).HowToRepeat(seed)) });
    }

    /// <summary>
    /// Shrinks the faults of a seed that fails to a few with which it still fails: with an exception of the same type.
    /// </summary>
    /// <param name="seed">The seed of the network.</param>
    /// <param name="schedule">The faults; null for those that are drawn for the seed.</param>
    /// <param name="options">How; null for the usual.</param>
    /// <param name="parallelism">How many threads run; 0 for all cores. The answer does not depend on it.</param>
    /// <exception cref="ArgumentException">It does not fail.</exception>
    public ShrinkResult Shrink(ulong seed, FaultSchedule? schedule = null, ShrinkOptions? options = null, int parallelism = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parallelism);
        schedule ??= ScheduleOf(seed);
        Type failure = FailureOf(seed, schedule)
            ?? throw new ArgumentException($"With seed {seed} it does not fail under the schedule: {schedule}", nameof(seed));
        int threads = parallelism > 0 ? parallelism : Environment.ProcessorCount;
        return ScheduleShrinker.Shrink(
            schedule,
            candidates => WorkInOrder.Run(candidates.Count, threads, index => FailureOf(seed, candidates[index]) == failure),
            options);
    }

    private static Action<VirtualNetwork> AsRun(Func<VirtualNetwork, Task> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return network => network.Run(() => program(network));
    }

    private Type? FailureOf(ulong seed, FaultSchedule schedule)
    {
        try
        {
            Run(seed, schedule);
            return null;
        }
#pragma warning disable CA1031 // whatever it is, it failed with it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception.GetType();
        }
    }
}
