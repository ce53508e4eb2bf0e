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
    private DropReason OnDiscovery(in IpArrival arrival, Timestamp now) => (Icmpv6Type)arrival.Payload[0] switch
    {
        Icmpv6Type.RouterAdvertisement or Icmpv6Type.Redirect => Routers!.Receive(arrival, now),
        _ => Discovery!.Receive(arrival, now),
    };
}
