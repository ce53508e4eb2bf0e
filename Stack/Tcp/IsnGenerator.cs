using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// Initial sequence numbers, ISN = M + F(localip, localport, remoteip, remoteport, secretkey) of RFC 6528 §3, and where
/// a connection's timestamps begin.
/// </summary>
/// <remarks>
/// M is a clock of 4 µs, so that the numbers of one pair of ends go up from connection to connection, though nobody
/// else can tell which they are. Gate held.
/// </remarks>
internal sealed class IsnGenerator(RandomBuffer random)
{
    private const long TicksPerStep = 40;      // 4 µs

    private readonly SipHash _numbers = SipHash.FromRandom(random), _times = SipHash.FromRandom(random);

    /// <summary>The initial sequence number of a connection.</summary>
    public SequenceNumber Next(in InetEndpoint local, in InetEndpoint remote, Timestamp now)
    {
        ulong hash = _numbers.Of(
            local.Address.High, local.Address.Low, remote.Address.High, remote.Address.Low, ((uint)local.Port << 16) | remote.Port);
        return new SequenceNumber((uint)(now.Ticks / TicksPerStep) + (uint)hash);
    }

    /// <summary>What is added to the clock for the timestamps of a connection.</summary>
    /// <remarks>
    /// The same for all connections of two addresses: the clock that each sees of the other never goes back, on which
    /// the reuse of a TIME-WAIT relies (RFC 6191), yet says nothing of the host to anyone else (RFC 7323 §7.1).
    /// </remarks>
    public uint TimestampOffset(in InetEndpoint local, in InetEndpoint remote) =>
        (uint)_times.Of(local.Address.High, local.Address.Low, remote.Address.High, remote.Address.Low);
}
