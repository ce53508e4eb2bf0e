using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// Routers, and the addresses that come of what they say.
internal sealed partial class StackCore
{
    /// <summary>What routers say, and what is made of it; null where <see cref="Host"/> is.</summary>
    public RouterDiscovery? Routers { get; }

    void IAddressObserver.OnLifetimesChanged(InterfaceAddress address) => Routers!.OnLifetimesChanged(address);

    /// <summary>A message of types 133 to 137 arrived, whose checksum is right.</summary>
    private DropReason OnDiscovery(in IpArrival arrival, Timestamp now)
    {
        switch ((Icmpv6Type)arrival.Payload[0])
        {
            case Icmpv6Type.RouterAdvertisement:
                Context.Counters.Count(Counter.Icmp6InRouterAdvertisements);
                bool isCompared = Discovery!.OnOtherRouter(arrival);
                DropReason reason = Routers!.Receive(arrival, now);
                return isCompared && reason == DropReason.Icmp6Ignored ? DropReason.None : reason;
            case Icmpv6Type.Redirect:
                Context.Counters.Count(Counter.Icmp6InRedirects);
                return Routers!.Receive(arrival, now);
            case Icmpv6Type.RouterSolicitation:
                Context.Counters.Count(Counter.Icmp6InRouterSolicits);
                return Discovery!.Receive(arrival, now);
            default:
                return Discovery!.Receive(arrival, now);
        }
    }

    /// <summary>Has an interface advertise, or say something else. Gate held.</summary>
    public void Advertise(InterfaceEntry entry, RouterAdvertisementSettings settings)
    {
        Timestamp now = Now;
        if (Discovery!.AdvertiserOf(entry.Index) is null)
        {
            Groups!.SpeakV6(entry.Index, now);
            Groups.JoinAsHost(entry.Index, NeighborDiscovery.AllRouters, now);      // RFC 4861 §6.2.2
            Routers!.Speak(entry, now);      // advertisements leave from its link-local address alone
        }

        Discovery.Advertise(entry, settings, now);
    }

    /// <summary>Has it say that it is no router any more; nothing where it does not advertise. Gate held.</summary>
    public void StopAdvertising(InterfaceEntry entry)
    {
        if (Discovery!.AdvertiserOf(entry.Index) is null) return;
        Timestamp now = Now;
        Discovery.StopAdvertising(entry, now);
        Groups!.LeaveAsHost(entry.Index, NeighborDiscovery.AllRouters, now);
    }
}
