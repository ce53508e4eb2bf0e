using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Two stacks and a bad wire between them: what is written arrives whole, and the ends come to an end.</summary>
public sealed class TcbTransferTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.01, 0, 0)]
    [InlineData(0.1, 0, 0)]
    [InlineData(0.02, 0.1, 0.05)]
    public void What_is_written_arrives_whole_over_a_bad_wire(double loss, double reordering, double duplication)
    {
        var conditions = new LinkConditions
        {
            Loss = loss,
            Reordering = reordering,
            ReorderDelay = TimeSpan.FromMilliseconds(5),
            Duplication = duplication,
            Delay = TimeSpan.FromMilliseconds(20),
        };
        int seeds = TestSettings.Count(5, 100);
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            using var transfer = new Transfer(seed, conditions, 300_000);
            bool isDone = transfer.Run(TimeSpan.FromMinutes(10));
            Assert.True(isDone, $"seed {seed}: {transfer}");
            Assert.Equal(0, transfer.WrongOctets);
        }
    }

    [Fact]
    public void A_dead_wire_ends_in_a_timeout()
    {
        using var transfer = new Transfer(3, new LinkConditions { Delay = TimeSpan.FromMilliseconds(20), Loss = 1 }, 1000);
        transfer.Run(TimeSpan.FromMinutes(30));
        Assert.Equal(Errno.ETIMEDOUT, transfer.SenderError);
    }

    /// <summary>One end writes, the other reads, then both close.</summary>
    private sealed class Transfer : IDisposable
    {
        private readonly VirtualNetwork _lab;
        private readonly NetworkStack _here, _there;
        private readonly End _sender, _receiver;
        private readonly int _octets;

        public Transfer(ulong seed, LinkConditions conditions, int octets)
        {
            _lab = new VirtualNetwork(seed);
            _octets = octets;
            LinkPair cable = _lab.AddCable(new LinkPairOptions { Medium = LinkMedium.Ip });
            _here = Stack("here");
            _there = Stack("there");
            _here.Attach("tun0", _lab.Impair(cable.A, conditions, conditions), new InterfaceOptions { Addresses = ["10.0.0.1/24"] });
            _there.Attach("tun0", cable.B, new InterfaceOptions { Addresses = ["10.0.0.2/24"] });
            NetworkSocket listening = _there.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
            listening.Bind(InetEndpoint.Parse("0.0.0.0:80"));
            listening.Listen();
            _receiver = new End(_there);
            using (_there.Core.Enter())
            {
                var queue = new ListenQueue(_there.Core.Tcp!, listening.Binding, ConnectionOptions.Default) { Backlog = 5 };
                listening.Binding.Owner = queue;
                queue.GiveTo(new Acceptor(queue, _receiver));
            }

            _sender = new End(_here) { ToWrite = octets };
            NetworkSocket socket = _here.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
            using (_here.Core.Enter())
            {
                Assert.True(_here.Core.Connect(socket.Binding, InetEndpoint.Parse("10.0.0.2:80"), ConnectionOptions.Default, out Tcb? tcb).IsGranted);
                socket.Binding.Owner = tcb;
                _sender.Take(tcb!);
            }
        }

        public int WrongOctets => _receiver.Wrong;

        public Errno SenderError => _sender.Tcb!.Error;

        public bool Run(TimeSpan limit) => _lab.RunUntil(
            () => _receiver.Count == _octets && _sender.Tcb!.IsGone is var gone && (gone || _sender.IsClosed) && _receiver.IsClosed, limit);

        public void Dispose()
        {
            _here.Dispose();
            _there.Dispose();
        }

        public override string ToString() =>
            $"{_receiver.Count} of {_octets}; {_sender.Tcb!.State} {_sender.Tcb.Error}, {_receiver.Tcb?.State} {_receiver.Tcb?.Error}; "
            + $"in flight {_sender.Tcb.Snd.InFlight}, unwritten {_sender.ToWrite}, window {_sender.Tcb.Snd.Wnd}, cwnd {_sender.Tcb.Recovery.Window}";

        private NetworkStack Stack(string name) => new(new NetworkStackOptions
        {
            TimeProvider = _lab.Clock,
            Scheduler = _lab.Scheduler,
            Randomness = _lab.Randomness(name),
        });
    }

    private sealed class Acceptor(ListenQueue queue, End end) : ITcpUser
    {
        public void OnNews(TcpNews news)
        {
            if (queue.TryAccept() is { } child) end.Take(child);
        }
    }

    /// <summary>Writes a pattern when there is room, reads and checks it when it comes; closes when it is done.</summary>
    private sealed class End(NetworkStack stack) : ITcpUser
    {
        private readonly byte[] _buffer = new byte[16_384];
        private int _written;

        public Tcb? Tcb { get; private set; }

        public int ToWrite { get; set; }

        public int Count { get; private set; }

        public int Wrong { get; private set; }

        public bool IsClosed { get; private set; }

        public void Take(Tcb tcb)
        {
            Tcb = tcb;
            tcb.GiveTo(this);
            OnNews(TcpNews.Readable);
        }

        public void OnNews(TcpNews news)
        {
            if (IsClosed || Tcb is not { } tcb) return;
            if (tcb.IsGone)
            {
                IsClosed = true;
                return;
            }

            Write(tcb);
            Read(tcb);
        }

        private void Write(Tcb tcb)
        {
            while (ToWrite > 0 && tcb.Room > 0)
            {
                int most = Math.Min(ToWrite, _buffer.Length);
                for (int i = 0; i < most; i++) _buffer[i] = PatternAt(_written + i);
                int taken = tcb.Write(_buffer.AsSpan(0, most));
                _written += taken;
                ToWrite -= taken;
                if (taken < most) return;
            }

            if (_written > 0 && ToWrite == 0) tcb.ShutdownSend();
        }

        private void Read(Tcb tcb)
        {
            while (tcb.Received.Count > 0)
            {
                int read = tcb.Read(_buffer, peek: false);
                for (int i = 0; i < read; i++) Wrong += _buffer[i] == PatternAt(Count + i) ? 0 : 1;
                Count += read;
            }

            if (!tcb.IsReadEnded || IsClosed) return;
            IsClosed = true;
            tcb.Close(stack.Core.Now);
        }

        private static byte PatternAt(int place) => (byte)((place * 2_654_435_761L) >> 13);
    }
}
