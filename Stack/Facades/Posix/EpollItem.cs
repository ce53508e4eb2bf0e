using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>A file that an epoll watches, under the number by which it was added.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class EpollItem(EpollFile epoll, OpenFile file, int descriptor)
{
    private const uint Private = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP;

    /// <summary>Its neighbours in the list of those that may be ready.</summary>
    public EpollItem? Earlier, Later;

    /// <summary>What is watched.</summary>
    public OpenFile File => file;

    /// <summary>The number by which it was added, which need not be its any more.</summary>
    public int Descriptor => descriptor;

    /// <summary>What is asked for: EPOLLIN and so on, with EPOLLET and its like.</summary>
    public uint Events { get; set; }

    /// <summary>What its events are told with.</summary>
    public ulong Data { get; set; }

    /// <summary>True while it is in the list of those that may be ready.</summary>
    public bool IsListed { get; set; }

    /// <summary>EPOLLEXCLUSIVE: of several epolls not all are woken.</summary>
    public bool IsExclusive => (Events & EPOLLEXCLUSIVE) != 0;

    /// <summary>True after EPOLLONESHOT has told once: nothing is told until it is set again.</summary>
    public bool IsDisarmed => (Events & ~Private) == 0;

    /// <summary>What is so, of what is asked for.</summary>
    public uint Ready => (uint)file.PollNow() & Events & ~Private;

    /// <summary>EPOLLONESHOT: what was asked for is forgotten.</summary>
    public void Disarm() => Events &= Private;

    /// <summary>Something happened to the file.</summary>
    /// <param name="events">What may be so now; 0 for anything.</param>
    /// <returns>True when somebody who waits was woken.</returns>
    public bool OnNews(int events)
    {
        bool isWanted = !IsDisarmed && (events == 0 || ((uint)events & Events) != 0);
        return isWanted && epoll.OnReady(this);
    }

    /// <summary>The file is closed, or was taken out.</summary>
    public void Leave() => epoll.Remove(this);
}
