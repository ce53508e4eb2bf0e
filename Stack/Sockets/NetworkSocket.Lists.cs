using System.Buffers;
using System.Net.Sockets;

namespace UserNet.Sockets;

// Sending from and receiving into several pieces of memory, as .NET's sockets have it.
public sealed partial class NetworkSocket
{
    /// <summary>Sends what lies in several pieces, in their order: of a datagram socket as one datagram.</summary>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)"/>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    public int Send(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags = SocketFlags.None)
    {
        byte[] octets = ArrayPool<byte>.Shared.Rent(LengthOf(buffers));
        try
        {
            int length = 0;
            foreach (ArraySegment<byte> piece in buffers)
            {
                piece.AsSpan().CopyTo(octets.AsSpan(length));
                length += piece.Count;
            }

            return Send(octets.AsSpan(0, length), socketFlags);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    /// <summary>Receives into several pieces; the first is filled before the next is begun.</summary>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)"/>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    public int Receive(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags = SocketFlags.None)
    {
        int length = LengthOf(buffers);
        byte[] octets = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int received = Receive(octets.AsSpan(0, length), socketFlags), taken = 0;
            foreach (ArraySegment<byte> piece in buffers)
            {
                int part = Math.Min(piece.Count, Math.Min(received, length) - taken);
                octets.AsSpan(taken, part).CopyTo(piece);
                taken += part;
            }

            return received;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private int LengthOf(IList<ArraySegment<byte>> buffers)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(buffers);
        if (buffers.Count == 0) throw new ArgumentException("There is no piece of memory.", nameof(buffers));
        int length = 0;
        foreach (ArraySegment<byte> piece in buffers) length = checked(length + piece.Count);
        return length;
    }
}
