using UserNet.Addressing;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>sendmsg and recvmsg give the same octets here as the running kernel, over the loopback interface of each.</summary>
[Collection("The running kernel's sockets")]
public sealed class PosixMessageTests
{
    private static readonly byte[] Payload = [1, 2, 3, 4, 5, 6, 7];

    /// <summary>How the receiver and its sender are opened, and which options say what is told.</summary>
    public static TheoryData<string> Ways => ["v4", "v6", "v4 to v6", "v4, nothing asked", "v6, nothing asked"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_receive_tells_what_options_ask_for_and_cuts_off_what_has_no_room(string way)
    {
        foreach (int room in (int[])[0, 8, 16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 120, 200])
        {
            Same($"{way}, room for {room}", world =>
            {
                (int receiver, int sender, byte[] to) = Pair(world, way);
                string sent = world.Send(sender, [Payload[..3], [], Payload[3..]], to, null);
                return sent + "; " + world.Receive(receiver, [2, 0, 20], room, MSG_DONTWAIT, out _);
            });
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(MSG_PEEK)]
    [InlineData(MSG_TRUNC)]
    [InlineData(MSG_CMSG_CLOEXEC)]
    [InlineData(MSG_WAITALL)]
    public void What_is_longer_than_the_room_for_it_is_marked(int flags) => Same($"flags {flags:X}", world =>
    {
        (int receiver, int sender, byte[] to) = Pair(world, "v4");
        world.Send(sender, [Payload], to, null);
        string first = world.Receive(receiver, [2, 3], 200, flags | MSG_DONTWAIT, out _);
        return first + "; " + world.Receive(receiver, [20], 200, MSG_DONTWAIT, out _);
    });

    /// <summary>What is said of a datagram: level, type and data in hexadecimal digits, each followed by a semicolon.</summary>
    public static TheoryData<string, string> Said
    {
        get
        {
            var said = new TheoryData<string, string>();
            foreach (string way in (string[])["v4", "v6", "v4 to v6"])
            {
                foreach (string message in (string[])
                    [
                        "0 2 09000000", "0 2 00000000", "0 2 00010000", "0 2 ff", "0 2 0900000000000000", "0 1 10000000", "0 1 10", "0 1 00010000", "0 1 1000",
                        "0 8 000000007f00000100000000", "0 8 010000000000000000000000", "0 8 630000000000000000000000", "0 8 00000000c000020100000000",
                        "0 8 0000000000000000", "0 99 00000000", "41 52 09000000", "41 52 ffffffff", "41 52 feffffff", "41 52 00010000", "41 52 09",
                        "41 67 10000000", "41 67 ffffffff", "41 67 00010000", "41 62 01000000", "41 62 02000000", "41 99 00000000",
                        "41 50 0000000000000000000000000000000100000000", "41 50 0000000000000000000000000000000001000000", "41 50 00000000000000000000ffff7f00000100000000",
                        "41 50 0000000000000000000000000000000063000000", "41 50 00", "1 99 00000000", "1 1 ", "1 2 ", "6 1 00000000", "77 1 00000000",
                        "0 2 09000000;0 1 20", "41 52 07000000;41 67 18000000", "0 2 09000000;0 2 00000000",
                    ])
                {
                    said.Add(way, message);
                }
            }

            return said;
        }
    }

    [Theory]
    [MemberData(nameof(Said))]
    public void What_a_call_says_of_its_datagram_is_heeded_or_refused(string way, string messages)
    {
        Same($"{way}: {messages}", world =>
        {
            (int receiver, int sender, byte[] to) = Pair(world, way);
            string sent = world.Send(sender, [Payload], to, ControlOf(messages));
            return sent + "; " + world.Receive(receiver, [20], 200, MSG_DONTWAIT, out _);
        });
    }

    [Theory]
    [InlineData("0f000000000000000000000002000000")]
    [InlineData("11000000000000000000000002000000")]
    [InlineData("00000000000000000000000002000000")]
    [InlineData("ffffffffffffffff0000000002000000")]
    [InlineData("1400000000000000000000000200000009000000000000001100")]
    [InlineData("14000000000000000000000002000000")]
    [InlineData("0102030405")]
    public void A_control_message_of_a_wrong_length_is_refused_and_what_is_no_message_passed_over(string control) => Same(control, world =>
    {
        (int receiver, int sender, byte[] to) = Pair(world, "v4");
        string sent = world.Send(sender, [Payload], to, Convert.FromHexString(control));
        return sent + "; " + world.Receive(receiver, [20], 200, MSG_DONTWAIT, out _);
    });

    [Theory]
    [InlineData("v4", 200)]
    [InlineData("v4", 0)]
    [InlineData("v4", 20)]
    [InlineData("v6", 200)]
    [InlineData("v6", 50)]
    public void What_did_not_arrive_is_told_by_the_queue_of_errors(string way, int room) => Same($"{way}, room for {room}", world =>
    {
        (int receiver, int sender, byte[] to) = Pair(world, way);
        int closed = world.Open(way == "v4" ? AF_INET : AF_INET6, SOCK_DGRAM);
        world.Bind(closed, Address(way, 0));
        byte[] nobody = world.NameOf(closed);
        world.CloseAll();      // nobody has the port now, nor any other
        int speaker = world.Open(way == "v4" ? AF_INET : AF_INET6, SOCK_DGRAM);
        string told = world.Set(speaker, way == "v4" ? 0 : 41, way == "v4" ? RawOption.ReceiveErrors : RawOption.V6ReceiveErrors, 1);
        told += world.Receive(speaker, [20], room, MSG_ERRQUEUE, out _) + "; ";
        told += world.Send(speaker, [Payload], nobody, null) + "; ";
        Thread.Sleep(way.Length);      // the kernel's answer comes by a softirq of its own
        told += world.Receive(speaker, [4], room, MSG_ERRQUEUE, out byte[] name) + "; ";
        Assert.Equal(nobody.Length == name.Length ? nobody : [], name);
        return told + world.Receive(speaker, [4], room, MSG_ERRQUEUE, out _) + "; " + world.Receive(speaker, [4], room, MSG_DONTWAIT, out _);
    });

    private static void Same(string title, Func<MessageWorld, string> script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no Linux to compare with.");
        using MessageWorld kernel = new KernelMessages(), here = new ProcessMessages();
        Assert.Equal($"{title}: {script(kernel)}", $"{title}: {script(here)}");
    }

    private static (int Receiver, int Sender, byte[] To) Pair(MessageWorld world, string way)
    {
        bool isV6 = way.StartsWith("v6", StringComparison.Ordinal), asks = !way.EndsWith("asked", StringComparison.Ordinal);
        bool isMixed = way == "v4 to v6";
        int receiver = world.Open(isV6 || isMixed ? AF_INET6 : AF_INET, SOCK_DGRAM), sender = world.Open(isV6 || isMixed ? AF_INET6 : AF_INET, SOCK_DGRAM);
        world.Bind(receiver, Address(way, 0));
        if (asks)
        {
            foreach (int name in (int[])[RawOption.PacketInformation, RawOption.ReceiveTimeToLive, RawOption.ReceiveTypeOfService])
                world.Set(receiver, RawOptionLevel.Ip, name, 1);
            foreach (int name in (int[])[RawOption.V6ReceivePacketInformation, RawOption.V6ReceiveHopLimit, RawOption.V6ReceiveTrafficClass])
                world.Set(receiver, RawOptionLevel.IpV6, name, 1);
        }

        byte[] to = world.NameOf(receiver);
        return (receiver, sender, to);
    }

    private static byte[] Address(string way, ushort port) => SocketAddress.ToOctets(new InetEndpoint(
        InetAddress.Parse(way == "v4 to v6" ? "::ffff:127.0.0.1" : way.StartsWith("v6", StringComparison.Ordinal) ? "::1" : "127.0.0.1"), port));

    private static byte[] ControlOf(string messages)
    {
        byte[] control = new byte[400];
        int length = 0;
        foreach (string message in messages.Split(';'))
        {
            string[] parts = message.Split(' ');
            length += ControlMessage.Write(control.AsSpan(length), int.Parse(parts[0], null), int.Parse(parts[1], null), Convert.FromHexString(parts[2]));
        }

        return control[..length];
    }
}
