using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Streams over a wire that does nothing to them: nothing is sent twice, and they fill the wire.</summary>
public class CleanWireTests(ITestOutputHelper output)
{
    private protected virtual IpFamily Family => IpFamily.V4;

    public static TheoryData<long, int, bool, bool, bool> Wires()
    {
        var wires = new TheoryData<long, int, bool, bool, bool>();
        foreach (long rate in (long[])[1_000_000, 10_000_000, 100_000_000])
        {
            foreach (int roundTrip in (int[])[1, 20, 100])
            {
                wires.Add(rate, roundTrip, true, false, false);
                wires.Add(rate, roundTrip, true, false, true);
                wires.Add(rate, roundTrip, roundTrip == 20, true, rate > 1_000_000);
                wires.Add(rate, roundTrip, false, false, true);
                wires.Add(rate, roundTrip, false, false, false);
            }
        }

        return wires;
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void In_bulk_nothing_is_sent_twice_and_no_acknowledgment_is_a_duplicate(
        long rate, int roundTrip, bool isLinux, bool takesBursts, bool bothWays)
    {
        Watch watchA = new(Family, isLinux), watchB = new(Family, isLinux);
        var host = new HostPlan { Profile = isLinux ? TcpProfile.Linux : TcpProfile.FreeBsd, TakesBursts = takesBursts };
        LinkConditions wire = Wire(rate, roundTrip);
        using var hosts = new TwoHosts(1, wire, wire, host, host, tap: (link, name, lab) => new WatchedLink(link, lab, (name == "a" ? watchA : watchB).See), family: Family);
        long size = Math.Clamp(rate / 8 * 4, 200_000, 20_000_000);
        (StreamEnd a, StreamEnd b) = hosts.Connect(
            new StreamPlan { Sends = size, Expects = bothWays ? size : 0 },
            // FreeBSD's buffer for what comes grows by header prediction alone, which is for connections that are established: who has ended
            // sending has 64 KB for the rest. So the reader ends last.
            new StreamPlan { Sends = bothWays ? size : 0, Expects = size, AnswersLast = !isLinux && !bothWays }, 1);
        Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromMinutes(10)), $"{a}; {b}");
        TimeSpan time = hosts.Lab.Clock.Now.SinceStart;
        Assert.True(a.IsWhole && b.IsWhole, $"{a}; {b}");
        output.WriteLine($"{rate / 1e6} Mbit/s, {roundTrip} ms: {size * 8 / time.TotalSeconds / rate:P1} of the rate each way, {time}");
        // Where data goes both ways and fills a slow wire, ACKs wait behind it: each time the window grows by half, the round trip does so at
        // once, by 300 ms and more. The timeouts of FreeBSD, 200 ms above what was measured where that did not vary, may come too early then:
        // one segment goes again, and its ACK undoes the rest. At 1 Mbit/s the window grows twice before all is sent, to 99 and 149 KB.
        int early = isLinux || !bothWays ? 0 : rate == 1_000_000 ? 2 : rate == 10_000_000 && roundTrip == 100 ? 1 : 0;
        Assert.True(watchA.Again <= early && watchB.Again <= early, $"Sent again: {watchA} and {watchB}.");
        // FreeBSD's acknowledgments after its FIN carry that again, and each is answered: by nothing but an ACK where the window is full.
        bool answersFins = !isLinux && bothWays;
        Assert.True(answersFins || (watchA.Duplicates == 0 && watchB.Duplicates == 0), $"Duplicate ACKs: {watchA} and {watchB}.");
        Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(3), a, b));
        // Slow start takes some round trips, and headers a part of the wire. Both ways at once ACKs wait in the other's queue, and who
        // ends slow start first has less for long.
        double share = bothWays ? 0.5 : 0.9, least = (size * 8.0 / rate / share) + (roundTrip / 1000.0 * 12);
        Assert.True(time.TotalSeconds <= least, $"It took {time}, and {least} s would do: {a}; {b}.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Slow_start_doubles_the_window_each_round_trip(bool takesBursts)
    {
        var host = new HostPlan { TakesBursts = takesBursts };
        LinkConditions wire = Wire(10_000_000_000, 100);
        using var hosts = new TwoHosts(1, wire, wire, host, host, family: Family);
        (StreamEnd a, _) = hosts.Connect(new StreamPlan { Sends = 50_000_000 }, new StreamPlan { Expects = 50_000_000 }, 1);
        hosts.Lab.RunFor(TimeSpan.FromMilliseconds(150));
        int expected = 10;
        for (int round = 0; round < 6; round++)
        {
            Assert.Equal(expected, a.Connection!.Recovery.Window);
            hosts.Lab.RunFor(TimeSpan.FromMilliseconds(100));
            expected *= 2;
        }
    }

    private static LinkConditions Wire(long rate, int roundTrip) => new()
    {
        BitsPerSecond = rate,
        Delay = TimeSpan.FromMilliseconds(roundTrip) / 2,
        QueueLimit = 64 * 1024 * 1024,
        MemoryLimit = 1 << 30,
    };

    /// <summary>Looks for what is sent again, and for acknowledgments that say nothing new.</summary>
    private sealed class Watch(IpFamily family, bool isLinux)
    {
        private bool _hasBegun, _hasFin;
        private SequenceNumber _next;
        private (uint Ack, ushort Window, uint Seq) _last;

        public int Again { get; private set; }

        public int Duplicates { get; private set; }

        public string First { get; private set; } = "";

        public void See(in LinkFrame frame, Timestamp now)
        {
            if (!family.TryGetSegment(frame.Octets.Span, out TcpSegment segment)) return;
            var seq = new SequenceNumber(segment.SequenceNumber);
            // FreeBSD's acknowledgments carry the FIN again until that is acknowledged itself, and each FIN that comes is answered.
            if (!isLinux && _hasFin && segment.Has(TcpFlags.Fin) && segment.SequenceLength == 1 && seq + 1 == _next) return;
            if (segment.SequenceLength > 0)
            {
                if (_hasBegun && seq < _next) Note(frame, now, Again++);
                _hasBegun = true;
                _next = seq + segment.SequenceLength;
                _hasFin = segment.Has(TcpFlags.Fin);
            }
            else if (_last == (segment.AckNumber, segment.Window, segment.SequenceNumber))      // RFC 5681 §2
            {
                Note(frame, now, Duplicates++);
            }

            _last = (segment.AckNumber, segment.Window, segment.SequenceNumber);
        }

        public override string ToString() => $"{Again} again, {Duplicates} duplicates, {First}";

        private void Note(in LinkFrame frame, Timestamp now, int before)
        {
            if (before == 0 && First.Length == 0) First = $"first at {now}: {WatchedLink.Describe(frame)}";
        }
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class CleanWireV6Tests(ITestOutputHelper output) : CleanWireTests(output)
{
    private protected override IpFamily Family => IpFamily.V6;
}
