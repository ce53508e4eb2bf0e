using UserNet.Facades.Posix;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>A datagram of AF_UNIX may be longer than any of IP.</summary>
public sealed class LongDatagramTests
{
    private const int Length = 100_000, First = 10;

    [Fact]
    public void Several_vectors_take_all_of_it()
    {
        using var stack = new NetworkStack();
        using var process = new PosixProcess(stack);
        int[] pair = new int[2];
        Assert.Equal(0, process.SocketPair(AF_UNIX, SOCK_DGRAM, 0, pair));
        byte[] sent = new byte[Length], head = new byte[First], rest = new byte[Length];
        new Random(1).NextBytes(sent);
        Assert.Equal(Length, process.Send(pair[0], sent, Length, 0));
        var message = new MessageHeader { Vectors = [head, rest] };
        Assert.Equal(Length, process.RecvMsg(pair[1], ref message, MSG_DONTWAIT));
        Assert.True(sent.AsSpan().SequenceEqual((byte[])[.. head, .. rest.AsSpan(0, Length - First)]));
        Assert.Equal(0, message.Flags);
    }

    [Fact]
    public void Memory_that_ends_before_the_room_that_is_named_takes_all_of_it()
    {
        using var stack = new NetworkStack();
        using var process = new PosixProcess(stack);
        int[] pair = new int[2];
        Assert.Equal(0, process.SocketPair(AF_UNIX, SOCK_DGRAM, 0, pair));
        byte[] sent = new byte[Length], room = new byte[Length];
        new Random(2).NextBytes(sent);
        Assert.Equal(Length, process.Send(pair[0], sent, Length, 0));
        Assert.Equal(Length, process.Recv(pair[1], room, Length + 1, MSG_DONTWAIT));
        Assert.Equal(sent, room);
    }
}
