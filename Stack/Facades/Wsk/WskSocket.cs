using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_SOCKET: a socket, whose dispatch table has the calls that its category knows.</summary>
/// <remarks>
/// Cast <see cref="Dispatch"/> as C does, to <see cref="WskProviderListenDispatch"/> and so on. Made by WskSocket, WskSocketConnect and
/// WskAccept; it is the client's until WskCloseSocket is complete. Any thread.
/// </remarks>
public sealed partial class WskSocket
{
    private readonly NetworkSocket _socket;
    private readonly WskRegistration _registration;
    private readonly Caller _caller;
    private readonly uint _staticEvents;  // enabled for good
    private WskSocketRole _role;          // of a stream socket
    private Irp? _close;                  // waits until nothing is pending
    private int _pending;                 // requests under way, callbacks that run
    private bool _isClosing, _isGone;

    internal WskSocket(
        WskRegistration registration, NetworkSocket socket, WskCategory category, in Caller caller, object? context, WskClientSocketDispatch? callbacks)
    {
        (_registration, _socket, _caller, Category) = (registration, socket, caller, category);
        (Context, Callbacks) = (context, callbacks);
        Dispatch = WskProviderBasicDispatch.Of(category);
        using (Core.Enter())
        {
            registration.Sockets++;
            _events = _staticEvents = registration.StaticEvents & EventsOf(category);
            if (_events != 0) Watcher.Begin();
        }
    }

    /// <summary>The calls of its category.</summary>
    public WskProviderBasicDispatch Dispatch { get; }

    internal WskCategory Category { get; }

    internal object? Context { get; set; }

    internal WskClientSocketDispatch? Callbacks { get; set; }

    internal StackCore Core => _registration.Subsystem.Core;

    /// <summary>The stack's own socket: a door from this face to the .NET one.</summary>
    public NetworkSocket Socket => _socket;

    private bool CompletesLater => _registration.Subsystem.CompletesLater;

    /// <summary>Does what a call asks for, at once or in its turn, and completes its IRP unless that pends.</summary>
    /// <param name="irp">The call's.</param>
    /// <param name="work">What to do, outside the gate.</param>
    /// <param name="makesSocket">True where the socket is only the client's if the call succeeds.</param>
    internal NtStatus Run(Irp irp, Func<WskRequest, NtStatus> work, bool makesSocket = false)
    {
        var request = new WskRequest(irp, this) { MakesSocket = makesSocket };
        NtStatus standing;
        using (Core.Enter())
        {
            _pending++;
            standing = irp.Cancel ? NtStatus.STATUS_CANCELLED : StandingNow(isPending: false);
            if (standing == NtStatus.STATUS_SUCCESS && CompletesLater) return request.Defer(work);
        }

        NtStatus status = standing == NtStatus.STATUS_SUCCESS ? Judge(work(request), isPending: false) : standing;
        return status == NtStatus.STATUS_PENDING ? status : request.Complete(status);
    }

    /// <summary>As <see cref="Run"/>, of a call that needs no request to be answered at once: it allocates nothing.</summary>
    /// <param name="irp">The call's.</param>
    /// <param name="state">What the call was given.</param>
    /// <param name="work">What to do, outside the gate; and how many octets were written.</param>
    internal NtStatus RunAtOnce<T>(Irp irp, in T state, Func<WskSocket, T, (NtStatus Status, ulong Octets)> work)
    {
        if (CompletesLater) return RunLater(irp, state, work);
        NtStatus standing;
        using (Core.Enter())
        {
            _pending++;
            standing = irp.Cancel ? NtStatus.STATUS_CANCELLED : StandingNow(isPending: false);
        }

        (NtStatus status, ulong octets) = standing == NtStatus.STATUS_SUCCESS ? work(this, state) : (standing, 0);
        if (standing == NtStatus.STATUS_SUCCESS) status = Judge(status, isPending: false);
        try
        {
            return irp.Complete(status, new IrpInformation(octets));
        }
        finally
        {
            Leave();      // a close waits for the routine to return
        }
    }

    private NtStatus RunLater<T>(Irp irp, T state, Func<WskSocket, T, (NtStatus Status, ulong Octets)> work) => Run(irp, request =>
    {
        (NtStatus status, ulong octets) = work(this, state);
        request.Information = new IrpInformation(octets);
        return status;
    });

    /// <summary>Whether the socket works still: STATUS_SUCCESS; STATUS_FILE_FORCED_CLOSED; of a request that the close found pending STATUS_CANCELLED.</summary>
    internal NtStatus Standing(bool isPending)
    {
        using (Core.Enter()) return StandingNow(isPending);
    }

    /// <summary>What fails since the socket was closed just then has failed by that.</summary>
    internal NtStatus Judge(NtStatus status, bool isPending)
    {
        if (status is NtStatus.STATUS_SUCCESS or NtStatus.STATUS_PENDING or NtStatus.STATUS_CANCELLED) return status;
        NtStatus standing = Standing(isPending);
        return standing == NtStatus.STATUS_SUCCESS ? status : standing;
    }

    /// <summary>A request is complete, or a callback has returned.</summary>
    internal void Leave()
    {
        using (Core.Enter()) LeaveNow();
    }

    /// <summary>WskCloseSocket.</summary>
    internal NtStatus Close(Irp irp)
    {
        bool wasClosing;
        using (Core.Enter())
        {
            wasClosing = _isClosing;
            _isClosing = true;
        }

        if (wasClosing) return irp.Complete(NtStatus.STATUS_FILE_FORCED_CLOSED);
        _socket.CloseAs();
        using (Core.Enter())
        {
            _watcher?.End();
            if (_pending > 0 || CompletesLater)
            {
                irp.MarkPending(null);
                _close = irp;
                if (_pending == 0) Core.Wake(new Closing(this));
                return NtStatus.STATUS_PENDING;
            }

            Forget();
        }

        return irp.Complete(NtStatus.STATUS_SUCCESS);
    }

    /// <summary>Closes a socket that its client never got, or does not want.</summary>
    internal void CloseUnseen()
    {
        using (Core.Enter()) _isClosing = true;
        _socket.CloseAs();
        using (Core.Enter())
        {
            _watcher?.End();
            Forget();
        }
    }

    /// <summary>True when it works no longer, and its client has not closed it. Gate held.</summary>
    private bool IsDead => _socket.IsClosed || Core.IsDisposed;

    private NtStatus StandingNow(bool isPending)
    {
        if (_isClosing && isPending) return NtStatus.STATUS_CANCELLED;
        return _isClosing || IsDead ? NtStatus.STATUS_FILE_FORCED_CLOSED : NtStatus.STATUS_SUCCESS;
    }

    private void LeaveNow()
    {
        if (--_pending == 0 && _close is not null) Core.Wake(new Closing(this));
    }

    private void Forget()
    {
        if (_isGone) return;
        _isGone = true;
        _registration.Sockets--;
        _registration.EndWaitsIfIdle();
    }

    /// <summary>The status of what a request's operation ended with: why it was ended is known here.</summary>
    private NtStatus StatusOf(SocketOperation operation)
    {
        if (operation.WasCanceled) return NtStatus.STATUS_CANCELLED;
        TransferResult result = operation.Result;
        if (result is { IsDone: true, Octets: > 0 }) return NtStatus.STATUS_SUCCESS;
        using (Core.Enter())
        {
            if (result.Errno is Errno.EBADF or Errno.EINTR) return _isClosing ? NtStatus.STATUS_CANCELLED : NtStatus.STATUS_FILE_FORCED_CLOSED;
            return _isAborted && operation is ReceiveOperation or SendOperation ? NtStatus.STATUS_CONNECTION_ABORTED : WskStatus.Of(result);
        }
    }

    private void EndClose()
    {
        Irp? close;
        using (Core.Enter())
        {
            close = _close;      // calls that come too late pass by as well, and bring the count to 0 again
            _close = null;
            Forget();
        }

        close?.Complete(NtStatus.STATUS_SUCCESS);
    }

    /// <summary>The last step of a close that waited for others.</summary>
    private sealed class Closing(WskSocket socket) : IWake
    {
        public void Wake(System.IO.Pipelines.PipeScheduler scheduler) => scheduler.Schedule(static closing => ((Closing)closing!).End(), this);

        private void End() => socket.EndClose();
    }
}

/// <summary>WSK_FLAG_BASIC_SOCKET and so on.</summary>
internal enum WskCategory : byte
{
    Basic = 0,
    Listen = 1,
    Connection = 2,
    Datagram = 4,
    Stream = 8,
}

/// <summary>What a stream socket has become.</summary>
internal enum WskSocketRole : byte
{
    None,
    Listens,
    Connects,
}
