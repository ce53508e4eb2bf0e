using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

/// <summary>
/// The bind table as a plain list of sockets in bind order: slow, obvious, and without a line of the engine's.
/// </summary>
/// <remarks>
/// A choice of the engine's is not foretold but judged: the port must be free, and a refusal needs that none is.
/// </remarks>
internal sealed partial class BindModel(ModelRules rules, BindSettings settings)
{
    private readonly List<ModelSocket> _holders = [];
    private readonly Dictionary<ushort, ModelMemo> _memos = [];
    private readonly int[] _released = [-1, -1];
    private int _order;

    public ModelRules Rules { get; } = rules;

    public IReadOnlyList<ModelSocket> Holders => _holders;

    private Personality Personality => Rules.Personality;

    private bool IsWindows => Personality.Sharing is SharingModel.Windows or SharingModel.WindowsKernel;

    private bool IsLinux => Personality.Sharing == SharingModel.Linux;

    /// <summary>Binds to an explicit port, or to the one that the engine chose for port 0.</summary>
    public (BindRule Rule, ModelSocket? Blocker) Bind(ModelSocket socket, InetEndpoint asked, ushort chosen)
    {
        InetAddress address = asked.Address;
        bool isConnected = socket.Remote is not null && socket.State != TcpState.SynSent;
        if (isConnected && Personality.BindTellsConnected) return (BindRule.AlreadyConnected, null);
        if (socket.Port != 0 || !socket.IsUnconnected) return (BindRule.AlreadyBound, null);
        if (address.IsV4Mapped && socket.V6Only) return (BindRule.MappedOnV6Only, null);
        uint device = socket.Device;
        if (address.NeedsScope) socket.Device = asked.ScopeId;
        ModelTerms terms = socket.TermsAt(address);
        if (asked.Port == 0)
        {
            if (!Choose(socket, terms, chosen)) return Refused(BindRule.Exhausted, null);
        }
        else if (Conflict(socket, terms, asked.Port) is { } conflict)
        {
            return Refused(conflict.Rule, conflict.Blocker);
        }
        else
        {
            Enter(socket, terms, asked.Port, HolderOrigin.Bind);
        }

        socket.PortLocked = asked.Port != 0 || IsWindows;
        socket.Bound = socket.Source = address;
        socket.BoundToWildcard = address.IsWildcard;
        socket.AddressLocked = address != socket.Any || (socket.AddressLocked && IsLinux);
        if (address.IsV6 && !address.IsV4Mapped && !address.IsWildcard) socket.V6Only = true;
        return (BindRule.Granted, null);

        (BindRule, ModelSocket?) Refused(BindRule rule, ModelSocket? blocker)
        {
            if (!IsLinux) socket.Device = device;      // Linux keeps the scope id of a bind that failed, and clears the address
            else socket.Bound = socket.Source = socket.Any;
            return (rule, blocker);
        }
    }

    public BindRule Listen(ModelSocket socket, ushort chosen)
    {
        if (!socket.IsStream) return BindRule.NotSupported;
        if (socket.State == TcpState.Listen) return BindRule.Granted;
        if (!socket.IsUnconnected) return BindRule.AlreadyBound;
        if (socket.Held is null)
        {
            if (!IsLinux) return BindRule.NotBound;
            if (!Choose(socket, socket.TermsAt(socket.Bound), chosen)) return BindRule.Exhausted;
        }

        if (!IsWindows && Conflict(socket, socket.Held!, socket.Port) is { } conflict) return conflict.Rule;
        Remember(socket.Held!, socket.Port);
        socket.State = TcpState.Listen;
        socket.InGroup = socket.Held!.Rp;
        return BindRule.Granted;
    }

    public BindRule ConnectDatagram(ModelSocket socket, InetEndpoint remote, ushort chosen)
    {
        if (socket.IsStream) return BindRule.NotSupported;
        if (socket.Held is null && !Choose(socket, socket.TermsAt(socket.Bound), chosen)) return BindRule.ExhaustedByDatagram;
        socket.PortLocked |= IsWindows;
        bool toV4 = remote.Address.IsV4OrMapped;
        bool resolvesAgain = IsWindows && !socket.AddressLocked;
        if (socket.IsV6 && toV4 && socket.V6Only) return BindRule.NoRoute;
        if (!toV4 && socket.Bound.IsV4Mapped && !resolvesAgain) return BindRule.FamilyMismatch;
        if (resolvesAgain) socket.Bound = socket.Source = socket.Any;
        InetAddress bound = toV4 && !socket.Source.IsV4OrMapped ? InetAddress.AnyV4 : toV4 ? socket.Source.Unmap() : socket.Source;
        InetAddress source = PlainRoutes.SourceFor(remote.Address.Unmap(), bound);
        if (socket.IsV6) source = source.MapToV6();
        if (socket.Source.IsWildcard) socket.Source = source;
        if (socket.Bound.IsWildcard) socket.Bound = source;
        Attach(socket, socket.Bound, remote, TcpState.Established);
        return BindRule.Granted;
    }

    /// <summary>connect with AF_UNSPEC: what bind was told stays, what was chosen goes.</summary>
    public void Disconnect(ModelSocket socket)
    {
        if (socket.IsStream && socket.IsUnconnected) return;
        if (IsLinux && !socket.IsStream) socket.Device = 0;
        if (!socket.AddressLocked || (!IsLinux && socket.BoundToWildcard))
        {
            bool toMapped = socket.AddressLocked && socket.Bound.IsV4Mapped;
            socket.Bound = socket.Source = toMapped ? InetAddress.AnyV4.MapToV6() : socket.Any;
        }

        if (socket.Held is not { } held) return;
        if (!socket.PortLocked)
        {
            Leave(socket);
            return;
        }

        if (held.Address != socket.Bound || socket.State == TcpState.Listen) socket.InGroup = false;
        ModelTerms now = socket.TermsAt(socket.Bound);
        if (IsWindows) now = now with { Ra = held.Ra, Ex = held.Ex };      // frozen at bind
        if (!socket.IsStream && held.Address != now.Address)
        {
            socket.Order = ++_order;
            socket.FirstEnds = null;      // only a wildcard comes back
        }

        socket.Held = now;
        socket.Local = socket.Bound;
        socket.Remote = null;
        socket.State = TcpState.Closed;
    }

    /// <summary>Options count at once for those who ask later, but on Windows sharing is frozen at bind.</summary>
    public void OptionsChanged(ModelSocket socket)
    {
        if (socket.Held is not { } held) return;
        held = held with { Device = socket.Device, Uid = socket.Uid };
        socket.Held = IsWindows ? held : held with { Ra = socket.Ra, Rp = socket.Rp, Ex = socket.Ex };
    }

    public void Leave(ModelSocket socket)
    {
        if (socket.Held is null) return;
        _holders.Remove(socket);
        socket.FirstEnds = null;
        if (!_holders.Any(other => other.IsStream && other.Port == socket.Port) && socket.IsStream) _memos.Remove(socket.Port);
        _released[socket.IsStream ? 0 : 1] = socket.Port;
        socket.Held = null;
        socket.Port = 0;
        socket.State = TcpState.Closed;
        socket.Remote = null;
        socket.InGroup = false;
    }

    private (ModelSocket Blocker, BindRule Rule)? Conflict(ModelSocket socket, ModelTerms terms, ushort port)
    {
        if (socket.IsStream && IsLinux && _memos.TryGetValue(port, out ModelMemo? memo) && memo.Admits(terms)) return null;
        return Rules.Conflict(OthersAt(socket, port), terms, socket.IsStream);
    }

    private List<ModelSocket> OthersAt(ModelSocket socket, int port) =>
        [.. _holders.Where(other => other != socket && other.IsStream == socket.IsStream && other.Port == port)];

    private void Enter(ModelSocket socket, ModelTerms terms, ushort port, HolderOrigin origin)
    {
        // Linux puts IPv6 datagram sockets with SO_REUSEPORT behind the others of the port.
        bool isOldest = IsLinux && !socket.IsStream && terms.Rp && terms.Address.IsV6;
        _holders.Insert(isOldest ? 0 : _holders.Count, socket);
        socket.Order = ++_order;
        socket.Held = terms;
        socket.Port = port;
        socket.Origin = origin;
        socket.Local = terms.Address;
        if (origin != HolderOrigin.Bind) return;
        if (!socket.IsStream) socket.InGroup = terms.Rp;
        if (socket.IsStream) Remember(terms, port);
    }

    private void Remember(ModelTerms terms, ushort port)
    {
        if (!IsLinux) return;
        if (!terms.Rp) _memos.Remove(port);
        else if (!_memos.TryGetValue(port, out ModelMemo? memo) || !memo.Admits(terms)) _memos[port] = new ModelMemo(terms);
    }

    private void Attach(ModelSocket socket, InetAddress local, InetEndpoint remote, TcpState state)
    {
        socket.Local = local;
        socket.Remote = remote;
        socket.State = state;
        socket.InGroup = false;
        if (socket.FirstEnds is null) (socket.FirstEnds, socket.FirstConnect) = ((local, remote), ++_order);
        if (IsWindows || socket.Held!.Address == local) return;
        if (!socket.IsStream) socket.Order = ++_order;      // it is the newest at its new address
        socket.Held = Narrow(socket.Held, local);
    }

    /// <summary>Linux leaves a dual-stack socket 127.0.0.6 when a connect gives it an IPv6 address.</summary>
    internal ModelTerms Narrow(ModelTerms terms, InetAddress local) =>
        terms with { Address = local, HasRest = IsLinux && !local.IsV4OrMapped && !terms.V6Only };
}
