using System.Net;
using System.Net.Sockets;
using UserNet.Tests.Parity;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// Another host of the kernel's, 10.8.0.9, in a namespace of its own behind this thread's, which forwards; it echoes datagrams, and
/// the octets of one stream after the other. It ends with its threads.
/// </summary>
internal sealed class FarHost : IDisposable
{
    public const string Address = "10.8.0.9";
    public const int EchoPort = 7;

    private readonly Thread _thread;
    private readonly Thread _streams;
    private readonly Socket _socket, _listener;

    /// <summary>Makes the host, and the link to it.</summary>
    public FarHost(int mtu)
    {
        using ManualResetEventSlim isThere = new(), isLinked = new();
        Socket? socket = null, listener = null;
        Exception? failure = null;
        int number = 0;
        _thread = new Thread(() =>
        {
            try
            {
                if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0) throw new InvalidOperationException("unshare failed");
                number = Signals.ThreadNumber();
                isThere.Set();
                isLinked.Wait();
                IpTool($"addr add {Address}/24 dev far");
                IpTool($"link set far up mtu {mtu}");
                IpTool("route add default via 10.8.0.1");
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(Address), EchoPort));
                listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.Parse(Address), EchoPort));
                listener.Listen();
            }
            catch (Exception e)
            {
                failure = e;
            }

            isThere.Set();
            if (socket is not null) Echo(socket);
        });
        _thread.Start();
        isThere.Wait();
        isThere.Reset();
        try
        {
            IpTool("link add near type veth peer name far");
            IpTool($"link set far netns {number}");
            IpTool("addr add 10.8.0.1/24 dev near");
            IpTool($"link set near up mtu {mtu}");
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
        }
        finally
        {
            isLinked.Set();
        }

        isThere.Wait();
        if (failure is not null) throw new InvalidOperationException("The far host failed.", failure);
        (_socket, _listener) = (socket!, listener!);
        _streams = new Thread(() => EchoStreams(_listener));
        _streams.Start();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _listener.Dispose();
        _thread.Join();
        _streams.Join();
    }

    private static void EchoStreams(Socket listener)
    {
        byte[] octets = new byte[65_536];
        try
        {
            while (true)
            {
                using Socket stream = listener.Accept();
                try
                {
                    while (stream.Receive(octets) is var length and > 0)
                        for (int sent = 0; sent < length;) sent += stream.Send(octets, sent, length - sent, SocketFlags.None);
                }
                catch (SocketException)
                {
                    // The next one may go better.
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static void Echo(Socket socket)
    {
        byte[] octets = new byte[65_536];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
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
