using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Parity.Calls;

/// <summary>A process on host A of a world of its own, by the POSIX face.</summary>
internal sealed class FacadeCalls : ICalls
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.4);

    private readonly StackWorld _world;
    private readonly PosixProcess _process;

    public FacadeCalls(bool hasFiles)
    {
        _world = new StackWorld(Personality.Linux, seed: 1);
        foreach (char host in "AB")
            foreach (string limit in (string[])["net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"]) _world[host].Sysctl(limit, "0");
        _process = new PosixProcess(((StackHost)_world['A']).Stack);
        if (hasFiles) BuildFiles();
    }

    /// <inheritdoc/>
    public int FirstDescriptor => 3;

    public int Socket(int domain, int type, int protocol) => Answer(_process.Socket(domain, type, protocol));

    public int SocketPair(int domain, int type, int protocol, int[]? pair) => Answer(_process.SocketPair(domain, type, protocol, pair));

    public int OpenNull() => Answer(_process.OpenNoSocket());

    public int Bind(int descriptor, byte[]? address, int length) => Answer(_process.Bind(descriptor, address, length));

    public int Listen(int descriptor, int backlog) => Answer(_process.Listen(descriptor, backlog));

    public int Accept(int descriptor, byte[]? address, ref int length, bool hasLength, int? flags)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(flags is { } how ? _process.Accept4(descriptor, address, ref length, how) : _process.Accept(descriptor, address, ref length));
        WaitAgain(descriptor, waits);
        return answer;
    }

    // Nobody waits in a call, since nothing moves meanwhile: the second one says what the first would have.
    public int Connect(int descriptor, byte[]? address, int length)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.Connect(descriptor, address, length));
        if (waits && answer == -(int)Errno.EINPROGRESS && WaitFor(descriptor)) answer = Answer(_process.Connect(descriptor, address, length));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int Name(int descriptor, bool ofPeer, byte[]? address, ref int length, bool hasLength) => Answer(
        ofPeer ? _process.GetPeerName(descriptor, address, ref length) : _process.GetSockName(descriptor, address, ref length));

    public int SetOption(int descriptor, int level, int name, byte[]? value, int length) =>
        Answer(_process.SetSockOpt(descriptor, level, name, value, length));

    public int GetOption(int descriptor, int level, int name, byte[]? value, ref int length, bool hasLength) =>
        Answer(_process.GetSockOpt(descriptor, level, name, value, ref length));

    public int Send(int descriptor, byte[]? octets, int length, int flags)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.Send(descriptor, octets, length, flags));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int SendTo(int descriptor, byte[]? octets, int length, int flags, byte[]? address, int addressLength)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.SendTo(descriptor, octets, length, flags, address, addressLength));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int Write(int descriptor, byte[]? octets, int length)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.Write(descriptor, octets, length));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int SendMessage(int descriptor, Message message, int flags)
    {
        IoVector[] pieces = [.. (message.Pieces ?? []).Select(static piece => (IoVector)piece)];
        MessageHeader header = HeaderOf(message, pieces);
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.SendMsg(descriptor, header, flags));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int Receive(int descriptor, byte[]? octets, int length, int flags)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.Recv(descriptor, octets, length, flags));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int ReceiveFrom(int descriptor, byte[]? octets, int length, int flags, byte[]? address, ref int addressLength, bool hasLength)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.RecvFrom(descriptor, octets, length, flags, address, ref addressLength));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int Read(int descriptor, byte[]? octets, int length)
    {
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.Read(descriptor, octets, length));
        WaitAgain(descriptor, waits);
        return answer;
    }

    public int ReceiveMessage(int descriptor, Message message, int flags)
    {
        IoVector[] pieces = [.. (message.Pieces ?? []).Select(static piece => (IoVector)piece)];
        MessageHeader header = HeaderOf(message, pieces);
        bool waits = StopWaiting(descriptor);
        int answer = Answer(_process.RecvMsg(descriptor, ref header, flags));
        WaitAgain(descriptor, waits);
        (message.AddressLength, message.ControlLength, message.Flags) = (header.NameLength, header.ControlLength, header.Flags);
        return answer;
    }

    public int Shutdown(int descriptor, int how) => Answer(_process.Shutdown(descriptor, how));

    public int Close(int descriptor) => Answer(_process.Close(descriptor));

    public int Poll(PollEntry[] entries, short[] returned)
    {
        PollDescriptor[] polled = [.. entries.Select(static entry => new PollDescriptor { Descriptor = entry.Descriptor, Events = entry.Events })];
        int answer = Answer(_process.Poll(polled, 0));
        for (int i = 0; i < polled.Length; i++) returned[i] = polled[i].Returned;
        return answer;
    }

    public int Control(int descriptor, int command, int argument) =>
        Answer(_process.Fcntl(descriptor, command, command is Libc.DuplicateFd or Libc.DuplicateFdCloseOnExec ? FirstDescriptor + argument : argument));

    public int Duplicate(int descriptor) => Answer(_process.Dup(descriptor));

    public int ChangeOwner(int descriptor, uint owner) => Answer(_process.FChown(descriptor, owner));

    public int IoControl(int descriptor, int request, out int value)
    {
        value = 0;
        return Answer(_process.IoControl(descriptor, request, ref value));
    }

    public void BecomeUser(uint uid) => _process.Credentials = uid == 0 ? Caller.Root : Caller.User(uid);

    public void Settle() => _world.Settle();

    public void Dispose()
    {
        _process.Dispose();
        _world.Dispose();
    }

    private void BuildFiles()
    {
        Check(_process.Chmod("/", UnixFiles.RootMode));
        foreach ((string path, int mode, uint owner) in UnixFiles.Directories)
        {
            Check(_process.Mkdir(path, mode));
            if (path == UnixFiles.ReadOnly) _process.Host.Files.Mount(path);
            Check(_process.Chmod(path, mode));
            Check(_process.Chown(path, owner, 0));
        }

        foreach ((string path, string target) in UnixFiles.Links) Check(_process.Symlink(target, path));
        foreach (string path in UnixFiles.Files) Check(_process.Mknod(path, UnixFiles.FileMode));
        _process.Host.Files.SetReadOnly(UnixFiles.ReadOnly, true);
        _ = _process.Umask(UnixFiles.Mask);
    }

    private void Check(int answer)
    {
        if (answer < 0) throw new InvalidOperationException($"{_process.Error}");
    }

    /// <summary>Has calls answer EAGAIN instead of waiting: a wait would not end, since nothing moves meanwhile.</summary>
    private bool StopWaiting(int descriptor)
    {
        int flags = _process.Fcntl(descriptor, Libc.GetFlags);
        if (flags < 0 || (flags & Libc.NonBlock) != 0) return false;
        _process.SetNonBlocking(descriptor, true);
        return true;
    }

    private void WaitAgain(int descriptor, bool waits)
    {
        Errno error = _process.Error;
        if (waits) _process.SetNonBlocking(descriptor, false);
        System.Diagnostics.Debug.Assert(error == _process.Error);
    }

    private static MessageHeader HeaderOf(Message message, IoVector[] pieces) => new()
    {
        Name = message.Address, NameLength = message.AddressLength, Vectors = pieces, Control = message.Control, ControlLength = message.ControlLength, Flags = message.Flags,
    };

    private bool WaitFor(int descriptor)
    {
        for (TimeSpan waited = default; waited < Patience; waited += TimeSpan.FromMilliseconds(1))
        {
            if ((_process.Poll(descriptor, PosixProcess.PollOut) & PosixProcess.PollOut) != 0) return true;      // a socket that was shut hangs up before it is connected
            _world.Settle();
        }

        return false;
    }

    private int Answer(int result) => result >= 0 ? result : -(int)_process.Error;
}
