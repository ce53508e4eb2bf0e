using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>Calls with whatever arguments, on every personality.</summary>
public sealed class AnyArgumentsTests
{
    private static readonly int[] Numbers =
        [-1, 0, 1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 17, 23, 27, 28, 41, 128, 129, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, SO_RCVTIMEO, SO_LINGER, int.MinValue, int.MaxValue];

    private static readonly string[] Endpoints =
        ["127.0.0.1:5000", "127.0.0.1:5001", "0.0.0.0:5000", "0.0.0.0:0", "127.0.0.1:0", "[::1]:5000", "[::]:5000", "[::ffff:127.0.0.1]:5001",
         "10.1.0.1:5000", "10.9.9.9:5000", "255.255.255.255:5000", "224.1.1.1:5000", "[fe80::1:1%2]:5000"];

    public static TheoryData<string> Personalities() => new(Personality.All.Select(static personality => personality.Name));

    [Theory]
    [MemberData(nameof(Personalities))]
    public void Whatever_the_arguments_no_exception_escapes_and_nothing_is_left(string name)
    {
        Personality personality = Personality.All.Single(one => one.Name == name);
        int failures = 0, successes = 0;
        for (int seed = 0; seed < TestSettings.Count(4, 200); seed++)
        {
            using var rig = new WinsockRig(personality);
            var random = new Random(seed);
            LPFN_CONNECTEX connectEx = ConnectExOf(rig);
            for (int i = 0; i < 5_000; i++)
            {
                rig.Process.WSASetLastError(WsaError.Success);
                bool isDone = Call(rig, random, connectEx);
                Assert.Equal(isDone, rig.LastError == WsaError.Success);
                Assert.True(isDone || Enum.IsDefined(rig.LastError), $"seed {seed}: {rig.LastError}");
                if (isDone) successes++;
                else failures++;
            }

            rig.Process.Dispose();
            Assert.DoesNotContain(rig.Stack.Snapshot().Rows, static row => row.Owner is NetworkSocket);
            Assert.Equal(0, rig.Process.Provider.SocketCount);
        }

        Assert.True(successes > 500 && failures > 500, $"{successes} successes, {failures} failures");
    }

    private static LPFN_CONNECTEX ConnectExOf(WinsockRig rig)
    {
        SOCKET s = rig.Open("tcp4");
        Assert.Equal(0, rig.Process.WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, WSAID_CONNECTEX, out LPFN_CONNECTEX? function));
        Assert.Equal(0, rig.Process.closesocket(s));
        return function!;
    }

    /// <summary>One call; false when it failed. No socket blocks, or the test would.</summary>
    private static bool Call(WinsockRig rig, Random random, LPFN_CONNECTEX connectEx)
    {
        WinsockProcess process = rig.Process;
        int Any() => Numbers[random.Next(Numbers.Length)];
        byte[]? octets = random.Next(6) == 0 ? null : new byte[random.Next(140)];
        if (octets is not null) random.NextBytes(octets);
        if (random.Next(4) != 0) octets = WinsockRig.Octets(Endpoints[random.Next(Endpoints.Length)]);
        int length = random.Next(4) == 0 ? Any() : octets?.Length ?? 0, room = octets?.Length ?? 0, level = Any(), option = Any();
        var s = new SOCKET(0x100 + ((nuint)random.Next(10) * 4));
        uint number = (uint)Any();
        switch (random.Next(22))
        {
            case 0: return Opened(rig, process.socket(Any(), Any(), Any()));
            case 1 or 2: return Opened(rig, process.socket(random.Next(2) == 0 ? AF_INET : AF_INET6, random.Next(SOCK_STREAM, SOCK_RAW), 0));
            case 3 or 4 or 5: return process.bind(s, octets, length) == 0;
            case 6: return process.listen(s, Any()) == 0;
            case 7: return Opened(rig, process.accept(s, octets, ref length));
            case 8 or 9: return process.connect(s, octets, length) == 0;
            case 10: return process.setsockopt(s, level, option, octets, length) == 0;
            case 11: return process.setsockopt(s, SOL_SOCKET, random.Next(2) == 0 ? SO_REUSEADDR : SO_EXCLUSIVEADDRUSE, random.Next(2)) == 0;
            case 12: return process.getsockopt(s, level, option, octets, ref length) == 0;
            case 13: return process.getsockname(s, octets, ref length) == 0;
            case 14: return process.getpeername(s, octets, ref length) == 0;
            case 15: return process.send(s, octets, length, random.Next(2) == 0 ? 0 : Any()) >= 0;
            case 16: return process.sendto(s, octets, room, 0, octets, length) >= 0;
            case 17: return process.recvfrom(s, octets, room, random.Next(2) == 0 ? 0 : Any(), octets, ref length) >= 0;
            case 18: return process.shutdown(s, Any()) == 0;
            case 19: return (number & FIONBIO) == FIONBIO || process.ioctlsocket(s, random.Next(2) == 0 ? FIONREAD : SIOCATMARK, ref number) == 0;
            case 20: return random.Next(2) == 0 ? Select(process, s) : connectEx(s, octets, length, octets, number, out _, new OVERLAPPED()) || IsPending(rig);
            default: return random.Next(3) != 0 || process.closesocket(s) == 0;
        }
    }

    private static bool IsPending(WinsockRig rig)
    {
        if (rig.LastError != WsaError.WSA_IO_PENDING) return false;
        rig.Process.WSASetLastError(WsaError.Success);
        return true;
    }

    private static bool Select(WinsockProcess process, SOCKET s)
    {
        var set = new FD_SET();
        set.Set(s);
        WSAPOLLFD[] polled = [new(s, POLLIN | POLLOUT)];
        return process.select(0, set, null, set, new TIMEVAL(0, 0)) >= 0 && process.WSAPoll(polled, 1, 0) >= 0;
    }

    private static bool Opened(WinsockRig rig, SOCKET s)
    {
        if (s == INVALID_SOCKET) return false;
        rig.DoNotBlock(s);
        return true;
    }
}
