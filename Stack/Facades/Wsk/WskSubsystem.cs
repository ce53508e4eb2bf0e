using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>The WSK subsystem of a host: where clients register, and capture the interface that all else is called through.</summary>
/// <remarks>
/// wsk.h, "Registering a Winsock Kernel Application". Its natural personality is <see cref="Binding.Personality.WindowsKernel"/>; any will do.
/// Calls that wait do so in the stack's own time. Any thread.
/// </remarks>
public sealed class WskSubsystem
{
    private static readonly ushort OnlyVersion = WskConstants.MAKE_WSK_VERSION(1, 0);

    private readonly OperationList _capturing = new();
    private bool _isReady = true;

    /// <summary>The subsystem of a stack.</summary>
    /// <exception cref="ArgumentNullException">The stack is null.</exception>
    public WskSubsystem(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        Stack = stack;
        Dispatch = new WskProviderDispatch(this);
    }

    /// <summary>
    /// True to have every call that could be answered at once be answered STATUS_PENDING instead and completed later, on the stack's
    /// scheduler: what a client must be ready for.
    /// </summary>
    public bool CompletesLater { get; init; }

    /// <summary>Whether the interface can be captured, as at first; clients may wait for it.</summary>
    public bool IsReady
    {
        get
        {
            using (Core.Enter()) return _isReady;
        }

        set
        {
            using (Core.Enter())
            {
                _isReady = value;
                while (_isReady && _capturing.First is { } waiter) waiter.End(default);
            }
        }
    }

    internal NetworkStack Stack { get; }

    internal WskProviderDispatch Dispatch { get; }

    internal StackCore Core => Stack.Core;

    /// <summary>Registers a client.</summary>
    /// <returns>STATUS_SUCCESS, STATUS_INVALID_PARAMETER (something is null).</returns>
    public NtStatus WskRegister(WskClientNpi? wskClientNpi, out WskRegistration wskRegistration)
    {
        wskRegistration = null!;
        if (wskClientNpi?.Dispatch is null) return NtStatus.STATUS_INVALID_PARAMETER;
        wskRegistration = new WskRegistration(this, wskClientNpi);
        return NtStatus.STATUS_SUCCESS;
    }

    /// <summary>Takes hold of the provider's interface, and waits for it to become available.</summary>
    /// <param name="wskRegistration">The client.</param>
    /// <param name="waitTimeout">How long, milliseconds of the stack's time; WSK_NO_WAIT, WSK_INFINITE_WAIT.</param>
    /// <param name="wskProviderNpi">The interface.</param>
    /// <returns>
    /// STATUS_SUCCESS; STATUS_DEVICE_NOT_READY (not available within that time, or the client has deregistered), STATUS_NOINTERFACE (the
    /// client's version is not known), STATUS_INVALID_PARAMETER (null, or a client of another host).
    /// </returns>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    public NtStatus WskCaptureProviderNPI(WskRegistration? wskRegistration, uint waitTimeout, out WskProviderNpi wskProviderNpi)
    {
        wskProviderNpi = default;
        if (wskRegistration?.Subsystem != this) return NtStatus.STATUS_INVALID_PARAMETER;
        WskWait wait;
        using (Core.Enter())
        {
            NtStatus status = TryCapture(wskRegistration, out wskProviderNpi);
            if (status != NtStatus.STATUS_DEVICE_NOT_READY || waitTimeout == WskConstants.WSK_NO_WAIT || wskRegistration.IsDeregistered || Core.IsDisposed)
                return status;
            wait = BeginWait(_capturing, wskRegistration);
            if (waitTimeout != WskConstants.WSK_INFINITE_WAIT) wait.ExpireIn(TimeSpan.FromMilliseconds(waitTimeout));
        }

        wait.WaitHere();
        using (Core.Enter()) return TryCapture(wskRegistration, out wskProviderNpi);
    }

    /// <summary>Gives back what one capture took.</summary>
    public void WskReleaseProviderNPI(WskRegistration? wskRegistration)
    {
        if (wskRegistration?.Subsystem != this) return;
        using (Core.Enter())
        {
            if (wskRegistration.Captures > 0) wskRegistration.Captures--;
            wskRegistration.EndWaitsIfIdle();
        }
    }

    /// <summary>Says which versions there are.</summary>
    /// <returns>STATUS_SUCCESS; STATUS_DEVICE_NOT_READY, STATUS_INVALID_PARAMETER as for a capture.</returns>
    public NtStatus WskQueryProviderCharacteristics(WskRegistration? wskRegistration, out WskProviderCharacteristics wskProviderCharacteristics)
    {
        wskProviderCharacteristics = default;
        if (wskRegistration?.Subsystem != this) return NtStatus.STATUS_INVALID_PARAMETER;
        using (Core.Enter())
        {
            if (!IsAvailableTo(wskRegistration)) return NtStatus.STATUS_DEVICE_NOT_READY;
        }

        wskProviderCharacteristics = new WskProviderCharacteristics(OnlyVersion, OnlyVersion);
        return NtStatus.STATUS_SUCCESS;
    }

    /// <summary>Ends a registration; waits until all captures are released and all sockets closed. Who waits to capture is sent away.</summary>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    public void WskDeregister(WskRegistration? wskRegistration)
    {
        if (wskRegistration?.Subsystem != this) return;
        WskWait wait;
        using (Core.Enter())
        {
            wskRegistration.IsDeregistered = true;
            for (SocketOperation? waiter = _capturing.First; waiter is not null;)
            {
                SocketOperation? next = waiter.Later;
                if (((WskWait)waiter).Registration == wskRegistration) waiter.End(default);
                waiter = next;
            }

            if (wskRegistration.IsIdle || Core.IsDisposed) return;
            wait = BeginWait(wskRegistration.Waiters, wskRegistration);
        }

        wait.WaitHere();
    }

    private bool IsAvailableTo(WskRegistration registration) => _isReady && !registration.IsDeregistered && !Core.IsDisposed;

    private NtStatus TryCapture(WskRegistration registration, out WskProviderNpi npi)
    {
        npi = default;
        if (!IsAvailableTo(registration)) return NtStatus.STATUS_DEVICE_NOT_READY;
        if (registration.Npi.Dispatch.Version != OnlyVersion) return NtStatus.STATUS_NOINTERFACE;
        registration.Captures++;
        npi = new WskProviderNpi(registration.Client, Dispatch);
        return NtStatus.STATUS_SUCCESS;
    }

    private WskWait BeginWait(OperationList list, WskRegistration registration)
    {
        if (Core.IsDrainedByCurrentThread) throw new InvalidOperationException(
            "A wait in a continuation that the stack runs inline would never end: nothing moves until it returns.");
        var wait = new WskWait(Core, registration);
        wait.Begin(isOfThread: true);
        wait.WaitIn(list);
        return wait;
    }
}
