using UserNet.Core;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_REGISTRATION: a client that has registered.</summary>
/// <remarks>Made by <see cref="WskSubsystem.WskRegister"/>. What it counts is guarded by the stack's gate.</remarks>
public sealed class WskRegistration
{
    internal WskRegistration(WskSubsystem subsystem, WskClientNpi npi)
    {
        Subsystem = subsystem;
        Npi = npi;
        Client = new WskClient(this);
    }

    /// <summary>What it registered.</summary>
    public WskClientNpi Npi { get; }

    internal WskSubsystem Subsystem { get; }

    internal WskClient Client { get; }

    /// <summary>Who waits for the client to have nothing left.</summary>
    internal OperationList Waiters { get; } = new();

    internal bool IsDeregistered { get; set; }

    internal int Captures { get; set; }

    internal int Sockets { get; set; }

    /// <summary>WSK_SET_STATIC_EVENT_CALLBACKS.</summary>
    internal uint StaticEvents { get; set; }

    internal bool IsIdle => Captures == 0 && Sockets == 0;

    /// <summary>A capture was released, or a socket is closed. Gate held.</summary>
    internal void EndWaitsIfIdle()
    {
        while (IsIdle && Waiters.First is { } waiter) waiter.End(default);
    }
}

/// <summary>WSK_CLIENT: a client's attachment to the subsystem.</summary>
public sealed class WskClient
{
    internal WskClient(WskRegistration registration) => Registration = registration;

    internal WskRegistration Registration { get; }
}

/// <summary>WSK_PROVIDER_NPI: what a capture gives.</summary>
/// <param name="Client">The client, which calls are made with.</param>
/// <param name="Dispatch">The calls.</param>
public readonly record struct WskProviderNpi(WskClient Client, WskProviderDispatch Dispatch);

/// <summary>WSK_PROVIDER_CHARACTERISTICS: the versions that the subsystem knows.</summary>
/// <param name="HighestVersion">The highest.</param>
/// <param name="LowestVersion">The lowest.</param>
public readonly record struct WskProviderCharacteristics(ushort HighestVersion, ushort LowestVersion);

/// <summary>A thread that waits for the subsystem to become ready, or for a client to have nothing left.</summary>
internal sealed class WskWait(StackCore core, WskRegistration registration) : SocketOperation(core)
{
    /// <summary>Of which client.</summary>
    public WskRegistration Registration => registration;
}
