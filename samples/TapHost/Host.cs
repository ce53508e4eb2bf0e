using System.Runtime.InteropServices;
using UserNet.Link;
using UserNet.Tap;

namespace UserNet.Samples.TapHost;

/// <summary>A host on a device, from opening it to its last figures.</summary>
internal static class Host
{
    /// <summary>Runs the host until SIGINT or SIGTERM, or until the device is lost.</summary>
    /// <exception cref="DeviceException">The device can't be opened.</exception>
    public static async Task<int> RunAsync(HostOptions options, TextWriter output, TextWriter errors)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        NetworkStackOptions doors = options.Seed is { } seed ? new NetworkStackOptions { Randomness = new Random(seed).NextBytes } : new();
        using NetworkStack stack = new(doors);
        ILink link = Device.Open(options.Device, new DeviceOptions { Address = options.Mac, Random = doors.Randomness, BringUp = true });
        StackInterface eth = stack.Attach("eth0", link, new InterfaceOptions
        {
            Address = options.Mac,
            Addresses = options.Addresses,
            Gateway = options.Gateway,
        });
        await output.WriteLineAsync($"ready: {string.Join(", ", options.Addresses)} on {options.Device}, station {eth.Address}, MTU {eth.Mtu}");
        try
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await output.WriteAsync(stack.Statistics.ToString());
        return CommandLine.Success;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
