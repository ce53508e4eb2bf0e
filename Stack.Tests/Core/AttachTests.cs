using UserNet.Addressing;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

public sealed class AttachTests : IDisposable
{
    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
    private readonly TestLink _link = new();

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
    }

    public static TheoryData<InterfaceOptions> Refused => new(
        new InterfaceOptions { Addresses = ["10.9.0.2/24"], Gateway = "10.8.0.1" },
        new InterfaceOptions { Addresses = ["10.9.0.2/24", "10.9.0.2/24"] },
        new InterfaceOptions { Addresses = ["10.9.0.2/24", "224.0.0.1/24"] },
        new InterfaceOptions { Addresses = ["10.9.0.2/24"], Vlan = 5000 },
        new InterfaceOptions { Addresses = ["10.9.0.2/24"], Mtu = 67 },
        new InterfaceOptions { Addresses = ["10.9.0.2/24"], Address = MacAddress.Broadcast });

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_refused_leaves_nothing_behind(InterfaceOptions options)
    {
        Assert.Throws<ArgumentException>(() => _stack.Attach("eth0", _link, options));
        Assert.Null(_stack.Host.Interfaces.Find(InetAddress.Parse("10.9.0.2")));
        StackInterface eth0 = _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"], Gateway = "10.9.0.1" });
        Assert.Same(_link, eth0.Link);
        Assert.Throws<ArgumentException>(() => _stack.Attach("eth0", _link));
    }

    [Fact]
    public void An_interface_that_lost_its_link_takes_another_one()
    {
        using TestLink next = new();
        _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        _link.Break(null);
        StackInterface eth0 = _stack.Attach("eth0", next, new InterfaceOptions { ConflictDetection = ConflictDetection.None });
        Assert.False(eth0.IsClosed);
        next.TakeSent();
        next.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2"));
        Assert.Single(next.TakeSent());
    }

    [Fact]
    public void A_link_that_can_t_be_started_leaves_the_interface_free_for_another_one()
    {
        using LoopbackLink used = new();
        used.Start(new Nowhere());
        Assert.Throws<InvalidOperationException>(() => _stack.Attach("eth0", used, new InterfaceOptions { Addresses = ["10.9.0.2/24"] }));
        Assert.False(_stack.Attach("eth0", _link).IsClosed);
    }

    [Fact]
    public void Addresses_of_one_stack_are_refused_to_another_and_stay_with_the_first()
    {
        Assert.Throws<ArgumentException>(() => new NetworkStack(new NetworkStackOptions { Routes = _stack.Host }));
        Assert.Same(_stack.Core, _stack.Host.Observer);
    }

    private sealed class Nowhere : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<UserNet.Doors.DropReason> verdicts)
        {
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }
}
