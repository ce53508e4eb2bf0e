using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>What an event callback is shown: octets in memory of the subsystem's.</summary>
/// <remarks>
/// Valid while the callback runs; or, where that answers STATUS_PENDING, until the client gives it back by WskRelease. Lists of several are
/// never given, so there is no next one. Any thread.
/// </remarks>
public abstract class WskIndication
{
    private enum State
    {
        Idle,          // nobody's: its callback has returned
        Shown,         // a callback looks at it
        Retained,      // the client's, until it is released
        Released,
    }

    private readonly WskSocket _owner;
    private State _state;      // gate held

    private protected WskIndication(WskSocket owner, byte[] memory) => (_owner, Memory) = (owner, memory);

    /// <summary>WSK_BUF: where the octets lie.</summary>
    public WskBuf Buffer { get; private set; }

    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Octets => Buffer.Mdl.Span.Slice(Buffer.Offset, Buffer.Length);

    internal byte[] Memory { get; }

    /// <summary>A callback is about to be called. Gate held.</summary>
    internal void Show(int length) => (_state, Buffer) = (State.Shown, new WskBuf(Memory, 0, length));

    /// <summary>The callback has returned; true where the client keeps it. Gate held.</summary>
    internal bool Settle(bool isKept)
    {
        bool isLeft = isKept && _state == State.Shown;      // it may have been released already
        _state = isLeft ? State.Retained : State.Idle;
        return isLeft;
    }

    /// <summary>WskRelease. Gate held.</summary>
    /// <returns>STATUS_SUCCESS; STATUS_INVALID_PARAMETER (another socket's; not kept, or released already).</returns>
    internal NtStatus Release(WskSocket socket)
    {
        if (socket != _owner || _state is State.Idle or State.Released) return NtStatus.STATUS_INVALID_PARAMETER;
        _state = State.Released;
        return NtStatus.STATUS_SUCCESS;
    }
}

/// <summary>WSK_DATA_INDICATION: octets of a connection.</summary>
/// <inheritdoc cref="WskIndication" path="/remarks"/>
public sealed class WskDataIndication : WskIndication
{
    internal WskDataIndication(WskSocket owner, byte[] memory) : base(owner, memory)
    {
    }
}

/// <summary>WSK_DATAGRAM_INDICATION: a datagram.</summary>
/// <inheritdoc cref="WskIndication" path="/remarks"/>
public sealed class WskDatagramIndication : WskIndication
{
    private readonly byte[] _remoteAddress = new byte[WindowsSocketAddress.V6Length];
    private int _addressLength;

    internal WskDatagramIndication(WskSocket owner, byte[] memory) : base(owner, memory)
    {
    }

    /// <summary>Who sent it: a SOCKADDR.</summary>
    public ReadOnlySpan<byte> RemoteAddress => _remoteAddress.AsSpan(0, _addressLength);

    internal void SetSource(in Addressing.InetEndpoint source) => _addressLength = WindowsSocketAddress.Write(source, _remoteAddress);
}
