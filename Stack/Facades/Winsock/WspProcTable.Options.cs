using System.Buffers.Binary;
using UserNet.Errors;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

// Options and controls.
public sealed partial class WspProcTable
{
    /// <summary>int WSPSetSockOpt(SOCKET s, int level, int optname, const char *optval, int optlen, LPINT lpErrno)</summary>
    /// <remarks>
    /// SO_REUSEADDR and SO_EXCLUSIVEADDRUSE count as they are when the socket is bound; of the two, one alone may be set. A datagram
    /// socket that joins a group before it is bound is bound by that. Which options there are is listed in docs/faces/winsock.md.
    /// </remarks>
    /// <param name="s">The socket.</param>
    /// <param name="level">SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP.</param>
    /// <param name="optname">The option.</param>
    /// <param name="optval">Its octets.</param>
    /// <param name="optlen">How many of them.</param>
    /// <param name="lpErrno">
    /// WSAEFAULT (too short, or not all there), WSAENOPROTOOPT, WSAEINVAL (not with this value, or not beside another option),
    /// WSAENOTCONN (SO_UPDATE_CONNECT_CONTEXT), WSAEADDRNOTAVAIL (no such interface; a group that the socket is in already, or is not in), WSAENOBUFS, WSAEACCES.
    /// </param>
    public int WSPSetSockOpt(SOCKET s, int level, int optname, ReadOnlySpan<byte> optval, int optlen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        bool needsNoValue = level == Winsock2.SOL_SOCKET && optname == Winsock2.SO_UPDATE_CONNECT_CONTEXT;
        if (error == WsaError.Success && !needsNoValue && (optval.IsEmpty || (uint)optlen > (uint)optval.Length)) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success) error = WinsockOptions.Set(socket!, level, optname, needsNoValue ? default : optval[..optlen]);
        return Answer(error, ref lpErrno);
    }

    /// <summary>int WSPGetSockOpt(SOCKET s, int level, int optname, char *optval, LPINT optlen, LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="level">As WSPSetSockOpt.</param>
    /// <param name="optname">The option; SO_ERROR is a WSA code, and taken.</param>
    /// <param name="optval">Where its octets go.</param>
    /// <param name="optlen">How much there is room for; becomes how much was written.</param>
    /// <param name="lpErrno">WSAEFAULT (no room for it), WSAENOPROTOOPT.</param>
    public int WSPGetSockOpt(SOCKET s, int level, int optname, Span<byte> optval, ref int optlen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && (optval.IsEmpty || (uint)optlen > (uint)optval.Length)) error = WsaError.WSAEFAULT;
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        error = WinsockOptions.Get(socket!, level, optname, optval[..optlen], out int written);
        if (error == WsaError.Success) optlen = written;
        return Answer(error, ref lpErrno);
    }

    /// <summary>int WSPIoctl(SOCKET s, DWORD dwIoControlCode, ...): FIONBIO, FIONREAD, SIOCATMARK, each a number of 4 octets.</summary>
    /// <param name="s">The socket.</param>
    /// <param name="dwIoControlCode">FIONBIO, FIONREAD, SIOCATMARK.</param>
    /// <param name="lpvInBuffer">Of FIONBIO, 0 for calls that wait.</param>
    /// <param name="lpvOutBuffer">Of FIONREAD, how many octets the next receive gives; of SIOCATMARK, 1 where no out-of-band data is to be read.</param>
    /// <param name="lpcbBytesReturned">How much was written.</param>
    /// <param name="lpErrno">WSAEFAULT (too short), WSAEINVAL (SIOCATMARK of no stream), WSAEOPNOTSUPP (another code; one that needs a function's place).</param>
    public int WSPIoctl(
        SOCKET s, uint dwIoControlCode, ReadOnlySpan<byte> lpvInBuffer, Span<byte> lpvOutBuffer, out uint lpcbBytesReturned, ref WsaError lpErrno)
    {
        lpcbBytesReturned = 0;
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        bool reads = dwIoControlCode is Winsock2.FIONREAD or Winsock2.SIOCATMARK;
        if (!reads && dwIoControlCode != Winsock2.FIONBIO) return Fail(WsaError.WSAEOPNOTSUPP, ref lpErrno);
        if ((reads ? lpvOutBuffer.Length : lpvInBuffer.Length) < sizeof(int)) return Fail(WsaError.WSAEFAULT, ref lpErrno);
        if (!reads)
        {
            socket!.Socket.Blocking = BinaryPrimitives.ReadInt32LittleEndian(lpvInBuffer) == 0;
            return 0;
        }

        try
        {
            bool isMark = dwIoControlCode == Winsock2.SIOCATMARK;
            if (isMark && !socket!.IsStream) return Fail(WsaError.WSAEINVAL, ref lpErrno);
            // At the mark, and also where there is none, nothing before it is left to be read.
            int value = isMark ? (socket!.Socket.IsAtMark || !socket.Socket.FactsNow().HasUrgent ? 1 : 0) : socket!.Socket.AvailableNow;
            BinaryPrimitives.WriteInt32LittleEndian(lpvOutBuffer, value);
        }
        catch (ObjectDisposedException)
        {
            return Fail(WsaError.WSAENOTSOCK, ref lpErrno);
        }

        lpcbBytesReturned = sizeof(int);
        return 0;
    }

    /// <summary>WSPIoctl with SIO_GET_EXTENSION_FUNCTION_POINTER, which a provider answers for the functions that it has beside ws2spi.h.</summary>
    /// <param name="s">Any socket.</param>
    /// <param name="lpvInBuffer">The 16 octets of the function's GUID: WSAID_CONNECTEX.</param>
    /// <param name="hasFunction">Whether it is there: <see cref="WSPConnectEx"/>.</param>
    /// <param name="lpErrno">WSAEFAULT (too short), WSAEINVAL (no such function).</param>
    public int WSPGetExtensionFunction(SOCKET s, ReadOnlySpan<byte> lpvInBuffer, out bool hasFunction, ref WsaError lpErrno)
    {
        hasFunction = false;
        WsaError error = Find(s, out _);
        if (error == WsaError.Success && lpvInBuffer.Length < 16) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success && new Guid(lpvInBuffer[..16]) != Winsock2.WSAID_CONNECTEX) error = WsaError.WSAEINVAL;
        hasFunction = error == WsaError.Success;
        return Answer(error, ref lpErrno);
    }
}
