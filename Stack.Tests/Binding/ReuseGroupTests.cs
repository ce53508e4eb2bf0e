using UserNet.Addressing;
using UserNet.Binding;
using Xunit;

namespace UserNet.Tests.Binding;

public sealed class ReuseGroupTests
{
    private static readonly InetAddress Here = InetAddress.Parse("10.0.0.1"), There = InetAddress.Parse("10.0.0.2");

    [Fact]
    public void Members_may_leave_in_any_order_and_the_others_share_what_comes()
    {
        var table = new BindTable(Personality.Linux, new Random(1).NextBytes);
        var random = new Random(2);
        var members = new List<Holder>();
        for (int i = 0; i < 40; i++) Join(table.Udp, members);
        while (members.Count > 0)
        {
            Assert.Equal(members.ToHashSet(), Receivers(table.Udp));
            for (int i = random.Next(1, 6); i > 0 && members.Count > 0; i--)
            {
                Holder leaving = members[random.Next(members.Count)];
                table.Udp.Release(leaving);
                members.Remove(leaving);
            }

            if (random.Next(3) == 0) Join(table.Udp, members);
        }

        Assert.Empty(Receivers(table.Udp));
        Assert.Equal(0, table.Count);
    }

    private static void Join(PortSpace ports, List<Holder> members)
    {
        var holder = new Holder();
        Assert.True(ports.Bind(holder, new Claim(Here, false, Sharing.ReusePort), 5000).IsGranted);
        members.Add(holder);
    }

    /// <summary>Who gets some of 2,000 flows.</summary>
    private static HashSet<Holder> Receivers(PortSpace ports)
    {
        var found = new HashSet<Holder>();
        for (int port = 1; port <= 2000; port++)
            if (ports.Find(Here, 5000, There, (ushort)port) is { } holder) found.Add(holder);
        return found;
    }
}
