using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// A stream's send that connects it: what goes with the SYN saves a round trip. RFC 7413, sendto with MSG_FASTOPEN.
public sealed partial class NetworkSocket
{
    /// <summary>Connects a stream, sends the first octets along, and as a rule waits until the rest is sent too. Outside the gate.</summary>
    /// <returns>How many octets were taken; EINPROGRESS: none, and the connection is being made.</returns>
    private TransferResult SendFast(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags, int? stamps = null)
    {
        bool waits = Blocking && (flags & StreamFlags.DontWait) == 0;
        TransferResult begun;
        ConnectOperation? operation = null;
        bool hasEnded = false;
        using (_core.Enter())
        {
            begun = BeginFast(octets, destination, out _);
            if (begun.IsDone && begun.Octets == 0 && octets.Length > 0 && !Stream.IsOpening) hasEnded = true;      // a connect that was begun before
            bool isAllQueued = begun.IsDone && begun.Octets == octets.Length && _core.Tcp is { Settings.IsFreeBsd: true };
            bool isCallDone = begun.Octets > 0 && (!waits || begun.Octets == octets.Length);
            if (isCallDone) Stream.OnCallDone(begun.Octets, flags, stamps);
            if (!hasEnded && (!waits || isAllQueued || (!begun.IsDone && !IsUnderWay(begun)))) return begun;
            if (!hasEnded) EnsureMayBlock();
            if (Stream.IsOpening)
            {
                Stream.Connection!.IsWritePending = begun.Octets < octets.Length;
                operation = Await(isOfThread: true, Stream.SendTimeout);
            }
        }

        operation?.WaitHere();
        if (operation is { Result.IsDone: false }) return operation.Result.Errno == Errno.EAGAIN ? begun : operation.Result;
        if (begun.Octets == octets.Length) return begun;
        TransferResult rest = SendToStream(octets[begun.Octets..], flags & ~StreamFlags.FastOpen, stamps);
        return rest.IsDone || begun.Octets > 0 ? new TransferResult(begun.Octets + rest.Octets) : rest;
    }

    /// <summary>As SendFast; what waits does not stop the caller.</summary>
    private async ValueTask<int> SendFastAsync(
        ReadOnlyMemory<byte> buffer, InetEndpoint? destination, SocketFlags flags, CancellationToken token)
    {
        TransferResult begun;
        BindOutcome outcome;
        bool isOpening;
        using (_core.Enter())
        {
            begun = BeginFast(buffer.Span, destination, out outcome);
            isOpening = Stream.IsOpening;
        }

        ObjectDisposedException.ThrowIf(begun.Errno == Errno.EBADF, this);
        if (!outcome.IsGranted) throw Refused(outcome, BindCall.Connect, destination ?? default);
        if (!begun.IsDone && !IsUnderWay(begun)) throw Failure(begun, "send");
        if (isOpening) await ConnectAsync(destination ?? default, token).ConfigureAwait(false);
        if (begun.Octets == buffer.Length) return begun.Octets;
        return begun.Octets + await SendAsync(buffer[begun.Octets..], flags & ~StreamFlags.FastOpen, token).ConfigureAwait(false);
    }

    /// <summary>True when a send connects the stream that it is called on: where asked to, and in FreeBSD wherever it names a peer and there is none.</summary>
    private bool SendConnects(SocketFlags flags, in InetEndpoint? destination) => (flags & StreamFlags.FastOpen) != 0
        || _stream is { Connection.IsConnectDeferred: true }
        || (destination is not null && _core.Tcp is { Settings.IsFreeBsd: true } && _stream is null or { Phase: StreamPhase.Unconnected, Listener: null });

    /// <summary>Gate held.</summary>
    private TransferResult BeginFast(ReadOnlySpan<byte> octets, in InetEndpoint? destination, out BindOutcome outcome)
    {
        outcome = BindRule.Granted;
        if (_isClosed) return TransferResult.Failed(Errno.EBADF);
        outcome = BindRule.Granted;
        if (_stream is { Connection.IsConnectDeferred: true } && destination is null) return Stream.Send(octets, default);
        // Whether there is a peer already is looked at before whether one is named.
        bool isUnnamed = destination is null && (_core.Tcp is { Settings.IsFreeBsd: true } || Stream.Phase == StreamPhase.Unconnected);
        if (isUnnamed && !IsListening) return TransferResult.Failed(Errno.EINVAL);
        if (!IsListening) return Stream.ConnectWithData(destination ?? default, octets, out outcome);
        outcome = BindRule.AlreadyConnected;
        return TransferResult.Refused(outcome.Rule);
    }
}
