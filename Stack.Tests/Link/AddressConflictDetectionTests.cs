using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;
using static UserNet.Link.ConflictOutcome;

namespace UserNet.Tests.Link;

/// <summary>RFC 5227, section by section, with its constants.</summary>
public sealed class AddressConflictDetectionTests
{
    private const string A = "02:00:00:00:00:0a", B = "02:00:00:00:00:0b", Wanted = "10.9.0.7", Us = "10.9.0.2";
    private static readonly InetAddress Address = InetAddress.Parse(Wanted), Own = InetAddress.Parse(Us);

    private readonly PortRig _rig = new();

    private AddressConflictDetection Detection => _rig.Port.Conflicts;

    private DropReason Claim(string station, string address = Us, ArpOperation operation = ArpOperation.Request) =>
        _rig.Arp(operation, station, address, address, toAll: true);

    private void Settle()
    {
        Detection.Announce(Own, _rig.Now);
        _rig.Advance(20);
        _rig.TakeSent();
    }

    [Fact]
    public void Three_probes_one_to_two_seconds_apart_then_two_announcements_two_seconds_apart()
    {
        var waits = new List<double>();
        for (int seed = 0; seed < 50; seed++)
        {
            var rig = new PortRig(seed: seed);
            Timestamp start = rig.Now;
            var times = new List<(string Said, double At)>();
            rig.Port.Conflicts.Probe(Address, start);
            while (rig.Now < start + TimeSpan.FromSeconds(15))
            {
                rig.Advance(0.001);
                times.AddRange(rig.TakeSaid().Select(said => (said, (rig.Now - start).TotalSeconds)));
            }

            Assert.Equal([.. Enumerable.Repeat($"probe {Wanted} of all", 3), .. Enumerable.Repeat($"announce {Wanted} to all", 2)], times.Select(time => time.Said));
            Assert.InRange(times[0].At, 0, 1.001);                                   // PROBE_WAIT
            Assert.InRange(times[1].At - times[0].At, 0.999, 2.001);                 // PROBE_MIN, PROBE_MAX
            Assert.InRange(times[2].At - times[1].At, 0.999, 2.001);
            Assert.InRange(times[3].At - times[2].At, 1.999, 2.001);                 // ANNOUNCE_WAIT
            Assert.InRange(times[4].At - times[3].At, 1.999, 2.001);                 // ANNOUNCE_INTERVAL
            (InetAddress confirmed, Timestamp at) = Assert.Single(rig.Confirmed);
            Assert.Equal(Address, confirmed);
            Assert.InRange((at - start).TotalSeconds, times[3].At - 0.001, times[3].At);
            waits.Add(times[0].At);
            waits.Add(times[1].At - times[0].At - 1);
        }

        Assert.InRange(waits.Average(), 0.4, 0.6);               // drawn evenly
    }

    public static TheoryData<ArpOperation, string, string> SignsOfAnother => new()
    {
        { ArpOperation.Request, Wanted, "10.9.0.99" },           // it speaks with the address
        { ArpOperation.Reply, Wanted, "0.0.0.0" },               // it answers the probe
        { ArpOperation.Request, Wanted, Wanted },                // it announces it
        { ArpOperation.Request, "0.0.0.0", Wanted },             // it probes for it too
    };

    [Theory]
    [MemberData(nameof(SignsOfAnother))]
    public void A_sign_of_another_that_has_or_wants_the_address_ends_probing(ArpOperation operation, string sender, string target)
    {
        foreach (double after in (double[])[0.0, 1.5, 4.0])
        {
            var rig = new PortRig();
            rig.Port.Conflicts.Probe(Address, rig.Now);
            rig.Advance(after);
            rig.TakeSent();
            Assert.Equal(DropReason.ArpConflict, rig.Arp(operation, A, sender, target, toAll: true));
            Assert.Equal(new AddressConflict(Address, MacAddress.Parse(A), 2, rig.Now, Refused), Assert.Single(rig.Conflicts));
            rig.Advance(100);
            Assert.Empty(rig.TakeSaid());
            Assert.Empty(rig.Confirmed);
            Assert.Equal(0, rig.Context.Deadlines.Count);
            // From now on it is a neighbor as any other.
            rig.Arp(ArpOperation.Request, A, Wanted, Us);
            Assert.Equal(MacAddress.Parse(A), rig.Port.Neighbors.StationOf(Address));
            Assert.Equal(1, rig.Port.Conflicts.Count);
        }
    }

    [Fact]
    public void While_it_is_probed_for_an_address_is_not_answered_and_not_asked_with()
    {
        Detection.Probe(Address, _rig.Now);
        Assert.Equal(DropReason.ArpNotForUs, _rig.Arp(ArpOperation.Request, A, "10.9.0.1", Wanted, toAll: true));
        Assert.Empty(_rig.TakeSaid());
    }

    [Fact]
    public void What_comes_from_this_host_is_no_conflict()
    {
        _rig.OtherStations.Add(MacAddress.Parse(B));             // two interfaces on one link
        Detection.Probe(Address, _rig.Now);
        Assert.Equal(DropReason.ArpBadSender, Claim(B, Wanted));
        Assert.Equal(DropReason.ArpBadSender, _rig.Arp(ArpOperation.Request, B, "0.0.0.0", Wanted, toAll: true));
        Assert.Equal(DropReason.ArpBadSender, Claim(PortRig.Here.ToString(), Wanted));
        _rig.Advance(10);
        Assert.Single(_rig.Confirmed);
        Assert.Empty(_rig.Conflicts);
    }

    [Fact]
    public void After_ten_refusals_one_address_a_minute_is_probed_for()
    {
        for (int i = 0; i < 10; i++) Refuse();
        Timestamp before = _rig.Now;
        Refuse();                                                // the eleventh waits for the tenth's minute
        Assert.InRange((_rig.Now - before).TotalSeconds, 55, 62);
        before = _rig.Now;
        Refuse();
        Assert.InRange((_rig.Now - before).TotalSeconds, 55, 62);

        void Refuse()
        {
            Detection.Probe(Address, _rig.Now);
            while (_rig.TakeSaid().Count == 0) _rig.Advance(0.1);
            Claim(A, Wanted);
        }
    }

    [Fact]
    public void An_announcement_is_made_at_once_and_again_after_two_seconds()
    {
        Detection.Announce(Own, _rig.Now);
        Assert.Equal([$"announce {Us} to all"], _rig.TakeSaid());
        _rig.Advance(1.999);
        Assert.Empty(_rig.TakeSaid());
        _rig.Advance(0.001);
        Assert.Equal([$"announce {Us} to all"], _rig.TakeSaid());
        _rig.Advance(100);
        Assert.Empty(_rig.TakeSaid());
    }

    [Fact]
    public void Many_addresses_are_announced_one_each_millisecond()
    {
        for (uint i = 0; i < 2000; i++) Detection.Announce(InetAddress.FromV4(0x0A0A0000 + i), _rig.Now);
        Assert.Single(_rig.TakeSaid());
        int said = 1;
        for (int i = 0; i < 5000; i++)
        {
            _rig.Advance(0.001);
            int count = _rig.TakeSaid().Count;
            Assert.InRange(count, 0, 2);
            said += count;
        }

        Assert.Equal(4000, said);
    }

    [Theory]
    [InlineData(ArpOperation.Request)]
    [InlineData(ArpOperation.Reply)]
    public void Defending_for_ever_takes_one_announcement_in_ten_seconds(ArpOperation operation)
    {
        Settle();
        var outcomes = new List<ConflictOutcome>();
        for (int i = 0; i < 25; i++)
        {
            Assert.Equal(DropReason.ArpConflict, Claim(A, operation: operation));
            outcomes.Add(_rig.Conflicts[^1].Outcome);
            _rig.Advance(1);
        }

        Assert.Equal(3, _rig.TakeSaid().Count(said => said == $"announce {Us} to all"));
        Assert.Equal([0, 10, 20], outcomes.Index().Where(item => item.Item == Defended).Select(item => item.Index));
        Assert.All(outcomes, outcome => Assert.True(outcome is Defended or Tolerated));
        Assert.Equal((25L, 16), (Detection.Count, Detection.Recent.Count));
        Assert.Equal(0, _rig.Port.Neighbors.Count);              // who claims our address is no neighbor
    }

    [Fact]
    public void Defending_once_gives_up_at_the_second_conflict_within_ten_seconds()
    {
        Settle();
        Detection.Defense = ConflictDefense.DefendOnce;
        Claim(A);
        _rig.Advance(10);
        Claim(A);
        _rig.Advance(9.999);
        Claim(A);
        Assert.Equal([Defended, Defended, GivenUp], _rig.Conflicts.Select(conflict => conflict.Outcome));
        Assert.Equal(2, _rig.TakeSaid().Count);
    }

    [Fact]
    public void Giving_up_says_nothing_more()
    {
        Detection.Defense = ConflictDefense.GiveUp;
        Detection.Announce(Own, _rig.Now);
        _rig.TakeSent();
        Claim(A);
        Assert.Equal([GivenUp], _rig.Conflicts.Select(conflict => conflict.Outcome));
        _rig.Advance(100);
        Assert.Empty(_rig.TakeSaid());
        Assert.Equal(0, _rig.Context.Deadlines.Count);
    }

    [Fact]
    public void Without_detection_conflicts_are_only_counted()
    {
        Detection.Mode = ConflictDetection.None;
        Detection.Add(Own, isTentative: false, _rig.Now);
        for (int i = 0; i < 3; i++) Assert.Equal(DropReason.ArpConflict, Claim(A));
        _rig.Advance(100);
        Assert.Empty(_rig.TakeSaid());
        Assert.Equal([Tolerated, Tolerated, Tolerated], Detection.Recent.Select(conflict => conflict.Outcome));
    }

    [Fact]
    public void What_is_not_ours_any_more_is_no_conflict()
    {
        Settle();
        Detection.Remove(Own);
        _rig.Own.Remove(Own);
        Assert.Equal(DropReason.ArpNotForUs, Claim(A));
        Settle();
        Detection.Probe(Address, _rig.Now);
        Detection.Clear();
        Assert.Equal(0, _rig.Context.Deadlines.Count);
        Assert.Equal(DropReason.ArpNotForUs, Claim(A));
        Assert.Empty(_rig.Conflicts);
    }
}
