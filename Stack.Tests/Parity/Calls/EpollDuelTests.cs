using System.Runtime.InteropServices;
using System.Text;
using UserNet.Addressing;
using UserNet.Facades.Posix;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Parity.Calls;

/// <summary>The running kernel's epoll as the judge of the POSIX face's: random calls, and what both tell of pipes, AF_UNIX and streams, in which order.</summary>
[Collection(nameof(WholeProcess))]
public sealed partial class EpollDuelTests
{
    private const int Sequences = 120, Steps = 60;

    [Fact]
    public void The_kernels_epoll_answers_the_same()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no kernel of Linux to ask.");
        uint seed = TestSettings.IsSeedAsked ? TestSettings.Seed : 5;
        for (int i = 0; i < TestSettings.Count(Sequences, 20_000); i++) Compare(seed + (uint)i);
    }

    private static void Compare(uint seed)
    {
        using var kernel = new KernelSide();
        using var here = new FaceSide();
        IEpollSide[] sides = [kernel, here];
        var log = new StringBuilder();
        foreach (IEpollSide side in sides) side.Open();
        var random = new Random((int)seed);
        for (int step = 0; step < Steps; step++)
        {
            Func<IEpollSide, string> call = Next(random, out string name);
            string expected = call(kernel), actual = call(here);
            log.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{name} = {expected}{(expected == actual ? "" : $"   here {actual}")}");
            if (expected != actual) Assert.Fail($"seed {seed}\n{log}");
        }
    }

    private static Func<IEpollSide, string> Next(Random random, out string name)
    {
        uint[] wishes = [EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLPRI, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLRDNORM];
        int slot = random.Next(IEpollSide.Slots), epoll = random.Next(8) == 0 ? random.Next(IEpollSide.Slots) : random.Next(2), count = random.Next(1, 4);
        switch (random.Next(12))
        {
            case < 4:
                uint events = 0;
                foreach (uint wish in wishes)
                    if (random.Next(wish is EPOLLIN or EPOLLOUT ? 2 : wish == EPOLLEXCLUSIVE ? 12 : 4) == 0) events |= wish;
                int operation = random.Next(20) == 0 ? random.Next(5) : (int[])[1, 1, 3, 2] is var kinds ? kinds[random.Next(4)] : 0;
                name = $"epoll_ctl({epoll}, {operation}, {slot}, 0x{events:x})";
                return side => side.Control(epoll, operation, slot, new EpollEvent(events, (ulong)slot << 32 | 7)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            case < 8:
                name = $"epoll_wait({epoll}, {count})";
                return side => side.Wait(epoll, count);
            case 8 or 9:
                int size = random.Next(6) == 0 ? 60_000 : random.Next(1, 100);
                name = $"write({slot}, {size})";
                return side => side.Write(slot, size);
            case 10:
                int room = random.Next(4) == 0 ? 100_000 : random.Next(1, 50);
                name = $"read({slot}, {room})";
                return side => side.Read(slot, room);
            default:
                bool closes = random.Next(3) == 0;
                int how = random.Next(3);
                name = closes ? $"close({slot})" : $"shutdown({slot}, {how})";
                return closes ? side => side.Close(slot) : side => side.Shutdown(slot, how);
        }
    }

    /// <summary>Two epolls (0, 1), a pipe (2 to be read, 3), two ends of AF_UNIX (4, 5), a listener (6), two ends of a stream (7, 8).</summary>
    private interface IEpollSide
    {
        const int Slots = 9, FirstStream = 7;

        static readonly TimeSpan AckDelay = TimeSpan.FromMilliseconds(60);

        void Open();

        int Control(int epoll, int operation, int slot, EpollEvent wanted);

        string Wait(int epoll, int most);

        string Write(int slot, int size);

        string Read(int slot, int room);

        string Close(int slot);

        string Shutdown(int slot, int how);
    }

    private static string Text(int answer, ReadOnlySpan<EpollEvent> events)
    {
        StringBuilder text = new StringBuilder().Append(answer);
        for (int i = 0; i < answer; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {events[i].Data >> 32}:0x{events[i].Events:x}");
        return text.ToString();
    }

    // How many octets fit is each system's own; whether there is room, and an error, are not.
    private static string Sized(long answer, int wanted) => answer < 0 ? answer.ToString(System.Globalization.CultureInfo.InvariantCulture) : answer == wanted ? "all" : "some";

    private sealed class FaceSide : IEpollSide, IDisposable
    {
        private readonly VirtualNetwork _network = new(1);
        private readonly PosixProcess _process;
        private readonly int[] _slots = new int[IEpollSide.Slots];

        public FaceSide() => _process = new PosixProcess(_network.AddHost("host").Stack);

        public void Open()
        {
            int[] pair = new int[2];
            (_slots[0], _slots[1]) = (_process.EpollCreate1(0), _process.EpollCreate1(0));
            _process.Pipe2(pair, O_NONBLOCK);
            (_slots[2], _slots[3]) = (pair[0], pair[1]);
            _process.SocketPair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
            (_slots[4], _slots[5]) = (pair[0], pair[1]);
            byte[] address = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7000"));
            _slots[6] = _process.Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            _process.Bind(_slots[6], address, address.Length);
            _process.Listen(_slots[6], 5);
            _slots[7] = _process.Socket(AF_INET, SOCK_STREAM, 0);
            Assert.Equal(0, _process.Connect(_slots[7], address, address.Length));
            int none = 0;
            _slots[8] = _process.Accept4(_slots[6], default, ref none, SOCK_NONBLOCK);
            _process.SetNonBlocking(_slots[7], true);
        }

        public int Control(int epoll, int operation, int slot, EpollEvent wanted) => Answer(_process.EpollCtl(_slots[epoll], operation, _slots[slot], wanted));

        public string Wait(int epoll, int most)
        {
            var events = new EpollEvent[4];
            return Text(Answer(_process.EpollWait(_slots[epoll], events, most, 0)), events);
        }

        public string Write(int slot, int size) => Sized(Answer(_process.Write(_slots[slot], new byte[size], size)), size);

        public string Read(int slot, int room) => Sized(Answer(_process.Read(_slots[slot], new byte[room], room)), room);

        public string Close(int slot) => Settled(slot, Answer(_process.Close(_slots[slot])));

        public string Shutdown(int slot, int how) => Settled(slot, Answer(_process.Shutdown(_slots[slot], how)));

        private string Settled(int slot, int answer)
        {
            if (slot >= IEpollSide.FirstStream && answer == 0) _network.RunFor(IEpollSide.AckDelay);
            return answer.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            _process.Dispose();
            _network.Dispose();
        }

        private int Answer(int result) => result >= 0 ? result : -(int)_process.Error;
    }

    private sealed unsafe class KernelSide : IEpollSide, IDisposable
    {
        private const int First = 6000;      // where the runtime opens nothing: a closed one stays closed

        private readonly int[] _slots = new int[IEpollSide.Slots];

        public void Open()
        {
            int* pair = stackalloc int[2];
            (_slots[0], _slots[1]) = (Raise(EpollCreate(0)), Raise(EpollCreate(0)));
            _ = Libc.Pipe(pair, O_NONBLOCK);
            (_slots[2], _slots[3]) = (Raise(pair[0]), Raise(pair[1]));
            _ = Libc.SocketPair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
            (_slots[4], _slots[5]) = (Raise(pair[0]), Raise(pair[1]));
            byte[] address = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:0"));
            int length = address.Length;
            fixed (byte* octets = address)
            {
                _slots[6] = Raise(Libc.Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
                _ = Libc.Bind(_slots[6], octets, length);
                _ = Libc.Listen(_slots[6], 5);
                _ = Libc.GetSockName(_slots[6], octets, &length);
                _slots[7] = Raise(Libc.Socket(AF_INET, SOCK_STREAM, 0));
                Assert.Equal(0, Libc.Connect(_slots[7], octets, length));
                _slots[8] = Raise(Libc.Accept4(_slots[6], null, null, SOCK_NONBLOCK));
                _ = Libc.Fcntl(_slots[7], F_SETFL, O_NONBLOCK);
            }
        }

        public int Control(int epoll, int operation, int slot, EpollEvent wanted) => (int)Answer(EpollControl(_slots[epoll], operation, _slots[slot], &wanted));

        public string Wait(int epoll, int most)
        {
            var events = new EpollEvent[4];
            fixed (EpollEvent* first = events) return Text((int)Answer(EpollWait(_slots[epoll], first, most, 0)), events);
        }

        public string Write(int slot, int size)
        {
            fixed (byte* octets = new byte[size]) return Sized(Answer(Libc.Write(_slots[slot], octets, size)), size);
        }

        public string Read(int slot, int room)
        {
            fixed (byte* octets = new byte[room]) return Sized(Answer(Libc.Read(_slots[slot], octets, room)), room);
        }

        public string Close(int slot) => Settled(slot, Answer(Libc.Close(_slots[slot])));

        public string Shutdown(int slot, int how) => Settled(slot, Answer(Libc.Shutdown(_slots[slot], how)));

        // The acknowledgment of an end is news to who waits, and may be late.
        private static string Settled(int slot, long answer)
        {
            if (slot >= IEpollSide.FirstStream && answer == 0) Thread.Sleep(IEpollSide.AckDelay);
            return answer.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        public void Dispose() => _ = Libc.CloseRange(First, First + 64, 0);

        private static int Raise(int descriptor)
        {
            int raised = Libc.Fcntl(descriptor, Libc.DuplicateFdCloseOnExec, First);
            _ = Libc.Close(descriptor);
            return raised;
        }

        private static long Answer(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int EpollControl(int epoll, int operation, int descriptor, EpollEvent* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int EpollWait(int epoll, EpollEvent* events, int most, int milliseconds);
}
