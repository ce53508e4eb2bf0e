using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands that list connections and end them.</summary>
internal static class SocketCommands
{
    private const int MostDescriptors = 64;      // of a script

    /// <summary>sockstat [-4] [-6] [-P tcp] [-p port] [-s] [-c] [-l] [-n] [-q]: a line for each socket and connection.</summary>
    public static int Sockstat(CommandCall call)
    {
        bool v4 = false, v6 = false, withStates = false, listening = false, connected = false, isQuiet = false;
        ushort? port = null;
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            string word = call.Arguments[i];
            if (word == "-P" && i + 1 < call.Arguments.Count && call.Arguments[i + 1] == "tcp") i++;
            else if (word == "-p" && i + 1 < call.Arguments.Count && ushort.TryParse(call.Arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)) (port, i) = (number, i + 1);
            else if (CommandCall.IsOptions(word, "46sclnqLSw"))
            {
                v4 |= word.Contains('4', StringComparison.Ordinal);
                v6 |= word.Contains('6', StringComparison.Ordinal);
                withStates |= word.Contains('s', StringComparison.Ordinal);
                connected |= word.Contains('c', StringComparison.Ordinal);
                listening |= word.Contains('l', StringComparison.Ordinal);
                isQuiet |= word.Contains('q', StringComparison.Ordinal);
            }
            else throw call.Unsupported();
        }

        if (!isQuiet) call.Output.Append("USER     COMMAND    PID   FD  PROTO  LOCAL ADDRESS         FOREIGN ADDRESS").Append(withStates ? "      STATE\n" : "\n");
        foreach ((InetEndpoint? local, InetEndpoint? remote, TcpState state, bool isV6) in Sockets(call.Machine))
        {
            if ((v4 || v6) && !(isV6 ? v6 : v4)) continue;
            if (port is { } asked && local?.Port != asked && remote?.Port != asked) continue;
            if ((listening || connected) && !(state == TcpState.Listen ? listening : remote is not null && connected)) continue;
            call.Output.Append(CultureInfo.InvariantCulture, $"root     drill      1     3   tcp{(isV6 ? 6 : 4)}   {Text(local)}   {Text(remote)}");
            call.Output.Append(withStates ? $"   {NameOf(state)}\n" : "\n");
        }

        return 0;
    }

    /// <summary>ss -K state time-wait alone.</summary>
    public static int Ss(CommandCall call)
    {
        if (!call.Arguments.Contains("-K") || !call.Arguments.Contains("time-wait")) throw call.Unsupported();
        call.Machine.Stack.DropTimeWait();
        return 0;
    }

    /// <summary>tcpdrop -s TIME_WAIT</summary>
    public static int Tcpdrop(CommandCall call)
    {
        bool isKnown = call.Arguments.Contains("TIME_WAIT") && call.Arguments.Contains("-s")
            && call.Arguments.All(static word => word is "-a" or "-s" or "TIME_WAIT" or "-C");
        if (!isKnown) throw call.Unsupported();
        call.Machine.Stack.DropTimeWait();
        return 0;
    }

    /// <summary>kldload, modprobe: what there is is there already.</summary>
    public static int LoadModule(CommandCall call) =>
        call.Arguments.All(static word => word.StartsWith('-') || word is "tcpmd5" or "tcp_cubic" or "cc_cubic" or "cc_newreno" or "sch_fq" or "tun") ? 0 : throw call.Unsupported();

    // What the table has, and of the process's sockets those that are in no state of it.
    private static IEnumerable<(InetEndpoint? Local, InetEndpoint? Remote, TcpState State, bool IsV6)> Sockets(VirtualMachine machine)
    {
        foreach (HolderRow row in machine.Stack.Snapshot().Rows)
            if (row.Protocol == ProtocolType.Tcp && row.State != TcpState.Closed)
                yield return (row.Local, row.Remote, row.State, row.Local.Address.IsV6 && !row.Local.Address.IsV4OrMapped);
        for (int descriptor = 0; descriptor < MostDescriptors; descriptor++)
        {
            if (machine.Process.SocketOf(descriptor) is not { SocketType: SocketType.Stream } socket || socket.Info.State != TcpState.Closed) continue;
            InetEndpoint? local = null, remote = null;
            if (socket.LocalEndPoint is System.Net.IPEndPoint bound) local = InetEndpoint.From(bound);
            yield return (local, remote, TcpState.Closed, socket.AddressFamily == AddressFamily.InterNetworkV6);
        }
    }

    private static string Text(InetEndpoint? endpoint) => endpoint is not { } known ? "*:*"
        : string.Create(CultureInfo.InvariantCulture, $"{(known.Address.IsWildcard ? "*" : known.Address.ToString())}:{known.Port}");

    private static string NameOf(TcpState state) => state switch
    {
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived => "SYN_RCVD",
        TcpState.Established => "ESTABLISHED",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.FinWait1 => "FIN_WAIT_1",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST_ACK",
        TcpState.FinWait2 => "FIN_WAIT_2",
        TcpState.TimeWait => "TIME_WAIT",
        _ => "CLOSED",
    };
}
