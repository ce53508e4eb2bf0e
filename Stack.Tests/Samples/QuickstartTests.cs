using UserNet.Samples.Quickstart;
using Xunit;

namespace UserNet.Tests.Samples;

public sealed class QuickstartTests
{
    [Fact]
    public async Task The_tour_is_the_same_on_each_run_and_another_one_with_another_seed()
    {
        string first = await RunAsync("--seed", "7"), again = await RunAsync(), other = await RunAsync("--seed", "8");
        Assert.Equal(first, again);
        Assert.NotEqual(first.Replace("seed 7", "seed 8", StringComparison.Ordinal), other);
    }

    [Fact]
    public void The_readme_shows_what_the_tour_prints()
    {
        Readme readme = Readme.Load();
        var writer = new StringWriter { NewLine = "\n" };
        Tour.Run(Page.Plain(writer), seed: 7);
        string printed = Readme.TrimLines(writer.ToString());
        Assert.All(readme.Blocks("text tour"), excerpt => Assert.Contains(excerpt, printed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("| wildcard, then one address", "EADDRINUSE", "EADDRINUSE", "ok")]
    [InlineData("SO_REUSEADDR on the second only", "EADDRINUSE", "EADDRINUSE", "WSAEACCES")]
    [InlineData("port 80 as an ordinary user", "EACCES", "EACCES", "ok")]
    [InlineData("listen without bind", "ok", "EDESTADDRREQ", "WSAEINVAL")]
    [InlineData("range of two, three times", "EADDRINUSE", "EADDRINUSE", "WSAENOBUFS")]
    public void The_tour_names_each_system_s_own_code(string program, params string[] codes)
    {
        var writer = new StringWriter();
        Tour.Run(Page.Plain(writer), seed: 1);
        string[] lines = writer.ToString().Split('\n');
        string row = Assert.Single(lines, line => line.Contains(program, StringComparison.Ordinal));
        Assert.Equal(codes, row.Split('|', StringSplitOptions.TrimEntries)[2..5]);
    }

    [Fact]
    public void The_tour_shows_a_listener_a_connection_and_what_is_left_of_it()
    {
        var writer = new StringWriter();
        Tour.Run(Page.Plain(writer), seed: 1);
        string text = writer.ToString();
        string streams = text[text.IndexOf("A stream, and what is left of it", StringComparison.Ordinal)..];
        Assert.Equal(2, Rows("LISTEN"));
        Assert.Equal(1, Rows("ESTAB"));
        Assert.Equal(1, Rows("TIME-WAIT"));
        Assert.Contains("bob got \"Anybody home?\" from 192.0.2.1:", streams, StringComparison.Ordinal);
        int refused = streams.IndexOf("> bind tcp 0.0.0.0:80: EADDRINUSE, held by tcp 192.0.2.2:80", StringComparison.Ordinal);
        Assert.InRange(refused, 0, streams.IndexOf("> bind 0.0.0.0:80: ok", StringComparison.Ordinal));

        int Rows(string state) => streams.Split('\n').Count(line => line.StartsWith($"tcp    {state} ", StringComparison.Ordinal));
    }

    private static Task<string> RunAsync(params string[] arguments) =>
        DotnetCommand.RunAsync(AppContext.BaseDirectory, [typeof(Tour).Assembly.Location, .. arguments]);
}
