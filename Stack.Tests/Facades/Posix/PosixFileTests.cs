using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Descriptors of files and pipes, octets in pieces, and what goes from one descriptor to another.</summary>
public sealed class PosixFileTests : IDisposable
{
    private readonly VirtualNetwork _network = new(3);
    private readonly PosixProcess _process;

    public PosixFileTests() => _process = new PosixProcess(_network.AddHost("host").Stack);

    public void Dispose()
    {
        _process.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void A_file_has_what_was_written_and_zeros_where_nothing_was()
    {
        int fd = Must(_process.Open("/file", O_RDWR | O_CREAT, 0x1B6));
        Assert.Equal(0, _process.FTruncate(fd, 1L << 30));
        Assert.Equal(3, _process.Write(fd, [1, 2, 3], 3));
        Assert.Equal(10, _process.LSeek(fd, 7, SEEK_CUR));
        Assert.Equal(1, _process.Write(fd, [9], 1));
        Assert.Equal(0, _process.LSeek(fd, 0, SEEK_SET));
        byte[] octets = new byte[12];
        Assert.Equal(12, _process.Read(fd, octets, 12));
        Assert.Equal([1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 9, 0], octets);
        Assert.Equal(1L << 30, _process.LSeek(fd, 0, SEEK_END));
        Assert.Equal(0, _process.Read(fd, octets, 12));
        Assert.Equal(0, _process.Stat("/file", out UserNet.Facades.Posix.Unix.FileStatus status));
        Assert.Equal(1L << 30, status.Size);
        Must(_process.Open("/file", O_RDONLY | O_TRUNC));
        Assert.Equal(0, _process.LSeek(fd, 0, SEEK_END));
    }

    /// <summary>As open(2), read(2), write(2) and lseek(2) have it.</summary>
    [Fact]
    public void What_can_not_be_done_is_refused()
    {
        Assert.Equal(0, _process.Mkdir("/d"));
        int file = Must(_process.Open("/file", O_RDONLY | O_CREAT, 0x1B6)), directory = Must(_process.Open("/d", O_RDONLY)), writer = Must(_process.Open("/file", O_WRONLY));
        int[] pipe = new int[2];
        Assert.Equal(0, _process.Pipe(pipe));
        Says(Errno.ENOENT, _process.Open("/none", O_RDONLY));
        Says(Errno.EEXIST, _process.Open("/file", O_RDWR | O_CREAT | O_EXCL));
        Says(Errno.EISDIR, _process.Open("/d", O_WRONLY));
        Says(Errno.ENOTDIR, _process.Open("/file", O_RDONLY | O_DIRECTORY));
        Says(Errno.EINVAL, _process.Open("/file", O_ACCMODE));
        Says(Errno.EISDIR, _process.Read(directory, new byte[1], 1));
        Says(Errno.EBADF, _process.Write(file, new byte[1], 1));
        Says(Errno.EBADF, _process.Read(writer, new byte[1], 1));
        Says(Errno.EBADF, _process.Write(pipe[0], new byte[1], 1));
        Says(Errno.ESPIPE, (int)_process.LSeek(pipe[0], 0, SEEK_CUR));
        Says(Errno.EINVAL, (int)_process.LSeek(file, -1, SEEK_SET));
        Says(Errno.EINVAL, _process.FTruncate(file, 5));
        Says(Errno.ENOTSOCK, _process.Recv(file, new byte[1], 1, 0));
        Assert.Equal((O_RDONLY, O_WRONLY, O_WRONLY), (_process.Fcntl(file, F_GETFL), _process.Fcntl(writer, F_GETFL), _process.Fcntl(pipe[1], F_GETFL)));
    }

    [Fact]
    public void A_pipe_holds_64_KiB_and_ends_with_its_ends()
    {
        int[] pipe = new int[2];
        Assert.Equal(0, _process.Pipe2(pipe, O_NONBLOCK));
        Says(Errno.EAGAIN, _process.Read(pipe[0], new byte[1], 1));
        Assert.Equal(65_536, _process.Write(pipe[1], new byte[100_000], 100_000));
        Says(Errno.EAGAIN, _process.Write(pipe[1], new byte[1], 1));
        Assert.Equal((POLLIN | POLLRDNORM, 0), (_process.Poll(pipe[0], 0x7FFF), _process.Poll(pipe[1], 0x7FFF)));
        Assert.Equal(65_536, _process.Read(pipe[0], new byte[100_000], 100_000));
        Assert.Equal(3, _process.WriteV(pipe[1], [new byte[] { 1, 2 }, new byte[] { 3 }]));
        Assert.Equal(0, _process.Close(pipe[1]));
        byte[] one = new byte[1], others = new byte[5];
        Assert.Equal(3, _process.ReadV(pipe[0], [one, others]));
        Assert.Equal([1, 2, 3, 0, 0, 0], [.. one, .. others]);
        Assert.Equal(0, _process.Read(pipe[0], one, 1));
        Assert.Equal(POLLHUP, _process.Poll(pipe[0], 0x7FFF));
        Assert.Equal(0, _process.Pipe(pipe));
        Assert.Equal(0, _process.Close(pipe[0]));
        Says(Errno.EPIPE, _process.Write(pipe[1], one, 1));
    }

    [Fact]
    public void A_read_of_a_pipe_waits_for_its_writer()
    {
        int[] pipe = new int[2];
        Assert.Equal(0, _process.Pipe(pipe));
        _network.At(_network.Clock.Now.SinceStart + TimeSpan.FromSeconds(2), () => _process.Write(pipe[1], [5], 1));
        byte[] octets = new byte[4];
        TimeSpan begin = _network.Clock.Now.SinceStart;
        Assert.Equal(1, _process.Read(pipe[0], octets, 4));
        Assert.Equal((5, TimeSpan.FromSeconds(2)), (octets[0], _network.Clock.Now.SinceStart - begin));
    }

    [Fact]
    public void Streams_read_and_write_in_pieces()
    {
        (int client, int server) = Streams();
        Assert.Equal(5, _process.WriteV(client, [new byte[] { 1, 2 }, Array.Empty<byte>(), new byte[] { 3, 4, 5 }]));
        byte[] first = new byte[3], second = new byte[9];
        Assert.Equal(5, _process.ReadV(server, [first, second]));
        Assert.Equal([1, 2, 3, 4, 5], [.. first, .. second[..2]]);
        Assert.Equal(0, _process.ReadV(server, [Array.Empty<byte>()]));
        Says(Errno.EINVAL, _process.WriteV(client, new IoVector[1025]));
        Says(Errno.EINVAL, _process.WriteV(client, [new IoVector(new byte[1], -1)]));
        Says(Errno.EBADF, _process.ReadV(99, []));
    }

    [Fact]
    public void A_file_goes_out_by_a_stream()
    {
        (int client, int server) = Streams();
        int file = Must(_process.Open("/file", O_RDWR | O_CREAT, 0x1B6));
        Assert.Equal(0, _process.FTruncate(file, 30_000));
        long offset = 10_000;
        Assert.Equal(5_000, _process.SendFile(client, file, ref offset, 5_000));
        Assert.Equal((15_000, 0), (offset, _process.LSeek(file, 0, SEEK_CUR)));
        Assert.Equal(30_000, _process.SendFile(client, file, 1 << 20));
        Assert.Equal(0, _process.SendFile(client, file, 10));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(35_000, _process.Recv(server, new byte[40_000], 40_000, MSG_DONTWAIT));
        Says(Errno.EINVAL, _process.SendFile(file, client, 5));
        Says(Errno.ESPIPE, _process.SendFile(client, server, ref offset, 5));
        Says(Errno.EBADF, _process.SendFile(99, file, 5));
    }

    [Fact]
    public void Octets_are_spliced_through_a_pipe()
    {
        (int client, int server) = Streams();
        int[] pipe = new int[2];
        Assert.Equal(0, _process.Pipe(pipe));
        Assert.Equal(4, _process.Write(client, [1, 2, 3, 4], 4));
        Assert.Equal(3, _process.Splice(server, pipe[1], 3, 0));
        Assert.Equal(2, _process.Splice(pipe[0], server, 2, 0));
        byte[] octets = new byte[4];
        Assert.Equal((2, 1, 2), (_process.Read(client, octets, 4), octets[0], octets[1]));
        Assert.Equal(1, _process.Splice(server, pipe[1], 99, 0));
        Assert.Equal((2, 3, 4), (_process.Read(pipe[0], octets, 4), octets[0], octets[1]));
        Says(Errno.EAGAIN, _process.Splice(server, pipe[1], 9, SPLICE_F_NONBLOCK));
        Says(Errno.EAGAIN, _process.Splice(pipe[0], server, 9, SPLICE_F_NONBLOCK));
        Says(Errno.EINVAL, _process.Splice(client, server, 9, 0));
        Says(Errno.EINVAL, _process.Splice(pipe[0], pipe[1], 9, 0));
        Says(Errno.EINVAL, _process.Splice(pipe[0], server, 9, 16));
        Assert.Equal(0, _process.Close(pipe[1]));
        Assert.Equal(0, _process.Splice(pipe[0], server, 9, 0));
    }

    [Fact]
    public void An_epoll_waits_in_the_networks_time()
    {
        (int client, int server) = Streams();
        int epoll = _process.EpollCreate1(0);
        Assert.Equal(0, _process.EpollCtl(epoll, EPOLL_CTL_ADD, server, new EpollEvent(EPOLLIN | EPOLLET, 77)));
        var events = new EpollEvent[2];
        TimeSpan begin = _network.Clock.Now.SinceStart;
        Assert.Equal(0, _process.EpollWait(epoll, events, 2, 1500));
        Assert.Equal(TimeSpan.FromSeconds(1.5), _network.Clock.Now.SinceStart - begin);
        _network.At(begin + TimeSpan.FromSeconds(3), () => _process.Write(client, [1], 1));
        Assert.Equal(1, _process.EpollWait(epoll, events, 2, -1));
        Assert.Equal((TimeSpan.FromSeconds(3), new EpollEvent(EPOLLIN, 77)), (_network.Clock.Now.SinceStart - begin, events[0]));
        Assert.Equal(0, _process.EpollWait(epoll, events, 2, 0));      // told once, by its edge
        _process.Write(client, [2], 1);
        Assert.Equal(1, _process.EpollWait(epoll, events, 2, 0));
        Assert.Equal(0, _process.Close(server));
        Assert.Equal(0, _process.EpollWait(epoll, events, 2, 0));
        _network.At(begin + TimeSpan.FromSeconds(9), () => _process.Close(epoll));
        Says(Errno.EINTR, _process.EpollWait(epoll, events, 2, -1));
    }

    [Fact]
    public void The_struct_is_epoll_event()
    {
        EpollEvent[] one = [new(0x01020304, 0x0506070809101112)];
        Assert.Equal("040302011211100908070605", Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(one.AsSpan())));
    }

    private (int Client, int Server) Streams()
    {
        byte[] address = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7000"));
        int listener = _process.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal(0, _process.Bind(listener, address, address.Length));
        Assert.Equal(0, _process.Listen(listener, 5));
        int client = _process.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal(0, _process.Connect(client, address, address.Length));
        return (client, _process.Accept(listener));
    }

    private static int Must(int answer)
    {
        Assert.True(answer >= 0);
        return answer;
    }

    private void Says(Errno error, int answer) => Assert.Equal((-1, error), (answer, _process.Error));
}
