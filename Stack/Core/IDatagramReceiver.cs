using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;

namespace UserNet.Core;

/// <summary>A socket, as a packet's way in ends at it.</summary>
internal interface IDatagramReceiver
{
    /// <summary>A datagram for the socket arrived.</summary>
    /// <param name="arrival">The packet that carried it; lent.</param>
    /// <param name="sourcePort">The sender's port, 0 where the protocol has none.</param>
    /// <param name="payload">What the socket is to get; lent.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why the socket did not take it.</returns>
    DropReason OnDatagram(in IpArrival arrival, ushort sourcePort, ReadOnlySpan<byte> payload, Timestamp now);

    /// <summary>An error came back about a packet that the socket sent.</summary>
    /// <param name="error">The error.</param>
    /// <param name="device">The interface that it arrived on, 0 where that is not known.</param>
    /// <param name="now">The time.</param>
    void OnError(in IcmpError error, uint device, Timestamp now);
}
