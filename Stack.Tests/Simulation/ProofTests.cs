using System.Globalization;
using System.Security.Cryptography;
using UserNet.Samples.Lab;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>The same seed gives the same run, to the octet; another seed another one.</summary>
public sealed class ProofTests
{
    private const ulong Seed = 42;

    [Fact]
    public void A_seed_gives_the_same_recording_and_the_same_digest_in_each_of_many_runs()
    {
        (byte[] file, string digest) = RunOnce(Seed);
        Assert.True(file.Length > 1_000_000, $"{file.Length} octets were recorded.");
        int runs = TestSettings.Count(20, 1000);
        for (int i = 0; i < runs; i++)
        {
            (byte[] again, string digestAgain) = RunOnce(Seed);
            Assert.True(file.AsSpan().SequenceEqual(again), $"The recording of run {i + 2} differs.");
            Assert.Equal(digest, digestAgain);
        }
    }

    [Fact]
    public void Another_seed_gives_another_run()
    {
        (byte[] file, string digest) = RunOnce(Seed);
        (byte[] other, string otherDigest) = RunOnce(Seed + 1);
        Assert.NotEqual(digest, otherDigest);
        Assert.False(file.AsSpan().SequenceEqual(other));
    }

    [Fact]
    public void Event_by_event_two_runs_are_the_same() => Repeat.Twice(Seed, BusyNetwork.Run);

    [Fact]
    public async Task Networks_on_threads_side_by_side_with_others_that_are_busy_run_as_they_do_alone()
    {
        string alone = RunOnce(Seed).Digest;
        using var enough = new CancellationTokenSource();
        Task[] noise = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(() => MakeNoise(enough.Token), TaskCreationOptions.LongRunning))];
        try
        {
            Task<string>[] runs = [.. Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(() => RunAbroad(i), TaskCreationOptions.LongRunning))];
            foreach (string digest in await Task.WhenAll(runs)) Assert.Equal(alone, digest);
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(noise);
        }
    }

    // The same on every machine, in Debug and in Release. If it changes, then what the stack sends, when, or what is recorded of it has: a
    // change that is meant to leave runs as they are is wrong; one that is not has its new digest here.
    [Fact]
    public void The_run_of_a_seed_has_the_digest_that_it_has_everywhere()
    {
        string digest = RunOnce(7).Digest;
        Assert.True(digest == "519f4518060d65b1d72b5cf76020e30b92d9d78bdfab5a3052a2b22da4b48150", $"It has the digest {digest}.");
    }

    // A sample is built again, and nothing else: a transfer through a router, with losses, jitter, a partition and a pause.
    [Fact]
    public async Task A_debug_build_has_the_same_digest()
    {
        string[] options =
        [
            "--seed", "7", "--bytes", "1MB", "--loss", "2%", "--jitter", "3ms", "--reorder", "1%", "--corrupt", "1%", "--partition", "1s..1.5s",
            "--faults", "2s..3s pause router",
        ];
        var here = new StringWriter();
        Assert.Equal(CommandLine.Success, CommandLine.Run(options, here, TextWriter.Null));
        string debug = await DotnetCommand.RunAsync(
            RepositoryPaths.Root, TimeSpan.FromMinutes(5),
            ["run", "--no-restore", "-c", "Debug", "--project", "samples/Lab", "-p:RunAnalyzers=false", "--", .. options]);
        Assert.Equal(DigestIn(here.ToString()), DigestIn(debug));

        static string DigestIn(string output) => output.Split('\n').Single(static line => line.StartsWith("digest", StringComparison.Ordinal)).Trim();
    }

    private static (byte[] File, string Digest) RunOnce(ulong seed)
    {
        using var file = new MemoryStream();
        using var network = new VirtualNetwork(seed);
        using IDisposable capture = network.Capture(file, leaveOpen: true);
        BusyNetwork.Run(network);
        capture.Dispose();
        return (file.ToArray(), network.Digest);
    }

    // On a thread that writes numbers in another way than others do.
    private static string RunAbroad(int number)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberDecimalSeparator) = ($"~{number}", $"'{number}");
        CultureInfo.CurrentCulture = culture;
        return RunOnce(Seed).Digest;
    }

    // Uses processors, memory and the pool of threads.
    private static void MakeNoise(CancellationToken enough)
    {
        byte[] octets = new byte[100_000];
        while (!enough.IsCancellationRequested)
        {
            SHA256.HashData(octets);
            octets = new byte[octets.Length];
            _ = Task.Run(Thread.Yield, CancellationToken.None);
            Thread.Sleep(1);
        }
    }
}
