using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Ip;

/// <summary>Who hears of packets that a router sends back to where they came from.</summary>
/// <remarks>Gate held.</remarks>
public interface IForwardingObserver
{
    /// <summary>A packet left by the interface that it came in on: its sender may know a better first hop. RFC 4861 §8.2.</summary>
    /// <param name="arrival">The packet as it came.</param>
    /// <param name="nextHop">Where it went: the destination where that is on the link, else another router.</param>
    /// <param name="now">The time.</param>
    void OnSentBack(in IpArrival arrival, InetAddress nextHop, Timestamp now);
}
