using System.Text;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Facades.Posix.Unix;
using Xunit;

namespace UserNet.Tests.Facades.Posix.Unix;

/// <summary>What a tree has that no process can bring about: faults, mounts, an order of its names.</summary>
public sealed class FileTreeTests : IDisposable
{
    private readonly NetworkStack _stack = new();
    private readonly PosixHost _host;
    private readonly PosixProcess _root;

    public FileTreeTests()
    {
        _host = new PosixHost(_stack);
        _root = _host.Start(Caller.Root);
    }

    public void Dispose()
    {
        _root.Dispose();
        _stack.Dispose();
    }

    [Theory]
    [InlineData(Errno.EIO)]
    [InlineData(Errno.EACCES)]
    public void A_fault_answers_each_call_that_looks_for_the_name(Errno error)
    {
        _root.Mkdir("/disk");
        _root.Symlink("/disk/s", "/link");
        _host.Files.Fail("/disk/s", error);
        Assert.Equal(error, Bind("/disk/s"));
        Assert.Equal(error, Connect("/disk/s"));
        Assert.Equal(error, Connect("/link"));
        Assert.Equal(error, Connect("/disk/s/below"));
        Assert.Equal(error, Told(_root.Mkdir("/disk/s")));
        Assert.Equal(error, Told(_root.Unlink("/disk/s")));
        Assert.Equal(error, Told(_root.Stat("/disk/s", out _)));
        Assert.Equal(Errno.Success, Bind("/disk/other"));
        _host.Files.Mend("/disk/s");
        Assert.Equal(Errno.Success, Bind("/disk/s"));
    }

    [Fact]
    public void A_fault_may_be_that_of_a_few_calls_only()
    {
        _host.Files.Fail("/s", first: 2, count: 2);
        Errno[] told = [.. Enumerable.Range(0, 5).Select(_ => Connect("/s"))];
        Assert.Equal([Errno.ENOENT, Errno.EIO, Errno.EIO, Errno.ENOENT, Errno.ENOENT], told);
    }

    [Fact]
    public void A_node_with_a_fault_is_left_as_it_was()
    {
        Assert.Equal(Errno.Success, Bind("/s"));
        _host.Files.Fail("/s");
        Assert.Equal(Errno.EIO, Bind("/s"));
        Assert.Equal(Errno.EIO, Told(_root.Unlink("/s")));
        _host.Files.Mend("/s");
        Assert.Equal(Errno.Success, Told(_root.Stat("/s", out FileStatus status)));
        Assert.Equal(FileKind.Socket, status.Kind);
    }

    [Fact]
    public void A_file_system_may_be_read_only_from_the_beginning()
    {
        _root.Mkdir("/cd");
        _host.Files.Mount("/cd", isReadOnly: true);
        Assert.Equal(Errno.EROFS, Bind("/cd/s"));
        _host.Files.SetReadOnly("/cd", false);
        Assert.Equal(Errno.Success, Bind("/cd/s"));
    }

    [Fact]
    public void What_can_not_be_mounted_or_fail_is_refused()
    {
        _root.Mkdir("/full");
        _root.Mknod("/full/file");
        Assert.Throws<ArgumentException>(() => _host.Files.Mount("/full"));
        Assert.Throws<ArgumentException>(() => _host.Files.Mount("/full/file"));
        Assert.Throws<ArgumentException>(() => _host.Files.Mount("/none"));
        Assert.Throws<ArgumentException>(() => _host.Files.SetReadOnly("/none", true));
        Assert.Throws<ArgumentException>(() => _host.Files.Fail("/none/s"));
        Assert.Throws<ArgumentException>(() => _host.Files.Fail("/"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _host.Files.Fail("/s", first: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _host.Files.Fail("/s", count: 0));
        Assert.Throws<ArgumentNullException>(() => _host.Files.Fail(null!));
    }

    [Fact]
    public void Names_are_octets_and_come_in_their_order()
    {
        foreach (byte last in (byte[])[0xFF, (byte)'b', 0x01, (byte)'a', 0x80]) Assert.Equal(0, _root.Mknod([(byte)'/', (byte)'x', last]));
        Assert.Equal(0, _root.Mknod("/xü"));
        _root.ReadDirectory("/", out IReadOnlyList<byte[]> names);
        Assert.Equal(["7801", "7861", "7862", "7880", "78C3BC", "78FF"], names.Select(Convert.ToHexString));
    }

    [Fact]
    public void Processes_of_a_host_share_its_files_but_not_where_they_stand()
    {
        using PosixProcess other = _host.Start(Caller.User(1000));
        _root.Mkdir("/d");
        Assert.Equal(0, other.Chdir("/d"));
        Assert.Equal(0x12, other.Umask(0));
        Assert.Equal(0x12, _root.Umask(0x3F));
        Assert.Equal(0, _root.Chmod("d", 0x1FF));
        Assert.Equal(0, other.Mknod("f", 0x1FF));
        Assert.Equal(0, _root.Stat("/d/f", out FileStatus status));
        Assert.Equal((1000u, 0u, 0x1FF), (status.Uid, status.Gid, status.Mode));
        Assert.NotEqual(other.ProcessId, _root.ProcessId);
        Assert.Equal(-1, other.SetGroups([1]));
        Assert.Equal(Errno.EPERM, other.Error);
    }

    [Fact]
    public void Hosts_have_each_a_tree_of_their_own()
    {
        var second = new PosixHost(_stack);
        _root.Mknod("/f");
        using PosixProcess stranger = second.Start(Caller.Root);
        Assert.Equal(-1, stranger.Stat("/f", out _));
        Assert.Equal(Errno.ENOENT, stranger.Error);
    }

    private Errno Bind(string path) => OfSocket(path, (descriptor, address) => _root.Bind(descriptor, address, address.Length));

    private Errno Connect(string path) => OfSocket(path, (descriptor, address) => _root.Connect(descriptor, address, address.Length));

    private Errno OfSocket(string path, Func<int, byte[], int> call)
    {
        int descriptor = _root.Socket(PosixConstants.AF_UNIX, PosixConstants.SOCK_DGRAM, 0);
        try
        {
            return Told(call(descriptor, [1, 0, .. Encoding.UTF8.GetBytes(path), 0]));
        }
        finally
        {
            _root.Close(descriptor);
        }
    }

    private Errno Told(int answer) => answer < 0 ? _root.Error : Errno.Success;
}
