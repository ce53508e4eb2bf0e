using UserNet.Core;
using UserNet.Sockets;
using UserNet.Time;

namespace UserNet.Facades.Posix.Unix;

/// <summary>A blocked call on a socket of AF_UNIX: it is woken to try again, as often as it takes.</summary>
internal sealed class UnixWait(StackCore core) : SocketOperation(core)
{
    private Timestamp _until = Timestamp.Never;

    /// <summary>Sets when the call has waited enough; zero is never. Gate held, before it waits for the first time.</summary>
    public void EndIn(TimeSpan timeout)
    {
        if (timeout > TimeSpan.Zero) _until = Stack.Now + timeout;
    }

    /// <summary>Waits for something to change. Gate held; then <see cref="SocketOperation.WaitHere"/> outside.</summary>
    public void WaitFor(OperationList list)
    {
        Begin(isOfThread: true);
        WaitIn(list);
        if (_until != Timestamp.Never) ExpireIn(TimeSpan.FromTicks(Math.Max(1, (_until - Stack.Now).Ticks)));
        if (Stack.IsDisposed) Abandon();
    }

    /// <summary>Wakes all calls of a list. Gate held.</summary>
    public static void WakeAll(OperationList? list)
    {
        while (list?.First is { } wait) wait.End(default);
    }
}
