using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tap;

namespace UserNet.Samples.TapHost;

/// <summary>A host on a device, from opening it to its last figures.</summary>
internal static class Host
{
    private const string Interface = "eth0";
    private static readonly TimeSpan ProbePoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the host until SIGINT or SIGTERM, or until the device is lost.</summary>
    /// <exception cref="DeviceException">The device can't be opened, or was lost.</exception>
    /// <exception cref="IOException">The capture can't be written, or an address is somebody else's.</exception>
    public static async Task RunAsync(HostOptions options, TextWriter output)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        NetworkStackOptions doors = options.Seed is { } seed ? new NetworkStackOptions { Randomness = new Random(seed).NextBytes } : new();
        using PcapngWriter? capture = options.Capture is { } path ? PcapngWriter.Create(path) : null;
        using NetworkStack stack = new(doors);    // disposed of before the capture, which it still writes to
        WatchedLink device = new(Device.Open(options.Device, new DeviceOptions { Address = options.Mac, Random = doors.Randomness, BringUp = true }));
        CapturingLink? captured = capture is null ? null : new CapturingLink(device, capture, options.Device, doors.TimeProvider);
        StackInterface eth = stack.Attach(Interface, (ILink?)captured ?? device, new InterfaceOptions
        {
            Address = options.Mac,
            Addresses = [.. options.Addresses.Select(static one => one.ToString())],
            Gateway = options.Gateway?.ToString(),
            ConflictDetection = options.Conflicts,
        });

        if (options.Conflicts == ConflictDetection.Probe) await WaitForAddressesAsync(stack, eth, options, device, stop.Token);
        if (!stop.IsCancellationRequested && !device.End.IsCompleted)
        {
            SmallServers servers = new(
                stack, options.Addresses.Where(static one => !one.Address.IsV6).Select(static one => (one.Address, one.PrefixLength)),
                doors.TimeProvider, options.Seed);
            using StreamServers streams = new(
                stack, options.Addresses.Where(static one => !one.Address.IsV6).Select(static one => one.Address), doors.TimeProvider);
            Task serving = Task.WhenAll(servers.RunAsync(stop.Token), streams.RunAsync(stop.Token));
            await output.WriteLineAsync(
                $"ready: {string.Join(", ", options.Addresses)} on {options.Device}, station {eth.Address?.ToString() ?? "none"}, MTU {eth.Mtu}");
            await output.FlushAsync();
            Task drawing = options.ShowsCounters && LiveCounters.CanBeShown ? LiveCounters.RunAsync(stack, stop.Token) : Task.CompletedTask;
            await Task.WhenAny(Task.Delay(Timeout.Infinite, stop.Token), device.End, serving);
            await stop.CancelAsync();
            await Task.WhenAll(serving, drawing);
        }

        await output.WriteAsync(stack.Statistics.ToString());
        if (device.End.IsCompleted)
            throw await device.End ?? new IOException($"{options.Device} is closed.");
        if (captured?.Failure is { } failure) throw new IOException($"The capture ended early: {failure.Message}", failure);

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    // RFC 5227 §2.1: an address is the host's once nobody objected.
    private static async Task WaitForAddressesAsync(
        NetworkStack stack, StackInterface eth, HostOptions options, WatchedLink device, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !device.End.IsCompleted)
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
            await Task.Delay(ProbePoll, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
