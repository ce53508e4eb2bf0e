using System.Runtime.InteropServices;

namespace UserNet.Facades.Posix;

/// <summary>struct pollfd: a descriptor, what is asked of it, and what is so.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollDescriptor
{
    /// <summary>fd; a negative one is passed over.</summary>
    public int Descriptor { get; set; }

    /// <summary>events: POLLIN, POLLOUT, POLLPRI, POLLRDHUP.</summary>
    public short Events { get; set; }

    /// <summary>revents: which of these are so; and POLLERR, POLLHUP, POLLNVAL, asked for or not.</summary>
    public short Returned { get; set; }
}
