namespace UserNet.Tests.Parity.Calls;

/// <summary>What most calls of a sequence are about.</summary>
public enum CallTheme
{
    /// <summary>TCP of both families.</summary>
    Streams,

    /// <summary>UDP of both families.</summary>
    Datagrams,

    /// <summary>Raw and ICMP sockets.</summary>
    Raw,

    /// <summary>AF_UNIX.</summary>
    Unix,

    /// <summary>Any of these with arguments that make no sense.</summary>
    Nonsense,
}

/// <summary>
/// Random sequences of calls that mean something for the most part: sockets are opened, set up, bound, connected, used and closed; and now and then
/// an argument is anything at all.
/// </summary>
internal sealed partial class CallGenerator(Random random, CallTheme theme)
{
    private const int MostOpen = 14, None = 0;
    private const int Unix = 1, Inet = 2, Inet6 = 10, Stream = 1, Datagram = 2, Raw = 3, Sequenced = 5, NonBlock = 0x800, CloseOnExec = 0x80000;

    private readonly List<Call> _calls = [];
    private readonly List<Open> _open = [];
    private int _slots, _user;

    private sealed record Open(int Slot, int Domain, int Type)
    {
        public bool Listens { get; set; }

        /// <summary>The slot as which the socket was opened, of which this may be a copy.</summary>
        public int Origin { get; } = Slot;
    }

    /// <summary>A sequence.</summary>
    public IReadOnlyList<Call> Next()
    {
        _calls.Clear();
        _open.Clear();
        _slots = _user = 0;
        int user = Chance(12) ? random.Next(3) : -1;
        if (user == 0) Add(new Call(CallKind.BecomeUser) { A = 1001 });
        OpenSocket();
        if (Chance(70)) OpenSocket();
        int steps = random.Next(5, 22);
        for (int i = 0; i < steps; i++)
        {
            if (user > 0 && Chance(15)) Add(new Call(CallKind.BecomeUser) { A = Pick(0, 1001, 1002) });
            Step();
        }

        foreach (Open open in _open.ToArray()) Look(open);
        return [.. _calls];
    }

    private void Look(Open open)
    {
        if (Chance(60)) Add(Named(CallKind.GetSockName, open.Slot));
        if (Chance(50)) Add(Named(CallKind.GetPeerName, open.Slot));
        if (Chance(50)) Add(Polled(open.Slot));
        if (Chance(40)) Add(GetOption(open.Slot, 1, 4, 4));
        if (Chance(40)) Add(new Call(CallKind.RecvFrom) { Descriptor = open.Slot, Octets = Room(64), Length = 64, Flags = 0x40, Address = Room(128), AddressLength = 128 });
    }

    private void Step()
    {
        if (_open.Count < MostOpen && Chance(theme == CallTheme.Streams ? 12 : 15))
        {
            if (Chance(8)) OpenNull();
            else if (theme == CallTheme.Unix && Chance(30)) OpenPair();
            else OpenSocket();
            return;
        }

        if (theme == CallTheme.Streams && Chance(15))
        {
            Meet();
            return;
        }

        if (theme is CallTheme.Datagrams && Chance(15))
        {
            Exchange();
            return;
        }

        Open open = _open[random.Next(_open.Count)];
        switch (random.Next(40))
        {
            case < 6: Add(SetAny(open)); break;
            case < 9: Add(GetAny(open)); break;
            case < 14: Add(new Call(CallKind.Bind) { Descriptor = Any(open) }.With(LocalAddress(open))); break;
            case < 16: Listen(open); break;
            case < 21: Add(new Call(CallKind.Connect) { Descriptor = Any(open) }.With(RemoteAddress(open))); break;
            case < 26: Add(Sending(open)); break;
            case < 30: Add(Receiving(open)); break;
            case < 32: Accept(open); break;
            case < 34: Add(Named(Chance(50) ? CallKind.GetSockName : CallKind.GetPeerName, Any(open))); break;
            case 34: Add(new Call(CallKind.Shutdown) { Descriptor = Any(open), A = Chance(85) ? random.Next(3) : Number() }); break;
            case 35: Add(new Call(CallKind.Close) { Descriptor = Any(open) }); break;
            case 36: Add(Polled(open.Slot)); break;
            case 37: Control(open); break;
            case 38 when Chance(50): Add(new Call(CallKind.FChown) { Descriptor = Any(open), A = Pick(0, 1001, 1002) }); break;
            default: Add(new Call(CallKind.IoControl) { Descriptor = Any(open), A = Pick(0x541B, 0x541B, 0x5411, 0x8905, 0x5401, 0x1234) }); break;
        }
    }

    private void OpenSocket()
    {
        (int domain, int type, int protocol) = theme switch
        {
            CallTheme.Streams => (V4OrV6(), Stream, Pick(0, 0, 6)),
            CallTheme.Datagrams => (V4OrV6(), Datagram, Pick(0, 0, 17)),
            CallTheme.Raw => RawKind(),
            CallTheme.Unix => (Unix, Pick(Stream, Stream, Datagram, Datagram, Sequenced), 0),
            _ => Chance(40) ? (Pick(0, Unix, Inet, Inet6, 3, 45, 46, -1), Pick(0, Stream, Datagram, Raw, 4, Sequenced, 6, 10, 11, 15), Pick(0, 6, 17, 1, 58, 132, 136, 255, 262, 263, -1, 41))
                : (V4OrV6(), Pick(Stream, Datagram), 0),
        };
        if (theme != CallTheme.Raw && Chance(3)) protocol = Pick(1, 6, 17, 255, 256, 300, -1);
        type |= (Chance(88) ? NonBlock : 0) | (Chance(15) ? CloseOnExec : 0) | (Chance(1) ? 0x100 : 0);
        int slot = _slots++;
        Add(new Call(CallKind.Socket) { A = domain, B = type, C = protocol, Slot = slot });
        _open.Add(new Open(slot, domain, type & 0xF));
    }

    private (int Domain, int Type, int Protocol) RawKind()
    {
        if (Chance(25)) return (Chance(50) ? Inet : Inet6, Datagram, Pick(0, 1, 58));
        int domain = V4OrV6();
        return (domain, Raw, Pick(253, 253, 254, 0));
    }

    private void OpenNull()
    {
        Add(new Call(CallKind.OpenNull) { Slot = _slots });
        _open.Add(new Open(_slots++, None, None));
    }

    private void OpenPair()
    {
        int type = Pick(Stream, Datagram, Sequenced, Stream, Raw, 4);
        Add(new Call(CallKind.SocketPair)
        {
            A = Chance(92) ? Unix : Pick(Inet, Inet6, 0, -1), B = type | (Chance(92) ? NonBlock : 0), C = Chance(92) ? 0 : Pick(1, 6, -1), Octets = Chance(97) ? [] : null,
            Slot = _slots, SecondSlot = _slots + 1,
        });
        _open.Add(new Open(_slots, Unix, type));
        _open.Add(new Open(_slots + 1, Unix, type));
        _slots += 2;
    }

    /// <summary>A listener and who connects to it, so that the states of a connection are come to often.</summary>
    private void Meet()
    {
        int domain = V4OrV6();
        int listener = _slots++, client = _slots++, child = _slots++;
        byte[] local = Address(domain, domain == Inet ? "127.0.0.1" : "::1", Ports.FirstNamed + random.Next(6));
        Add(new Call(CallKind.Socket) { A = domain, B = Stream | NonBlock, Slot = listener });
        if (Chance(30)) Add(SetOption(listener, 1, 2, 1));
        Add(new Call(CallKind.Bind) { Descriptor = listener }.With(local));
        Add(new Call(CallKind.Listen) { Descriptor = listener, A = random.Next(4) });
        Add(new Call(CallKind.Socket) { A = domain, B = Stream | (Chance(80) ? NonBlock : 0), Slot = client });
        Add(new Call(CallKind.Connect) { Descriptor = client }.With(local));
        if (Chance(85)) Add(new Call(CallKind.Accept4) { Descriptor = listener, Slot = child, Flags = NonBlock, Address = Room(28), AddressLength = 28 });
        _open.Add(new Open(listener, domain, Stream) { Listens = true });
        _open.Add(new Open(client, domain, Stream));
        _open.Add(new Open(child, domain, Stream));
    }

    /// <summary>A receiver and a datagram for it.</summary>
    private void Exchange()
    {
        int domain = V4OrV6(), receiver = _slots++, sender = _slots++;
        byte[] local = Address(domain, domain == Inet ? "127.0.0.1" : "::1", Ports.FirstNamed + random.Next(6));
        Add(new Call(CallKind.Socket) { A = domain, B = Datagram | NonBlock, Slot = receiver });
        Add(new Call(CallKind.Bind) { Descriptor = receiver }.With(local));
        Add(new Call(CallKind.Socket) { A = domain, B = Datagram | NonBlock, Slot = sender });
        if (Chance(50)) Add(new Call(CallKind.Connect) { Descriptor = sender }.With(local));
        Add(new Call(CallKind.SendTo) { Descriptor = sender, Flags = 0x40 }.WithData(Data()).With(local));
        _open.Add(new Open(receiver, domain, Datagram));
        _open.Add(new Open(sender, domain, Datagram));
    }

    private void Listen(Open open)
    {
        Add(new Call(CallKind.Listen) { Descriptor = Any(open), A = Chance(80) ? random.Next(5) : Number() });
        open.Listens = true;
    }

    private void Accept(Open open)
    {
        Open listener = _open.Find(static other => other.Listens) is { } found && Chance(80) ? found : open;
        int slot = _slots++;
        bool isNew = Chance(70);
        int room = Chance(80) ? 128 : Pick(0, 1, 2, 4, 15, 16, 28);
        Add(new Call(isNew ? CallKind.Accept4 : CallKind.Accept)
        {
            Descriptor = Any(listener), Slot = slot, Flags = isNew ? (Chance(90) ? NonBlock : Pick(0, CloseOnExec, 1, -1, 0x40)) : 0,
            Address = Chance(75) ? Room(room) : null, AddressLength = Chance(95) ? room : Number(),
        });
        _open.Add(listener with { Slot = slot, Listens = false });
    }

    private void Control(Open open)
    {
        const int GetFdFlags = 1, SetFdFlags = 2, GetFlags = 3, SetFlags = 4, ReadWrite = 2;
        int slot = _slots;
        if (Chance(35))
        {
            bool isDup = Chance(50);
            _slots++;
            Add(new Call(isDup ? CallKind.Dup : CallKind.Fcntl) { Descriptor = Any(open), A = isDup ? 0 : Pick(0, 1030), B = isDup ? 0 : random.Next(12), Slot = slot });
            _open.Add(open with { Slot = slot });
            return;
        }

        int command = Chance(92) ? Pick(GetFdFlags, SetFdFlags, GetFlags, SetFlags, SetFlags) : Pick(99, 1500, -1);
        int argument = command switch { SetFdFlags => random.Next(2), SetFlags => ReadWrite | (Chance(85) ? NonBlock : 0) | (Chance(10) ? 0x400 : 0), _ => 0 };
        Add(new Call(CallKind.Fcntl) { Descriptor = Any(open), A = command, B = argument });
    }

    private Call Polled(int slot)
    {
        var entries = new List<PollEntry> { new(slot, PollEvents()) };
        while (Chance(25)) entries.Add(new PollEntry(Chance(80) ? _open[random.Next(_open.Count)].Slot : Pick(Call.MinusOne, Call.NeverOpened), PollEvents()));
        return new Call(CallKind.Poll) { Polled = [.. entries] };
    }

    private short PollEvents() => (short)(Chance(60) ? 0x2007 : random.Next(0x4000));

    private Call Named(CallKind kind, int descriptor)
    {
        int room = Chance(75) ? 128 : random.Next(32);
        return new Call(kind) { Descriptor = descriptor, Address = Chance(97) ? Room(room) : null, AddressLength = Chance(96) ? room : Pick(-1, int.MinValue, 200, room + 1) };
    }

    /// <summary>The socket's descriptor, or now and then another one that makes sense or none.</summary>
    private int Any(Open open) =>
        !Chance(theme == CallTheme.Nonsense ? 8 : 2) ? open.Slot : Pick(Call.MinusOne, Call.NeverOpened, Call.Least, random.Next(Math.Max(_slots, 1)));

    private void Add(Call call)
    {
        if (call.Kind == CallKind.BecomeUser) _user = call.A;
        _calls.Add(call);
    }

    private int V4OrV6() => Chance(55) ? Inet : Inet6;

    private int Number() => Pick(0, 1, -1, 2, 3, 4, 5, 7, 16, 64, 128, 255, 256, 1000, 4096, 65535, 65536, int.MaxValue, int.MinValue, random.Next(300), random.Next());

    private int Pick(params ReadOnlySpan<int> choices) => choices[random.Next(choices.Length)];

    private bool Chance(int percent) => random.Next(100) < percent;

    private static byte[] Room(int count)
    {
        byte[] room = new byte[count];
        room.AsSpan().Fill(0xA5);
        return room;
    }
}

/// <summary>Calls with an address or octets of their own length.</summary>
internal static class CallArguments
{
    public static Call With(this Call call, byte[]? address) => call with { Address = address, AddressLength = address?.Length ?? 0 };

    public static Call With(this Call call, (byte[]? Octets, int Length) address) => call with { Address = address.Octets, AddressLength = address.Length };

    public static Call WithData(this Call call, byte[] octets) => call with { Octets = octets, Length = octets.Length };
}
