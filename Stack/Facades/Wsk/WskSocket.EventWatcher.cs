using System.IO.Pipelines;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Wsk;

// Who looks for events, and calls the callbacks.
public sealed partial class WskSocket
{
    /// <summary>WskRelease: gives back what a callback kept by STATUS_PENDING. Any thread, also inside of a callback.</summary>
    internal NtStatus Release(WskIndication indication)
    {
        using (Core.Enter())
        {
            NtStatus status = indication.Release(this);
            if (status == NtStatus.STATUS_SUCCESS) _watcher?.TakeBack(indication.Memory);
            return status;
        }
    }

    /// <summary>What one callback is to be told.</summary>
    /// <param name="Event">Which.</param>
    private readonly record struct News(uint Event)
    {
        /// <summary>False where there is nothing after all: an error about something sent is none of a callback's business.</summary>
        public bool IsThere { get; init; }
        /// <summary>The socket works no longer.</summary>
        public bool IsEnd { get; init; }
        public uint Flags { get; init; }
        public int Count { get; init; }
        public NetworkSocket? Accepted { get; init; }
        public WskIndication? Indication { get; init; }
    }

    /// <summary>Watches the socket, and calls the callbacks.</summary>
    private sealed class EventWatcher(WskSocket socket) : Waiter, IChannelObserver, IWake
    {
        private const int MostAtOnce = 65_536;

        private WskIndication? _indication;      // used again for each event, unless a client keeps it
        private byte[]? _spare;
        private bool _isScheduled, _isWatching;

        /// <summary>Is told from now on what happens to the socket, and to the stack. Gate held.</summary>
        public void Begin()
        {
            socket._socket.Common.Observer = this;
            if (_isWatching) return;
            _isWatching = true;
            socket.Core.Watching.Add(this);
        }

        /// <summary>The socket is being closed. Gate held.</summary>
        public void End()
        {
            socket._socket.Common.Observer = null;
            if (_isWatching) socket.Core.Watching.Remove(this);
            _isWatching = false;
        }

        /// <inheritdoc/>
        public override void Abandon()
        {
            End();
            OnNews(0);
        }

        /// <inheritdoc/>
        public void OnNews(int events)
        {
            if (_isScheduled || socket.NextEvent() == 0) return;
            _isScheduled = true;
            socket.Core.Wake(this);
        }

        /// <inheritdoc/>
        public void Wake(PipeScheduler scheduler) => scheduler.Schedule(static watcher => ((EventWatcher)watcher!).TellOne(), this);

        /// <summary>Memory that a client kept. Gate held.</summary>
        public void TakeBack(byte[] memory) => _spare ??= memory;

        private void TellOne()
        {
            News news;
            using (socket.Core.Enter())
            {
                _isScheduled = false;
                uint @event = socket.NextEvent();
                if (@event == 0) return;
                socket._running = @event;
                socket._pending++;
                news = socket.IsDead ? TakeEnd(@event) : Take(@event);
            }

            int taken = 0;
            bool isKept = false;
            try
            {
                if (news.IsEnd) CallOfEnd(news.Event);
                else if (news.IsThere) taken = Call(news, out isKept);
            }
            finally
            {
                Settle(news, taken, isKept);
            }
        }

        private News TakeEnd(uint @event)
        {
            socket._hasToldEnd = true;
            return new News(@event) { IsEnd = true };
        }

        private News Take(uint @event)
        {
            switch (@event)
            {
                case WskConstants.WSK_EVENT_ACCEPT:
                    socket._socket.TakeConnection(out NetworkSocket? accepted);
                    return new News(@event) { IsThere = accepted is not null, Accepted = accepted };
                case WskConstants.WSK_EVENT_DISCONNECT:
                    socket._hasToldDisconnect = true;
                    bool isReset = socket._socket.Stream.Failure != Errno.Success;
                    return new News(@event) { IsThere = true, Flags = isReset ? WskConstants.WSK_FLAG_ABORTIVE : 0 };
                default:
                    return TakeOctets(@event);
            }
        }

        private News TakeOctets(uint @event)
        {
            bool isDatagram = @event == WskConstants.WSK_EVENT_RECEIVE_FROM;
            if (_indication is null)
            {
                byte[] memory = _spare ?? new byte[MostAtOnce];
                _indication = isDatagram ? new WskDatagramIndication(socket, memory) : new WskDataIndication(socket, memory);
                _spare = null;
            }

            TransferResult shown = socket._socket.Take(_indication.Memory, peeks: true, out DatagramInfo info);
            if (!shown.IsDone) return new News(@event);
            _indication.Show(shown.Octets);
            (_indication as WskDatagramIndication)?.SetSource(info.Source);
            uint flags = isDatagram ? (uint)info.Flags & (WskConstants.MSG_BCAST | WskConstants.MSG_MCAST) : 0;      // .NET has the same numbers
            return new News(@event) { IsThere = true, Count = shown.Octets, Indication = _indication, Flags = flags };
        }

        /// <summary>Calls one callback; how much of what it was shown it took.</summary>
        private int Call(in News news, out bool isKept)
        {
            isKept = false;
            object? context = socket.Context;
            switch (news.Event)
            {
                case WskConstants.WSK_EVENT_ACCEPT:
                    TellAccepted(news.Accepted!);
                    return 0;
                case WskConstants.WSK_EVENT_DISCONNECT:
                    socket.OfConnection!.WskDisconnectEvent!(context, news.Flags);
                    return 0;
                case WskConstants.WSK_EVENT_RECEIVE:
                    int taken = news.Count;
                    NtStatus status = socket.OfConnection!.WskReceiveEvent!(context, 0, (WskDataIndication)news.Indication!, news.Count, ref taken);
                    isKept = status == NtStatus.STATUS_PENDING;
                    return isKept ? news.Count : status == NtStatus.STATUS_SUCCESS ? Math.Clamp(taken, 0, news.Count) : 0;
                default:
                    status = socket.OfDatagrams!(context, news.Flags, (WskDatagramIndication)news.Indication!);
                    isKept = status == NtStatus.STATUS_PENDING;
                    return isKept || status == NtStatus.STATUS_SUCCESS ? 1 : 0;
            }
        }

        /// <summary>Tells that the socket works no longer.</summary>
        private void CallOfEnd(uint @event)
        {
            int none = 0;
            object? context = socket.Context;
            switch (@event)
            {
                case WskConstants.WSK_EVENT_ACCEPT:
                    socket.OfListener!.WskAcceptEvent!(context, 0, default, default, null, out _, out _);
                    return;
                case WskConstants.WSK_EVENT_RECEIVE:
                    socket.OfConnection!.WskReceiveEvent!(context, 0, null, 0, ref none);
                    return;
                case WskConstants.WSK_EVENT_DISCONNECT:
                    socket.OfConnection!.WskDisconnectEvent!(context, WskConstants.WSK_FLAG_ABORTIVE);
                    return;
                default:
                    socket.OfDatagrams!(context, 0, null);
                    return;
            }
        }

        private void TellAccepted(NetworkSocket accepted)
        {
            Span<byte> local = stackalloc byte[WindowsSocketAddress.V6Length], remote = stackalloc byte[WindowsSocketAddress.V6Length];
            int length = WindowsSocketAddress.Write(accepted.LocalName, local);
            WindowsSocketAddress.Write(accepted.PeerName ?? socket.Any, remote);
            var connection = new WskSocket(socket._registration, accepted, WskCategory.Connection, socket._caller, null, null);
            NtStatus status = socket.OfListener!.WskAcceptEvent!(
                socket.Context, 0, local[..length], remote[..length], connection, out object? context, out WskClientConnectionDispatch? callbacks);
            if (status != NtStatus.STATUS_SUCCESS)
            {
                connection.CloseUnseen();
                return;
            }

            (connection.Context, connection.Callbacks) = (context, callbacks);
            connection.Inherit(socket);
        }

        /// <summary>A callback has returned: what it took goes, and who waited for that goes on.</summary>
        private void Settle(in News news, int taken, bool isKept)
        {
            using (socket.Core.Enter())
            {
                socket._running = 0;
                if (news.Indication is { } shown) SettleOctets(news, shown, taken, isKept);
                if (socket._afterIndication is { } waiting)
                {
                    foreach (WskRequest request in waiting) socket.Core.Wake(request);
                    waiting.Clear();
                }

                socket.LeaveNow();
                OnNews(0);
            }
        }

        private void SettleOctets(in News news, WskIndication shown, int taken, bool isKept)
        {
            if (shown.Settle(isKept)) _indication = null;
            if (news.Event == WskConstants.WSK_EVENT_RECEIVE)
            {
                if (taken > 0) socket._socket.Take(shown.Memory.AsSpan(0, taken), peeks: false, out _);      // the same octets once more
                socket._isReceivePaused = taken < news.Count;
                return;
            }

            bool isStatic = (socket._staticEvents & news.Event) != 0;
            if (taken > 0 || isStatic) socket._socket.Take(shown.Memory, peeks: false, out _);
            else socket._events &= ~news.Event;
        }
    }
}
