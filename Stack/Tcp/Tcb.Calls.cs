using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What the user asks for: to write, to read, to set.
internal sealed partial class Tcb
{
    /// <summary>True when octets may be written some day: the connection is or is being established, and sending was not ended.</summary>
    public bool IsWritable => !_isFinQueued && !IsGone && (State is Established or CloseWait || (_isFastOpened && State == SynReceived));

    /// <summary>Octets that may be written now.</summary>
    public int Room => IsWritable ? _sendRing.Room : 0;

    /// <summary>Takes as many octets as there is room for. RFC 9293 §3.10.2.</summary>
    public int Write(ReadOnlySpan<byte> octets)
    {
        int taken = _sendRing.Write(octets);
        if (taken == 0) return 0;
        _pushEnd = _sendRing.End;
        _context.Touch(this);
        return taken;
    }

    /// <summary>Reads what there is. RFC 9293 §3.10.3.</summary>
    public int Read(Span<byte> target, bool peek)
    {
        int read = _receiveRing.Read(target, peek);
        if (!peek && read > 0) OnRead();
        return read;
    }

    private int InitialSendCapacity => (_context.Settings.SendBuffer.Default * 16);

    private int SendMss =>
        Math.Min(_agreed.Mss, _path.MtuAt(default) - _path.IpHeaderLength - TcpHeader.Length) - (_agreed.Timestamps ? 12 : 0);

    private SynOffer Offer => SynOffer.OfHost(_context.Settings, Options, _path.MtuAt(default), _path.IpHeaderLength);
}
