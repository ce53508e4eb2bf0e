using System.Runtime.InteropServices;

namespace UserNet.Tests.Parity.Calls;

/// <summary>The C library, on the thread and in the namespace of a <see cref="KernelHost"/>.</summary>
/// <remarks>
/// Descriptors are moved to numbers that the runtime does not use, so that a closed one never names a file of the runtime's. A call that would
/// wait for what does not come is not made; <see cref="IsLeftOut"/> says so beforehand.
/// </remarks>
internal sealed unsafe class LibcCalls(KernelHost host, UnixTree tree) : ICalls
{
    private const int First = 5000, Descriptors = 512, Patience = 10, CloseOnExec = 1, ReadWrite = 2, LargeFile = 0x8000, ConnectPatience = 300_000;      // the last in microseconds

    private readonly GuardedMemory[] _memory = [new(), new(), new(), new()];      // octets, addresses, control, pieces
    private uint _uid;

    /// <summary>True when the kernel is given time to deliver after each call.</summary>
    public bool IsPatient { get; set; }

    /// <inheritdoc/>
    public int FirstDescriptor => First;

    /// <summary>Closes all that a sequence left open.</summary>
    public void Reset()
    {
        BecomeUser(0);
        if (Libc.CloseRange(First, First + Descriptors, 0) != 0) throw new InvalidOperationException($"close_range: errno {Marshal.GetLastPInvokeError()}");
    }

    public int Socket(int domain, int type, int protocol) => Raise(Answer(Libc.Socket(domain, type, protocol)));

    public int SocketPair(int domain, int type, int protocol, int[]? pair)
    {
        int* ends = stackalloc int[2];
        int answer = Answer(Libc.SocketPair(domain, type, protocol, pair is null ? null : ends));
        if (answer >= 0) (pair![0], pair[1]) = (Raise(ends[0]), Raise(ends[1]));
        return answer;
    }

    public int OpenNull() => Raise(Answer(KernelCalls.Open("/dev/null", ReadWrite)));

    public int Bind(int descriptor, byte[]? address, int length) => InTree(address, () => Libc.Bind(descriptor, _memory[1].Place(address), length));

    public int Listen(int descriptor, int backlog) => Answer(Libc.Listen(descriptor, backlog));

    public int Accept(int descriptor, byte[]? address, ref int length, bool hasLength, int? flags)
    {
        int room = length;
        byte* memory = _memory[1].Place(address);
        int* size = hasLength ? &room : null;
        int answer = Answer(flags is { } how ? Libc.Accept4(descriptor, memory, size, how) : Libc.Accept(descriptor, memory, size));
        _memory[1].TakeBack(address);
        length = room;
        return Raise(answer);
    }

    // A connect that nobody answers would wait for minutes.
    public int Connect(int descriptor, byte[]? address, int length)
    {
        const int SocketLevel = 1, SendTimeout = 21;
        long* before = stackalloc long[2], patience = stackalloc long[2] { 0, ConnectPatience };
        int size = 2 * sizeof(long);
        bool waits = (Libc.Fcntl(descriptor, Libc.GetFlags, 0) & Libc.NonBlock) == 0
            && Libc.GetSockOpt(descriptor, SocketLevel, SendTimeout, (byte*)before, &size) == 0
            && Libc.SetSockOpt(descriptor, SocketLevel, SendTimeout, (byte*)patience, size) == 0;
        int answer = InTree(address, () => Libc.Connect(descriptor, _memory[1].Place(address), length));
        if (waits) _ = Libc.SetSockOpt(descriptor, SocketLevel, SendTimeout, (byte*)before, size);
        return answer;
    }


    public int Name(int descriptor, bool ofPeer, byte[]? address, ref int length, bool hasLength)
    {
        int room = length;
        byte* memory = _memory[1].Place(address);
        int* size = hasLength ? &room : null;
        int answer = Answer(ofPeer ? Libc.GetPeerName(descriptor, memory, size) : Libc.GetSockName(descriptor, memory, size));
        _memory[1].TakeBack(address);
        length = room;
        return answer;
    }

    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) =>
        Answer(Libc.SetSockOpt(descriptor, level, name, _memory[0].Place(value), length));

    public int GetOption(int descriptor, int level, int name, byte[]? value, ref int length, bool hasLength)
    {
        int room = length;
        int answer = Answer(Libc.GetSockOpt(descriptor, level, name, _memory[0].Place(value), hasLength ? &room : null));
        _memory[0].TakeBack(value);
        length = room;
        return answer;
    }

    public int Send(int descriptor, byte[]? octets, int length, int flags) => Answer(Libc.Send(descriptor, _memory[0].Place(octets), length, flags));

    public int SendTo(int descriptor, byte[]? octets, int length, int flags, byte[]? address, int addressLength) =>
        InTree(address, () => Libc.SendTo(descriptor, _memory[0].Place(octets), length, flags, _memory[1].Place(address), addressLength));

    public int Write(int descriptor, byte[]? octets, int length) => Answer(Libc.Write(descriptor, _memory[0].Place(octets), length));

    public int SendMessage(int descriptor, Message message, int flags) => Exchange(message, (Libc.Header* header) => Libc.SendMsg(descriptor, header, flags));

    public int Receive(int descriptor, byte[]? octets, int length, int flags)
    {
        int answer = Answer(Libc.Recv(descriptor, _memory[0].Place(octets), length, flags));
        _memory[0].TakeBack(octets);
        return answer;
    }

    public int ReceiveFrom(int descriptor, byte[]? octets, int length, int flags, byte[]? address, ref int addressLength, bool hasLength)
    {
        int room = addressLength;
        byte* memory = _memory[0].Place(octets);
        int answer = Answer(Libc.RecvFrom(descriptor, memory, length, flags, _memory[1].Place(address), hasLength ? &room : null));
        _memory[0].TakeBack(octets);
        _memory[1].TakeBack(address);
        addressLength = room;
        return answer;
    }

    public int Read(int descriptor, byte[]? octets, int length)
    {
        int answer = Answer(Libc.Read(descriptor, _memory[0].Place(octets), length));
        _memory[0].TakeBack(octets);
        return answer;
    }

    public int ReceiveMessage(int descriptor, Message message, int flags)
    {
        int answer = Exchange(message, (Libc.Header* header) => Libc.RecvMsg(descriptor, header, flags));
        if (answer >= 0 && message.Control is { } control) RaisePassed(control.AsSpan(0, Math.Min(message.ControlLength, control.Length)));
        return answer;
    }

    public int Shutdown(int descriptor, int how) => Answer(Libc.Shutdown(descriptor, how));

    public int Close(int descriptor) => Answer(Libc.Close(descriptor));

    public int Poll(PollEntry[] entries, short[] returned)
    {
        Libc.Polled* polled = stackalloc Libc.Polled[entries.Length + 1];
        for (int i = 0; i < entries.Length; i++) polled[i] = new Libc.Polled { Descriptor = entries[i].Descriptor, Events = entries[i].Events };
        int answer = Answer(Libc.Poll(polled, (nuint)entries.Length, 0));
        for (int i = 0; i < entries.Length; i++) returned[i] = polled[i].Returned;
        return answer;
    }

    public int Control(int descriptor, int command, int argument) =>
        WithoutLargeFile(command, Answer(Libc.Fcntl(descriptor, command, command is Libc.DuplicateFd or Libc.DuplicateFdCloseOnExec ? First + argument : argument)));

    /// <summary>O_LARGEFILE is the kernel's own: no program sets it.</summary>
    private static int WithoutLargeFile(int command, int answer) => command == Libc.GetFlags && answer >= 0 ? answer & ~LargeFile : answer;

    public int Duplicate(int descriptor) => Answer(Libc.Fcntl(descriptor, Libc.DuplicateFd, First));

    public int ChangeOwner(int descriptor, uint owner) => Answer(Libc.FChown(descriptor, owner, uint.MaxValue));

    public int IoControl(int descriptor, int request, out int value)
    {
        int number = 0;
        int answer = Answer(Libc.IoCtl(descriptor, (uint)request, &number));
        value = number;
        return answer;
    }

    public void BecomeUser(uint uid)
    {
        if (uid == _uid) return;
        if (_uid != 0) host.BecomeUser(0);      // only root may become anybody
        if (uid != 0) host.BecomeUser(uid);
        _uid = uid;
    }

    public void Settle()
    {
        if (IsPatient) Thread.Sleep(Patience);
    }

    public void Dispose()
    {
        Reset();
        foreach (GuardedMemory memory in _memory) memory.Dispose();
    }

    /// <summary>True when the call is not to be made: the description blocks and is not ready for it, or the machine's own file would get another owner.</summary>
    public static bool IsLeftOut(int descriptor, CallKind kind, int flags, int length)
    {
        if (kind == CallKind.FChown) return !IsSocket(descriptor);
        return kind is not CallKind.Socket and not CallKind.SocketPair and not CallKind.Close and not CallKind.Dup && MayWait(descriptor, kind, flags, length);
    }

    private static bool IsSocket(int descriptor)
    {
        const int SocketLevel = 1, Type = 3;
        int value = 0, size = sizeof(int);
        return Libc.GetSockOpt(descriptor, SocketLevel, Type, (byte*)&value, &size) == 0;
    }

    private static bool MayWait(int descriptor, CallKind kind, int flags, int length)
    {
        const int DontWait = 0x40, WaitAll = 0x100, MostAtOnce = 4096, SocketLevel = 1, AcceptConnections = 30;
        int state = Libc.Fcntl(descriptor, Libc.GetFlags, 0);
        if (state < 0 || (state & Libc.NonBlock) != 0 || !IsSocket(descriptor)) return false;
        switch (kind)
        {
            case CallKind.Send or CallKind.SendTo or CallKind.SendMsg or CallKind.Write:
                return (flags & DontWait) == 0 && (length > MostAtOnce || !IsReady(descriptor, KernelCalls.PollOut));
            case CallKind.Recv or CallKind.RecvFrom or CallKind.RecvMsg or CallKind.Read:
                return (flags & DontWait) == 0 && ((flags & WaitAll) != 0 || !HasInput(descriptor));
            case CallKind.Accept or CallKind.Accept4:
                int listens = 0, size = sizeof(int);
                _ = Libc.GetSockOpt(descriptor, SocketLevel, AcceptConnections, (byte*)&listens, &size);
                return listens != 0 && !HasInput(descriptor);
            default: return false;
        }
    }

    /// <summary>True when there is something, not only an end: that is told after a wait, which the other side can't be asked for.</summary>
    private static bool HasInput(int descriptor)
    {
        const short ReadHungUp = 0x2000, Stream = 1;
        var polled = new Libc.Polled { Descriptor = descriptor, Events = KernelCalls.PollIn | ReadHungUp };
        if (Libc.Poll(&polled, 1, 0) <= 0 || (polled.Returned & KernelCalls.PollIn) == 0) return false;
        int type = 0, size = sizeof(int);
        _ = Libc.GetSockOpt(descriptor, 1, 3, (byte*)&type, &size);
        return (polled.Returned & ReadHungUp) == 0 || type == Stream;
    }

    private static bool IsReady(int descriptor, short events) => KernelCalls.Poll(descriptor, events, 0) != 0;

    /// <summary>Makes a call that may name a file, with the tree's root as the thread's.</summary>
    private int InTree(byte[]? address, Func<nint> call)
    {
        const byte Unix = 1;
        if (address is not [Unix, 0, not 0, ..]) return Answer(call());
        uint uid = _uid;
        BecomeUser(0);
        tree.Enter();
        BecomeUser(uid);
        int answer = Answer(call());
        BecomeUser(0);
        tree.Leave();
        BecomeUser(uid);
        return answer;
    }

    private delegate nint MessageCall(Libc.Header* header);

    private int Exchange(Message message, MessageCall call)
    {
        int count = message.Pieces?.Length ?? 0;
        Libc.Piece* pieces = stackalloc Libc.Piece[count + 1];
        byte[] all = message.Pieces is null ? [] : [.. message.Pieces.SelectMany(static piece => piece)];
        byte* memory = _memory[0].Place(all);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            int length = message.Pieces![i].Length;
            pieces[i] = new Libc.Piece { Octets = memory + at, Length = length };
            at += length;
        }

        var header = new Libc.Header
        {
            Name = _memory[1].Place(message.Address),
            NameLength = message.AddressLength,
            Pieces = message.Pieces is null ? null : pieces,
            PieceCount = count,
            Control = _memory[2].Place(message.Control),
            ControlLength = message.ControlLength,
            Flags = message.Flags,
        };
        nint place = (nint)(&header);
        int answer = InTree(message.Address, () => call((Libc.Header*)place));
        _memory[0].TakeBack(all);
        _memory[1].TakeBack(message.Address);
        _memory[2].TakeBack(message.Control);
        at = 0;
        foreach (byte[] piece in message.Pieces ?? [])
        {
            all.AsSpan(at, piece.Length).CopyTo(piece);
            at += piece.Length;
        }

        (message.AddressLength, message.ControlLength, message.Flags) = (header.NameLength, (int)header.ControlLength, header.Flags);
        return answer;
    }

    /// <summary>Moves descriptors that were passed, and says in the message where they are now.</summary>
    private static void RaisePassed(Span<byte> control)
    {
        for (int at = 0; at + ControlText.HeaderLength <= control.Length;)
        {
            int length = (int)BitConverter.ToInt64(control[at..]);
            if (length < ControlText.HeaderLength) return;
            if (BitConverter.ToInt32(control[(at + 8)..]) == 1 && BitConverter.ToInt32(control[(at + 12)..]) == 1)      // SOL_SOCKET, SCM_RIGHTS
            {
                for (int i = at + ControlText.HeaderLength; i + sizeof(int) <= Math.Min(at + length, control.Length); i += sizeof(int))
                    BitConverter.TryWriteBytes(control[i..], Raise(BitConverter.ToInt32(control[i..])));
            }

            at += (length + 7) & ~7;
        }
    }

    /// <summary>Moves a descriptor to where only sequences have theirs.</summary>
    private static int Raise(int descriptor)
    {
        if (descriptor < 0) return descriptor;
        int flags = Libc.Fcntl(descriptor, Libc.GetFdFlags, 0);
        int raised = Libc.Fcntl(descriptor, (flags & CloseOnExec) != 0 ? Libc.DuplicateFdCloseOnExec : Libc.DuplicateFd, First);
        if (raised < 0) throw new InvalidOperationException($"fcntl: errno {Marshal.GetLastPInvokeError()}");
        _ = Libc.Close(descriptor);
        return raised;
    }

    private static int Answer(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
}
