using System.IO.Pipelines;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>One call with one IRP, from when its arguments were found good until the IRP is complete.</summary>
/// <remarks>
/// It waits by an operation of the socket's, or for its turn on the scheduler; whichever ends first inside the gate ends it, so the IRP is
/// completed once. A late cancel finds no operation and does nothing.
/// </remarks>
internal sealed class WskRequest(Irp irp, WskSocket socket) : ISocketRequest, IWake
{
    private SocketOperation? _operation;      // gate held

    /// <summary>Whose.</summary>
    public WskSocket Socket => socket;

    /// <summary>What is to be done when its turn has come.</summary>
    public Func<WskRequest, NtStatus>? Work { get; set; }

    /// <summary>What the end of its operation means; STATUS_PENDING where that began something else.</summary>
    public Func<WskRequest, SocketOperation, NtStatus>? Finish { get; set; }

    /// <summary>True where the socket is only the client's if the call succeeds.</summary>
    public bool MakesSocket { get; init; }

    /// <summary>What the IRP will bring.</summary>
    public IrpInformation Information { get; set; }

    /// <inheritdoc/>
    public bool IsCanceled => irp.Cancel;

    /// <inheritdoc/>
    public void OnBegun(SocketOperation operation)
    {
        _operation = operation;
        irp.MarkPending(this);
    }

    /// <inheritdoc/>
    public void OnEnded(SocketOperation operation)
    {
        using (socket.Core.Enter()) _operation = null;
        NtStatus status = Finish!(this, operation);
        if (status != NtStatus.STATUS_PENDING) Complete(status);
    }

    /// <summary>Has it wait until somebody wakes it. Gate held.</summary>
    public void HoldBack(Func<WskRequest, NtStatus> work)
    {
        Work = work;
        irp.MarkPending(this);
    }

    /// <summary>Has it take its turn on the scheduler. Gate held.</summary>
    public NtStatus Defer(Func<WskRequest, NtStatus> work)
    {
        HoldBack(work);
        socket.Core.Wake(this);
        return NtStatus.STATUS_PENDING;
    }

    /// <summary>Ends it by STATUS_CANCELLED, if it still waits; true when that is what ends it.</summary>
    public bool Cancel()
    {
        using (socket.Core.Enter())
        {
            if (_operation is not { List: not null } operation) return false;
            operation.Cancel();
            return true;
        }
    }

    /// <summary>Completes the IRP. Outside the gate.</summary>
    public NtStatus Complete(NtStatus status)
    {
        if (MakesSocket && status != NtStatus.STATUS_SUCCESS) socket.CloseUnseen();
        try
        {
            return irp.Complete(status, Information);
        }
        finally
        {
            socket.Leave();      // a close waits for the routine to return
        }
    }

    /// <inheritdoc/>
    void IWake.Wake(PipeScheduler scheduler) => scheduler.Schedule(static request => ((WskRequest)request!).TakeTurn(), this);

    private void TakeTurn()
    {
        NtStatus status = irp.Cancel ? NtStatus.STATUS_CANCELLED : socket.Standing(isPending: true);
        if (status == NtStatus.STATUS_SUCCESS) status = Work!(this);
        status = socket.Judge(status, isPending: true);
        if (status != NtStatus.STATUS_PENDING) Complete(status);
    }
}
