using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UserNet.Ip;
using UserNet.Sockets;
using UserNet.Tests.Parity;
using UserNet.Tests.Tap;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>A host whose raw sockets a script uses: a stack, or null for the kernel.</summary>
internal sealed class RawScriptHost(NetworkStack? stack, AddressFamily family = AddressFamily.InterNetwork) : IDisposable
{
    private readonly List<string> _outcomes = [];
    private readonly List<IDisposable> _opened = [];

    public IReadOnlyList<string> Outcomes => _outcomes;

    public dynamic Raw(ProtocolType protocol) => Open(SocketType.Raw, protocol);

    public dynamic Open(SocketType type, ProtocolType protocol)
    {
        dynamic socket = stack is null
            ? new Socket(family, type, protocol)
            : stack.OpenSocket(family, type, protocol, stack.Caller);
        socket.ReceiveTimeout = 2000;      // a script that fails must not hang
        _opened.Add(socket);
        return socket;
    }

    /// <summary>Opens an ICMP socket, with an identifier or without.</summary>
    public dynamic Ping(int identifier = 0)
    {
        bool isV6 = family == AddressFamily.InterNetworkV6;
        dynamic socket = Open(SocketType.Dgram, isV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        if (identifier != 0) socket.Bind(new IPEndPoint(isV6 ? IPAddress.IPv6Any : IPAddress.Any, identifier));
        return socket;
    }

    /// <summary>What getsockname shows: .NET remembers the first bind of a socket instead of asking again.</summary>
    public static string NameOf(dynamic socket)
    {
        if (socket is not Socket kernel) return ((NetworkSocket)socket).LocalName.ToIPEndPoint().ToString();
        byte[] name = new byte[28];
        int length = name.Length;
        KernelCalls.GetSockName((int)kernel.Handle, name, ref length);
        if (kernel.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var address = new IPAddress(name.AsSpan(8, 16), BitConverter.ToUInt32(name, 24));
            return new IPEndPoint(address, BinaryPrimitives.ReadUInt16BigEndian(name.AsSpan(2))).ToString();
        }

        return new IPEndPoint(new IPAddress(name.AsSpan(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(name.AsSpan(2))).ToString();
    }

    /// <summary>Notes all errors that wait.</summary>
    public void NoteErrors(dynamic socket, int room = 100)
    {
        byte[] payload = new byte[room];
        while (true)
        {
            string? one = socket is Socket kernel ? KernelErrors.Receive(kernel, payload) : Receive((NetworkSocket)socket, payload);
            _outcomes.Add(one ?? "no error waits");
            if (one is null) return;
            byte[] value = new byte[4];
            socket.GetRawSocketOption(1, 4, value);      // SO_ERROR
            _outcomes.Add($"then {value[0]} is pending");
        }
    }

    /// <summary>Makes the loopback's packets shorter.</summary>
    public void SetLoopbackMtu(int mtu)
    {
        if (stack is null) OwnNamespace.IpTool($"link set lo mtu {mtu}");
        else stack.Configure(s => s.Host.Interfaces.Find("lo")!.Port!.Mtu = mtu);
    }

    /// <summary>Runs a script on the kernel and on a stack and compares what was noted.</summary>
    public static void Compare(Action<RawScriptHost> script) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
        using var kernel = new RawScriptHost(null);
        using var stack = new RawScriptHost(new NetworkStack());
        script(kernel);
        script(stack);
        foreach (string outcome in kernel.Outcomes) TestContext.Current.TestOutputHelper!.WriteLine(outcome);
        Assert.Equal(kernel.Outcomes, stack.Outcomes);
    });

    /// <summary>Runs a script of IPv6 on the kernel and on a stack, whose loopback interfaces have 2001:db8::1 and ::2 beside ::1.</summary>
    public static void CompareV6(Action<RawScriptHost> script) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
        File.WriteAllText("/proc/sys/net/ipv6/icmp/ratelimit", "0");      // a script's errors come faster than a second apart
        using var kernel = new RawScriptHost(null, AddressFamily.InterNetworkV6);
        var routes = new HostAddressing();
        foreach (string address in (string[])["2001:db8::1/128", "2001:db8::2/128"])
        {
            OwnNamespace.IpTool($"addr add {address} dev lo nodad");
            routes.AddAddress("lo", address);
        }

        AwaitErrors("2001:db8::2");
        using var stack = new RawScriptHost(new NetworkStack(new NetworkStackOptions { Routes = routes }), AddressFamily.InterNetworkV6);
        script(kernel);
        script(stack);
        foreach (string outcome in kernel.Outcomes) TestContext.Current.TestOutputHelper!.WriteLine(outcome);
        Assert.Equal(kernel.Outcomes, stack.Outcomes);
    });

    /// <summary>Waits until the kernel reports closed ports: on an interface that has just come up it does not for some milliseconds.</summary>
    private static void AwaitErrors(string closed)
    {
        const int MostTries = 200;
        for (int tries = 0; tries < MostTries; tries++)
        {
            using var probe = new System.Net.Sockets.Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            probe.ReceiveTimeout = 10;
            probe.Connect(System.Net.IPAddress.Parse(closed), 9);
            probe.Send([0]);
            try
            {
                probe.Receive(new byte[1]);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut)
            {
                if (e.SocketErrorCode == SocketError.ConnectionRefused) return;
            }
        }

        throw new InvalidOperationException($"A closed port of {closed} is not reported.");
    }

    /// <summary>An ICMPv6 echo request, its checksum open.</summary>
    public static byte[] EchoV6(ushort identifier, ushort number) =>
        [128, 0, 0, 0, (byte)(identifier >> 8), (byte)identifier, (byte)(number >> 8), (byte)number, 0xAB, 0xCD];

    /// <summary>An echo request.</summary>
    public static byte[] Echo(ushort identifier, ushort number)
    {
        byte[] message = [8, 0, 0, 0, (byte)(identifier >> 8), (byte)identifier, (byte)(number >> 8), (byte)number, 0xAB, 0xCD];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Of(message));
        return message;
    }

    private static string? Receive(NetworkSocket socket, byte[] payload)
    {
        TransferResult result = socket.TryReceiveError(payload, out SocketErrorInfo error);
        return result.IsDone ? KernelErrors.Describe(
            (int)error.Errno, (int)error.Origin, error.Type, error.Code, error.Info, error.Offender.ToIPAddress(),
            error.Destination.ToIPEndPoint(), payload.AsSpan(0, result.Octets), error.IsTruncated) : null;
    }

    public void Note(string call, Func<object?> run)
    {
        string outcome;
        try
        {
            outcome = run()?.ToString() ?? "null";
        }
        catch (SocketException e)
        {
            outcome = $"SocketException {e.SocketErrorCode}";
        }
        catch (Exception e)
        {
            outcome = e.GetType().Name;
        }

        _outcomes.Add($"{call}: {outcome}");
    }

    public void Dispose()
    {
        foreach (IDisposable socket in _opened) socket.Dispose();
        stack?.Dispose();
    }
}
