using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Time;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Waiting for many descriptors.
public sealed partial class PosixProcess
{
    /// <summary>POLLIN.</summary>
    public const short PollIn = POLLIN;
    /// <summary>POLLPRI.</summary>
    public const short PollPriority = POLLPRI;
    /// <summary>POLLOUT.</summary>
    public const short PollOut = POLLOUT;
    /// <summary>POLLERR: told whether it was asked for or not.</summary>
    public const short PollError = POLLERR;
    /// <summary>POLLHUP: told whether it was asked for or not.</summary>
    public const short PollHangUp = POLLHUP;
    /// <summary>POLLNVAL: the descriptor is not open.</summary>
    public const short PollInvalid = POLLNVAL;
    /// <summary>POLLRDHUP.</summary>
    public const short PollReadHangUp = POLLRDHUP;

    /// <summary>int poll(struct pollfd fds[], nfds_t nfds, int timeout)</summary>
    /// <param name="descriptors">What to look at; negative descriptors are passed over.</param>
    /// <param name="timeoutMilliseconds">How long to wait, of the stack's time; negative for ever.</param>
    /// <returns>
    /// How many have something to tell, 0 when the time is over; or -1: EINVAL (more than descriptors may be open), EINTR (the stack was
    /// closed meanwhile).
    /// </returns>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    public int Poll(Span<PollDescriptor> descriptors, int timeoutMilliseconds)
    {
        if (descriptors.Length > _descriptors.Limit) return Fail(Errno.EINVAL);
        StackCore core = _stack.Core;
        Timestamp? end = null;
        while (true)
        {
            SelectOperation operation;
            using (core.Enter())
            {
                int ready = Look(descriptors);
                if (ready > 0 || timeoutMilliseconds == 0) return ready;
                end ??= core.Now + TimeSpan.FromMilliseconds(timeoutMilliseconds);
                TimeSpan left = end.Value - core.Now;
                if (timeoutMilliseconds > 0 && left <= TimeSpan.Zero) return 0;
                if (core.IsDisposed) return Fail(Errno.EINTR);
                NetworkSocket.EnsureMayBlock(core);
                operation = new SelectOperation(core);
                operation.Begin();
                foreach (PollDescriptor asked in descriptors) _descriptors[asked.Descriptor]?.Join(operation, asked.Events);
                operation.ExpireIn(left);
            }

            try
            {
                operation.WaitHere();
            }
            finally
            {
                using (core.Enter()) operation.Leave();
            }
        }
    }

    /// <summary>poll of one descriptor and without waiting.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="events">What is asked for: POLLIN, POLLOUT, POLLPRI, POLLRDHUP.</param>
    /// <returns>What is so: of these, and POLLERR, POLLHUP or POLLNVAL.</returns>
    public short Poll(int descriptor, short events)
    {
        var one = new PollDescriptor { Descriptor = descriptor, Events = events };
        using (_stack.Core.Enter()) Look(new Span<PollDescriptor>(ref one));
        return one.Returned;
    }

    /// <summary>Gate held.</summary>
    private int Look(Span<PollDescriptor> descriptors)
    {
        int ready = 0;
        foreach (ref PollDescriptor asked in descriptors)
        {
            OpenFile? file = asked.Descriptor < 0 ? null : _descriptors[asked.Descriptor];
            int events = file is not null ? file.PollNow() & ((ushort)asked.Events | POLLERR | POLLHUP) : asked.Descriptor < 0 ? 0 : POLLNVAL;
            asked.Returned = (short)events;
            if (events != 0) ready++;
        }

        return ready;
    }
}
