using UserNet.Addressing;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Tap;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Raw sockets and those of echoes answer as the running kernel's do, in a namespace of its own.</summary>
[Collection("The running kernel's sockets")]
public sealed class PosixRawTests
{
    private static readonly byte[] Ping4 = [8, 0, 0, 0, 0, 0, 0, 1, 42], Ping6 = [128, 0, 0, 0, 0, 0, 0, 1, 42];
    private static readonly int[] Families = [AF_INET, AF_INET6, AF_UNSPEC, 77], Lengths = [28, 27, 24, 23, 16, 15, 2, 1, 0];

    /// <summary>Family, type and protocol.</summary>
    public static TheoryData<int, int, int> Sockets => new()
    {
        { AF_INET, SOCK_RAW, IPPROTO_ICMP }, { AF_INET, SOCK_RAW, 253 }, { AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 }, { AF_INET6, SOCK_RAW, 253 },
        { AF_INET, SOCK_DGRAM, IPPROTO_ICMP }, { AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 }, { AF_INET, SOCK_DGRAM, 0 }, { AF_INET6, SOCK_DGRAM, 0 },
    };

    [Theory]
    [MemberData(nameof(Sockets))]
    public void What_is_sent_and_refused_is_the_same(int domain, int type, int protocol) => Compare(same =>
    {
        foreach (int flags in (int[])[0, MSG_OOB, MSG_EOR, MSG_PEEK, MSG_CONFIRM | MSG_NOSIGNAL])
        {
            foreach (int octets in (int[])[9, 8, 7, 1, 0])
            {
                byte[] payload = (domain == AF_INET ? Ping4 : Ping6)[..octets];
                same($"to nobody, flags {flags:X}, {octets} octets", world => Send(world, null, payload, flags));
                foreach (int family in Families)
                {
                    foreach (int length in Lengths)
                    {
                        same($"to {family}, length {length}, flags {flags:X}, {octets} octets",
                            world => Send(world, Address(family, domain)[..length], payload, flags));
                    }
                }
            }
        }

        string Send(MessageWorld world, byte[]? address, byte[] payload, int flags)
        {
            int socket = world.Open(domain, type, protocol);
            string sent = world.Send(socket, [payload], address, null, flags);
            return $"{sent}, then {world.Receive(socket, [9], 0, MSG_OOB | MSG_DONTWAIT, out _).Split(' ')[0]}";
        }
    });

    [Theory]
    [MemberData(nameof(Sockets))]
    public void Bind_and_connect_are_the_same(int domain, int type, int protocol) => Compare(same =>
    {
        foreach (int family in Families)
        {
            foreach (int length in Lengths)
            {
                byte[] address = Address(family, domain)[..length];
                same($"bind {family}, length {length}", world => world.TryBind(world.Open(domain, type, protocol), address));
                same($"connect {family}, length {length}", world => world.Connect(world.Open(domain, type, protocol), address));
            }
        }
    });

    [Theory]
    [InlineData(AF_INET, SOCK_RAW, IPPROTO_ICMP)]
    [InlineData(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)]
    [InlineData(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6)]
    public void An_echo_comes_back_with_what_was_asked_of_it(int domain, int type, int protocol) => Compare(same => same("echo", world =>
    {
        int socket = world.Open(domain, type, protocol);
        bool isV6 = domain == AF_INET6;
        world.Set(socket, isV6 ? 41 : 0, isV6 ? RawOption.V6ReceivePacketInformation : RawOption.PacketInformation, 1);
        world.Set(socket, isV6 ? 41 : 0, isV6 ? RawOption.V6ReceiveHopLimit : RawOption.ReceiveTimeToLive, 1);
        string told = world.Send(socket, [isV6 ? Ping6 : Ping4], Address(domain, domain)[..(isV6 ? 28 : 16)], null);
        Thread.Sleep(5);      // the kernel's answer comes by a softirq of its own
        for (int i = 0; i < 3; i++)
        {
            string received = world.Receive(socket, [100], 100, MSG_DONTWAIT, out byte[] name);
            int control = received.IndexOf("control", StringComparison.Ordinal);
            told += "; " + received.Split(' ')[0] + (control < 0 ? "" : received[control..]) + Convert.ToHexString(name.Length == 128 ? [] : name);
        }

        return told;
    }));

    private static byte[] Address(int family, int domain)
    {
        byte[] address = new byte[28];
        bool isV6 = family == AF_INET6 || (family is not AF_INET && domain == AF_INET6);
        SocketAddress.Write(new InetEndpoint(InetAddress.Parse(isV6 ? "::1" : "127.0.0.1"), 0), address);
        address[0] = (byte)family;
        return address;
    }

    /// <summary>Runs scripts on both, and lists all that differ.</summary>
    private static void Compare(Action<Action<string, Func<MessageWorld, string>>> scripts) => OwnNamespace.Run(IpFamily.V6, () =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
        List<string> differences = [];
        scripts((title, script) =>
        {
            using MessageWorld kernel = new KernelMessages(), here = new ProcessMessages();
            string theirs = script(kernel), ours = script(here);
            if (theirs != ours) differences.Add($"{title}: {theirs} | {ours}");
        });
        Assert.True(differences.Count == 0, $"{differences.Count} differ from the kernel:\n{string.Join('\n', differences.Take(12))}");
    });
}
