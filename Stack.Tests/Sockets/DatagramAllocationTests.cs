using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>What a datagram allocates once all is warm: nothing, or what its form can't do without.</summary>
/// <remarks>Alone, since a collection that others cause empties the shared pool that large datagrams borrow from.</remarks>
[Collection(nameof(WholeProcess))]
public class DatagramAllocationTests : IDisposable
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private const int Datagrams = 100_000;

    private readonly StepScheduler _scheduler = new();
    private readonly NetworkStack _stack;
    private readonly NetworkSocket _client, _server;
    private readonly byte[] _request = new byte[64], _buffer = new byte[2048];

    public DatagramAllocationTests()
    {
        _stack = DatagramRig.Stack(o => o.Options = o.Options with { Scheduler = _scheduler });
        (_client, _server) = (_stack.Bound(Family), _stack.Bound(Family));
    }

    public void Dispose()
    {
        _stack.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Echoes_by_InetEndpoint_allocate_nothing()
    {
        InetEndpoint server = _server.LocalName;
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < Datagrams; i++)
            {
                _client.TrySendTo(_request, server);
                TransferResult received = _server.TryReceiveFrom(_buffer, out DatagramInfo info);
                _server.TrySendTo(_buffer.AsSpan(0, received.Octets), info.Source);
                if (_client.TryReceiveFrom(_buffer, out _).Octets != _request.Length) throw new InvalidOperationException();
            }
        }));
    }

    [Fact]
    public void Echoes_of_large_and_small_datagrams_allocate_nothing()
    {
        InetEndpoint server = _server.LocalName;
        byte[] large = new byte[65_507], buffer = new byte[65_507];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                _client.SendTo(large.AsSpan(0, i * 7919 % 65_508), server);
                int received = _server.ReceiveFrom(buffer, out InetEndpoint from);
                _server.SendTo(buffer.AsSpan(0, received), from);
                _client.Receive(buffer);
            }
        }));
    }

    [Fact]
    public void Raw_delivery_to_three_sockets_allocates_nothing()
    {
        NetworkSocket[] raw = [Raw(), Raw(), Raw()];
        InetEndpoint home = new(Family.Loopback, 0);
        int header = Family.IsV6 ? 0 : 20;      // raw IPv6 sockets get none, RFC 3542 §3
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                raw[0].TrySendTo(_request, home);
                foreach (NetworkSocket socket in raw)
                    if (socket.TryReceiveFrom(_buffer, out _).Octets != _request.Length + header) throw new InvalidOperationException();
            }
        }));

        NetworkSocket Raw() => _stack.CreateSocket(Family.Sockets, SocketType.Raw, (ProtocolType)253);
    }

    [Fact]
    public void Errors_that_are_queued_and_read_allocate_nothing()
    {
        _client.ReceivesErrors = true;
        InetEndpoint nobody = new(Family.Loopback, 9);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                _client.TrySendTo(_request, nobody);
                if (_client.TryReceiveError(_buffer, out _).Octets != _request.Length) throw new InvalidOperationException();
            }
        }));
    }

    [Fact]
    public void Echoes_by_SocketAddress_allocate_nothing()
    {
        SocketAddress server = _server.LocalEndPoint!.Serialize(), from = new(Family.Sockets);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < Datagrams; i++)
            {
                _client.SendTo(_request, SocketFlags.None, server);
                int received = _server.ReceiveFrom(_buffer, SocketFlags.None, from);
                _server.SendTo(_buffer.AsSpan(0, received), SocketFlags.None, from);
                _client.ReceiveFrom(_buffer, SocketFlags.None, from);
            }
        }));
        Assert.Equal(_server.LocalEndPoint, new IPEndPoint(Family.Any.ToIPAddress(), 0).Create(from));
    }

    [Fact]
    public void Echoes_by_IPEndPoint_allocate_that_and_nothing_else()
    {
        IPEndPoint server = _server.LocalEndPoint!;
        const int Some = 1000;
        long one = Allocation.Of(() => _server.LocalName.ToIPEndPoint());
        EndPoint known = _client.LocalEndPoint!, any = new IPEndPoint(Family.Any.ToIPAddress(), 0);
        Assert.Equal(Some * one, Allocation.Of(() =>
        {
            for (int i = 0; i < Some; i++)
            {
                _client.SendTo(_request, server);
                EndPoint from = any;
                _server.ReceiveFrom(_buffer, ref from);
            }
        }));
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < Some; i++)
            {
                _client.SendTo(_request, server);
                _server.ReceiveFrom(_buffer, ref known);      // the sender is who it was before
            }
        }));
    }

    [Fact]
    public void An_asynchronous_receive_that_waits_allocates_nothing()
    {
        InetEndpoint server = _server.LocalName;
        int received = 0;
        Serve();
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < Datagrams; i++)
            {
                _client.TrySendTo(_request, server);
                _scheduler.RunUntilIdle();
            }
        }));
        Assert.True(received >= Datagrams);
        Assert.Equal(0, _server.Available);

        async void Serve()
        {
            while (true)
            {
                try
                {
                    await _server.ReceiveFromAsync(_buffer.AsMemory());
                    received++;
                }
                catch (SocketException)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public void A_socket_that_is_not_used_holds_no_queue()
    {
        using NetworkSocket socket = _stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        socket.Bind(new InetEndpoint(Family.Loopback, 0));
        Assert.Equal(0, socket.Available + socket.Drops);
        Assert.Null(typeof(NetworkSocket).GetField("_channel", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(socket));
    }
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class DatagramAllocationV6Tests : DatagramAllocationTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
