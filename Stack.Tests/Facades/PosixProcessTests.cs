using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using UserNet.Tests.Binding;
using Xunit;

namespace UserNet.Tests.Facades;

public sealed class PosixProcessTests : IDisposable
{
    private const int InterNetwork = 2, Stream = 1, Datagram = 2;

    private readonly NetworkStack _stack = BindRig.Stack(Personality.Linux);
    private readonly PosixProcess _process;

    public PosixProcessTests() => _process = new PosixProcess(_stack) { DescriptorLimit = 6 };

    public void Dispose() => _process.Dispose();

    [Fact]
    public void A_descriptor_is_the_lowest_that_is_free()
    {
        Assert.Equal([3, 4, 5, 6, 7, 8], Enumerable.Range(0, 6).Select(_ => Open()));
        Assert.Equal((-1, Errno.EMFILE), (Open(), _process.Error));
        foreach (int descriptor in new[] { 7, 3, 5 }) Assert.Equal(0, _process.Close(descriptor));
        Assert.Equal((-1, Errno.EBADF), (_process.Close(5), _process.Error));
        Assert.Equal([3, 5], [Open(), Open()]);
        Assert.Equal(0, _process.Close(4));
        Assert.Equal([4, 7, -1], [Open(), Open(), Open()]);
    }

    [Fact]
    public void A_socket_that_was_closed_during_a_call_is_a_bad_descriptor()
    {
        int descriptor = Open();
        _process.SocketOf(descriptor)!.Dispose();      // as another thread would, once the call has found it
        byte[] octets = new byte[128];
        int length = sizeof(int);
        SocketAddress.Write(UserNet.Addressing.InetEndpoint.Parse("127.0.0.1:5000"), octets);
        int[] answers =
        [
            Code(_process.GetSockOpt(descriptor, RawOptionLevel.Socket, RawOption.ReuseAddress, octets, ref length)),
            Code(_process.SetSockOpt(descriptor, RawOptionLevel.Socket, RawOption.ReuseAddress, octets, sizeof(int))),
            Code(_process.SetSockOpt(descriptor, RawOptionLevel.Socket, RawOption.ReuseAddress, null, sizeof(int))),
            Code(_process.Bind(descriptor, octets, SocketAddress.V4Length)),
            Code(_process.Listen(descriptor, 1)),
            Code(_process.Shutdown(descriptor, 0)),
            Code(_process.FChown(descriptor, 1)),
        ];
        Assert.All(answers, static answer => Assert.Equal((int)Errno.EBADF, answer));
    }

    [Fact]
    public void Whatever_the_arguments_no_exception_escapes()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            int result = CallWithAnything(random);
            Assert.True(result >= 0 || (result == -1 && _process.Error != Errno.Success));
        }

        int bound = Enumerable.Range(3, 6).Count(descriptor => _process.SocketOf(descriptor) is { Binding.IsHeld: true });
        Assert.Equal(bound, _stack.HolderCount);
        _process.Dispose();
        Assert.Equal(0, _stack.HolderCount);
    }

    [Fact]
    public void A_process_that_has_ended_opens_nothing()
    {
        _process.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Open());
        Assert.Throws<ObjectDisposedException>(() => _process.OpenNoSocket());
    }

    private int Open() => _process.Socket(InterNetwork, Datagram, 0);

    private int Code(int result) => result < 0 ? (int)_process.Error : result;

    private int CallWithAnything(Random random)
    {
        int[] numbers = [-1, 0, 1, 2, 3, 4, 10, 15, 16, 25, 28, 41, 51, 128, 129, int.MinValue, int.MaxValue];
        int Any() => numbers[random.Next(numbers.Length)];
        byte[]? octets = random.Next(5) == 0 ? null : new byte[random.Next(140)];
        if (octets is not null) random.NextBytes(octets);
        if (octets is { Length: > 20 } && random.Next(4) != 0)
        {
            octets.AsSpan().Clear();
            (octets[0], octets[4], octets[7]) = ((byte)(random.Next(2) == 0 ? InterNetwork : 10), 127, 1);
        }

        int descriptor = random.Next(10), length = random.Next(2) == 0 ? Any() : octets?.Length ?? 0, level = Any(), name = Any();
        return random.Next(10) switch
        {
            0 => _process.Socket(Any(), Any(), Any()),
            1 => _process.Socket(random.Next(2) == 0 ? InterNetwork : 10, random.Next(Stream, Datagram + 1), 0),
            2 or 3 => _process.Bind(descriptor, octets, length),
            4 => _process.Listen(descriptor, Any()),
            5 => _process.Connect(descriptor, octets, length),
            6 => _process.SetSockOpt(descriptor, level, name, octets, length),
            7 => _process.GetSockOpt(descriptor, level, name, octets, ref length),
            8 => _process.GetSockName(descriptor, octets, ref length),
            _ => random.Next(3) == 0 ? _process.Close(descriptor) : _process.Shutdown(descriptor, Any()),
        };
    }

    [Fact]
    public void Datagrams_are_sent_and_received()
    {
        using var stack = new NetworkStack();
        using var process = new PosixProcess(stack);
        int a = process.Socket(2, 2, 0), b = process.Socket(2, 2, 0);
        byte[] name = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7777")), from = new byte[16];
        Assert.Equal(0, process.Bind(b, name, 16));
        byte[] buffer = new byte[4];
        int length = 16;
        Assert.Equal((-1, Errno.EAGAIN), (process.RecvFrom(b, buffer, 4, 0x40, from, ref length), process.Error));
        Assert.Equal((-1, Errno.EDESTADDRREQ), (process.SendTo(a, [1], 1, 0, null, 0), process.Error));
        Assert.Equal((-1, Errno.EINVAL), (process.SendTo(a, [1], 1, 0, name, 3), process.Error));
        Assert.Equal((-1, Errno.EOPNOTSUPP), (process.SendTo(a, [1], 1, 1, name, 16), process.Error));
        Assert.Equal(6, process.SendTo(a, [1, 2, 3, 4, 5, 6], 6, 0, name, 16));
        Assert.Equal(6, process.RecvFrom(b, buffer, 4, 0x22, null, ref length));       // MSG_PEEK | MSG_TRUNC
        Assert.Equal(4, process.RecvFrom(b, buffer, 4, 0, from, ref length));
        Assert.Equal([1, 2, 3, 4], buffer);
        byte[] own = new byte[16];
        Assert.Equal(0, process.GetSockName(a, own, ref length));
        Assert.Equal(own[2..4], from[2..4]);
        Assert.Equal((-1, Errno.EBADF), (process.SendTo(99, [1], 1, 0, name, 16), process.Error));
    }
}
