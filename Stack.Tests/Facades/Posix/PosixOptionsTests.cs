using System.Runtime.InteropServices;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using UserNet.Tests.Ip;
using UserNet.Tests.Parity;
using Xunit;
using static UserNet.Sockets.RawOption;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Options by number and octets: what is asked of length, pointer, level and name before the value counts.</summary>
[Collection("The running kernel's sockets")]
public sealed class PosixOptionsTests : IDisposable
{
    private const int Unknown = 9999, Stream = 1, Datagram = 2;
    private static readonly int[] SocketNames =
        [ReuseAddress, RawOption.Type, Error, Broadcast, ReusePort, BindToDevice, AcceptConnections, RawOption.Protocol, Domain, Unknown];
    private static readonly int[] IpNames =
        [FreeBind, Transparent, BindAddressNoPort, MulticastInterface, UnicastInterface, LocalPortRange, Unknown];
    private static readonly int[] IpV6Names = [V6MulticastInterface, V6Only, V6Transparent, V6UnicastInterface, V6FreeBind, Unknown];

    private readonly PosixProcess _process = new(new NetworkStack());

    public void Dispose() => _process.Dispose();

    [Theory]
    [InlineData(RawOptionLevel.Socket, ReuseAddress, 4, Errno.Success)]
    [InlineData(RawOptionLevel.Socket, ReuseAddress, 3, Errno.EINVAL)]
    [InlineData(RawOptionLevel.Socket, RawOption.Type, 4, Errno.ENOPROTOOPT)]
    [InlineData(RawOptionLevel.Socket, Unknown, 4, Errno.ENOPROTOOPT)]
    [InlineData(RawOptionLevel.Socket, Unknown, 3, Errno.EINVAL)]
    [InlineData(RawOptionLevel.Socket, BindToDevice, 0, Errno.Success)]
    [InlineData(RawOptionLevel.Ip, FreeBind, 1, Errno.Success)]
    [InlineData(RawOptionLevel.Ip, FreeBind, 0, Errno.EINVAL)]
    [InlineData(RawOptionLevel.Ip, BindAddressNoPort, 0, Errno.Success)]
    [InlineData(RawOptionLevel.Ip, LocalPortRange, 2, Errno.EINVAL)]
    [InlineData(RawOptionLevel.Ip, Unknown, 4, Errno.ENOPROTOOPT)]
    [InlineData(RawOptionLevel.IpV6, V6Only, 4, Errno.ENOPROTOOPT)]      // not of an IPv4 socket
    [InlineData(99, 1, 4, Errno.ENOPROTOOPT)]
    [InlineData(RawOptionLevel.Socket, ReuseAddress, -1, Errno.EINVAL)]
    [InlineData(RawOptionLevel.Socket, ReuseAddress, 17, Errno.Success)]  // past the end of the memory, where Linux reads four octets
    [InlineData(RawOptionLevel.Socket, Unknown, 17, Errno.ENOPROTOOPT)]
    [InlineData(RawOptionLevel.Ip, Unknown, 17, Errno.ENOPROTOOPT)]
    public void An_option_of_a_wrong_kind_is_refused(int level, int name, int length, Errno expected)
    {
        int descriptor = _process.Socket(SocketAddress.InterNetwork, Datagram, 0);
        Assert.Equal(expected, ErrorOf(_process.SetSockOpt(descriptor, level, name, new byte[16], length)));
    }

    [Fact]
    public void A_socket_that_was_closed_by_another_face_is_a_bad_descriptor()
    {
        int descriptor = _process.Socket(SocketAddress.InterNetwork, Stream, 0), length = 4;
        _process.SocketOf(descriptor)!.Close();
        Assert.Equal(Errno.EBADF, ErrorOf(_process.SetSockOpt(descriptor, RawOptionLevel.Socket, ReuseAddress, new byte[4], 4)));
        Assert.Equal(Errno.EBADF, ErrorOf(_process.SetSockOpt(descriptor, RawOptionLevel.Socket, ReuseAddress, null, 4)));
        Assert.Equal(Errno.EBADF, ErrorOf(_process.GetSockOpt(descriptor, RawOptionLevel.Socket, ReuseAddress, new byte[4], ref length)));
        Assert.Equal(Errno.EBADF, ErrorOf(_process.Listen(descriptor, 1)));
    }

    [Fact]
    public void The_kernel_refuses_the_same_and_reads_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(41);
        for (int i = TestSettings.Count(3_000, 100_000); i > 0; i--)
        {
            bool isV6 = random.Next(2) == 0;
            int domain = isV6 ? SocketAddress.InterNetworkV6 : SocketAddress.InterNetwork, type = random.Next(2) == 0 ? Stream : Datagram;
            int kernel = KernelCalls.Socket(domain, type | KernelCalls.CloseOnExec, 0), here = _process.Socket(domain, type, 0);
            try
            {
                for (int step = 0; step < 4; step++) Compare(random, isV6, kernel, here);
            }
            finally
            {
                _ = KernelCalls.Close(kernel);
                _process.Close(here);
            }
        }
    }

    /// <summary>Left out: IPV6 options at NULL, which Linux takes for 0, and with a negative room, which it takes for 4; we refuse both.</summary>
    private void Compare(Random random, bool isV6, int kernel, int here)
    {
        int level = Pick(random, isV6 ? [RawOptionLevel.Socket, RawOptionLevel.Ip, RawOptionLevel.IpV6] : [RawOptionLevel.Socket, RawOptionLevel.Ip]);
        bool isIpV6 = level == RawOptionLevel.IpV6;
        int name = Pick(random, isIpV6 ? IpV6Names : level == RawOptionLevel.Ip ? IpNames : SocketNames);
        int length = Pick(random, isIpV6 ? [0, 3, 4, 5, 12, 16, 64] : [-1, 0, 1, 2, 3, 4, 5, 8, 12, 16, 64]);
        bool isNull = !isIpV6 && random.Next(5) == 0;
        byte[] theirs = new byte[64];
        MemoryMarshal.Cast<byte, int>(theirs.AsSpan()).Fill(Pick(random, [0, 1, -1, 1 << 24, 0x0100007F, 100 << 16 | 5, 5 << 16 | 100]));
        byte[] ours = [.. theirs];
        int theirLength = length, ourLength = length;
        string call;
        Errno expected, actual;
        if (random.Next(2) == 0)
        {
            call = $"setsockopt {level} {name} {Convert.ToHexString(theirs, 0, 4)} {length}";
            expected = KernelErrorOf(KernelCalls.SetSockOpt(kernel, level, name, isNull ? null : theirs, length));
            actual = ErrorOf(_process.SetSockOpt(here, level, name, isNull ? null : ours, length));
        }
        else
        {
            call = $"getsockopt {level} {name} {length}";
            expected = KernelErrorOf(KernelCalls.GetSockOpt(kernel, level, name, isNull ? null : theirs, ref theirLength));
            actual = ErrorOf(_process.GetSockOpt(here, level, name, isNull ? null : ours, ref ourLength));
        }

        call += $"{(isNull ? " NULL" : "")}, {(isV6 ? "IPv6" : "IPv4")}: ";
        Assert.Equal(call + expected, call + actual);
        if (expected != Errno.Success) return;
        Assert.Equal($"{call}{theirLength} {Convert.ToHexString(theirs)}", $"{call}{ourLength} {Convert.ToHexString(ours)}");
    }

    private Errno ErrorOf(int result) => result < 0 ? _process.Error : Errno.Success;

    private static Errno KernelErrorOf(int result) => result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.Success;

    private static int Pick(Random random, ReadOnlySpan<int> choices) => choices[random.Next(choices.Length)];
}
