using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Whatever the arguments: an answer and an errno, no exception, nothing left behind.</summary>
public sealed class PosixFuzzTests
{
    private static readonly int[] Numbers =
        [-1, 0, 1, 2, 3, 4, 8, 10, 15, 16, 17, 24, 25, 28, 41, 51, 58, 128, 129, 255, 1024, 65507, 65508, 0x800, 0x80000, int.MinValue, int.MaxValue];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_exception_escapes_and_nothing_leaks(int seed)
    {
        Random random = TestSettings.Random(seed);
        using var stack = new NetworkStack();
        var host = new PosixHost(stack);
        int calls = TestSettings.Count(40_000, 2_000_000);
        using (PosixProcess process = host.Start(seed == 1 ? Caller.User(5) : Caller.Root))
        {
            for (int i = 0; i < calls; i++)
            {
                int answer = Call(process, random);
                Assert.True(answer >= 0 || (answer == -1 && process.Error != Errno.Success), $"call {i}: {answer}");
                Assert.True(Enum.IsDefined(process.Error), $"call {i}: {process.Error}");
                if (i % 1000 == 999) Prune(process);
            }

            Prune(process);
            for (int fd = 0; fd < 2000; fd++) process.Close(fd);
            Assert.Equal(3, process.Socket(AF_INET, SOCK_DGRAM, 0));
        }

        Assert.Equal(0, stack.Snapshot().ToString().Split('\n').Count(static line => line.StartsWith("udp", StringComparison.Ordinal)));
    }

    private static void Prune(PosixProcess process)
    {
        for (int fd = 3; fd < 40; fd++) process.Close(fd);
    }

    private static int Call(PosixProcess process, Random random)
    {
        int Any() => Numbers[random.Next(Numbers.Length)];
        byte[]? memory = random.Next(6) == 0 ? null : new byte[random.Next(10) == 0 ? 3000 : random.Next(140)];
        if (memory is not null) random.NextBytes(memory);
        byte[]? address = random.Next(6) == 0 ? null : Address(random);
        int fd = random.Next(12), length = random.Next(3) == 0 ? Any() : memory?.Length ?? 0;
        int addressLength = random.Next(4) == 0 ? Any() : address?.Length ?? 0, flags = Flags(random) | MSG_DONTWAIT;
        switch (random.Next(24))
        {
            case 0: return NonBlocking(process, process.Socket(Any(), Any(), Any()));
            case 1 or 2:
                return process.Socket(random.Next(2) == 0 ? AF_INET : AF_INET6, random.Next(1, 4) | SOCK_NONBLOCK, random.Next(3) == 0 ? random.Next(256) : 0);
            case 3 or 4: return process.Bind(fd, address, addressLength);
            case 5: return process.Listen(fd, Any());
            case 6: return process.Connect(fd, address, addressLength);
            case 7: return process.SetSockOpt(fd, Any(), random.Next(80), memory, length);
            case 8: return process.GetSockOpt(fd, Any(), random.Next(80), memory, ref length);
            case 9: return process.GetSockName(fd, memory, ref length);
            case 10: return process.GetPeerName(fd, memory, ref length);
            case 11 or 12: return process.SendTo(fd, memory, length, flags, address, addressLength);
            case 13 or 14: return process.RecvFrom(fd, memory, length, flags, random.Next(2) == 0 ? null : new byte[20], ref addressLength);
            case 15 or 16:
                var sent = new MessageHeader { Name = address, NameLength = addressLength, Vectors = Vectors(random), Control = Control(random), ControlLength = random.Next(4) == 0 ? Any() : 60 };
                return process.SendMsg(fd, sent, flags);
            case 17 or 18:
                var received = new MessageHeader { Name = address, NameLength = addressLength, Vectors = Vectors(random), Control = memory, ControlLength = length };
                return process.RecvMsg(fd, ref received, flags);
            case 19: return random.Next(2) == 0 ? process.Dup(fd) : process.Dup2(fd, random.Next(20));
            case 20:
                int command = random.Next(8), argument = command == F_SETFL ? O_NONBLOCK : Any();
                return process.Fcntl(fd, command, argument);
            case 21: return process.Poll([new() { Descriptor = fd, Events = (short)Any() }, new() { Descriptor = Any(), Events = (short)Any() }], 0);
            case 22:
                return random.Next(2) == 0
                    ? NonBlocking(process, process.Accept4(fd, memory, ref length, random.Next(3) == 0 ? Any() : 0)) : process.Shutdown(fd, Any());
            default: return random.Next(2) == 0 ? process.Close(fd) : process.IoControl(fd, random.Next(2) == 0 ? FIONREAD : SIOCOUTQ, ref length);
        }
    }

    /// <summary>Who blocks waits for a connection as long as nobody makes one: that is no fault of the call.</summary>
    private static int NonBlocking(PosixProcess process, int fd)
    {
        if (fd >= 0) process.Fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
    }

    private static int Flags(Random random)
    {
        int flags = 0;
        for (int i = random.Next(3); i > 0; i--) flags |= 1 << random.Next(32);
        return flags;
    }

    private static byte[] Address(Random random)
    {
        string text = random.Next(8) switch
        {
            0 => "0.0.0.0", 1 => "::", 2 => "::1", 3 => "::ffff:127.0.0.1", 4 => "255.255.255.255", 5 => "ff02::1", 6 => "224.0.0.1", _ => "127.0.0.1",
        };
        byte[] address = SocketAddress.ToOctets(new InetEndpoint(InetAddress.Parse(text), (ushort)(random.Next(3) == 0 ? random.Next(3) : random.Next(7000, 7010))));
        if (random.Next(8) == 0) address[random.Next(address.Length)] = (byte)random.Next(256);
        if (random.Next(8) == 0) Array.Resize(ref address, random.Next(130));
        return address;
    }

    private static IoVector[] Vectors(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => new IoVector(new byte[random.Next(40)], random.Next(6) == 0 ? Numbers[random.Next(Numbers.Length)] % 70_000 : random.Next(40)))];

    private static byte[] Control(Random random)
    {
        byte[] control = new byte[80];
        int[] levels = [IPPROTO_IP, IPPROTO_IPV6, SOL_SOCKET, IPPROTO_UDP], types = [1, 2, 8, 50, 52, 67, 62, 11, 77];
        byte[] data = new byte[random.Next(24)];
        if (random.Next(2) == 0) random.NextBytes(data);
        int written = ControlMessage.Write(control, levels[random.Next(4)], types[random.Next(9)], data);
        if (random.Next(4) == 0) random.NextBytes(control.AsSpan(written));
        if (random.Next(6) == 0) control[0] = (byte)random.Next(256);
        return control;
    }
}
