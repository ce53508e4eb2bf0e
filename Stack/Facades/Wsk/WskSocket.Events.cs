using System.IO.Pipelines;
using System.Numerics;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Wsk;

// Event callbacks: one at a time, on the stack's scheduler; requests that wait for the same come first.
public sealed partial class WskSocket
{
    private const uint OfConnections = WskConstants.WSK_EVENT_RECEIVE | WskConstants.WSK_EVENT_DISCONNECT;

    private EventWatcher? _watcher;
    private List<WskRequest>? _afterIndication;      // what has to wait for a callback to return
    private uint _events, _running;                  // enabled; the one whose callback runs
    private bool _isReceivePaused, _hasToldDisconnect;

    private EventWatcher Watcher => _watcher ??= new EventWatcher(this);

    private WskClientListenDispatch? OfListener => Callbacks as WskClientListenDispatch ?? (Callbacks as WskClientStreamDispatch)?.Listen;

    private WskClientConnectionDispatch? OfConnection => Callbacks as WskClientConnectionDispatch ?? (Callbacks as WskClientStreamDispatch)?.Connect;

    private WskReceiveFromEvent? OfDatagrams => (Callbacks as WskClientDatagramDispatch)?.WskReceiveFromEvent;

    internal static uint EventsOf(WskCategory category) => category switch
    {
        WskCategory.Listen or WskCategory.Stream => WskConstants.WSK_EVENT_ACCEPT | OfConnections,
        WskCategory.Connection => OfConnections,
        WskCategory.Datagram => WskConstants.WSK_EVENT_RECEIVE_FROM,
        _ => 0,
    };

    /// <summary>WskControlSocket with SO_WSK_EVENT_CALLBACK; the IRP may be null.</summary>
    internal NtStatus ControlEvents(uint mask, Irp? irp) => RunWithOrWithout(irp, request =>
    {
        uint events = mask & ~WskConstants.WSK_EVENT_DISABLE;
        bool disables = mask != events;
        if (Category == WskCategory.Basic) return NtStatus.STATUS_NOT_SUPPORTED;
        if (events == 0 || (events & ~EventsOf(Category)) != 0) return NtStatus.STATUS_INVALID_PARAMETER;
        if (disables && (BitOperations.PopCount(events) != 1 || (events & _registration.StaticEvents) != 0)) return NtStatus.STATUS_INVALID_PARAMETER;
        bool isUp = Category switch
        {
            WskCategory.Connection => _socket.HasPeerNow,
            WskCategory.Stream => Listens || _socket.HasPeerNow,
            _ => _socket.IsBoundNow,
        };
        if (!isUp) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        using (Core.Enter()) return disables ? Disable(events, request) : Enable(events);
    });

    /// <summary>An accepted socket has the listener's callbacks for connections enabled from the start.</summary>
    private void Inherit(WskSocket listener)
    {
        using (Core.Enter())
        {
            _events |= listener._events & OfConnections;
            LookNow();
        }
    }

    private void Look()
    {
        using (Core.Enter()) LookNow();
    }

    /// <summary>Tells what there is to tell already. Gate held.</summary>
    private void LookNow()
    {
        if (_events == 0 || _isClosing) return;
        _socket.Common.Observer = Watcher;
        Watcher.OnNews();
    }

    private NtStatus Enable(uint events)
    {
        _events |= events;
        LookNow();
        return NtStatus.STATUS_SUCCESS;
    }

    private NtStatus Disable(uint @event, WskRequest? request)
    {
        _events &= ~@event;
        if (_running != @event) return NtStatus.STATUS_SUCCESS;
        if (request is null) return NtStatus.STATUS_EVENT_PENDING;
        WaitForCallback(request, static _ => NtStatus.STATUS_SUCCESS);
        return NtStatus.STATUS_PENDING;
    }

    /// <summary>A receive while octets are shown to a callback gets what that leaves.</summary>
    private bool WaitsForIndication(WskRequest request, Func<WskRequest, NtStatus> again)
    {
        using (Core.Enter())
        {
            if ((_running & (WskConstants.WSK_EVENT_RECEIVE | WskConstants.WSK_EVENT_RECEIVE_FROM)) == 0) return false;
            WaitForCallback(request, again);
            return true;
        }
    }

    private void WaitForCallback(WskRequest request, Func<WskRequest, NtStatus> work)
    {
        request.HoldBack(work);
        (_afterIndication ??= []).Add(request);
    }

    /// <summary>WskReceive was called: the callback may have what it leaves.</summary>
    private void GoOnIndicating()
    {
        using (Core.Enter())
        {
            _isReceivePaused = false;
            LookNow();
        }
    }

    /// <summary>The event to tell next, 0 for none. Gate held.</summary>
    private uint NextEvent()
    {
        if (_events == 0 || _running != 0 || _isClosing || Core.IsDisposed) return 0;
        SocketChannel channel = _socket.Common;
        if (channel is DatagramChannel { HasReceivers: false, Queue.Count: > 0 } && OfDatagrams is not null)
            return _events & WskConstants.WSK_EVENT_RECEIVE_FROM;
        if (channel is not StreamChannel stream) return 0;
        if (stream.Listener is { Count: > 0 } && !stream.HasReceivers && OfListener?.WskAcceptEvent is not null)
            return _events & WskConstants.WSK_EVENT_ACCEPT;
        if (stream.Phase != StreamPhase.Connected || OfConnection is not { } callbacks) return 0;
        bool tellsOctets = (_events & WskConstants.WSK_EVENT_RECEIVE) != 0 && callbacks.WskReceiveEvent is not null && !_isReceivePaused;
        if (tellsOctets && stream is { HasReceivers: false, Available: > 0 }) return WskConstants.WSK_EVENT_RECEIVE;
        bool isOver = !_hasToldDisconnect && stream.HasReadHungUp && callbacks.WskDisconnectEvent is not null && !_isAborted;
        return isOver ? _events & WskConstants.WSK_EVENT_DISCONNECT : 0;
    }

    /// <summary>Watches the socket, and calls the callbacks.</summary>
    private sealed class EventWatcher(WskSocket socket) : IChannelObserver, IWake
    {
        private const int MostAtOnce = 65_536;

        private byte[]? _octets;
        private bool _isScheduled;

        /// <inheritdoc/>
        public void OnNews()
        {
            if (_isScheduled || socket.NextEvent() == 0) return;
            _isScheduled = true;
            socket.Core.Wake(this);
        }

        /// <inheritdoc/>
        public void Wake(PipeScheduler scheduler) => scheduler.Schedule(static watcher => ((EventWatcher)watcher!).TellOne(), this);

        private void TellOne()
        {
            uint @event;
            int count = 0;
            DatagramInfo info = default;
            NetworkSocket? accepted = null;
            uint flags = 0;
            bool isThere = true;      // an error about something sent is none of a callback's business
            using (socket.Core.Enter())
            {
                _isScheduled = false;
                @event = socket.NextEvent();
                if (@event == 0) return;
                socket._running = @event;
                socket._pending++;
                switch (@event)
                {
                    case WskConstants.WSK_EVENT_ACCEPT:
                        socket._socket.TakeConnection(out accepted);
                        break;
                    case WskConstants.WSK_EVENT_DISCONNECT:
                        socket._hasToldDisconnect = true;
                        flags = socket._socket.Stream.Failure == Errno.Success ? 0 : WskConstants.WSK_FLAG_ABORTIVE;
                        break;
                    default:
                        _octets ??= new byte[MostAtOnce];
                        TransferResult shown = socket._socket.Take(_octets, peeks: true, out info);
                        (count, isThere) = (shown.Octets, shown.IsDone);
                        break;
                }
            }

            int taken = 0;
            try
            {
                if (isThere) taken = Call(@event, flags, accepted, info, count);
            }
            finally
            {
                Settle(isThere ? @event : 0, taken, count);
            }
        }

        /// <summary>Calls one callback; how much of what it was shown it took.</summary>
        private int Call(uint @event, uint flags, NetworkSocket? accepted, in DatagramInfo info, int count)
        {
            object? context = socket.Context;
            switch (@event)
            {
                case WskConstants.WSK_EVENT_ACCEPT:
                    if (accepted is not null) TellAccepted(accepted);
                    return 0;
                case WskConstants.WSK_EVENT_DISCONNECT:
                    socket.OfConnection!.WskDisconnectEvent!(context, flags);
                    return 0;
                case WskConstants.WSK_EVENT_RECEIVE:
                    int taken = count;
                    NtStatus status = socket.OfConnection!.WskReceiveEvent!(context, 0, _octets.AsSpan(0, count), ref taken);
                    return status == NtStatus.STATUS_SUCCESS ? Math.Clamp(taken, 0, count) : 0;
                default:
                    Span<byte> source = stackalloc byte[WindowsSocketAddress.V6Length];
                    int length = WindowsSocketAddress.Write(info.Source, source);
                    status = socket.OfDatagrams!(context, 0, source[..length], _octets.AsSpan(0, count));
                    return status == NtStatus.STATUS_SUCCESS ? 1 : 0;
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
        private void Settle(uint @event, int taken, int count)
        {
            using (socket.Core.Enter())
            {
                socket._running = 0;
                if (@event == WskConstants.WSK_EVENT_RECEIVE)
                {
                    if (taken > 0) socket._socket.Take(_octets.AsSpan(0, taken), peeks: false, out _);
                    socket._isReceivePaused = taken < count;
                }
                else if (@event == WskConstants.WSK_EVENT_RECEIVE_FROM)
                {
                    if (taken > 0) socket._socket.Take(_octets, peeks: false, out _);
                    else socket._events &= ~@event;
                }

                if (socket._afterIndication is { } waiting)
                {
                    foreach (WskRequest request in waiting) socket.Core.Wake(request);
                    waiting.Clear();
                }

                socket.LeaveNow();
                OnNews();
            }
        }
    }
}
