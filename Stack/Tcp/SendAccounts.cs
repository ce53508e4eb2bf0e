using System.Runtime.InteropServices;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a sender with work to do waits for, as TCP_INFO tells it.</summary>
internal enum SendWait : byte
{
    /// <summary>There is nothing to send.</summary>
    Nothing,

    /// <summary>The network, or acknowledgments.</summary>
    Network,

    /// <summary>The peer's window (rwnd_limited).</summary>
    PeerWindow,

    /// <summary>The user, whom a full send buffer kept from writing (sndbuf_limited).</summary>
    SendBuffer,
}

/// <summary>What a connection has sent, and what its time was spent on: the sender's part of TCP_INFO.</summary>
[StructLayout(LayoutKind.Auto)]      // one in each connection
internal struct SendAccounts
{
    private uint _network, _peerWindow, _sendBuffer;      // milliseconds, as Linux counts them
    private uint _since;                                  // the millisecond
    private SendWait _wait;

    /// <summary>Octets of payload sent, those sent again included.</summary>
    public long OctetsSent { get; private set; }

    /// <summary>Octets of payload acknowledged cumulatively.</summary>
    public long OctetsAcked { get; set; }

    /// <summary>This host's SYN where the other side answered it, and its FIN: Linux counts them among the octets.</summary>
    public byte ControlsAcked { get; set; }

    /// <summary>Both together: tcpi_bytes_acked.</summary>
    public readonly long NumbersAcked => OctetsAcked + ControlsAcked;

    /// <summary>Segments sent.</summary>
    public uint Segments { get; private set; }

    /// <summary>Of those, how many had payload.</summary>
    public uint DataSegments { get; private set; }

    /// <summary>Counts a segment, or a burst of them.</summary>
    /// <param name="octets">Payload.</param>
    /// <param name="segments">How many segments.</param>
    public void CountSent(int octets, int segments)
    {
        Segments += (uint)segments;
        if (octets == 0) return;
        DataSegments += (uint)segments;
        OctetsSent += octets;
    }

    /// <summary>From now on it waits for something else.</summary>
    public void Switch(SendWait wait, Timestamp now)
    {
        if (wait == _wait) return;
        Settle(now);
        _wait = wait;
    }

    /// <summary>How long there was something to send or unacknowledged, until now.</summary>
    public readonly TimeSpan Busy(Timestamp now) =>
        TimeSpan.FromMilliseconds((long)_network + _peerWindow + _sendBuffer + (_wait == SendWait.Nothing ? 0 : Milliseconds(now) - _since));

    /// <summary>How long of that the peer's window was what held it.</summary>
    public readonly TimeSpan PeerWindowLimited(Timestamp now) =>
        TimeSpan.FromMilliseconds(_peerWindow + (_wait == SendWait.PeerWindow ? Milliseconds(now) - _since : 0));

    /// <summary>How long of that the send buffer was what held it.</summary>
    public readonly TimeSpan SendBufferLimited(Timestamp now) =>
        TimeSpan.FromMilliseconds(_sendBuffer + (_wait == SendWait.SendBuffer ? Milliseconds(now) - _since : 0));

    private void Settle(Timestamp now)
    {
        uint spent = Milliseconds(now) - _since;
        _since = Milliseconds(now);
        switch (_wait)
        {
            case SendWait.Network:
                _network += spent;
                break;
            case SendWait.PeerWindow:
                _peerWindow += spent;
                break;
            case SendWait.SendBuffer:
                _sendBuffer += spent;
                break;
        }
    }

    private static uint Milliseconds(Timestamp now) => (uint)(now.Ticks / TimeSpan.TicksPerMillisecond);
}
