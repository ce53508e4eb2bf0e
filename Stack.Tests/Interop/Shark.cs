using System.Diagnostics;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>What tshark thinks of a recording, and recordings made by tcpdump at the kernel's end.</summary>
internal static class Shark
{
    private const string Checks = "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE";

    // What the kernel quotes in an error is as it came by the device: with a checksum that was left open.
    private const string Quoted = "((icmp || icmpv6) && (udp.checksum.status == Bad || tcp.checksum.status == Bad))";

    // The kernel writes a sum of 0 as 0xFFFF, as for UDP, where it fills in what was left open: it is the same number.
    private const string OtherZero = "tcp.checksum == 0xffff";

    private const string Wrong = $"_ws.malformed || (_ws.expert.severity == error && !{Quoted} && !({OtherZero})) || ip.checksum.status == Bad"
        + $" || (udp.checksum.status == Bad && !{Quoted}) || (tcp.checksum.status == Bad && !{Quoted} && !({OtherZero})) || icmp.checksum.status == Bad || igmp.checksum.status == Bad || icmpv6.checksum.status == Bad";

    /// <summary>The test fails with the packets that are malformed, or that have a bad checksum or an error.</summary>
    /// <param name="file">The recording.</param>
    /// <param name="only">A display filter for the packets that are looked at.</param>
    public static void FindNothingWrong(string file, string? only = null)
    {
        string filter = only is null ? Wrong : $"({only}) && ({Wrong})";
        string found = Tool("tshark", $"-n -r {file} {Checks} -Y \"{filter}\" -T fields -e frame.number -e _ws.col.Info -e _ws.expert.message");
        Assert.True(found.Length == 0, found.Length > 4000 ? found[..4000] : found);
    }

    /// <summary>
    /// The test fails with the segments that a wire without faults does not have: out of order, missing, asked for again, or sent again
    /// without a reason.
    /// </summary>
    /// <remarks>
    /// A reader that gets no turn on a busy machine says nothing for a while, and its peer probes (RFC 8985 §7.2): that is the reason, and the
    /// reader answers each probe with a D-SACK.
    /// </remarks>
    public static void FindNoTroubleOfStreams(string file)
    {
        string[] troubles = ["fast_retransmission", "out_of_order", "lost_segment", "zero_window_probe", "reused_ports"];
        string found = Tool("tshark", $"-n -r {file} -Y \"{string.Join(" || ", troubles.Select(static it => $"tcp.analysis.{it}"))}\"");
        Assert.True(found.Length == 0, found.Length > 4000 ? found[..4000] : found);
        const string again = "tcp.analysis.retransmission || tcp.analysis.spurious_retransmission";
        string[][] sentAgain = Fields(file, again, "frame.number", "tcp.seq"), probed = Fields(file, "tcp.options.sack.dsack_le", "frame.number", "tcp.options.sack.dsack_le");
        Assert.True(sentAgain.Length <= 3 && sentAgain.Length <= probed.Length, Tool("tshark", $"-n -r {file} -Y \"{again}\""));
    }

    /// <summary>Fields of the packets that a display filter lets through, a line a packet, split at tabs.</summary>
    public static string[][] Fields(string file, string filter, params string[] fields) =>
        [.. Tool("tshark", $"-n -r {file} {Checks} -Y \"{filter}\" -T fields {string.Join(' ', fields.Select(static f => $"-e {f}"))}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t'))];

    /// <summary>Begins to record, and returns once tcpdump listens.</summary>
    /// <param name="on">An interface of this thread's namespace.</param>
    /// <param name="file">Where to.</param>
    /// <param name="filter">What is recorded.</param>
    /// <param name="count">After how many packets it ends by itself; 0 for never.</param>
    public static Process Record(string on, string file, string filter = "", int count = 0)
    {
        Process process = Begin("tcpdump", $"-i {on} -n -s 0 -B 16384 -w {file}{(count > 0 ? $" -c {count}" : "")} {filter}");
        while (process.StandardError.ReadLine() is { } line)
            if (line.Contains("listening on", StringComparison.Ordinal)) return process;
        throw new InvalidOperationException($"tcpdump on {on} ended: {process.WaitForExit(1000)}");
    }

    /// <summary>Ends a recording; what came before is in the file.</summary>
    public static void Finish(Process recording)
    {
        // tcpdump takes packets from its ring once a second or so; one that is told to end leaves the last ones there.
        Thread.Sleep(100);
        _ = Signals.Send(recording.Id, Signals.Interrupt);
        Assert.True(recording.WaitForExit(10_000), "tcpdump did not end.");
    }
}
