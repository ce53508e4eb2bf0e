using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Lab;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Lab;

/// <summary>A sweep finds a bug that needs two faults at once, and the shrinker leaves exactly these two.</summary>
public sealed class FaultHuntTests
{
    private static readonly FaultMix Mix = new() { Duration = TimeSpan.FromSeconds(5), Crash = 0.5, Down = 0.5 };

    [Fact]
    public void A_bug_that_needs_two_faults_at_once_is_found_and_shrunk_to_these_two()
    {
        FaultHunt hunt = new(Build, FailWhenBothAreGone, Mix);
        SweepReport report = hunt.Sweep(new SeedRange(1, 10_000), new SweepOptions { StopAtFirst = true });
        SeedResult first = report.FirstFailure!;
        Assert.IsType<SplitBrainException>(first.Failure!.Exception);
        Assert.Equal(hunt.ScheduleOf(first.Seed).HowToRepeat(first.Seed), first.Failure.HowToRepeat);
        Assert.True(hunt.ScheduleOf(first.Seed).Count > 2, "There is something to be left out.");

        ShrinkResult result = hunt.Shrink(first.Seed, parallelism: 1);
        Assert.True(result.IsMinimal);
        Assert.Equal([FaultKind.Crash, FaultKind.Down], result.Schedule.Select(static fault => fault.Kind).Order().Reverse());
        Assert.Throws<SplitBrainException>(() => hunt.Run(first.Seed, result.Schedule));
        Assert.All([0, 1], index => hunt.Run(first.Seed, result.Schedule.Without(index)));
        Assert.Equal(result, hunt.Shrink(first.Seed, parallelism: 4));

        // What it prints is enough to have it again.
        string line = result.HowToRepeat(first.Seed).Split('\n')[0];
        string text = line.Split("FaultSchedule.Parse(\"")[1].Split("\")")[0];
        Assert.Equal(result.Schedule, FaultSchedule.Parse(text));
        Assert.Throws<ArgumentException>(() => hunt.Shrink(first.Seed, FaultSchedule.Empty));
    }

    [Fact]
    public void A_network_that_can_not_be_built_is_a_seed_that_fails()
    {
        var hunt = new FaultHunt(static network => throw new FormatException($"planted {network.Seed}"), static _ => { });
        SweepReport report = hunt.Sweep(new SeedRange(1, 3));
        Assert.Equal(["planted 1", "planted 2", "planted 3"], report.Failures.Select(static result => result.Failure!.Exception.Message));
    }

    [Fact]
    public void A_client_that_tries_again_gets_its_answer_from_a_server_that_crashed_and_came_back()
    {
        using var network = new VirtualNetwork(3);
        Build(network);
        var schedule = FaultSchedule.Parse("0.55s..3s crash server; 5.05s..5.2s crash server; 6s..7s pause server; 8s..9s partition client | server");
        schedule.ApplyTo(network);
        VirtualHost client = network.Host("client"), server = network.Host("server");
        server.OnBoot(EchoAsync, "echo");
        var answers = new List<string>();
        int failures = 0;
        network.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                try
                {
                    answers.Add(await AskAsync(client, $"{i}"));
                }
                catch (Exception exception) when (exception is SocketException or IOException)
                {
                    failures++;
                    i--;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), client.Clock);
            }
        });
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), answers);
        Assert.Equal(3, server.BootCount);
        Assert.True(failures > 0, "A crash must be noticed.");
        Assert.True(network.Clock.Now.SinceStart > TimeSpan.FromSeconds(12));
    }

    private static void Build(VirtualNetwork network)
    {
        VirtualHost client = network.AddHost("client"), server = network.AddHost("server"), backup = network.AddHost("backup");
        LinkSwitch office = network.AddSwitch("office");
        network.Connect(client, "10.0.0.1/24", office);
        network.Connect(server, "10.0.0.2/24", office);
        network.Connect(backup, "10.0.0.3/24", office);
    }

    // The planted bug: while the server is down the backup must be heard of, and the link to it is not looked after.
    private static void FailWhenBothAreGone(VirtualNetwork network)
    {
        VirtualLink link = network.Link("backup-office");
        for (int i = 0; i < 60; i++)
        {
            network.RunFor(TimeSpan.FromMilliseconds(100));
            if (!network.Host("server").IsUp && link.ThereNow.IsDown) throw new SplitBrainException();
        }
    }

    private static async Task<string> AskAsync(VirtualHost from, string question)
    {
        TcpConnection connection = await from.Stack.ConnectAsync(InetEndpoint.Parse("10.0.0.2:7"));
        await using Stream stream = connection.AsStream();
        await Task.Delay(TimeSpan.FromMilliseconds(90), from.Clock);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(question));
        byte[] buffer = new byte[100];
        int count = await stream.ReadAsync(buffer);
        if (count == 0) throw new IOException("No answer.");
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    private static async Task EchoAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:7"));
        while (true) _ = ServeAsync(await listener.AcceptAsync());
    }

    private static async Task ServeAsync(TcpConnection connection)
    {
        Stream stream = connection.AsStream();
        byte[] buffer = new byte[1000];
        while (await stream.ReadAsync(buffer) is var count and > 0) await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.DisposeAsync();
    }

    private sealed class SplitBrainException() : Exception("nobody answers");
}
