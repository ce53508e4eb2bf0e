using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>
/// Whole hosts in a lab: on the same seed the captures of two runs are the same octets, and users' code runs in the same order.
/// </summary>
public sealed class StacksInLabTests
{
    private const int Hosts = 5;

    [Fact]
    public void The_same_seed_gives_the_same_capture_and_the_same_order_of_user_code()
    {
        Run first = new(42), again = new(42), other = new(43);
        Assert.True(first.Capture.Length > 500_000, $"{first.Capture.Length} octets were captured.");
        Assert.True(first.Said.Count > 500, $"{first.Said.Count} things happened to users.");
        Assert.True(first.Capture.AsSpan().SequenceEqual(again.Capture), "Captures differ.");
        Assert.Equal(first.Said, again.Said);
        Assert.Equal(first.Statistics, again.Statistics);
        Assert.False(first.Capture.AsSpan().SequenceEqual(other.Capture), "Another seed makes no difference.");
        Assert.NotEqual(first.Said, other.Said);
    }

    [Fact]
    public void The_run_sees_all_that_could_make_a_difference()
    {
        Run run = new(42);
        Assert.Contains(run.Said, static line => line.Contains("ConnectionRefused", StringComparison.Ordinal));
        foreach (string counted in (string[])
            ["reassembled", "fragmented", "out unreachable", "out requests", "out reports", "dropped: bad checksum", "dropped: fragment duplicate"])
        {
            Assert.Contains(counted, run.Statistics, StringComparison.Ordinal);
        }
    }

    /// <summary>Hosts on a switch, over wires that lose, repeat, delay and damage; each echoes, and asks others at random times.</summary>
    private sealed class Run
    {
        private static readonly LinkConditions Bad = new()
        {
            Loss = 0.02,
            Duplication = 0.05,
            Corruption = 0.01,
            Reordering = 0.1,
            ReorderDelay = TimeSpan.FromMilliseconds(20),
            Delay = TimeSpan.FromMilliseconds(2),
            Jitter = TimeSpan.FromMilliseconds(4),
        };

        private readonly VirtualNetwork _lab;
        private readonly Random _chance;

        public Run(ulong seed)
        {
            _lab = new VirtualNetwork(seed);
            _chance = new Random((int)seed);
            using MemoryStream file = new();
            List<NetworkStack> stacks = [];
            using (PcapngWriter writer = new(file, leaveOpen: true))
            {
                LinkSwitch center = _lab.AddSwitch();
                for (int i = 1; i <= Hosts; i++) stacks.Add(Open(i, new CapturingLink(_lab.Impair(center.AddPort(), Bad), writer, $"host {i}", _lab.Clock)));
                _lab.RunFor(TimeSpan.FromSeconds(60));
                Statistics = string.Concat(stacks.Select(static stack => stack.Statistics.ToString()));
                foreach (NetworkStack stack in stacks) stack.Dispose();
                _lab.Run();
            }

            Capture = file.ToArray();
        }

        public byte[] Capture { get; }

        public List<string> Said { get; } = [];

        public string Statistics { get; }

        private NetworkStack Open(int number, ILink link)
        {
            NetworkStack stack = new(new NetworkStackOptions
            {
                TimeProvider = _lab.Clock,
                Scheduler = _lab.Scheduler,
                Randomness = _lab.Randomness($"host {number}"),
            });
            StackInterface eth0 = stack.Attach("eth0", link, new InterfaceOptions { Addresses = [$"192.0.2.{number}/24"] });
            NetworkSocket server = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            server.Bind(InetEndpoint.Parse("0.0.0.0:7"));
            server.JoinGroup(InetAddress.Parse($"239.1.2.{number & 1}"), eth0.Index);
            _ = EchoAsync(number, server);
            NetworkSocket client = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            _ = HearAsync(number, client);
            Ask(stack, number, client);
            return stack;
        }

        private async Task EchoAsync(int number, NetworkSocket socket)
        {
            byte[] buffer = new byte[65_536];
            while (await ReceiveAsync(number, "server", socket, buffer).ConfigureAwait(false) is { } question)
                socket.TrySendTo(buffer.AsSpan(0, question.Length), question.Source);
        }

        private async Task HearAsync(int number, NetworkSocket socket)
        {
            byte[] buffer = new byte[65_536];
            while (await ReceiveAsync(number, "client", socket, buffer).ConfigureAwait(false) is not null) { }
        }

        private async Task<DatagramInfo?> ReceiveAsync(int number, string who, NetworkSocket socket, byte[] buffer)
        {
            while (true)
            {
                try
                {
                    DatagramInfo info = await socket.ReceiveFromAsync(buffer).ConfigureAwait(false);
                    Say($"{number} {who}: {info.Length} from {info.Source}");
                    return info;
                }
                catch (SocketException e) when (e.SocketErrorCode is not (SocketError.OperationAborted or SocketError.Interrupted))
                {
                    Say($"{number} {who}: {e.SocketErrorCode}");
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException)
                {
                    return null;
                }
            }
        }

        /// <summary>Asks another host, a group, a port that nobody has or a host that is not there, and later again.</summary>
        private void Ask(NetworkStack stack, int number, NetworkSocket client)
        {
            _lab.Clock.CreateTimer(_ => Next(), null, TimeSpan.FromMilliseconds(_chance.Next(1000)), Timeout.InfiniteTimeSpan);

            void Next()
            {
                string to = _chance.Next(10) switch
                {
                    0 => $"239.1.2.{_chance.Next(2)}:7",
                    1 => "192.0.2.77:7",
                    _ => $"192.0.2.{_chance.Next(1, Hosts + 1)}:7",
                };
                byte[] octets = new byte[_chance.Next(4) == 0 ? _chance.Next(5000) : _chance.Next(100)];
                _chance.NextBytes(octets);
                TransferResult sent = client.TrySendTo(octets, InetEndpoint.Parse(to));
                if (!sent.IsDone) Say($"{number} sends to {to}: {sent.Errno}");
                if (_chance.Next(10) == 0) _ = RefusedAsync(stack, number);
                Ask(stack, number, client);
            }
        }

        private async Task RefusedAsync(NetworkStack stack, int number)
        {
            using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Connect(InetEndpoint.Parse($"192.0.2.{(number % Hosts) + 1}:{_chance.Next(8, 1024)}"));
            socket.TrySend([1]);
            Say($"{number} asks from {socket.LocalEndPoint}");
            try
            {
                await socket.ReceiveAsync(new byte[1]).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                Say($"{number} was told {e.SocketErrorCode}");
            }
            catch (ObjectDisposedException)
            {
                // The host went before an answer came.
            }
        }

        private void Say(string what) => Said.Add($"{_lab.Clock.Now.SinceStart.TotalMilliseconds} {what}");
    }
}
