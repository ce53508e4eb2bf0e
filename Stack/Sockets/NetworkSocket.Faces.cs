using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// Calls as other faces need them: they wait as the socket says, and answer with an error instead of throwing it.
public sealed partial class NetworkSocket
{
    private const int In = 0x1, Priority = 0x2, Out = 0x4, Failed = 0x8, HungUp = 0x10, ReadHungUp = 0x2000;      // POLLIN and so on

    /// <summary>Binds as the system itself would, without what .NET adds; a closed socket is a bad handle.</summary>
    internal BindRule BindAs(in InetEndpoint local, in Caller caller)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            BindRule rule = _core.Engine.Bind(_binding, local, caller).Rule;
            _wasNamed |= rule == BindRule.Granted;
            return rule;
        }
    }

    internal TransferResult ConnectAs(in InetEndpoint remote) => ConnectOrWait(remote, waits: Blocking, out _);

    internal TransferResult SendAs(ReadOnlySpan<byte> octets, SocketFlags flags, in InetEndpoint? destination) =>
        WithoutTimeout(SendOrWait(octets, destination, flags));

    internal TransferResult ReceiveAs(Span<byte> octets, SocketFlags flags) =>
        WithoutTimeout(ReceiveOrWait(octets, FlagsFor(octets, flags), out _));

    internal TransferResult AcceptAs(out NetworkSocket? accepted)
    {
        TransferResult result = WithoutTimeout(AcceptOrWait(out accepted));
        if (accepted is not null) accepted.Blocking = true;      // O_NONBLOCK is not inherited
        return result;
    }

    /// <summary>What poll(2) would tell now.</summary>
    internal int PollNow()
    {
        using (_core.Enter())
        {
            if (_isClosed) return 0;
            SocketChannel channel = Common;
            int events = 0;
            if (_stream is { Listener: null } stream)
            {
                if (stream.HasHungUp) events |= HungUp;
                if (stream.HasReadHungUp) events |= ReadHungUp;
                if (stream.HasUrgent) events |= Priority;
                if (channel.Error != Errno.Success) events |= Failed;
                if (stream.IsReadable) events |= In;
            }
            else
            {
                if (channel.IsReady(SelectMode.SelectRead)) events |= In;
                if (channel.IsReady(SelectMode.SelectError)) events |= Failed;
            }

            return channel.IsReady(SelectMode.SelectWrite) ? events | Out : events;
        }
    }

    /// <summary>A wait that SO_RCVTIMEO or SO_SNDTIMEO ended is EAGAIN to POSIX; .NET says that it timed out.</summary>
    private static TransferResult WithoutTimeout(in TransferResult result) =>
        result is { Errno: Errno.ETIMEDOUT, IsOfWait: true } ? TransferResult.Failed(Errno.EAGAIN) : result;
}
