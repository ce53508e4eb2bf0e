using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

/// <summary>A call that waits for a datagram, or for octets of a stream.</summary>
/// <remarks>
/// What comes is copied inside the gate, when the operation ends, so nobody can take it from whoever waited first.
/// Memory that is not an array's is the user's code to ask for: such a caller, and a thread, get the octets by way of a
/// borrowed array, on their own time.
/// </remarks>
internal sealed class ReceiveOperation(StackCore core, NetworkSocket socket) : SocketOperation(core),
    IStreamOperation, IValueTaskSource<int>, IValueTaskSource<DatagramInfo>, IValueTaskSource<SocketReceiveFromResult>,
    IValueTaskSource<SocketReceiveMessageFromResult>
{
    private const int LargestDatagram = 65_535;      // and of a stream, what a thread that waits gets at a time

    private ArraySegment<byte> _octets;
    private Memory<byte> _target;
    private SocketAddress? _address;
    private SocketFlags _flags;
    private DatagramInfo _info;
    private bool _isBorrowed;
    private int _filled;      // octets of a stream that it has got

    /// <summary>Prepares it for an asynchronous caller. Outside the gate.</summary>
    /// <param name="target">Where the octets go.</param>
    /// <param name="flags">Peek, Truncated.</param>
    /// <param name="address">Where the sender's address goes, or null.</param>
    public void Begin(Memory<byte> target, SocketFlags flags, SocketAddress? address)
    {
        Begin(isOfThread: false);
        (_flags, _address) = (flags, address);
        if (MemoryMarshal.TryGetArray(target, out _octets)) return;
        Borrow(target.Length, flags);
        _target = target;
    }

    /// <summary>Prepares it for a thread. Outside the gate.</summary>
    public void Begin(int length, SocketFlags flags)
    {
        Begin(isOfThread: true);
        _flags = flags;
        Borrow(length, flags);
    }

    /// <summary>Gives it the queue's first datagram. Gate held.</summary>
    public void Take(DatagramQueue queue) => End(NetworkSocket.Read(queue, _octets, _flags, out _info));

    /// <summary>Takes octets of a stream, until there are as many as it wants or no more come. Gate held.</summary>
    public bool Progress(StreamChannel stream)
    {
        bool peeks = (_flags & SocketFlags.Peek) != 0;
        int target = stream.TargetOf(_octets.Count, _flags);
        if (peeks && stream.Available < target && !stream.HasReadAll && !stream.HasMarkWithin) return false;
        TransferResult result = _filled > 0 && stream.Available == 0
            ? TransferResult.Failed(Errno.EAGAIN) : stream.Receive(_octets.AsSpan(_filled), _flags);
        if (result.IsDone) _filled += result.Octets;
        bool isOver = peeks || _filled >= target || (_filled > 0 && stream.IsAtMark) || stream.HasReadAll || result is { IsDone: false, WouldWait: false };
        if (!isOver || (result.WouldWait && !stream.HasReadAll)) return false;
        End(_filled > 0 ? new TransferResult(_filled) : result);
        return true;
    }

    /// <summary>What was got already is not lost when the wait ends otherwise.</summary>
    protected override TransferResult Settle(in TransferResult result) =>
        !result.IsDone && _filled > 0 ? new TransferResult(_filled) : result;

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
        bool wasCanceled = WasCanceled && !result.IsDone;
        info = _info;
        if (result.IsDone && _isBorrowed) _octets.AsSpan(0, Math.Min(result.Octets, _target.Length)).CopyTo(_target.Span);
        Forget();
        if (isFree) socket.GiveBack(this);
        if (wasCanceled) throw new OperationCanceledException(canceledBy);
        return result.IsDone ? result.Octets : throw NetworkSocket.FailureOn(Stack, result, "receive");
    }

    private void Borrow(int length, SocketFlags flags)
    {
        int size = (flags & StreamFlags.WaitAll) != 0 ? length : Math.Min(length, LargestDatagram);
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
        _filled = 0;
    }
}
