using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Wire;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Bench.Lab;

/// <summary>What the programs of all hosts did.</summary>
internal sealed class ErrandCounts
{
    public long Pings { get; set; }

    public long Echoes { get; set; }

    public long Requests { get; set; }

    public long Answers { get; set; }

    public long Failures { get; set; }
}

/// <summary>The programs of a host in a big network: it answers requests, pings others, and asks others, each in turn.</summary>
/// <param name="counts">Where they count.</param>
/// <param name="others">Whom the host may ask.</param>
/// <param name="pause">How long it waits from one ping to the next.</param>
/// <param name="pingsToRequest">How many pings come before a request.</param>
/// <param name="seed">Where its choices come from.</param>
internal sealed class Errands(ErrandCounts counts, IReadOnlyList<InetAddress> others, TimeSpan pause, int pingsToRequest, ulong seed)
{
    private const ushort Port = 80;
    private const int QuestionSize = 200, AnswerSize = 10_000;

    public void StartOn(VirtualHost host)
    {
        host.OnBoot(ServeAsync, "server");
        host.OnBoot(AskAsync, "client");
    }

    private async Task ServeAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(new InetEndpoint(InetAddress.AnyV4, Port));
        while (true) _ = AnswerAsync(await listener.AcceptAsync());
    }

    private static async Task AnswerAsync(TcpConnection connection)
    {
        byte[] answer = new byte[AnswerSize];
        try
        {
            await using Stream stream = connection.AsStream();
            await stream.ReadExactlyAsync(answer.AsMemory(0, QuestionSize));
            await stream.WriteAsync(answer);
        }
        catch (IOException)
        {
            // The client gave up.
        }
    }

    private async Task AskAsync(VirtualHost host)
    {
        var chance = new SeededRandom(seed);
        using NetworkSocket ping = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp);
        ping.Bind(new InetEndpoint(InetAddress.AnyV4, 0));
        _ = HearAsync(ping);
        byte[] echo = new byte[64];
        echo[0] = (byte)Icmpv4Type.EchoRequest;
        await Task.Delay(pause * (chance.NextUInt64() % 1000 / 1000.0), host.Clock);
        for (ushort number = 1; ; number++)
        {
            InetAddress other = others[(int)(chance.NextUInt64() % (ulong)others.Count)];
            BinaryPrimitives.WriteUInt16BigEndian(echo.AsSpan(6), number);
            counts.Pings++;
            ping.TrySendTo(echo, new InetEndpoint(other, 0));
            if (number % pingsToRequest == 0) await RequestAsync(host, other);
            await Task.Delay(pause, host.Clock);
        }
    }

    private async Task HearAsync(NetworkSocket ping)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            await ping.ReceiveFromAsync(buffer);
            counts.Echoes++;
        }
    }

    private async Task RequestAsync(VirtualHost host, InetAddress other)
    {
        byte[] octets = new byte[AnswerSize];
        counts.Requests++;
        try
        {
            TcpConnection connection = await host.Stack.ConnectAsync(new InetEndpoint(other, Port));
            await using Stream stream = connection.AsStream();
            await stream.WriteAsync(octets.AsMemory(0, QuestionSize));
            await stream.ReadExactlyAsync(octets);
            counts.Answers++;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            counts.Failures++;
        }
    }
}
