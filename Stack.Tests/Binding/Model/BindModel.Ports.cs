using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

// The choice of ports, streams' connections, and whom a packet finds: by looking at every holder of every port.
internal sealed partial class BindModel
{
    /// <summary>Thrown where the engine chose what it may not choose.</summary>
    public sealed class WrongChoiceException(string message) : Exception(message);

    public BindRule ConnectAny(ModelSocket socket, ModelTerms terms, InetEndpoint remote, ushort chosen)
    {
        bool losesLast = LosesLast(settings.StreamConnect);
        if (!Judge(socket, chosen, losesLast, halves: false, port => IsFreeForConnect(socket, terms, remote, port)))
            return BindRule.ExhaustedByConnect;
        Enter(socket, terms, chosen, HolderOrigin.Connect);
        Attach(socket, terms.Address, remote, TcpState.SynSent);
        return BindRule.Granted;
    }

    public BindRule ConnectBound(ModelSocket socket, InetAddress local, InetEndpoint remote)
    {
        if (TupleIsTaken(socket, socket.Held!.Device, local, socket.Port, remote)) return BindRule.TupleInUse;
        Attach(socket, local, remote, TcpState.SynSent);
        return BindRule.Granted;
    }

    public BindRule Accept(ModelSocket child, ModelSocket listener, InetAddress local, InetEndpoint remote)
    {
        if (TupleIsTaken(child, listener.Held!.Device, local, listener.Port, remote)) return BindRule.TupleInUse;
        Enter(child, Narrow(listener.Held, local), listener.Port, HolderOrigin.Accept);
        Attach(child, local, remote, TcpState.SynReceived);
        return BindRule.Granted;
    }

    public static void SetState(ModelSocket socket, TcpState state)
    {
        if (socket.State == TcpState.Listen && state != TcpState.Listen) socket.InGroup = false;
        socket.State = state;
    }

    /// <summary>
    /// The holder that a packet is for; of a SO_REUSEPORT group, the one by which the group is found.
    /// </summary>
    public ModelSocket? Find(bool isStream, InetEndpoint local, InetEndpoint remote, uint device)
    {
        ModelSocket[] hearing = [.. _holders.Where(holder =>
            holder.IsStream == isStream && holder.Port == local.Port && !Differ(holder.Held!.Device, device))];
        if (!isStream && Twin([.. hearing.Where(holder => IsTuple(holder, local.Address, remote))]) is { } twin) return twin;
        ModelSocket? connected = Best(hearing.Where(holder => IsTuple(holder, local.Address, remote) && holder.State != TcpState.TimeWait))
            ?? Best(hearing.Where(holder => IsTuple(holder, local.Address, remote)));
        if (connected is not null) return connected;
        hearing = [.. hearing.Where(holder => holder.Remote is null && (!isStream || holder.State == TcpState.Listen))];
        bool isV4 = local.Address.IsV4OrMapped;
        string exact = local.Address.ToString();
        return Best(hearing.Where(holder => (isV4 ? holder.Held!.V4 : holder.Held!.V6) == exact))
            ?? Best(hearing.Where(holder => (isV4 ? holder.Held!.V4 : holder.Held!.V6) == "*"));
    }

    /// <summary>
    /// Of datagram sockets with one peer the one that was first connected last, if it was to that peer; on Windows the one bound first.
    /// </summary>
    private ModelSocket? Twin(ModelSocket[] twins)
    {
        if (IsWindows) return twins.MinBy(static holder => holder.Order);
        ModelSocket[] faithful = [.. twins.Where(static holder => holder.FirstEnds == (holder.Local, holder.Remote!.Value))];
        return faithful.MaxBy(static holder => holder.FirstConnect) ?? Best(twins);
    }

    private static bool Differ(uint one, uint other) => one != 0 && other != 0 && one != other;

    private static bool IsTuple(ModelSocket holder, InetAddress local, InetEndpoint remote) =>
        holder.Remote is { } peer && peer.Port == remote.Port && peer.Address.HasSameOctets(remote.Address) &&
        holder.Local.HasSameOctets(local);

    /// <summary>Of twins the newest; on Windows the one that was bound first.</summary>
    private ModelSocket? Best(IEnumerable<ModelSocket> candidates) => candidates
        .OrderBy(static holder => holder.Held!.Device != 0).ThenBy(static holder => !holder.Held!.Address.IsV6)
        .ThenBy(Age).LastOrDefault();

    private int Age(ModelSocket holder) => IsWindows ? -holder.Order : holder.Order;

    private bool TupleIsTaken(ModelSocket self, uint device, InetAddress local, ushort port, InetEndpoint remote) =>
        OthersAt(self, port).Any(other => IsTuple(other, local, remote) && !Differ(other.Held!.Device, device));

    private bool LosesLastAtBind(ModelSocket socket) =>
        socket.IsStream && LosesLast(settings.StreamBind);

    private bool LosesLast(PortAlgorithm algorithm) =>
        Personality.LeavesLastOfOddRange && algorithm is PortAlgorithm.LinuxBind or PortAlgorithm.LinuxConnect;

    private bool Choose(ModelSocket socket, ModelTerms terms, ushort chosen)
    {
        bool losesLast = LosesLastAtBind(socket);
        bool halves = TakesHalves(socket, terms.Ra);
        bool relaxed = socket.IsStream && settings.AutobindReuse &&
            !SurelyFinds(losesLast, halves, port => IsFree(socket, terms, port, relaxed: false));
        if (!Judge(socket, chosen, losesLast, halves, port => IsFree(socket, terms, port, relaxed))) return false;
        Enter(socket, terms, chosen, HolderOrigin.Bind);
        return true;
    }

    /// <summary>Whether a port was found, and whether it is one that may be.</summary>
    private bool Judge(ModelSocket socket, ushort chosen, bool losesLast, bool halves, Func<int, bool> isFree)
    {
        if (Edges(losesLast, halves) is not null) return JudgeByEdges(socket, chosen, losesLast, halves, isFree);
        int[] free = [.. Usable(losesLast).Where(isFree)];
        int released = _released[socket.IsStream ? 0 : 1];
        if (settings.ReleasedPort == ReleasedPort.First && free.Contains(released)) free = [released];
        else if (settings.ReleasedPort == ReleasedPort.Last && free.Length > 1) free = [.. free.Where(port => port != released)];
        if (chosen == 0 && free.Length == 0) return false;
        if (free.Contains(chosen)) return true;
        throw new WrongChoiceException($"Chose {chosen}; free are [{string.Join(", ", free)}] of {settings.EphemeralPorts}" +
            $", last released {released}; {socket}; holders:\n{string.Join('\n', _holders)}");
    }

    /// <summary>
    /// Where chance leaves out the first port or the last, only a refusal for which there is no chance is wrong.
    /// </summary>
    private bool JudgeByEdges(ModelSocket socket, ushort chosen, bool losesLast, bool halves, Func<int, bool> isFree)
    {
        if (chosen == 0 && !SurelyFinds(losesLast, halves, isFree)) return false;
        if (chosen != 0 && Usable(losesLast: false).Contains(chosen) && isFree(chosen)) return true;
        throw new WrongChoiceException($"Chose {chosen} of {settings.EphemeralPorts}; {socket}; holders:\n{string.Join('\n', _holders)}");
    }

    /// <summary>True when a port that is free may still not be found for the socket.</summary>
    public bool MayMissOne(ModelSocket socket) => Edges(LosesLastAtBind(socket), TakesHalves(socket, socket.Ra)) is not null;

    private bool TakesHalves(ModelSocket socket, bool reusesAddress) =>
        socket.IsStream && reusesAddress && settings.StreamBind == PortAlgorithm.LinuxBind && settings.EphemeralPorts.Count >= 4;

    private bool SurelyFinds(bool losesLast, bool halves, Func<int, bool> isFree)
    {
        if (Edges(losesLast, halves) is not { } edges) return Usable(losesLast).Any(isFree);
        int[] free = [.. Usable(losesLast: false).Where(isFree)];
        return free.Any(port => port != edges.First && port != edges.Last) || (free.Contains(edges.First) && free.Contains(edges.Last));
    }

    /// <summary>
    /// Of an odd number of ports, five or more, Linux's streams leave the first or the last, as chance will have it.
    /// </summary>
    private (int First, int Last)? Edges(bool losesLast, bool halves)
    {
        PortRange range = settings.EphemeralPorts;
        int first = halves ? range.First + (range.Count >> 2 << 1) : range.First, count = range.Last - first + 1;
        return losesLast && (count & 1) != 0 && count >= 5 ? (first, range.Last) : null;
    }

    /// <summary>
    /// The ports of the range that are not reserved; Linux's streams leave the last where chance has no say.
    /// </summary>
    private IEnumerable<int> Usable(bool losesLast)
    {
        PortRange range = settings.EphemeralPorts;
        int count = losesLast && range.Count > 1 ? range.Count & ~1 : range.Count;
        return Enumerable.Range(range.First, count).Where(port => !IsReserved(port));
    }

    private bool IsReserved(int port) => settings.ReservedPorts.Any(range => range.Contains(port));

    private bool IsFree(ModelSocket socket, ModelTerms terms, int port, bool relaxed) =>
        !OthersAt(socket, port).Any(holder => Rules.TakesFromChoice(holder, terms, socket.IsStream, relaxed));

    /// <summary>
    /// Ports of others' connects may be shared between destinations; a port that anybody bound may not.
    /// </summary>
    private bool IsFreeForConnect(ModelSocket socket, ModelTerms terms, InetEndpoint remote, int port)
    {
        List<ModelSocket> others = OthersAt(socket, port);
        if (IsWindows) return !others.Any(holder => ModelRules.Meets(holder.Held!, terms));
        return !others.Any(holder => holder.Origin != HolderOrigin.Connect || IsTuple(holder, terms.Address, remote));
    }
}
