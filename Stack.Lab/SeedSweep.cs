using System.Diagnostics;
using System.Runtime.CompilerServices;
using UserNet.Simulation;

namespace UserNet.Lab;

/// <summary>
/// Runs a scenario with many seeds, on all cores: each with a network of its own, from its beginning to its end on one thread.
/// </summary>
/// <remarks>
/// What a scenario does for a seed must follow from the seed alone: it shares nothing that changes with the others.
/// Then the report is the same on any number of threads, but for the time it took.
/// </remarks>
public static class SeedSweep
{
    /// <summary>Runs a scenario in a new network for each seed.</summary>
    /// <param name="seeds">The seeds, as in <c>new SeedRange(1, 10_000)</c>.</param>
    /// <param name="scenario">Builds hosts and links and lets time pass; a seed failed when it throws.</param>
    /// <param name="options">How; null for all seeds on all cores.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SweepReport Run(IEnumerable<ulong> seeds, Action<VirtualNetwork> scenario, SweepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return Run(
            seeds,
            seed =>
            {
                using var network = new VirtualNetwork(seed);
                scenario(network);
                return null;
            },
            options);
    }

    /// <summary>Runs a program in a new network for each seed, <see cref="VirtualNetwork.Run(Func{Task})"/>; the run ends with it.</summary>
    /// <param name="seeds">The seeds, as in <c>new SeedRange(1, 10_000)</c>.</param>
    /// <param name="scenario">Builds hosts and links, and awaits; a seed failed when it throws, or waits for ever.</param>
    /// <param name="options">How; null for all seeds on all cores.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SweepReport Run(IEnumerable<ulong> seeds, Func<VirtualNetwork, Task> scenario, SweepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return Run(seeds, network => network.Run(() => scenario(network)), options);
    }

    /// <summary>Runs a scenario for each seed.</summary>
    /// <param name="seeds">The seeds, as in <c>new SeedRange(1, 10_000)</c>.</param>
    /// <param name="scenario">
    /// Makes a network with the seed and lets time pass; answers what is to be known of it, such as a digest; a seed
    /// failed when it throws.
    /// </param>
    /// <param name="options">How; null for all seeds on all cores.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    [OverloadResolutionPriority(1)]      // what answers null is this, not a program
    public static SweepReport Run(IEnumerable<ulong> seeds, Func<ulong, string?> scenario, SweepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(scenario);
        options ??= new SweepOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Parallelism, 1);
        ulong[] all = [.. seeds];
        SeedResult[] results = new SeedResult[all.Length];
        var reporter = new Reporter(all, options.Progress);
        int last = WorkInOrder.Run(
            all.Length, options.Parallelism,
            index =>
            {
                SeedResult result = RunSeed(all[index], scenario, options);
                results[index] = result;
                reporter.OnDone(index, result.Failure is not null);
                return options.StopAtFirst && result.Failure is not null;
            },
            options.CancellationToken);
        reporter.OnEnd();
        return new SweepReport(last < 0 ? results : results[..(last + 1)], reporter.Elapsed, options.Parallelism);
    }

    private static SeedResult RunSeed(ulong seed, Func<ulong, string?> scenario, SweepOptions options)
    {
        try
        {
            return new SeedResult(seed, scenario(seed), null);
        }
#pragma warning disable CA1031 // whatever it is, the seed failed with it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new SeedResult(seed, null, new SeedFailure(exception, HowToRepeat(seed, options)));
        }
    }

    // A network that can't even be built has no faults to be told.
    private static string HowToRepeat(ulong seed, SweepOptions options)
    {
        string usual = $"new VirtualNetwork({seed})\n--seed {seed}";
        try
        {
            return options.HowToRepeat?.Invoke(seed) ?? usual;
        }
#pragma warning disable CA1031 // that the seed failed is what is to be told
        catch (Exception)
#pragma warning restore CA1031
        {
            return usual;
        }
    }

    /// <summary>Tells how far it is, now and then.</summary>
    private sealed class Reporter
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

        private readonly Lock _lock = new();
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private readonly ulong[] _seeds;
        private readonly IProgress<SweepProgress>? _progress;
        private TimeSpan _told;
        private int _done, _failed, _firstFailure = int.MaxValue;

        public Reporter(ulong[] seeds, IProgress<SweepProgress>? progress)
        {
            (_seeds, _progress) = (seeds, progress);
            Tell();
        }

        public TimeSpan Elapsed { get; private set; }

        public void OnDone(int index, bool isFailure)
        {
            lock (_lock)
            {
                _done++;
                if (isFailure)
                {
                    _failed++;
                    _firstFailure = Math.Min(_firstFailure, index);
                }

                if (_watch.Elapsed - _told >= Interval) Tell();
            }
        }

        public void OnEnd()
        {
            lock (_lock)
            {
                Elapsed = _watch.Elapsed;
                Tell();
            }
        }

        private void Tell()
        {
            _told = _watch.Elapsed;
            ulong? first = _firstFailure < _seeds.Length ? _seeds[_firstFailure] : null;
            _progress?.Report(new SweepProgress(_done, _seeds.Length, _failed, first, _told));
        }
    }
}
