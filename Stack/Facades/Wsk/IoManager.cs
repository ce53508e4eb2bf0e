using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>The calls of the I/O manager that a client of WSK makes, by their own names.</summary>
/// <remarks>wdm.h, "Using IRPs with Winsock Kernel Functions". For <c>using static</c>. Any thread.</remarks>
public static class IoManager
{
    /// <summary>A request of the client's own.</summary>
    /// <param name="stackSize">How many drivers it can pass; WSK takes one, so a call refuses a request with none.</param>
    /// <param name="chargeQuota">Without effect: there are no quotas.</param>
    public static Irp IoAllocateIrp(sbyte stackSize, bool chargeQuota)
    {
        _ = chargeQuota;
        return new Irp(stackSize);
    }

    /// <summary>Says what is to be called when the request is complete.</summary>
    /// <param name="irp">The request, before it is given to a call.</param>
    /// <param name="completionRoutine">
    /// Called once for each use: on the thread that makes the call, before that returns, or later on the stack's scheduler; never inside the
    /// stack. Null for none.
    /// </param>
    /// <param name="context">Handed to it.</param>
    /// <param name="invokeOnSuccess">Whether it is called for a status that is no error.</param>
    /// <param name="invokeOnError">Whether it is called for an error.</param>
    /// <param name="invokeOnCancel">Whether it is called for a request that was cancelled, however it ended.</param>
    /// <exception cref="ArgumentNullException">The request is null.</exception>
    public static void IoSetCompletionRoutine(
        Irp irp, IoCompletionRoutine? completionRoutine, object? context, bool invokeOnSuccess, bool invokeOnError, bool invokeOnCancel)
    {
        ArgumentNullException.ThrowIfNull(irp);
        irp.SetRoutine(completionRoutine, context, invokeOnSuccess, invokeOnError, invokeOnCancel);
    }

    /// <summary>Has a request that pends end with STATUS_CANCELLED, unless it has ended by then.</summary>
    /// <returns>True when that is what ends it. A request that no call has yet is marked, and ends so when one gets it.</returns>
    /// <exception cref="ArgumentNullException">The request is null.</exception>
    public static bool IoCancelIrp(Irp irp)
    {
        ArgumentNullException.ThrowIfNull(irp);
        return irp.CancelNow();
    }

    /// <summary>Makes a request ready for another call; its completion routine has to be set again.</summary>
    /// <param name="irp">One that no call has.</param>
    /// <param name="status">What IoStatus says until then.</param>
    /// <exception cref="ArgumentNullException">The request is null.</exception>
    /// <exception cref="InvalidOperationException">A call has it.</exception>
    public static void IoReuseIrp(Irp irp, NtStatus status)
    {
        ArgumentNullException.ThrowIfNull(irp);
        irp.Renew(status);
    }

    /// <summary>Gives a request back. The collector does the rest.</summary>
    /// <exception cref="ArgumentNullException">The request is null.</exception>
    /// <exception cref="InvalidOperationException">A call has it.</exception>
    public static void IoFreeIrp(Irp irp)
    {
        ArgumentNullException.ThrowIfNull(irp);
        if (irp.IsUnderWay) throw new InvalidOperationException("A call has the request still.");
    }
}
