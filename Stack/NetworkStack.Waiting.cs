using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet;

// Who waits.
public sealed partial class NetworkStack
{
    /// <summary>
    /// The calls that wait for a socket of this stack, a line each, as in "accept at tcp 0.0.0.0:80 (LISTEN)": for a report of why nothing
    /// goes on. In the order of the table; calls on sockets without a port are counted in a last line. Any thread.
    /// </summary>
    public IReadOnlyList<string> DescribeWaits()
    {
        using (Core.Enter())
        {
            var lines = new List<string>();
            int left = Core.Waiting.Count;
            foreach (HolderRow row in new TableSnapshot(Core.Engine.Table, Core.Engine.Routes).Rows)
            {
                if (row.Owner is not NetworkSocket socket) continue;
                foreach (string call in socket.WaitingCalls())
                {
                    string peer = row.Remote is { } remote ? $" -> {remote}" : "";
                    lines.Add($"{call} at {HolderRow.NameOf(row.Protocol)} {row.Local}{peer} ({row.StateName})");
                    left--;
                }
            }

            if (left > 0) lines.Add(left == 1 ? "a call of a socket without a port" : $"{left} calls of sockets without a port");
            return lines;
        }
    }
}
