using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using UserNet.Addressing;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A call that waits for room to send its datagram.</summary>
internal sealed class SendOperation(StackCore core, NetworkSocket socket) : SocketOperation(core), IValueTaskSource<int>
{
    private ArraySegment<byte> _octets;
    private bool _isBorrowed;

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
        return result.IsDone ? result.Octets : throw NetworkSocket.Failure(result, "send");
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
    }
}
