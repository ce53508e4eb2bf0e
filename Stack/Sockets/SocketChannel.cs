using System.Net.Sockets;
using UserNet.Core;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>What every socket has once it is used: who waits for it, how long they may, and what poll tells of it.</summary>
/// <remarks>Gate held.</remarks>
internal abstract class SocketChannel(StackCore core)
{
    private OperationList? _receivers, _senders, _pollers;      // made when somebody waits: most sockets wait for one thing at most

    /// <summary>Who waits for something to come: octets, datagrams, connections.</summary>
    public OperationList Receivers => _receivers ??= new();

    /// <summary>Who waits for something to leave, or for a connection to be made.</summary>
    public OperationList Senders => _senders ??= new();

    /// <summary>Who waits to hear that something can be done.</summary>
    public OperationList Pollers => _pollers ??= new();

    /// <summary>True when <see cref="Receivers"/> has somebody.</summary>
    public bool HasReceivers => _receivers is { IsEmpty: false };

    /// <summary>True when <see cref="Senders"/> has somebody.</summary>
    public bool HasSenders => _senders is { IsEmpty: false };

    /// <summary>True when <see cref="Pollers"/> has somebody.</summary>
    public bool HasPollers => _pollers is { IsEmpty: false };

    /// <summary>Who is told, beside those who wait, that something can be done; null for nobody.</summary>
    public IChannelObserver? Observer
    {
        get => _pollers?.Observer;
        set
        {
            if (value is not null || _pollers is not null) Pollers.Observer = value;
        }
    }

    /// <summary>True when somebody is to be told of news.</summary>
    public bool IsWatched => _pollers is { IsEmpty: false } or { Observer: not null };

    /// <summary>The pending error, which the next call takes: SO_ERROR.</summary>
    public abstract Errno Error { get; }

    /// <summary>SO_RCVTIMEO; zero for none.</summary>
    public abstract TimeSpan ReceiveTimeout { get; set; }

    /// <summary>SO_SNDTIMEO; zero for none.</summary>
    public abstract TimeSpan SendTimeout { get; set; }

    /// <summary>FIONREAD: octets that the next receive gives.</summary>
    public abstract int Available { get; }

    /// <summary>FIONREAD of one that may have urgent octets: those before them.</summary>
    public virtual int AvailableToMark => Available;

    protected StackCore Core { get; } = core;

    /// <summary>Takes the pending error away.</summary>
    public abstract Errno TakeError();

    /// <summary>True when poll would answer yes.</summary>
    public abstract bool IsReady(SelectMode mode);

    /// <summary>True when poll would return, be it by an event that was not asked for.</summary>
    public abstract bool HasEvent(SelectMode mode);

    /// <summary>Gives waiting receivers what there is.</summary>
    public abstract void Serve();

    /// <summary>Has waiting senders go on, if they can.</summary>
    public abstract void Pump();

    /// <summary>The socket is closed: whoever waits is sent away, who watches is told, and nothing is kept.</summary>
    public virtual void Close()
    {
        SendAway();
        Observer?.OnNews(0);
    }

    /// <summary>Ends all calls that wait.</summary>
    public void SendAway()
    {
        EndAll(_receivers);
        EndAll(_senders);
        EndAll(_pollers);
    }

    /// <summary>Wakes those who wait for something that can be done now.</summary>
    /// <param name="events">What observers hear of: POLLIN and so on, 0 for anything.</param>
    protected void NotifyPollers(int events = 0)
    {
        for (SocketOperation? operation = _pollers?.First; operation is not null;)
        {
            var poll = (PollOperation)operation;
            bool isOver = HasEvent(poll.Mode);
            if (isOver) poll.Notify(IsReady(poll.Mode));
            operation = isOver ? _pollers!.First : operation.Later;      // a select may have left with more than this one
        }

        Observer?.OnNews(events);
    }

    private static void EndAll(OperationList? waiting)
    {
        while (waiting?.First is { } operation) operation.Abandon();
    }
}
