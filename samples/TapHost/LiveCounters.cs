using System.Globalization;
using Spectre.Console;
using UserNet.Doors;

namespace UserNet.Samples.TapHost;

/// <summary>The counters that move, drawn anew twice a second.</summary>
internal static class LiveCounters
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private static readonly Counter[] Shown =
    [
        Counter.ArpInRequests, Counter.ArpOutRequests, Counter.IcmpInEchoRequests, Counter.IcmpOutEchoReplies, Counter.IcmpOutUnreachable,
        Counter.UdpInDatagrams, Counter.UdpOutDatagrams, Counter.IpReassembled, Counter.IpFragmented,
    ];

    /// <summary>True when the terminal can be drawn on.</summary>
    public static bool CanBeShown => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>Draws until it is told to stop.</summary>
    public static Task RunAsync(NetworkStack stack, CancellationToken stop)
    {
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumn("counted").AddColumn(new TableColumn("all").RightAligned()).AddColumn(new TableColumn("per second").RightAligned());
        return AnsiConsole.Live(table).StartAsync(async context =>
        {
            StackStatistics before = stack.Statistics;
            long at = TimeProvider.System.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                StackStatistics now = stack.Statistics;
                double seconds = TimeProvider.System.GetElapsedTime(at).TotalSeconds;
                at = TimeProvider.System.GetTimestamp();
                Fill(table, before, now, seconds);
                context.Refresh();
                before = now;
                await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private static void Fill(Table table, StackStatistics before, StackStatistics now, double seconds)
    {
        table.Rows.Clear();
        for (int i = 0; i < now.Interfaces.Count; i++)
        {
            InterfaceStatistics then = before.Interfaces[i], one = now.Interfaces[i];
            AddRow(table, $"{one.Name}: frames in", then.FramesIn, one.FramesIn, seconds);
            AddRow(table, $"{one.Name}: frames out", then.FramesOut, one.FramesOut, seconds);
        }

        foreach (Counter counter in Shown) AddRow(table, counter.ToString(), before[counter], now[counter], seconds);
        AddRow(table, "dropped, for all reasons", before.Drops, now.Drops, seconds);
    }

    private static void AddRow(Table table, string name, long before, long now, double seconds) => table.AddRow(
        Markup.Escape(name), now.ToString("N0", CultureInfo.InvariantCulture),
        seconds > 0 ? ((now - before) / seconds).ToString("N0", CultureInfo.InvariantCulture) : "");
}
