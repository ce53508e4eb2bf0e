using System.Diagnostics;
using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>Told that a request is complete.</summary>
/// <returns>
/// STATUS_MORE_PROCESSING_REQUIRED where the request goes on being the client's, who may use it again; anything else has it end.
/// </returns>
public delegate NtStatus IoCompletionRoutine(Irp irp, object? context);

/// <summary>What a completed request brought: a number of octets, or a socket.</summary>
/// <param name="Octets">How many were sent, received or written; 0 where it is none of these.</param>
/// <param name="Socket">The new socket of WskSocket, WskSocketConnect and WskAccept.</param>
public readonly record struct IrpInformation(ulong Octets, WskSocket? Socket = null)
{
    /// <summary>The socket, as a cast of the pointer in C.</summary>
    public static explicit operator WskSocket?(IrpInformation information) => information.Socket;

    /// <summary>The number.</summary>
    public static explicit operator ulong(IrpInformation information) => information.Octets;

    /// <summary>The number.</summary>
    public static explicit operator int(IrpInformation information) => (int)information.Octets;

    /// <inheritdoc cref="Octets"/>
    public ulong ToUInt64() => Octets;

    /// <inheritdoc cref="Octets"/>
    public int ToInt32() => (int)Octets;

    /// <inheritdoc cref="Socket"/>
    public WskSocket? ToWskSocket() => Socket;
}

/// <summary>IO_STATUS_BLOCK: how a request ended.</summary>
/// <param name="Status">The status.</param>
/// <param name="Information">What it brought.</param>
public readonly record struct IoStatusBlock(NtStatus Status, IrpInformation Information);

/// <summary>An I/O request packet: what a call of WSK is completed by, once for each use, whatever becomes of it.</summary>
/// <remarks>
/// Made by <see cref="IoManager.IoAllocateIrp"/>, given to one call at a time, and made ready for the next by
/// <see cref="IoManager.IoReuseIrp"/>. Any thread.
/// </remarks>
public sealed class Irp
{
    private const int Ready = 0, UnderWay = 1, Completed = 2;

    private readonly sbyte _stackSize;
    private IoCompletionRoutine? _routine;
    private object? _context;
    private bool _onSuccess, _onError, _onCancel;
    private int _state;
    private volatile bool _isCanceled;
    private volatile WskRequest? _request;

    internal Irp(sbyte stackSize) => _stackSize = stackSize;

    /// <summary>How it ended; valid in its completion routine and after it.</summary>
    public IoStatusBlock IoStatus { get; private set; }

    /// <summary>True when the call that it was given to was answered STATUS_PENDING.</summary>
    public bool PendingReturned { get; private set; }

    /// <summary>True once somebody wants it no longer.</summary>
    public bool Cancel => _isCanceled;

    /// <summary>True when its last use is complete.</summary>
    public bool IsCompleted => Volatile.Read(ref _state) == Completed;

    /// <summary>True while a call has it.</summary>
    public bool IsUnderWay => Volatile.Read(ref _state) == UnderWay;

    /// <summary>Takes it for a call; false when another has it, or it was not made ready again.</summary>
    internal bool TryBegin() => _stackSize > 0 && Interlocked.CompareExchange(ref _state, UnderWay, Ready) == Ready;

    /// <summary>Its call is answered STATUS_PENDING, before anybody can complete it; without a request it can't be cancelled.</summary>
    internal void MarkPending(WskRequest? request)
    {
        PendingReturned = true;
        _request = request;
        Interlocked.MemoryBarrier();      // either who cancels sees the request, or the request that it was cancelled
    }

    /// <summary>Completes it: the routine runs here and now, if it is to be called at all. Outside the gate.</summary>
    internal NtStatus Complete(NtStatus status, IrpInformation information = default)
    {
        Debug.Assert(_state == UnderWay, "A request is completed once for each use.");
        IoStatus = new IoStatusBlock(status, information);
        _request = null;
        bool succeeded = (uint)status >> 30 < 2;      // NT_SUCCESS: success or information
        bool isWanted = (succeeded && _onSuccess) || (!succeeded && _onError) || (_isCanceled && _onCancel);
        IoCompletionRoutine? routine = isWanted ? _routine : null;
        // From here on it is the client's, who may use it again inside of the routine.
        Volatile.Write(ref _state, Completed);
        routine?.Invoke(this, _context);
        return status;
    }

    internal void SetRoutine(IoCompletionRoutine? routine, object? context, bool onSuccess, bool onError, bool onCancel) =>
        (_routine, _context, _onSuccess, _onError, _onCancel) = (routine, context, onSuccess, onError, onCancel);

    internal bool CancelNow()
    {
        _isCanceled = true;
        Interlocked.MemoryBarrier();
        return _request?.Cancel() ?? false;
    }

    internal void Renew(NtStatus status)
    {
        if (IsUnderWay) throw new InvalidOperationException("A call has the request still; it can be used again once it is complete.");
        SetRoutine(null, null, false, false, false);
        IoStatus = new IoStatusBlock(status, default);
        PendingReturned = _isCanceled = false;
        Volatile.Write(ref _state, Ready);
    }
}
