using System.Net;
using System.Net.Sockets;
using UserNet.Tap;
using UserNet.Tests.Parity;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// Another host of the kernel's, in a namespace of its own, which configures itself by router advertisements, and echoes the octets of one
/// stream after the other. Its only link is a TAP, whose other end the test has. It ends with its threads.
/// </summary>
internal sealed class SecondNamespace : IDisposable
{
    public const int EchoPort = 7;

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _ends = new();
    private readonly StreamEcho _streams;
    private volatile string? _address, _wanted;

    /// <summary>Makes the host and its link.</summary>
    public SecondNamespace(string device)
    {
        using var isThere = new ManualResetEventSlim();
        Exception? failure = null;
        Device? opened = null;
        Socket? listener = null;
        _thread = new Thread(() =>
        {
            try
            {
                if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0) throw new InvalidOperationException("unshare failed");
                IpTool("link set lo up");
                opened = Device.Open($"tap:{device}", new DeviceOptions { Offload = false, BringUp = true });
                File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/accept_ra", "1");
                File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/accept_dad", "0");
                listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.IPv6Any, EchoPort));
                listener.Listen();
            }
            catch (Exception e)
            {
                failure = e;
            }

            isThere.Set();
            while (failure is null && !_ends.Wait(50))
                if (_wanted is { } wanted && _address is null) _address = Find(device, wanted);      // the device may go any time after
        }) { IsBackground = true };
        _thread.Start();
        isThere.Wait();
        if (failure is not null) throw new InvalidOperationException("The second host failed.", failure);
        Device = opened!;
        _streams = new StreamEcho(listener!);
    }

    /// <summary>The test's end of its link.</summary>
    public Device Device { get; }

    public void Dispose()
    {
        _ends.Set();
        _thread.Join();
        _streams.Dispose();
        Device.Dispose();
        _ends.Dispose();
    }

    /// <summary>Waits for an address that it made itself, and answers it.</summary>
    public IPAddress WaitForAddress(string beginning)
    {
        _wanted = beginning;
        Assert.True(Until(() => _address is not null, 20_000), "The second host made itself no address.");
        return IPAddress.Parse(_address!);
    }

    private static string? Find(string device, string beginning)
    {
        foreach (string word in IpTool($"-6 addr show dev {device} scope global -tentative").Split(' ', '\n'))
            if (word.StartsWith(beginning, StringComparison.Ordinal)) return word[..word.IndexOf('/', StringComparison.Ordinal)];
        return null;
    }
}
