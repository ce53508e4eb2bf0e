using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades.Posix;
using UserNet.Samples.BindShell;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;
using SocketAddress = UserNet.Facades.Posix.SocketAddress;

namespace UserNet.Tests.Parity;

/// <summary>
/// Which sockets hear what is sent to an IPv6 group, as the running kernel has it: for random binds, joins and filters on two interfaces.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelGroupDeliveryTests
{
    private const int Datagram = 2, InterNetworkV6 = 10;
    private const ushort Port = 5000;
    private static readonly string[] Groups = ["ff05::1:1", "ff02::1:2", "ff01::77", "ff02::1"];
    private static readonly string[] Binds = ["::", "::", "::", "ff05::1:1", "ff02::1:2%2", "2001:db8:1::1", "fe80::1:1%2"];
    private static readonly (uint Device, string Address)[] Senders = [(2, "2001:db8:1::1"), (2, "fe80::1:1"), (3, "fe80::2:1")];

    [Fact]
    public void The_kernel_gives_it_to_the_same_sockets()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(salt: 48);
        List<string> differences = [];
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = new KernelHost();
                KernelGroupV6Tests.WaitForRoutes();
                for (int i = TestSettings.Count(60, 5000); i > 0 && differences.Count == 0; i--) Compare(kernel, random, differences);
            }
            catch (Exception thrown)
            {
                differences.Add(thrown.ToString());
            }
        });
        thread.Start();
        thread.Join();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static void Compare(KernelHost kernel, Random random, List<string> differences)
    {
        List<string> script = [];
        using var stack = new StackHost(GoldenTopology.HostA(), Personality.Linux, seed: 1);
        List<(int Theirs, NetworkSocket Ours)> sockets = [];
        for (int i = 0; i < 5; i++)
        {
            (int theirs, NetworkSocket ours) = (kernel.Socket(InterNetworkV6, Datagram), stack.Stack.OpenSocket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Unspecified, stack.Stack.Caller));
            _ = kernel.SetOption(theirs, RawOptionLevel.Socket, RawOption.ReuseAddress, Number(1));
            ours.ReuseAddress = true;
            if (random.Next(6) == 0)
            {
                byte[] device = Number((uint)random.Next(2, 4));
                _ = kernel.SetOption(theirs, RawOptionLevel.Socket, RawOption.BindToInterface, device);
                ours.SetRawSocketOption(RawOptionLevel.Socket, RawOption.BindToInterface, device);
            }

            InetEndpoint name = Endpoint(Binds[random.Next(Binds.Length)], Port);
            int answer = Bind(kernel, theirs, name), answered = -(int)ours.TryBind(name).Rule.ToErrno();
            script.Add($"{i}: bind {name}: {answer}");
            if (answer != answered) differences.Add($"{string.Join('\n', script)}\nbut got {answered}");
            if (answer == 0) sockets.Add((theirs, ours));
        }

        for (int step = 0; step < 25 && differences.Count == 0 && sockets.Count > 0; step++)
        {
            int which = random.Next(sockets.Count);
            (int name, byte[] value, string text) = Next(random);
            int answer = kernel.SetOption(sockets[which].Theirs, RawOptionLevel.IpV6, name, value);
            int answered = -(int)sockets[which].Ours.TrySetRaw(RawOptionLevel.IpV6, name, value, Caller.Root).ToErrno();
            script.Add($"{which}: {text}: {answer}");
            if (answer != answered) differences.Add($"{string.Join('\n', script)}\nbut got {answered}");
            if (random.Next(3) == 0) Send(kernel, stack, random, sockets, script, differences);
        }

        foreach ((_, NetworkSocket ours) in sockets) ours.Dispose();
        kernel.Reset();
    }

    private static void Send(KernelHost kernel, StackHost stack, Random random, List<(int Theirs, NetworkSocket Ours)> sockets, List<string> script, List<string> differences)
    {
        (uint device, string address) = Senders[random.Next(Senders.Length)];
        InetEndpoint from = new(InetAddress.Parse(address), 6000, device), to = new(InetAddress.Parse(Groups[random.Next(Groups.Length)]), Port, device);
        int sender = kernel.Socket(InterNetworkV6, Datagram);
        Assert.Equal(0, kernel.SetOption(sender, RawOptionLevel.IpV6, RawOption.V6MulticastInterface, Number(device)));
        Assert.Equal(0, Bind(kernel, sender, from));
        byte[] destination = SocketAddress.ToOctets(to);
        Assert.Equal(3, kernel.Send(sender, [1, 2, 3], destination, destination.Length));
        List<Holder> holders = [];
        using (stack.Stack.Core.Enter()) stack.Stack.Core.FindReceivers(to, from, device, holders);
        string ours = string.Join(' ', sockets.Select((_, i) => i).Where(i => holders.Any(holder => holder.Owner == sockets[i].Ours)));
        string theirs = "";
        // What was given to one comes a moment later, as from the link.
        HashSet<int> heard = [];
        for (int attempt = 0; attempt < 30 && (attempt < 2 || theirs != ours); attempt++)
        {
            Thread.Sleep(1);
            for (int i = 0; i < sockets.Count; i++)
            {
                byte[] name = new byte[28];
                int length = name.Length;
                if (kernel.Receive(sockets[i].Theirs, new byte[10], peeks: false, name, ref length) == 3) heard.Add(i);
            }

            theirs = string.Join(' ', heard.Order());
        }

        kernel.Close(sender);
        if (theirs != ours) differences.Add($"{string.Join('\n', script)}\n{from} to {to}: {theirs} hear it, not {ours}");
    }

    private static (int Name, byte[] Value, string Text) Next(Random random)
    {
        string group = Groups[random.Next(3)], source = Senders[random.Next(Senders.Length)].Address;
        uint device = (uint)random.Next(2, 4);
        byte[] one = [.. Octets(group), .. Number(device)], many = [.. Number(device), .. new byte[4], .. Storage(group)];
        int name = (int[])[RawOption.V6JoinGroup, RawOption.V6JoinGroup, RawOption.V6JoinGroup, RawOption.V6LeaveGroup, RawOption.V6MulticastAll, RawOption.BlockGroupSource,
            RawOption.UnblockGroupSource, RawOption.JoinSourceGroup, RawOption.LeaveSourceGroup] is var names ? names[random.Next(names.Length)] : 0;
        return name switch
        {
            RawOption.V6MulticastAll => (name, Number((uint)random.Next(2)), "MULTICAST_ALL"),
            RawOption.V6JoinGroup or RawOption.V6LeaveGroup => (name, one, $"{name} {group} on {device}"),
            _ => (name, [.. many, .. Storage(source)], $"{name} {group} on {device} source {source}"),
        };
    }

    private static int Bind(KernelHost kernel, int socket, in InetEndpoint name)
    {
        byte[] octets = SocketAddress.ToOctets(name);
        return kernel.Bind(socket, octets, octets.Length);
    }

    private static InetEndpoint Endpoint(string text, ushort port)
    {
        string[] parts = text.Split('%');
        return new InetEndpoint(InetAddress.Parse(parts[0]), port, parts.Length > 1 ? uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 0);
    }

    private static byte[] Octets(string address)
    {
        byte[] octets = new byte[16];
        InetAddress.Parse(address).WriteOctets(octets);
        return octets;
    }

    private static byte[] Storage(string address)
    {
        byte[] octets = new byte[128];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, InterNetworkV6);
        Octets(address).CopyTo(octets, 8);
        return octets;
    }

    private static byte[] Number(uint number) => BitConverter.GetBytes(number);
}
