using System.Globalization;
using System.Text;
using UserNet.Addressing;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet;

/// <summary>A stack's counters as they were at one moment; prints itself as <c>netstat -s</c> does.</summary>
/// <remarks>Immutable; any thread. RFC 4293, RFC 4113.</remarks>
public sealed class StackStatistics
{
    private static readonly Counter[] AllCounters = Enum.GetValues<Counter>();
    private static readonly DropReason[] AllReasons = Enum.GetValues<DropReason>();

    private readonly long[] _counts = new long[AllCounters.Length], _drops = new long[AllReasons.Length];

    internal StackStatistics(StackCore core)
    {
        core.AssertInside();
        foreach (Counter counter in AllCounters) _counts[(int)counter] = core.Context.Counters[counter];
        foreach (DropReason reason in AllReasons) _drops[(int)reason] = core.Context.Drops[reason];
        PacketsOutstanding = core.Context.Packets.Outstanding;
        Interfaces = core.Host is not { } host ? [] : [.. host.Interfaces.Entries.Where(static entry => entry.Port is not null)
            .Select(static entry => new InterfaceStatistics(entry.Name, entry.Port!))];
    }

    /// <summary>How often something was counted.</summary>
    public long this[Counter counter] => _counts[(int)counter];

    /// <summary>How much was dropped for a reason.</summary>
    public long this[DropReason reason] => _drops[(int)reason];

    /// <summary>What a counter of Linux's stands at, by the name that nstat shows it with; null where nothing is counted by that name.</summary>
    /// <param name="mibName">As in TcpExtBeyondWindow; the group in front may be left out.</param>
    public long? this[string mibName]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(mibName);
            string name = mibName.StartsWith("TcpExt", StringComparison.Ordinal) ? mibName["TcpExt".Length..] : mibName;
            Counter? counter = name switch
            {
                "BeyondWindow" => Counter.TcpBeyondWindow,
                "TCPRcvQDrop" => Counter.TcpReceiveQueueDrop,
                "TCPZeroWindowDrop" => Counter.TcpZeroWindowDrop,
                "TCPOFODrop" => Counter.TcpOutOfOrderDrop,
                "OutOfWindowIcmps" => Counter.TcpOutOfWindowIcmps,
                "SyncookiesSent" => Counter.TcpSynCookiesSent,
                "SyncookiesRecv" => Counter.TcpSynCookiesReceived,
                "TCPFastOpenPassive" => Counter.TcpFastOpenPassive,
                "TcpActiveOpens" => Counter.TcpActiveOpens,
                "TcpPassiveOpens" => Counter.TcpPassiveOpens,
                "TcpEstabResets" => Counter.TcpEstabResets,
                "TcpInSegs" => Counter.TcpInSegs,
                "TcpOutSegs" => Counter.TcpOutSegs,
                "TcpRetransSegs" => Counter.TcpRetransSegs,
                "TcpOutRsts" => Counter.TcpOutRsts,
                _ => null,
            };
            return counter is { } known ? this[known] : null;
        }
    }

    /// <summary>How much was dropped for whatever reason.</summary>
    public long Drops => _drops.Sum();

    /// <summary>Packet buffers in use: those of packets that wait for a link, a neighbor or other fragments.</summary>
    public int PacketsOutstanding { get; }

    /// <summary>What passed each interface.</summary>
    public IReadOnlyList<InterfaceStatistics> Interfaces { get; }

    /// <summary>Each layer that counted something, its counters and what it dropped, one a line.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (StatisticsGroup group in StatisticsGroup.All) group.Print(text, this);
        text.Append("Interfaces:\n");
        foreach (InterfaceStatistics one in Interfaces) text.Append("    ").Append(one).Append('\n');
        return text.ToString();
    }
}

/// <summary>What passed an interface. RFC 2863 §6.</summary>
public sealed record InterfaceStatistics
{
    internal InterfaceStatistics(string name, LinkPort port)
    {
        Name = name;
        LinkCounters counters = port.Counters;
        (FramesIn, OctetsIn, DropsIn) = (counters.FramesIn, counters.OctetsIn, counters.DropsIn);
        (FramesOut, OctetsOut, DropsOut) = (counters.FramesOut, counters.OctetsOut, counters.DropsOut);
    }

    /// <summary>As in eth0.</summary>
    public string Name { get; }

    /// <summary>Frames that arrived, dropped ones included.</summary>
    public long FramesIn { get; }

    /// <summary>Octets that arrived.</summary>
    public long OctetsIn { get; }

    /// <summary>Frames that were dropped on their way in.</summary>
    public long DropsIn { get; }

    /// <summary>Frames that the link took.</summary>
    public long FramesOut { get; }

    /// <summary>Octets that the link took.</summary>
    public long OctetsOut { get; }

    /// <summary>Frames that were dropped on their way out.</summary>
    public long DropsOut { get; }

    /// <summary>As in eth0: in 12 frames, 1,200 octets, 0 dropped; out ...</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name}: in {FramesIn:N0} frames, {OctetsIn:N0} octets, {DropsIn:N0} dropped; out {FramesOut:N0} frames, {OctetsOut:N0} octets, {DropsOut:N0} dropped");
}
