using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>The last source that was selected is kept, and holds only as long as nothing that it follows from changes.</summary>
public sealed class SourceMemoryTests
{
    private static readonly InetAddress First = InetAddress.Parse("2001:db8::1"), Second = InetAddress.Parse("2001:db8::2");
    private static readonly Timestamp Now = Timestamp.Zero;

    private readonly HostAddressing _host = new HostAddressing().AddInterface("e0").AddAddress("e0", "2001:db8::1/64");

    private InetAddress Source(bool? prefersTemporary = null) => _host.FindRoute(
        new RouteQuery(InetAddress.Parse("2001:db8::9"), InetAddress.AnyV6, PrefersTemporary: prefersTemporary)).Source;

    [Fact]
    public void Each_change_of_addresses_asks_the_rules_anew()
    {
        Assert.Equal(First, Source());
        _host.AddAddress("e0", "2001:db8::2/64");
        Assert.Equal(Second, Source());
        _host.SetLifetimes("e0", Second, preferredUntil: Now, validUntil: Timestamp.Never, Now);
        Assert.Equal(First, Source());
        _host.SetLifetimes("e0", Second, Timestamp.Never, Timestamp.Never, Now);
        Assert.Equal(Second, Source());
        _host.RemoveAddress("e0", "2001:db8::2/64");
        Assert.Equal(First, Source());
    }

    [Fact]
    public void So_does_each_change_of_what_is_preferred()
    {
        _host.AddAddress("e0", "2001:db8::2/64", AddressTraits.Temporary);
        Assert.Equal(First, Source());
        Assert.Equal(Second, Source(prefersTemporary: true));
        Assert.Equal(First, Source());
        _host.Interfaces.Find("e0")!.PrefersTemporaryAddresses = true;
        Assert.Equal(Second, Source());
    }

    [Fact]
    public void And_each_change_of_the_policy()
    {
        _host.AddAddress("e0", "fd00::1/64");
        Assert.Equal(First, Source());
        _host.Policy = _host.Policy.With(new PolicyRow(new InetPrefix(InetAddress.Parse("2001:db8::9"), 128), 50, 99))
            .With(new PolicyRow(new InetPrefix(InetAddress.Parse("fd00::"), 8), 50, 99));
        Assert.Equal(InetAddress.Parse("fd00::1"), Source());
    }
}
