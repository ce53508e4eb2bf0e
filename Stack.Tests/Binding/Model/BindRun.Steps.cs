using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

// Each step on both sides.
internal sealed partial class BindRun
{
    private static readonly TcpState[] ConnectedStates =
        [TcpState.Established, TcpState.FinWait2, TcpState.CloseWait, TcpState.LastAck, TcpState.TimeWait];

    private void Step(Operation step)
    {
        step = step with { Slot = SlotFor(step), Looks = false };
        _played.Add(step);
        switch (step.Kind)
        {
            case OperationKind.Open: Open(step); return;
            case OperationKind.Range: _settings.EphemeralPorts = step.Ports; return;
            case OperationKind.Reserve: Reserve(step); return;
            case OperationKind.Find: Find(step); return;
        }

        if (_real[step.Slot] is not { } real || _plain[step.Slot] is not { } plain) return;
        switch (step.Kind)
        {
            case OperationKind.Option: SetOption(real, plain, step); break;
            case OperationKind.V6Only: SetV6Only(real, plain, step); break;
            case OperationKind.Device: SetDevice(real, plain, step); break;
            case OperationKind.Owner: SetOwner(real, plain, step); break;
            case OperationKind.Bind: Bind(real, plain, step); break;
            case OperationKind.Listen: Listen(real, plain); break;
            case OperationKind.ConnectDatagram: ConnectDatagram(real, plain, step); break;
            case OperationKind.Disconnect: Disconnect(real, plain); break;
            case OperationKind.ConnectAny: ConnectAny(real, plain, step); break;
            case OperationKind.ConnectBound: ConnectBound(real, plain, step); break;
            case OperationKind.Accept: Accept(real, plain, step); break;
            case OperationKind.State: SetState(real, plain, step); break;
            case OperationKind.Close: Close(step.Slot); break;
            default: CloseTwice(step.Slot); break;
        }
    }

    /// <summary>The first slot from the step's on that the step suits, or simply the step's.</summary>
    private int SlotFor(in Operation step)
    {
        for (int i = 0; step.Looks && i < Operation.Slots; i++)
        {
            int slot = (step.Slot + i) % Operation.Slots;
            if (Suits(step.Kind, _plain[slot])) return slot;
        }

        return step.Slot;
    }

    private static bool Suits(OperationKind kind, ModelSocket? socket) => kind switch
    {
        OperationKind.Open => socket is null,
        OperationKind.V6Only => socket is { IsV6: true, Held: null },
        OperationKind.Bind => socket is { Held: null },
        OperationKind.Listen => socket is { IsStream: true, Held: not null, IsUnconnected: true },
        OperationKind.ConnectDatagram => socket is { IsStream: false },
        OperationKind.Disconnect => socket is { Held: not null } && (!socket.IsStream || socket.State == TcpState.Listen),
        OperationKind.ConnectAny or OperationKind.Accept => socket is { IsStream: true, Held: null },
        OperationKind.ConnectBound => socket is { IsStream: true, Held: not null } && socket.State != TcpState.Listen,
        OperationKind.State => socket is { IsStream: true, Remote: not null },
        OperationKind.Find => socket is { Held: not null },
        _ => socket is not null,
    };

    private void Open(in Operation step)
    {
        if (_real[step.Slot] is not null) return;
        bool isStream = step.A % 3 != 0, isV6 = (step.B & 1) != 0;
        uint uid = step.C % 4 == 0 ? 1001u : 0;
        AddressFamily family = isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        SocketBinding real = _engine.Open(isStream ? _table.Tcp : _table.Udp, family, Caller.User(uid), null);
        var plain = new ModelSocket(step.Slot, isStream, isV6, uid, isV6 && _table.Personality.V6OnlyByDefault);
        Expect(plain.V6Only, real.V6Only, "IPV6_V6ONLY of a new socket");
        (_real[step.Slot], _plain[step.Slot]) = (real, plain);
        SetOption(real, plain, step with { A = step.B / 2, B = step.B / 8 });
        SetOption(real, plain, step with { A = step.B / 32, B = step.A / 4 });
    }

    private void Reserve(in Operation step)
    {
        ushort port = Operation.Port(step.A);
        if (step.B % 3 == 0) _settings.SetReservedPorts();
        else _settings.SetReservedPorts(new PortRange(port, port), new PortRange(port, (ushort)(port + (step.C % 3))));
    }

    private void SetOption(SocketBinding real, ModelSocket plain, in Operation step)
    {
        bool isOn = step.B % 4 != 0;
        Sharing option = (step.A % 3) switch { 0 => Sharing.ReuseAddress, 1 => Sharing.ReusePort, _ => Sharing.Exclusive };
        BindRule rule = _engine.SetSharing(real, option, isOn);
        BindRule expected = option switch
        {
            Sharing.ReusePort when !_table.Personality.HasReusePort => BindRule.UnknownOption,
            Sharing.Exclusive when !_table.Personality.HasExclusive => BindRule.UnknownOption,
            Sharing.Exclusive when isOn && plain.Ra => BindRule.InvalidOption,
            Sharing.ReuseAddress when isOn && plain.Ex => BindRule.InvalidOption,
            _ => BindRule.Granted,
        };
        Note(step.Kind, rule);
        Expect(expected, rule, $"setting {option}");
        if (rule != BindRule.Granted) return;
        if (option == Sharing.ReuseAddress) plain.Ra = isOn;
        else if (option == Sharing.ReusePort) plain.Rp = isOn;
        else plain.Ex = isOn;
        _model.OptionsChanged(plain);
    }

    private void SetV6Only(SocketBinding real, ModelSocket plain, in Operation step)
    {
        bool isOn = (step.A & 1) != 0;
        bool isWindows = _table.Personality.HasExclusive;
        BindRule expected = !plain.IsV6 ? BindRule.UnknownOption :
            plain.Port != 0 && !isWindows ? BindRule.InvalidOption : BindRule.Granted;
        Expect(expected, _engine.SetV6Only(real, isOn), "setting IPV6_V6ONLY");
        if (plain.IsV6 && plain.Port == 0) plain.V6Only = isOn;
    }

    private void SetDevice(SocketBinding real, ModelSocket plain, in Operation step)
    {
        BindRule rule = _engine.SetDevice(real, (uint)(step.A % 3), Caller.Root);
        Expect(_table.Personality.HasLinuxOptions ? BindRule.Granted : BindRule.UnknownOption, rule, "setting the device");
        if (rule != BindRule.Granted) return;
        plain.Device = (uint)(step.A % 3);
        _model.OptionsChanged(plain);
    }

    private void SetOwner(SocketBinding real, ModelSocket plain, in Operation step)
    {
        plain.Uid = step.A % 2 == 0 ? 0 : 1001u;
        _engine.SetOwner(real, plain.Uid);
        _model.OptionsChanged(plain);
    }

    private void Bind(SocketBinding real, ModelSocket plain, in Operation step)
    {
        InetEndpoint asked = step.BindEndpoint(plain.IsV6);
        BindRule foretold = _engine.ExplainBind(real, asked, Caller.Root).Rule;
        BindOutcome outcome = _engine.Bind(real, asked, Caller.Root);
        Note(step.Kind, outcome.Rule);
        if (!MayDiffer(plain, foretold, outcome.Rule))
            Expect(foretold, outcome.Rule, "explanation and bind (here the explanation stands for the model)");
        ushort chosen = outcome.IsGranted && asked.Port == 0 ? Chose(real) : (ushort)0;
        (BindRule rule, ModelSocket? blocker) = _model.Bind(plain, asked, chosen);
        Expect(rule, outcome.Rule, $"bind of {plain} to {asked}");
        SocketBinding? named = blocker is null ? null : _real[blocker.Slot];
        if (!ReferenceEquals(named, outcome.Blocker)) throw new MismatchException($"Blocker: the model says {blocker}");
    }

    private void Listen(SocketBinding real, ModelSocket plain)
    {
        bool wasHeld = real.IsHeld;
        BindRule foretold = _engine.ExplainListen(real).Rule;
        BindOutcome outcome = _engine.Listen(real);
        Note(OperationKind.Listen, outcome.Rule);
        BindRule rule = _model.Listen(plain, !wasHeld && real.IsHeld ? Chose(real) : (ushort)0);
        Expect(rule, outcome.Rule, $"listen of {plain}");
        if ((wasHeld || rule != BindRule.InUse) && !MayDiffer(plain, foretold, rule)) Expect(foretold, rule, "explanation of listen");
    }

    /// <summary>Where chance leaves out a port, a search may miss the one that the explanation counts on.</summary>
    private bool MayDiffer(ModelSocket plain, BindRule foretold, BindRule rule) =>
        foretold == BindRule.Granted && rule == BindRule.Exhausted && _model.MayMissOne(plain);

    private void ConnectDatagram(SocketBinding real, ModelSocket plain, in Operation step)
    {
        if (plain.Held?.Address.NeedsScope == true) return;
        bool wasHeld = real.IsHeld;
        InetEndpoint remote = step.Remote(plain.IsV6, isMapped: step.C % 4 < 2);
        BindOutcome outcome = _engine.ConnectDatagram(real, remote);
        Note(step.Kind, outcome.Rule);
        BindRule rule = _model.ConnectDatagram(plain, remote, !wasHeld && real.IsHeld ? Chose(real) : (ushort)0);
        Expect(rule, outcome.Rule, $"connect of {plain} to {remote}");
    }

    private void Disconnect(SocketBinding real, ModelSocket plain)
    {
        if (plain.IsStream && plain.State is not (TcpState.Closed or TcpState.Listen)) return;
        _engine.Disconnect(real);
        _model.Disconnect(plain);
    }

    private void ConnectAny(SocketBinding real, ModelSocket plain, in Operation step)
    {
        if (!plain.IsStream || plain.Held is not null) return;
        bool isMapped = plain.IsV6 && !plain.V6Only && step.C % 4 < 2;
        InetAddress local = step.Local(plain.IsV6, isMapped);
        InetEndpoint remote = step.Remote(plain.IsV6, isMapped);
        InetAddress named = step.C % 3 == 0 ? local : plain.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;
        BindOutcome outcome = _table.Tcp.ConnectAny(real, BindEngine.ClaimFor(real, named), local, remote);
        Note(step.Kind, outcome.Rule);
        ModelTerms terms = named == local ? plain.TermsAt(local) : _model.Narrow(plain.TermsAt(named), local);
        BindRule rule = _model.ConnectAny(plain, terms, remote, outcome.IsGranted ? Chose(real) : (ushort)0);
        Expect(rule, outcome.Rule, $"connect of {plain} from {local} to {remote}");
    }

    private void ConnectBound(SocketBinding real, ModelSocket plain, in Operation step)
    {
        if (!plain.IsStream || plain.Held is not { } held || plain.State == TcpState.Listen) return;
        bool isMapped = held.Address.IsV4Mapped || (held.IsDual && step.C % 4 < 2);
        InetAddress local = held.Address.IsWildcard ? step.Local(plain.IsV6, isMapped) : held.Address;
        if (plain.Remote is not null) local = plain.Local;
        InetEndpoint remote = step.Remote(plain.IsV6, local.IsV4Mapped);
        BindOutcome outcome = _table.Tcp.Connect(real, local, remote, TcpState.SynSent);
        Note(step.Kind, outcome.Rule);
        Expect(_model.ConnectBound(plain, local, remote), outcome.Rule, $"connect of {plain} from {local} to {remote}");
    }

    private void Accept(SocketBinding child, ModelSocket plainChild, in Operation step)
    {
        int other = Array.FindIndex(_plain, socket => socket?.State == TcpState.Listen && socket.IsV6 == plainChild.IsV6);
        if (other < 0 || plainChild.Held is not null || !plainChild.IsStream) return;
        ModelSocket plain = _plain[other]!;
        ModelTerms held = plain.Held!;
        bool isMapped = held.Address.IsV4Mapped || (held.IsDual && step.B % 4 < 2);
        InetAddress local = held.Address.IsWildcard ? step.Local(plain.IsV6, isMapped) : held.Address;
        InetEndpoint remote = step.Remote(plain.IsV6, local.IsV4Mapped);
        BindOutcome outcome = _table.Tcp.Accept(child, _real[other]!, local, remote);
        Note(step.Kind, outcome.Rule);
        Expect(_model.Accept(plainChild, plain, local, remote), outcome.Rule, $"accept of {plain} from {remote}");
    }

    private void SetState(SocketBinding real, ModelSocket plain, in Operation step)
    {
        if (!plain.IsStream || plain.Remote is null) return;
        TcpState state = ConnectedStates[step.A % ConnectedStates.Length];
        _table.Tcp.SetState(real, state);
        BindModel.SetState(plain, state);
    }

    private void Find(in Operation step)
    {
        bool isStream = step.C % 3 != 0;
        InetEndpoint local = step.Destination;
        if (_plain[step.Slot] is { Held: not null } aim)      // most packets go where somebody is
        {
            isStream = aim.IsStream;
            bool isConcrete = !aim.Local.IsWildcard && step.B % 8 != 0;
            local = new InetEndpoint(isConcrete ? aim.Local.Unmap() : local.Address, aim.Port);
        }

        InetEndpoint remote = step.Remote(local.Address.IsV6, isMapped: false);
        if (step.A % 2 == 0 && _plain[step.Slot]?.Remote is { } peer) remote = peer with { Address = peer.Address.Unmap() };
        uint device = (uint)(step.C / 3 % 3);
        PortSpace space = isStream ? _table.Tcp : _table.Udp;
        Holder? found = space.Find(local.Address, local.Port, remote.Address, remote.Port, device);
        ModelSocket? expected = _model.Find(isStream, local, remote, device);
        Note(step.Kind, expected is null ? BindRule.NotBound : BindRule.Granted);
        if (ReferenceEquals(found, expected is null ? null : _real[expected.Slot])) return;
        ModelSocket? plain = found is null ? null : _plain[Array.IndexOf(_real, found)];
        bool isTwin = plain is { InGroup: true } && expected is { InGroup: true } && plain.Held!.Address == expected.Held!.Address;
        if (!isTwin) throw new MismatchException($"A packet to {local} from {remote}: the model says {expected}, the engine {plain}");
        if (!ReferenceEquals(found, space.Find(local.Address, local.Port, remote.Address, remote.Port, device)))
            throw new MismatchException("The same flow goes now to one of the group, now to another");
    }

    private void Close(int slot)
    {
        if (_real[slot] is not { } real || _plain[slot] is not { } plain) return;
        BindEngine.Close(real);
        _model.Leave(plain);
        _real[slot] = null;
        _plain[slot] = null;
    }

    private void CloseTwice(int slot)
    {
        SocketBinding real = _real[slot]!;
        Close(slot);
        string before = new TableSnapshot(_table).ToString();
        bool threw = false;
        try
        {
            (real.IsStream ? _table.Tcp : _table.Udp).Release(real);
        }
        catch (InvalidOperationException)
        {
            threw = true;
        }

        Expect(true, threw, "whether a second release throws");
        Expect(before, new TableSnapshot(_table).ToString(), "the table after a second release");
    }

    private ushort Chose(SocketBinding real)
    {
        _chosen.Add(real.Port);
        return real.Port;
    }
}
