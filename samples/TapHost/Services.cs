using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Samples.TapHost;

/// <summary>What the host does once it has its interface, on a device as in a replay.</summary>
internal static class Services
{
    public const string Interface = "eth0";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Is told which addresses are served now: first all that were asked for, then each that is had later.</summary>
    public delegate Task Tell(IReadOnlyList<string> addresses, bool isFirst);

    /// <summary>How the interface is attached.</summary>
    public static InterfaceOptions Options(HostOptions options) => new()
    {
        Address = options.Mac,
        Addresses = [.. options.Addresses.Select(static one => one.ToString())],
        Gateway = options.Gateway?.ToString(),
        GatewayV6 = options.GatewayV6?.ToString(),
        Autoconfigures = options.Autoconfigures,
        ConflictDetection = options.Conflicts,
        DuplicateTransmits = options.Conflicts == ConflictDetection.None ? 0 : 1,
    };

    /// <summary>Serves until it is told to stop, each address from when it is the host's.</summary>
    /// <param name="stack">The host.</param>
    /// <param name="eth">Its interface.</param>
    /// <param name="options">Its addresses.</param>
    /// <param name="time">The host's clock.</param>
    /// <param name="tell">Called when the services answer, and when there are more addresses.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="IOException">An address is somebody else's.</exception>
    public static async Task RunAsync(
        NetworkStack stack, StackInterface eth, HostOptions options, TimeProvider time, Tell tell, CancellationToken stop)
    {
        SmallServers servers = new(stack, time, options.Seed);
        using StreamServers streams = new(stack, [InetAddress.AnyV6], time);      // both families, and addresses that come later
        Task serving = Task.WhenAll(servers.RunAsync(stop), streams.RunAsync(stop));
        List<string> waiting = [];      // for the others, to be told of together
        HashSet<InetAddress> served = [];
        bool isReady = false;
        while (!stop.IsCancellationRequested)
        {
            foreach (AddressConflict conflict in eth.Conflicts)
            {
                if (conflict.Outcome == ConflictOutcome.Refused)
                    throw new IOException($"{conflict.Address} is in use by station {conflict.Other}.");
            }

            foreach (InterfaceAddress one in Usable(stack))
            {
                if (!served.Add(one.Address)) continue;
                servers.Serve(one.Address, one.PrefixLength, eth.Index);
                waiting.Add(one.ToString());
            }

            bool hasAll = options.Addresses.Length > 0 ? options.Addresses.All(one => served.Contains(one.Address)) : served.Count > 0;
            if (waiting.Count > 0 && (isReady || hasAll))
            {
                await tell(waiting, isFirst: !isReady);
                waiting.Clear();
                isReady = true;
            }

            if (isReady && !options.Autoconfigures) break;
            await Task.Delay(Poll, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await serving;
    }

    // RFC 5227 §2.1, RFC 4862 §5.4: an address is the host's once nobody objected.
    private static List<InterfaceAddress> Usable(NetworkStack stack)
    {
        List<InterfaceAddress> usable = [];
        stack.Configure(it =>
        {
            InterfaceEntry entry = it.Host.Interfaces.Find(Interface)!;
            foreach (InterfaceAddress one in entry.V4Addresses.Concat(entry.V6Addresses))
            {
                if (one.Is(AddressTraits.Duplicate)) throw new IOException($"{one.Address} is in use by another station.");
                if (!one.Is(AddressTraits.Tentative)) usable.Add(one);
            }
        });
        return usable;
    }
}
