using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A host whose calls go through the POSIX face, sockaddr and all; answers are errno.
/// </summary>
public sealed class StackHost : FaceHost
{
    private const int Stream = 1, Peek = 0x2, Truncated = 0x20, DontWait = 0x40, NoSignal = 0x4000;

    private readonly PosixProcess _process;
    private readonly HashSet<int> _streams = [];

    /// <summary>A host with these addresses.</summary>
    /// <param name="addressing">Its addresses and routes.</param>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="lab">Whose clock and scheduler it goes by; null for the machine's.</param>
    public StackHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab = null)
        : base(addressing, personality, seed, lab) => _process = new PosixProcess(Stack);

    /// <inheritdoc/>
    public override int Socket(int domain, int type) => Enter(_process.Socket(domain, type, 0), type == Stream);

    /// <inheritdoc/>
    public override int Pipe() => Answer(_process.OpenNoSocket());

    /// <inheritdoc/>
    public override int Close(int descriptor) => Answer(_process.Close(descriptor));

    /// <inheritdoc/>
    public override int Bind(int descriptor, byte[]? address, int length) => Answer(_process.Bind(descriptor, address, length));

    /// <inheritdoc/>
    public override int Listen(int descriptor, int backlog) => Answer(_process.Listen(descriptor, backlog));

    /// <inheritdoc/>
    public override int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        // The hosts have one thread and a clock of their own, so nobody waits in a call: the second one says what the first would have.
        if (_streams.Contains(descriptor)) _process.SetNonBlocking(descriptor, true);
        int answer = Answer(_process.Connect(descriptor, address, length));
        // A call that waits does so again where one before it is still under way.
        if (answer != -(int)Errno.EINPROGRESS && !(waits && answer == -(int)Errno.EALREADY)) return answer;
        return waits && Poll(descriptor, toWrite: true) == 1 ? Answer(_process.Connect(descriptor, address, length)) : answer;
    }

    /// <inheritdoc/>
    public override int Accept(int descriptor)
    {
        if (_streams.Contains(descriptor)) _process.SetNonBlocking(descriptor, true);
        return Enter(_process.Accept(descriptor), isStream: true);
    }

    /// <inheritdoc/>
    public override int Shutdown(int descriptor, int how) => Answer(_process.Shutdown(descriptor, how));

    /// <inheritdoc/>
    public override int Name(int descriptor, bool ofPeer, byte[] address, ref int length) => Answer(
        ofPeer
            ? _process.GetPeerName(descriptor, address, ref length)
            : _process.GetSockName(descriptor, address, ref length));

    /// <inheritdoc/>
    public override int SetOption(int descriptor, int level, int name, byte[] value) =>
        Answer(_process.SetSockOpt(descriptor, level, name, value, value.Length));

    /// <inheritdoc/>
    public override int GetOption(int descriptor, int level, int name, byte[] value, ref int length) =>
        Answer(_process.GetSockOpt(descriptor, level, name, value, ref length));

    /// <inheritdoc/>
    public override int Send(int descriptor, byte[] octets, byte[]? address, int length) =>
        Answer(_process.SendTo(descriptor, octets, octets.Length, DontWait | NoSignal, address, length));

    /// <inheritdoc/>
    public override int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length) =>
        Answer(_process.RecvFrom(
            descriptor, octets, octets.Length, DontWait | (_streams.Contains(descriptor) ? 0 : Truncated) | (peeks ? Peek : 0), address, ref length));

    /// <inheritdoc/>
    public override int ChangeOwner(int descriptor, uint uid) => Answer(_process.FChown(descriptor, uid));

    /// <inheritdoc/>
    public override void BecomeUser(uint uid)
    {
        base.BecomeUser(uid);
        _process.Credentials = Caller;
    }

    /// <inheritdoc/>
    public override NetworkSocket? SocketOf(int descriptor) => _process.SocketOf(descriptor);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _process.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool IsReady(int descriptor, bool toWrite) =>
        _process.Poll(descriptor, toWrite ? PosixProcess.PollOut : PosixProcess.PollIn) != 0;

    private int Enter(int descriptor, bool isStream)
    {
        if (descriptor < 0) return Answer(descriptor);
        DescriptorEnd = Math.Max(DescriptorEnd, descriptor + 1);
        if (isStream) _streams.Add(descriptor);
        else _streams.Remove(descriptor);
        return descriptor;
    }

    private int Answer(int result) => result >= 0 ? result : -(int)_process.Error;
}
