using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Samples.TapHost;

/// <summary>What the host does once it has its interface, on a device as in a replay.</summary>
internal static class Services
{
    public const string Interface = "eth0";
    private static readonly TimeSpan ProbePoll = TimeSpan.FromMilliseconds(50);

    /// <summary>How the interface is attached.</summary>
    public static InterfaceOptions Options(HostOptions options) => new()
    {
        Address = options.Mac,
        Addresses = [.. options.Addresses.Select(static one => one.ToString())],
        Gateway = options.Gateway?.ToString(),
        ConflictDetection = options.Conflicts,
    };

    /// <summary>Serves until it is told to stop, from when the addresses are the host's.</summary>
    /// <param name="stack">The host.</param>
    /// <param name="eth">Its interface.</param>
    /// <param name="options">Its addresses.</param>
    /// <param name="time">The host's clock.</param>
    /// <param name="ready">Called when the services answer.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="IOException">An address is somebody else's.</exception>
    public static async Task RunAsync(
        NetworkStack stack, StackInterface eth, HostOptions options, TimeProvider time, Func<Task> ready, CancellationToken stop)
    {
        if (options.Conflicts == ConflictDetection.Probe) await WaitForAddressesAsync(stack, eth, options, time, stop);
        if (stop.IsCancellationRequested) return;
        SmallServers servers = new(
            stack, options.Addresses.Where(static one => !one.Address.IsV6).Select(static one => (one.Address, one.PrefixLength)), time, options.Seed);
        using StreamServers streams = new(stack, options.Addresses.Where(static one => !one.Address.IsV6).Select(static one => one.Address), time);
        Task serving = Task.WhenAll(servers.RunAsync(stop), streams.RunAsync(stop));
        await ready();
        await serving;
    }

    // RFC 5227 §2.1: an address is the host's once nobody objected.
    private static async Task WaitForAddressesAsync(
        NetworkStack stack, StackInterface eth, HostOptions options, TimeProvider time, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (AddressConflict conflict in eth.Conflicts)
            {
                if (conflict.Outcome == ConflictOutcome.Refused)
                    throw new IOException($"{conflict.Address} is in use by station {conflict.Other}.");
            }

            bool allAreOurs = true;
            stack.Configure(it =>
            {
                InterfaceEntry entry = it.Host.Interfaces.Find(Interface)!;
                allAreOurs = options.Addresses.All(one => entry.Find(one.Address) is { } own && !own.Is(AddressTraits.Tentative));
            });
            if (allAreOurs) return;
            await Task.Delay(ProbePoll, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}
