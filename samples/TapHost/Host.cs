using System.Runtime.InteropServices;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tap;

namespace UserNet.Samples.TapHost;

/// <summary>A host on a device, from opening it to its last figures.</summary>
internal static class Host
{
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
        StackInterface eth = stack.Attach(Services.Interface, (ILink?)captured ?? device, Services.Options(options));
        _ = device.End.ContinueWith(static (_, source) => Cancel((CancellationTokenSource)source!), stop, TaskScheduler.Default);
        Task drawing = Task.CompletedTask;
        await Services.RunAsync(stack, eth, options, doors.TimeProvider, ReadyAsync, stop.Token);
        await drawing;
        await output.WriteAsync(stack.Statistics.ToString());
        if (device.End.IsCompleted)
            throw await device.End ?? new IOException($"{options.Device} is closed.");
        if (captured?.Failure is { } failure) throw new IOException($"The capture ended early: {failure.Message}", failure);

        async Task ReadyAsync(IReadOnlyList<string> addresses, bool isFirst)
        {
            if (!isFirst)
            {
                foreach (string address in addresses) await output.WriteLineAsync($"address: {address}");
                await output.FlushAsync();
                return;
            }

            await output.WriteLineAsync(
                $"ready: {string.Join(", ", addresses)} on {options.Device}, station {eth.Address?.ToString() ?? "none"}, MTU {eth.Mtu}");
            await output.FlushAsync();
            if (options.ShowsCounters && LiveCounters.CanBeShown) drawing = LiveCounters.RunAsync(stack, stop.Token);
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The host had ended.
        }
    }
}
