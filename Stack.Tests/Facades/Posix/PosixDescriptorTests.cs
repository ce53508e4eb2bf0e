using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Numbers, and what they refer to.</summary>
public sealed class PosixDescriptorTests : IDisposable
{
    private readonly NetworkStack _stack = new();
    private readonly PosixProcess _process;

    public PosixDescriptorTests() => _process = new PosixProcess(_stack) { DescriptorLimit = 200 };

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    [Fact]
    public void Two_numbers_of_one_socket_share_its_flags_and_its_port_until_the_last_is_closed()
    {
        int first = Open(), second = _process.Dup(first);
        Assert.Equal((3, 4), (first, second));
        Assert.Same(_process.SocketOf(first), _process.SocketOf(second));
        Assert.Equal(0, _process.Bind(second, To("127.0.0.1:7000"), 16));
        Assert.Equal(0, _process.Fcntl(first, F_SETFL, O_NONBLOCK));
        Assert.Equal(O_RDWR | O_NONBLOCK, _process.Fcntl(second, F_GETFL));
        Assert.Equal(0, _process.Close(first));
        Assert.Equal(1, _stack.HolderCount);
        Assert.Equal(0, _process.Close(second));
        Assert.Equal(0, _stack.HolderCount);
        Assert.Equal((-1, Errno.EBADF), (_process.Close(second), _process.Error));
    }

    [Fact]
    public void FD_CLOEXEC_belongs_to_the_number_and_not_to_the_socket()
    {
        int keeps = Open(), goes = _process.Socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int copy = _process.Dup(goes), copyThatGoes = _process.Fcntl(keeps, F_DUPFD_CLOEXEC, 50);
        Assert.Equal([0, 1, 0, 1], new[] { keeps, goes, copy, copyThatGoes }.Select(fd => _process.Fcntl(fd, F_GETFD)));
        Assert.Equal(50, copyThatGoes);
        Assert.Equal(0, _process.Fcntl(copy, F_SETFD, 0xFE));      // another bit
        Assert.Equal(0, _process.Fcntl(copy, F_GETFD));
        _process.CloseOnExec();
        Assert.Equal([0, -1, 0, -1], new[] { keeps, goes, copy, copyThatGoes }.Select(fd => _process.Fcntl(fd, F_GETFD)));
        Assert.Equal(4, Open());
    }

    [Fact]
    public void Dup2_closes_what_its_number_referred_to()
    {
        int one = Open(), other = Open();
        Assert.Equal(0, _process.Bind(other, To("127.0.0.1:7000"), 16));
        Assert.Equal(other, _process.Dup2(one, other));
        Assert.Equal(0, _stack.HolderCount);
        Assert.Same(_process.SocketOf(one), _process.SocketOf(other));
        Assert.Equal(one, _process.Dup2(one, one));
        Assert.Equal(199, _process.Dup2(one, 199));
        Assert.Equal(1, _process.Dup2(one, 1));
        Assert.Equal(5, Open());      // 0 to 2 are not given out
    }

    [Theory]
    [InlineData(F_DUPFD, -1, Errno.EINVAL)]
    [InlineData(F_DUPFD, 203, Errno.EINVAL)]
    [InlineData(F_DUPFD, 202, Errno.Success)]
    [InlineData(F_DUPFD_CLOEXEC, 1 << 30, Errno.EINVAL)]
    [InlineData(F_SETFL, O_DIRECT, Errno.EINVAL)]
    [InlineData(99, 0, Errno.EINVAL)]
    [InlineData(-1, 0, Errno.EINVAL)]
    public void Fcntl_refuses(int command, int argument, Errno expected)
    {
        int answer = _process.Fcntl(Open(), command, argument);
        Assert.Equal(expected, answer < 0 ? _process.Error : Errno.Success);
        Assert.Equal((-1, Errno.EBADF), (_process.Fcntl(77, command, argument), _process.Error));
    }

    [Fact]
    public void F_SETFL_keeps_what_a_socket_has_and_changes_what_may_be_changed()
    {
        int fd = Open();
        Assert.Equal(0, _process.Fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND | O_ASYNC | 0x3 | 0x40));
        Assert.Equal(O_RDWR | O_NONBLOCK | O_APPEND | O_ASYNC, _process.Fcntl(fd, F_GETFL));
        Assert.Equal(0, _process.Fcntl(fd, F_SETFL, 0));
        Assert.Equal(O_RDWR, _process.Fcntl(fd, F_GETFL));
    }

    [Fact]
    public void No_more_numbers_are_given_out_than_the_limit()
    {
        for (int i = 0; i < 200; i++) Assert.Equal(3 + i, Open());
        Assert.Equal((-1, Errno.EMFILE), (Open(), _process.Error));
        Assert.Equal((-1, Errno.EMFILE), (_process.Dup(3), _process.Error));
        Assert.Equal((-1, Errno.EMFILE), (_process.Fcntl(3, F_DUPFD, 100), _process.Error));
        Assert.Equal((-1, Errno.EMFILE), (_process.Accept(3), _process.Error));      // asked before whether it listens
        Assert.Equal((-1, Errno.EBADF), (_process.Dup2(3, 203), _process.Error));
        Assert.Equal(0, _process.Close(100));
        Assert.Equal(100, _process.Dup(3));
    }

    [Fact]
    public void Accepted_sockets_get_their_flags_from_accept4_and_none_from_the_listener()
    {
        int listener = _process.Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        Assert.Equal(0, _process.Bind(listener, To("127.0.0.1:7000"), 16));
        Assert.Equal(0, _process.Listen(listener, 4));
        for (int i = 0; i < 2; i++) Assert.Equal(0, _process.Connect(_process.Socket(AF_INET, SOCK_STREAM, 0), To("127.0.0.1:7000"), 16));
        int none = 0, length = 100;
        byte[] name = new byte[100];
        int plain = _process.Accept(listener, name, ref length);
        Assert.Equal((16, 2, 127), (length, name[0], name[4]));
        int flagged = _process.Accept4(listener, null, ref none, SOCK_NONBLOCK | SOCK_CLOEXEC);
        Assert.Equal((O_RDWR, 0), (_process.Fcntl(plain, F_GETFL), _process.Fcntl(plain, F_GETFD)));
        Assert.Equal((O_RDWR | O_NONBLOCK, FD_CLOEXEC), (_process.Fcntl(flagged, F_GETFL), _process.Fcntl(flagged, F_GETFD)));
    }

    [Fact]
    public void The_numbers_are_those_of_a_list_that_is_searched_from_its_begin()
    {
        Random random = TestSettings.Random(11);
        string?[] model = new string?[203];
        for (int step = 0; step < TestSettings.Count(20_000, 500_000); step++)
        {
            int fd = random.Next(3, 203), least = random.Next(3, 203);
            int Free(int from) => Array.FindIndex(model, from, static file => file is null);
            switch (random.Next(6))
            {
                case 0 or 1:
                    int opened = _process.OpenNoSocket();
                    Assert.Equal(Free(3), opened);
                    if (opened >= 0) model[opened] = $"file {step}";
                    break;
                case 2:
                    Assert.Equal(model[fd] is null ? -1 : 0, _process.Close(fd));
                    model[fd] = null;
                    break;
                case 3:
                    int expected = model[fd] is null ? -1 : Free(least);
                    Assert.Equal(expected, _process.Fcntl(fd, F_DUPFD, least));
                    if (expected >= 0) model[expected] = model[fd];
                    break;
                case 4:
                    Assert.Equal(model[fd] is null ? -1 : least, _process.Dup2(fd, least));
                    if (model[fd] is not null) model[least] = model[fd];
                    break;
                default:
                    for (int i = 3; i < 203; i += random.Next(1, 60)) Assert.Equal(model[i] is not null, _process.Fcntl(i, F_GETFD) >= 0);
                    if (random.Next(40) == 0)
                        for (int i = 3; i < 203; i++) { _process.Close(i); model[i] = null; }
                    break;
            }
        }
    }

    [Fact]
    public void Threads_that_open_and_close_never_share_a_number()
    {
        int[] users = new int[203];
        int failures = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                int fd = _process.OpenNoSocket();
                if (Interlocked.Increment(ref users[fd]) != 1) Interlocked.Increment(ref failures);
                Interlocked.Decrement(ref users[fd]);
                if (_process.Close(fd) != 0) Interlocked.Increment(ref failures);
            }
        }) { IsBackground = true })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(0, failures);
        Assert.Equal(3, Open());
    }

    [Fact]
    public void What_is_no_socket_swallows_and_is_empty()
    {
        int file = _process.OpenNoSocket();
        Assert.Equal((5, 0), (_process.Write(file, new byte[5], 5), _process.Read(file, new byte[5], 5)));
        Assert.Equal(POLLIN, _process.Poll(file, POLLIN));
    }

    private int Open() => _process.Socket(AF_INET, SOCK_DGRAM, 0);

    private static byte[] To(string endpoint) => SocketAddress.ToOctets(InetEndpoint.Parse(endpoint));
}
