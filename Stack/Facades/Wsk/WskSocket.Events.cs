using System.Numerics;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

// Event callbacks: one at a time, on the stack's scheduler; requests that wait for the same come first.
public sealed partial class WskSocket
{
    private const uint OfConnections = WskConstants.WSK_EVENT_RECEIVE | WskConstants.WSK_EVENT_DISCONNECT;

    private EventWatcher? _watcher;
    private List<WskRequest>? _afterIndication;      // what has to wait for a callback to return
    private uint _events, _running;                  // enabled; the one whose callback runs
    private bool _isReceivePaused, _hasToldDisconnect, _hasToldEnd;

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
        uint fixedEvents = _staticEvents | (Category == WskCategory.Listen || Listens ? OfConnections : 0);      // a listener passes these on for good
        if (disables && (BitOperations.PopCount(events) != 1 || (events & fixedEvents) != 0)) return NtStatus.STATUS_INVALID_PARAMETER;
        bool isUp = Category switch
        {
            WskCategory.Connection => _socket.HasPeerNow,
            WskCategory.Stream => Listens || _socket.HasPeerNow,
            _ => _socket.IsNamedNow,
        };
        if (!isUp) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        using (Core.Enter()) return disables ? Disable(events, request) : Enable(events);
    });

    /// <summary>A socket that WskAcceptEvent was given has the listener's callbacks for connections enabled from the start.</summary>
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
        if (!IsDead) Watcher.Begin();
        Watcher.OnNews(0);
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
        if (_events == 0 || _running != 0 || _isClosing) return 0;
        if (IsDead) return _hasToldEnd ? 0 : EventOfEnd();
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

    /// <summary>The event by which the client is told that the socket works no longer: by nothing, where something used to be.</summary>
    private uint EventOfEnd()
    {
        uint known = OfDatagrams is null ? 0 : WskConstants.WSK_EVENT_RECEIVE_FROM;
        if (OfListener?.WskAcceptEvent is not null && (Category == WskCategory.Listen || _role == WskSocketRole.Listens)) known |= WskConstants.WSK_EVENT_ACCEPT;
        if (OfConnection?.WskReceiveEvent is not null && _role != WskSocketRole.Listens) known |= WskConstants.WSK_EVENT_RECEIVE;
        uint told = _events & known;
        if (told != 0) return told;
        bool mayTellEnd = OfConnection?.WskDisconnectEvent is not null && !_hasToldDisconnect && _role != WskSocketRole.Listens;
        return mayTellEnd ? _events & WskConstants.WSK_EVENT_DISCONNECT : 0;
    }
}
