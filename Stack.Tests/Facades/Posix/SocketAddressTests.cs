using UserNet.Addressing;
using UserNet.Facades.Posix;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Addresses octet by octet.</summary>
public sealed class SocketAddressTests : IDisposable
{
    private readonly NetworkStack _stack = new();
    private readonly PosixProcess _process;

    public SocketAddressTests() => _process = new PosixProcess(_stack);

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    /// <summary>Family in the machine's order, port and address in the network's, the scope id in the machine's.</summary>
    [Theory]
    [InlineData("127.0.0.1:8080", "0200 1F90 7F000001 0000000000000000")]
    [InlineData("192.0.2.255:1", "0200 0001 C00002FF 0000000000000000")]
    [InlineData("[::]:0", "0A00 0000 00000000 00000000000000000000000000000000 00000000")]
    [InlineData("[fe80::1234%3]:443", "0A00 01BB 00000000 FE800000000000000000000000001234 03000000")]
    [InlineData("[::ffff:10.0.0.1]:53", "0A00 0035 00000000 00000000000000000000FFFF0A000001 00000000")]
    public void An_address_is_laid_out_as_in_C(string text, string octets)
    {
        InetEndpoint endpoint = InetEndpoint.Parse(text);
        byte[] expected = Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, SocketAddress.ToOctets(endpoint));
        byte[] storage = new byte[130];
        Array.Fill(storage, (byte)7);
        Assert.Equal(expected.Length, SocketAddress.WriteStorage(endpoint, storage));
        Assert.Equal([.. expected, .. new byte[128 - expected.Length], 7, 7], storage);
        Assert.True(SocketAddress.TryRead(storage, out InetEndpoint read));
        Assert.Equal(endpoint, read);
        Assert.True(SocketAddress.TryRead(expected, out read));
        Assert.Equal(endpoint, read);
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketAddress.WriteStorage(endpoint, new byte[127]));
    }

    [Fact]
    public void What_is_cut_off_or_of_another_family_is_not_read()
    {
        byte[] v4 = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:1")), v6 = SocketAddress.ToOctets(InetEndpoint.Parse("[::1%5]:1"));
        for (int length = 0; length < 16; length++) Assert.False(SocketAddress.TryRead(v4.AsSpan(0, length), out _));
        for (int length = 0; length < 24; length++) Assert.False(SocketAddress.TryRead(v6.AsSpan(0, length), out _));
        Assert.True(SocketAddress.TryRead(v6.AsSpan(0, 24), out InetEndpoint endpoint));
        Assert.Equal(0u, endpoint.ScopeId);
        v4[0] = AF_UNIX;
        Assert.False(SocketAddress.TryRead(v4, out _));
    }

    /// <summary>As much as fits is written, nothing beyond, and the length is that of the whole.</summary>
    [Theory]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void A_name_is_cut_off_where_there_is_no_room(int domain)
    {
        int fd = _process.Socket(domain, SOCK_DGRAM, 0);
        byte[] whole = SocketAddress.ToOctets(InetEndpoint.Parse(domain == AF_INET ? "127.0.0.1:7000" : "[::1]:7000"));
        Assert.Equal(0, _process.Bind(fd, whole, whole.Length));
        for (int room = 0; room <= 40; room++)
        {
            byte[] name = new byte[41];
            Array.Fill(name, (byte)7);
            int length = room;
            Assert.Equal(0, _process.GetSockName(fd, name, ref length));
            Assert.Equal(whole.Length, length);
            int written = Math.Min(room, whole.Length);
            Assert.Equal([.. whole[..written], .. Enumerable.Repeat((byte)7, 41 - written)], name);
        }
    }

    [Fact]
    public void Bind_takes_a_whole_sockaddr_storage()
    {
        byte[] storage = new byte[128];
        SocketAddress.WriteStorage(InetEndpoint.Parse("127.0.0.1:7000"), storage);
        int fd = _process.Socket(AF_INET, SOCK_STREAM, 0), length = 128;
        Assert.Equal(0, _process.Bind(fd, storage, 128));
        byte[] name = new byte[128];
        Assert.Equal(0, _process.GetSockName(fd, name, ref length));
        Assert.Equal((16, "02001B587F0000010000000000000000"), (length, Convert.ToHexString(name, 0, 16)));
    }
}
