using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

/// <summary>A call that waits for a datagram.</summary>
/// <remarks>
/// The datagram is copied inside the gate, when the operation ends, so nobody can take it from whoever waited first.
/// Memory that is not an array's is the user's code to ask for: such a caller, and a thread, get the octets by way of a
/// borrowed array, on their own time.
/// </remarks>
internal sealed class ReceiveOperation(StackCore core, NetworkSocket socket) : SocketOperation(core),
    IValueTaskSource<int>, IValueTaskSource<DatagramInfo>, IValueTaskSource<SocketReceiveFromResult>,
    IValueTaskSource<SocketReceiveMessageFromResult>
{
    private const int LargestDatagram = 65_535;

    private ArraySegment<byte> _octets;
    private Memory<byte> _target;
    private SocketAddress? _address;
    private SocketFlags _flags;
    private DatagramInfo _info;
    private bool _isBorrowed;

    /// <summary>Prepares it for an asynchronous caller. Outside the gate.</summary>
    /// <param name="target">Where the octets go.</param>
    /// <param name="flags">Peek, Truncated.</param>
    /// <param name="address">Where the sender's address goes, or null.</param>
    public void Begin(Memory<byte> target, SocketFlags flags, SocketAddress? address)
    {
        Begin(isOfThread: false);
        (_flags, _address) = (flags, address);
        if (MemoryMarshal.TryGetArray(target, out _octets)) return;
        Borrow(target.Length);
        _target = target;
    }

    /// <summary>Prepares it for a thread. Outside the gate.</summary>
    public void Begin(int length, SocketFlags flags)
    {
        Begin(isOfThread: true);
        _flags = flags;
        Borrow(length);
    }

    /// <summary>Gives it the queue's first datagram. Gate held.</summary>
    public void Take(DatagramQueue queue) => End(NetworkSocket.Read(queue, _octets, _flags, out _info));

    /// <summary>Hands a thread what it waited for. Outside the gate.</summary>
    public TransferResult Collect(Span<byte> target, out DatagramInfo info)
    {
        TransferResult result = Result;
        info = _info;
        if (result.IsDone) _octets.AsSpan(0, Math.Min(result.Octets, target.Length)).CopyTo(target);
        Forget();
        socket.GiveBack(this);
        return result;
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        SocketAddress? address = _address;
        int octets = Collect(token, out DatagramInfo info);
        if (address is not null) SocketAddressOctets.Write(socket.Shown(info.Source), address);
        return octets;
    }

    DatagramInfo IValueTaskSource<DatagramInfo>.GetResult(short token)
    {
        Collect(token, out DatagramInfo info);
        return info;
    }

    SocketReceiveFromResult IValueTaskSource<SocketReceiveFromResult>.GetResult(short token)
    {
        int octets = Collect(token, out DatagramInfo info);
        return new SocketReceiveFromResult { ReceivedBytes = octets, RemoteEndPoint = socket.Shown(info.Source).ToIPEndPoint() };
    }

    SocketReceiveMessageFromResult IValueTaskSource<SocketReceiveMessageFromResult>.GetResult(short token)
    {
        int octets = Collect(token, out DatagramInfo info);
        return socket.MessageOf(octets, info);
    }

    private int Collect(short token, out DatagramInfo info)
    {
        bool isFree = Finish(token, out CancellationToken canceledBy);
        TransferResult result = Result;
        bool wasCanceled = WasCanceled;
        info = _info;
        if (result.IsDone && _isBorrowed) _octets.AsSpan(0, Math.Min(result.Octets, _target.Length)).CopyTo(_target.Span);
        Forget();
        if (isFree) socket.GiveBack(this);
        if (wasCanceled) throw new OperationCanceledException(canceledBy);
        return result.IsDone ? result.Octets : throw NetworkSocket.Failure(result, "receive");
    }

    private void Borrow(int length)
    {
        int size = Math.Min(length, LargestDatagram);
        _octets = new ArraySegment<byte>(ArrayPool<byte>.Shared.Rent(size), 0, size);
        _isBorrowed = true;
    }

    private void Forget()
    {
        if (_isBorrowed) ArrayPool<byte>.Shared.Return(_octets.Array!);
        _isBorrowed = false;
        _octets = default;
        _target = default;
        _address = null;
        _info = default;
    }
}
