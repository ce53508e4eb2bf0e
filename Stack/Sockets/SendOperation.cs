using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using UserNet.Addressing;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A call that waits for room to send its datagram, or the rest of what it gives to a stream.</summary>
/// <remarks>
/// A thread that sends to a stream waits for its turn only: it writes what it has itself, so that nothing is copied twice.
/// </remarks>
internal sealed class SendOperation(StackCore core, NetworkSocket socket) : SocketOperation(core), IStreamOperation, IValueTaskSource<int>
{
    private ArraySegment<byte> _octets;
    private bool _isBorrowed;
    private int _sent;           // octets that a stream has taken
    private int _turnOctets;     // how much a thread has left that waits for its turn; 0 for others

    /// <summary>What is to be sent.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>Where to; null for the peer.</summary>
    public InetEndpoint? Destination { get; private set; }

    /// <summary>How.</summary>
    public SocketFlags Flags { get; private set; }

    /// <summary>
    /// Prepares it for an asynchronous caller, whose octets are lent until it ends. Outside the gate.
    /// </summary>
    public void Begin(ReadOnlyMemory<byte> octets, in InetEndpoint? destination, SocketFlags flags)
    {
        Begin(isOfThread: false);
        (Destination, Flags) = (destination, flags);
        if (!MemoryMarshal.TryGetArray(octets, out _octets)) Borrow(octets.Span);
    }

    /// <summary>Prepares it for a thread. Outside the gate.</summary>
    public void Begin(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags)
    {
        Begin(isOfThread: true);
        (Destination, Flags) = (destination, flags);
        Borrow(octets);
    }

    /// <summary>Prepares it for an asynchronous caller of a stream, which has taken some of the octets. Outside the gate.</summary>
    public void Begin(ReadOnlyMemory<byte> octets, int sent, SocketFlags flags)
    {
        Begin(octets, null, flags);
        _sent = sent;
    }

    /// <summary>Prepares it for a thread that waits for room in a stream. Gate held.</summary>
    public void BeginTurn(int octets)
    {
        Begin(isOfThread: true);
        _turnOctets = octets;
    }

    /// <summary>Gives the stream as much as it takes, or a thread its turn. Gate held.</summary>
    public bool Progress(StreamChannel stream)
    {
        int left = _turnOctets > 0 ? _turnOctets : _octets.Count - _sent;
        if (!stream.IsWorthSending(left)) return false;
        if (_turnOctets > 0)
        {
            if (stream.IsOpening) return false;
            End(default);
            stream.GiveTurn(this);
            return true;
        }

        TransferResult result = stream.Send(_octets.AsSpan(_sent), Flags);
        if (result.IsDone) _sent += result.Octets;
        if (result.WouldWait || (result.IsDone && _sent < _octets.Count)) return false;
        End(result.IsDone ? new TransferResult(_sent) : result);
        return true;
    }

    /// <summary>Tells a thread what became of it. Outside the gate.</summary>
    public TransferResult Collect()
    {
        TransferResult result = Result;
        Forget();
        socket.GiveBack(this);
        return result;
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        bool isFree = Finish(token, out CancellationToken canceledBy);
        TransferResult result = Result;
        bool wasCanceled = WasCanceled;
        Forget();
        if (isFree) socket.GiveBack(this);
        if (wasCanceled) throw new OperationCanceledException(canceledBy);
        return result.IsDone ? result.Octets : throw NetworkSocket.FailureOn(Stack, result, "send");
    }

    private void Borrow(ReadOnlySpan<byte> octets)
    {
        byte[] array = ArrayPool<byte>.Shared.Rent(octets.Length);
        octets.CopyTo(array);
        _octets = new ArraySegment<byte>(array, 0, octets.Length);
        _isBorrowed = true;
    }

    private void Forget()
    {
        if (_isBorrowed) ArrayPool<byte>.Shared.Return(_octets.Array!);
        _isBorrowed = false;
        _octets = default;
        _sent = _turnOctets = 0;
    }
}
