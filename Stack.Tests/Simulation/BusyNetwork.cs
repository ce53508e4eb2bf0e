using System.Net.Sockets;
using System.Threading.Channels;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Tests.Simulation;

/// <summary>
/// A network in which as much goes on as may be: three hosts on a switch, a router, two hosts behind it, bad wires, wrong clocks, streams,
/// datagrams and pings, a host that is paused and crashes, a wire that is cut; and programs that wait in all the ways there are.
/// </summary>
internal sealed class BusyNetwork
{
    public static readonly LinkConditions Bad = new()
    {
        Loss = 0.02,
        Duplication = 0.02,
        Corruption = 0.01,
        Reordering = 0.05,
        ReorderDelay = TimeSpan.FromMilliseconds(3),
        Delay = TimeSpan.FromMilliseconds(1),
        Jitter = TimeSpan.FromMilliseconds(2),
        BitsPerSecond = 20_000_000,
        QueueLimit = 20_000,
    };

    private readonly VirtualNetwork _network;
    private readonly VirtualHost _anna, _bert, _cleo, _dora, _emil;
    private readonly RandomBuffer _chance;
    private readonly Channel<int> _orders = Channel.CreateUnbounded<int>();
    private TaskCompletionSource _answered = new();

    private BusyNetwork(VirtualNetwork network)
    {
        _network = network;
        _chance = new RandomBuffer(network.Randomness("the programs"));
        LinkSwitch center = network.AddSwitch("center");
        VirtualHost router = network.AddRouter("router");
        _anna = network.AddHost("anna");
        _bert = network.AddHost("bert", new VirtualHostOptions { ClockSkew = 300, ClockOffset = TimeSpan.FromHours(-3) });
        _cleo = network.AddHost("cleo");
        _dora = network.AddHost("dora", new VirtualHostOptions { ClockSkew = -5000 });
        _emil = network.AddHost("emil");
        var wire = new VirtualLinkOptions { There = Bad };
        VirtualHost[] near = [_anna, _bert, _cleo];
        for (int i = 0; i < near.Length; i++) network.Connect(near[i], $"10.0.1.{i + 2}/24", center, wire);
        network.Connect(router, "10.0.1.1/24", center, wire);
        network.Connect(router, "10.0.2.1/24", _dora, "10.0.2.2/24", wire);
        network.Connect(router, "10.0.3.1/24", _emil, "10.0.3.2/24", wire with { Back = Bad with { Loss = 0.1 } });
        foreach (VirtualHost host in near) host.AddRoute("0.0.0.0/0", "10.0.1.1");
        _dora.AddRoute("0.0.0.0/0", "10.0.2.1");
        _emil.AddRoute("0.0.0.0/0", "10.0.3.1");
    }

    /// <summary>Builds it in an empty network and lets it run.</summary>
    public static void Run(VirtualNetwork network) => Run(network, TimeSpan.FromSeconds(6));

    /// <inheritdoc cref="Run(VirtualNetwork)"/>
    public static void Run(VirtualNetwork network, TimeSpan time)
    {
        var busy = new BusyNetwork(network);
        busy.StartPrograms();
        busy.PlanFaults();
        network.RunFor(time);
    }

    private void StartPrograms()
    {
        _dora.OnBoot(EchoStreamsAsync, "echo");
        _emil.OnBoot(EchoDatagramsAsync, "echo");
        _anna.Start(AskByStreamAsync);
        _bert.Start(AskByDatagramAsync);
        _cleo.Start(PingAsync);
        _cleo.Start(GiveOrdersAsync);
        _network.Start(WaitForAnswersAsync);
    }

    private void PlanFaults()
    {
        At(1.2, _dora.Pause);
        At(1.9, _dora.Resume);
        At(3.0, _dora.Crash);
        At(3.4, _dora.Restart);
        At(4.0, _network.Link("router-emil").Cut);
        At(4.3, _network.Link("router-emil").Heal);
        At(4.5, () => _network.Link("anna-center").There = Bad with { Loss = 0.2, Jitter = TimeSpan.FromMilliseconds(9) });
        At(5.0, () => _bert.Clock.Skew = -1000);

        void At(double seconds, Action action) => _network.At(TimeSpan.FromSeconds(seconds), action);
    }

    private static async Task EchoStreamsAsync(VirtualHost host)
    {
        UserNet.Sockets.TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:7"));
        while (true)
        {
            TcpConnection connection = await listener.AcceptAsync();
            _ = ServeAsync(connection);
        }

        static async Task ServeAsync(TcpConnection connection)
        {
            try
            {
                await using Stream stream = connection.AsStream();
                byte[] buffer = new byte[2000];
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
                    await stream.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
            catch (IOException)
            {
            }
        }
    }

    private static async Task EchoDatagramsAsync(VirtualHost host)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse("0.0.0.0:7"));
        byte[] buffer = new byte[5000];
        while (true)
        {
            DatagramInfo question = await socket.ReceiveFromAsync(buffer);
            await Task.Yield();
            socket.TrySendTo(buffer.AsSpan(0, question.Length), question.Source);
        }
    }

    private async Task AskByStreamAsync(VirtualHost host)
    {
        byte[] question = new byte[20_000], answer = new byte[20_000];
        while (true)
        {
            int length = 1 + (int)_chance.Below((uint)question.Length);
            question.AsSpan(0, length).Fill((byte)_chance.Below(256));
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(900), host.Clock);
                TcpConnection connection = await host.Stack.ConnectAsync(InetEndpoint.Parse("10.0.2.2:7"), patience.Token).ConfigureAwait(false);
                await using Stream stream = connection.AsStream();
                Task write = stream.WriteAsync(question.AsMemory(0, length), patience.Token).AsTask();
                await stream.ReadExactlyAsync(answer.AsMemory(0, length), patience.Token).ConfigureAwait(false);
                await write;
                _network.Note("anna", $"{length} octets came back, {(question.AsSpan(0, length).SequenceEqual(answer.AsSpan(0, length)) ? "the same" : "others")}");
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                _network.Note("anna", exception.GetType().Name);
            }

            _orders.Writer.TryWrite(length);
            await Task.Delay(TimeSpan.FromMilliseconds(1 + _chance.Below(30)), host.Clock);
        }
    }

    private async Task AskByDatagramAsync(VirtualHost host)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        byte[] buffer = new byte[5000];
        while (true)
        {
            await socket.SendToAsync(buffer.AsMemory(0, (int)_chance.Below(4000)), InetEndpoint.Parse("10.0.3.2:7")).ConfigureAwait(false);
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50), host.Clock);
                DatagramInfo answer = await socket.ReceiveFromAsync(buffer, cancellationToken: patience.Token).ConfigureAwait(false);
                _network.Note("bert", $"{answer.Length} octets from {answer.Source} at {host.Clock.GetUtcNow():O}");
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                _network.Note("bert", exception.GetType().Name);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), host.Clock);
        }
    }

    private async Task PingAsync(VirtualHost host)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp);
        byte[] echo = new byte[64], answer = new byte[2000];
        echo[0] = 8;
        while (true)
        {
            int order = await _orders.Reader.ReadAsync();
            echo[8] = (byte)order;
            socket.TrySendTo(echo, InetEndpoint.Parse(order % 2 == 0 ? "10.0.2.2:0" : "10.0.1.2:0"));
            using var enough = new CancellationTokenSource();
            Task<int> received = socket.ReceiveAsync(answer, enough.Token).AsTask();
            if (await Task.WhenAny(received, Task.Delay(TimeSpan.FromMilliseconds(40), host.Clock)) != received)
            {
                enough.Cancel();      // CancelAsync would do it on the pool
                continue;
            }

            TaskCompletionSource answered = _answered;
            _answered = new TaskCompletionSource();
            answered.SetResult();
        }
    }

    private async Task GiveOrdersAsync(VirtualHost host)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25), host.Clock);
        for (int i = 0; await timer.WaitForNextTickAsync(); i++) await _orders.Writer.WriteAsync(i);
    }

    private async Task WaitForAnswersAsync()
    {
        for (int i = 1; ; i++)
        {
            await _answered.Task;
            _network.Note("the network", $"ping {i} was answered");
        }
    }
}
