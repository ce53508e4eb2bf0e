namespace UserNet.Tests.Drill.Duel;

/// <summary>What random scripts there are, by what they are about.</summary>
internal static partial class DuelThemes
{
    /// <summary>By name: what writes a script.</summary>
    public static IReadOnlyDictionary<string, Action<DuelScript>> All { get; } = new SortedDictionary<string, Action<DuelScript>>(StringComparer.Ordinal)
    {
        ["active"] = Active,
        ["close"] = Close,
        ["cookies"] = Cookies,
        ["ecn"] = Ecn,
        ["fast-client"] = FastClient,
        ["fast-server"] = FastServer,
        ["first"] = First,
        ["fins"] = Fins,
        ["losses"] = Losses,
        ["stretches"] = Stretches,
        ["reordered"] = Reordered,
        ["sackless"] = Sackless,
        ["tails"] = Tails,
        ["timeouts"] = Timeouts,
        ["chat"] = Chat,
        ["mtu-probing"] = MtuProbing,
        ["nagle"] = Nagle,
        ["paced"] = Paced,
        ["path-mtu"] = PathMtu,
        ["peer-window"] = PeerWindow,
        ["send-buffer"] = SendBuffer,
        ["send-fin"] = SendFin,
        ["slow-start"] = SlowStart,
        ["calls"] = Calls,
        ["events"] = Events,
        ["icmp-calls"] = IcmpCalls,
        ["datagrams"] = Datagrams,
        ["options"] = Options,
        ["stamps"] = Stamps,
        ["waits"] = Waits,
        ["half-open"] = HalfOpen,
        ["passive"] = Passive,
        ["arrivals"] = Arrivals,
        ["delayed-acks"] = DelayedAcks,
        ["marks"] = Marks,
        ["reads"] = Reads,
        ["urgent"] = Urgent,
        ["validity"] = Validity,
        ["windows"] = Windows,
        ["silence"] = Silence,
        ["time-wait"] = TimeWait,
    };

    // A server that was connected to: descriptor 4.
    private static void Accept(DuelScript script, string options = "mss 1000,sackOK,nop,nop,nop,wscale 7", int rtt = 20_000, string window = "win 1000")
    {
        script.Know("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        script.Know("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
        script.Know("bind(3, ..., ...) = 0");
        script.Know("listen(3, 1) = 0");
        script.Wait(10_000);
        script.In($"S 0:0(0) win 65535 <{options}>");
        script.Wait(rtt);
        script.In($". 1:1(0) ack 1 {window}");
        script.Know("accept(3, ..., ...) = 4");
        script.Wait(10_000);
    }

    private static void First(DuelScript script)
    {
        Accept(script);
        int sent = 0, acked = 0;
        for (int i = 0; i < script.Random.Next(4, 12); i++)
        {
            if (script.Chance(0.5))
            {
                int count = script.Random.Next(1, 6) * 1000;
                script.Call($"write(4, ..., {count})");
                sent += count;
            }
            else
            {
                acked = Math.Min(sent, acked + (script.Random.Next(0, 4) * 1000));
                script.In($". 1:1(0) ack {acked + 1} win 1000");
            }

            script.Probe("snd_cwnd", "unacked", "ca_state", "retrans");
            script.Wait(15_000, 300_000);
        }
    }
}
