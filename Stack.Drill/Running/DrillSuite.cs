using System.Diagnostics;
using System.Text.RegularExpressions;

namespace UserNet.Drill;

/// <summary>Finds scripts and plays many at once, each from its beginning to its end on one thread.</summary>
public static partial class DrillSuite
{
    /// <summary>Finds the scripts of files and folders.</summary>
    /// <param name="paths">Files, and folders that are searched for *.pkt with all that is in them.</param>
    /// <returns>Each script once: in the order of the paths, those of a folder by name.</returns>
    /// <exception cref="ArgumentNullException">There are no paths.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="IOException">A folder can't be read.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var found = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            IEnumerable<string> files = Directory.Exists(path)
                ? Directory.EnumerateFiles(path, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                : File.Exists(path) ? [path] : throw new FileNotFoundException($"There is no file or folder {path}.", path);
            foreach (string file in files)
                if (known.Add(Path.GetFullPath(file))) found.Add(file);
        }

        return found;
    }

    /// <summary>Plays scripts.</summary>
    /// <param name="scripts">Their files.</param>
    /// <param name="options">How; null for what is usual.</param>
    /// <returns>How each ended, in the order of the list; the same on any number of threads, but for the time it took.</returns>
    /// <exception cref="ArgumentNullException">There is no list.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Less than one is to be played at once.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<DrillRun> Run(IEnumerable<string> scripts, DrillSuiteOptions? options = null) => Run(scripts, options, Drill.Play);

    internal static IReadOnlyList<DrillRun> Run(
        IEnumerable<string> scripts, DrillSuiteOptions? options, Func<string, DrillOptions, DrillVerdict> play)
    {
        ArgumentNullException.ThrowIfNull(scripts);
        options ??= new DrillSuiteOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Parallelism, 1);
        if (options.RecordingFolder is { } folder) Directory.CreateDirectory(folder);
        List<(string Path, DrillIpVersion? Version)> wanted = [];
        foreach (string path in scripts)
            foreach (DrillIpVersion? version in VersionsFor(path, options.IpVersions)) wanted.Add((path, version));
        return new Work(wanted, options, play).Run();
    }

    /// <summary>The versions of IP that a script is to be played over; null for what it says itself.</summary>
    internal static IReadOnlyList<DrillIpVersion?> VersionsFor(string path, IReadOnlyList<DrillIpVersion> asked)
    {
        if (path.EndsWith("v4.pkt", StringComparison.Ordinal)) return [DrillIpVersion.IPv4];
        if (path.EndsWith("v6.pkt", StringComparison.Ordinal)) return [DrillIpVersion.IPv6];
        return asked.Count == 0 || SaysVersion(path) ? [null] : [.. asked.Distinct().Select(static version => (DrillIpVersion?)version)];
    }

    /// <summary>The profile that the folders of a path name; null when none does.</summary>
    internal static DrillProfile? ProfileOf(string path)
    {
        foreach (string folder in (Path.GetDirectoryName(path) ?? "").Split('/', '\\').Reverse())
        {
            if (folder.Equals("freebsd", StringComparison.OrdinalIgnoreCase)) return DrillProfile.FreeBsd;
            if (folder.Equals("linux", StringComparison.OrdinalIgnoreCase)) return DrillProfile.Linux;
        }

        return null;
    }

    // A file that can't be read is told so when it is played.
    private static bool SaysVersion(string path)
    {
        try
        {
            return VersionOption().IsMatch(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\s*--ip_version\s*=", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex VersionOption();

    /// <summary>Runs that threads share: each takes the next one when it is done with one.</summary>
    private sealed class Work(List<(string Path, DrillIpVersion? Version)> wanted, DrillSuiteOptions options, Func<string, DrillOptions, DrillVerdict> play)
    {
        private readonly Lock _lock = new();
        private readonly DrillRun?[] _runs = new DrillRun?[wanted.Count];
        private int _next, _told, _done, _failed;
        private Exception? _thrown;

        public DrillRun[] Run()
        {
            options.Progress?.Report(new DrillProgress(0, wanted.Count, 0));
            var threads = new Thread[Math.Min(options.Parallelism, wanted.Count)];
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = new Thread(PlayAll) { IsBackground = true, Name = $"UserNet.Drill {i + 1}" };
                threads[i].Start();
            }

            foreach (Thread thread in threads) thread.Join();
            if (_thrown is { } thrown) throw new InvalidOperationException("Who was told of a run threw.", thrown);
            options.CancellationToken.ThrowIfCancellationRequested();
            return _runs!;
        }

        private void PlayAll()
        {
            while (!options.CancellationToken.IsCancellationRequested && Volatile.Read(ref _thrown) is null)
            {
                int index = Interlocked.Increment(ref _next) - 1;
                if (index >= wanted.Count) return;
                DrillRun run = PlayOne(wanted[index].Path, wanted[index].Version);
                lock (_lock) Take(index, run);
            }
        }

        private DrillRun PlayOne(string path, DrillIpVersion? version)
        {
            var trace = new List<string>();
            long begin = Stopwatch.GetTimestamp();
            DrillVerdict verdict;
            try
            {
                using Stream? recording = options.RecordingFolder is { } folder ? File.Create(Path.Combine(folder, RecordingOf(path, version))) : null;
                verdict = play(path, options.Play with { Profile = Profile(path), IpVersion = version, Recording = recording, Trace = options.KeepsTrace ? trace.Add : null });
            }
#pragma warning disable CA1031 // one script that can't be played is no reason not to play the others
            catch (Exception exception)
#pragma warning restore CA1031
            {
                verdict = new DrillVerdict(DrillOutcome.Fail, path, null) { Field = exception.GetType().Name, Actual = exception.Message };
            }

            return new DrillRun(path, version, verdict, trace, Stopwatch.GetElapsedTime(begin));
        }

        private DrillProfile Profile(string path) => (options.ProfileByFolder ? ProfileOf(path) : null) ?? options.Play.Profile;

        // Lock held.
        private void Take(int index, DrillRun run)
        {
            _runs[index] = run;
            _done++;
            if (run.Verdict.Outcome is DrillOutcome.Fail or DrillOutcome.Parse) _failed++;
            try
            {
                options.Progress?.Report(new DrillProgress(_done, _runs.Length, _failed));
                while (_told < _runs.Length && _runs[_told] is { } next)
                {
                    _told++;
                    options.Completed?.Invoke(next);
                }
            }
#pragma warning disable CA1031 // it comes out of the call that waits for the threads
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _thrown ??= exception;
            }
        }

        // One file for each run, whose name says whose.
        private static string RecordingOf(string path, DrillIpVersion? version)
        {
            string name = Path.ChangeExtension(path, null).Replace("..", "", StringComparison.Ordinal).TrimStart('/', '\\', '.');
            string suffix = version is { } known ? "-" + NameOf(known) : "";
            return name.Replace('/', '-').Replace('\\', '-').Replace(':', '-') + suffix + ".pcapng";
        }
    }

    /// <summary>The name of a version of IP in scripts and at the command line.</summary>
    public static string NameOf(DrillIpVersion version) => version switch
    {
        DrillIpVersion.IPv6 => "ipv6",
        DrillIpVersion.IPv4MappedIPv6 => "ipv4-mapped-ipv6",
        _ => "ipv4",
    };
}
