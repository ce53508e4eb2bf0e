using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>An hour of a wire that loses nearly a third both ways: streams and datagrams, and the same run once more.</summary>
public class HourOfLossTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly LinkConditions Wire = new() { Loss = 0.3, Delay = TimeSpan.FromMilliseconds(5), BitsPerSecond = 10_000_000 };

    private int _echoes, _answers, _broken;

    private protected virtual IpFamily Family => IpFamily.V4;

    [Fact]
    public void An_hour_at_thirty_percent_loss_has_the_same_digest_twice()
    {
        string digest = Repeat.Twice(30, Run);
        output.WriteLine($"{_echoes} echoes by streams, {_broken} broken, {_answers} datagrams answered, digest {digest}");
        Assert.InRange(_answers, 1200, 2400);      // 0.7 of 0.7 of the 3600, and those the hosts did not find each other for
        Assert.True(_echoes > 300, $"{_echoes} echoes");
    }

    private void Run(VirtualNetwork network)
    {
        (_echoes, _answers, _broken) = (0, 0, 0);
        VirtualHost client = network.AddHost("client"), server = network.AddHost("server");
        network.Connect(client, Family.Prefix(1), server, Family.Prefix(2), new VirtualLinkOptions { There = Wire });
        server.OnBoot(EchoStreamsAsync, "streams");
        server.OnBoot(EchoDatagramsAsync, "datagrams");
        client.Start(AskByStreamAsync);
        client.Start(AskByDatagramAsync);
        network.RunFor(Hour);
    }

    private async Task EchoStreamsAsync(VirtualHost host)
    {
        using UserNet.Sockets.TcpListener listener = host.Stack.Listen(new InetEndpoint(Family.Any, 7));
        while (true) _ = ServeAsync(await listener.AcceptAsync());

        static async Task ServeAsync(TcpConnection connection)
        {
            try
            {
                await using Stream stream = connection.AsStream();
                byte[] buffer = new byte[4000];
                while (await stream.ReadAsync(buffer) is var count and > 0) await stream.WriteAsync(buffer.AsMemory(0, count));
            }
            catch (IOException)
            {
                // The client gave up.
            }
        }
    }

    private async Task EchoDatagramsAsync(VirtualHost host)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        socket.Bind(new InetEndpoint(Family.Any, 7));
        byte[] buffer = new byte[2000];
        while (true)
        {
            DatagramInfo question = await socket.ReceiveFromAsync(buffer);
            socket.TrySendTo(buffer.AsSpan(0, question.Length), question.Source);
        }
    }

    /// <summary>Connection after connection: each carries some thousand octets there and back.</summary>
    private async Task AskByStreamAsync(VirtualHost host)
    {
        byte[] question = new byte[8000], answer = new byte[8000];
        for (int i = 0; ; i++)
        {
            question.AsSpan().Fill((byte)i);
            try
            {
                TcpConnection connection = await host.Stack.ConnectAsync(new InetEndpoint(Family.B, 7));
                await using Stream stream = connection.AsStream();
                await stream.WriteAsync(question);
                await stream.ReadExactlyAsync(answer);
                Assert.True(answer.AsSpan().SequenceEqual(question));
                _echoes++;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                _broken++;
                await Task.Delay(TimeSpan.FromSeconds(1), host.Clock);
            }
        }
    }

    private async Task AskByDatagramAsync(VirtualHost host)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        socket.Connect(new InetEndpoint(Family.B, 7));
        byte[] buffer = new byte[2000];
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), host.Clock);
        for (int i = 0; await timer.WaitForNextTickAsync(); i++)
        {
            while (socket.TryReceiveFrom(buffer, out _).Octets > 0) _answers++;
            socket.TrySend(buffer.AsSpan(0, 1 + (i % 1200)));
        }
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class HourOfLossV6Tests(ITestOutputHelper output) : HourOfLossTests(output)
{
    private protected override IpFamily Family => IpFamily.V6;
}
