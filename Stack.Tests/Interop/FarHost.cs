using System.Net;
using System.Net.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Parity;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// Another host of the kernel's, 10.8.0.9 or 2001:db8:8::9, in a namespace of its own behind this thread's, which forwards; it echoes datagrams, and
/// the octets of one stream after the other. It ends with its threads.
/// </summary>
internal sealed class FarHost : IDisposable
{
    /// <summary>Its address, in the family of the namespace of the thread that asks.</summary>
    public static string Address => HostAddress(Family, 9);

    /// <summary>The address of the kernel that it is reached through.</summary>
    public static string Gateway => HostAddress(Family, 1);
    public const int EchoPort = 7;

    private static string HostAddress(IpFamily family, int host) => family.IsV6 ? $"2001:db8:8::{host}" : $"10.8.0.{host}";

    private readonly Thread _thread;
    private readonly StreamEcho _streams;
    private readonly Socket _socket;

    /// <summary>Makes the host, and the link to it.</summary>
    public FarHost(int mtu)
    {
        using ManualResetEventSlim isThere = new(), isLinked = new();
        Socket? socket = null, listener = null;
        Exception? failure = null;
        IpFamily family = Family;
        string length = family.IsV6 ? "/64 nodad" : "/24", address = Address;
        int number = 0;
        _thread = new Thread(() =>
        {
            try
            {
                if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0) throw new InvalidOperationException("unshare failed");
                number = Signals.ThreadNumber();
                isThere.Set();
                isLinked.Wait();
                IpTool($"addr add {address}{length} dev far");
                IpTool($"link set far up mtu {mtu}");
                IpTool($"route add default via {HostAddress(family, 1)}");
                if (family.IsV6) File.WriteAllText("/proc/sys/net/ipv6/icmp/ratelimit", "0");      // what it answers is to be seen
                socket = new Socket(family.Sockets, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), EchoPort));
                listener = new Socket(family.Sockets, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.Parse(address), EchoPort));
                listener.Listen();
            }
            catch (Exception e)
            {
                failure = e;
            }

            isThere.Set();
            if (socket is not null) Echo(socket);
        }) { IsBackground = true };
        _thread.Start();
        isThere.Wait();
        isThere.Reset();
        try
        {
            IpTool("link add near type veth peer name far");
            IpTool($"link set far netns {number}");
            IpTool($"addr add {HostAddress(family, 1)}{length} dev near");
            IpTool($"link set near up mtu {mtu}");
            File.WriteAllText(family.IsV6 ? "/proc/sys/net/ipv6/conf/all/forwarding" : "/proc/sys/net/ipv4/ip_forward", "1");
        }
        finally
        {
            isLinked.Set();
        }

        isThere.Wait();
        if (failure is not null) throw new InvalidOperationException("The far host failed.", failure);
        _socket = socket!;
        _streams = new StreamEcho(listener!);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _streams.Dispose();
        _thread.Join();
    }

    private static void Echo(Socket socket)
    {
        byte[] octets = new byte[65_536];
        EndPoint from = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        try
        {
            while (true) socket.SendTo(octets.AsSpan(0, socket.ReceiveFrom(octets, ref from)), from);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
