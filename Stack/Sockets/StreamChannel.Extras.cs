using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Time;
using static UserNet.Sockets.StampFlags;

namespace UserNet.Sockets;

// Time stamps, memory that is lent, and the queue in which both are told of: SO_TIMESTAMPING, MSG_ZEROCOPY and MSG_ERRQUEUE of Linux.
internal sealed partial class StreamChannel
{
    private StreamExtras? _extras;

    /// <summary>What few streams have; made here.</summary>
    public StreamExtras Extras => _extras ??= new StreamExtras();

    /// <summary>The same, or null where nothing of it was set.</summary>
    public StreamExtras? ExtrasOrNone => _extras;

    /// <summary>True while something waits to be read with MSG_ERRQUEUE: POLLERR.</summary>
    public bool HasQueuedErrors => _extras is { HasErrors: true };

    /// <inheritdoc/>
    public override TimeSpan ReceiveTimeout
    {
        get => _extras?.ReceiveTimeout ?? TimeSpan.Zero;
        set
        {
            if (value != ReceiveTimeout) Extras.ReceiveTimeout = value;
        }
    }

    /// <inheritdoc/>
    public override TimeSpan SendTimeout
    {
        get => _extras?.SendTimeout ?? TimeSpan.Zero;
        set
        {
            if (value != SendTimeout) Extras.SendTimeout = value;
        }
    }

    /// <summary>A call has given octets to the stream; the last of them is marked as the call and the options say.</summary>
    /// <param name="octets">How many the whole call gave.</param>
    /// <param name="flags">Of the call.</param>
    /// <param name="stamps">Which moments the call itself asks for, as SOF_TIMESTAMPING_ flags; null for those of the socket.</param>
    public void OnCallDone(int octets, SocketFlags flags, int? stamps)
    {
        if (octets == 0 || Connection is not { } tcb) return;
        if ((flags & StreamFlags.EndOfRecord) != 0) tcb.EndRecord();
        int wished = stamps ?? _extras?.Timestamping ?? 0;
        if ((wished & Sends) != 0 && MomentsOf(wished) is not SendMoments.None and var moments) tcb.Stamp(octets, moments);
        if ((flags & StreamFlags.ZeroCopy) == 0 || _extras is not { LendsMemory: true } extras) return;
        uint number = extras.NextLent++;
        if (tcb.IsGone) OnReturned(new LentWrites(number, number, default, octets));
        else tcb.Lend(number, octets);
    }

    /// <summary>Reads the oldest entry of the queue. The pending error becomes that of the next one, if it came by ICMP.</summary>
    /// <returns>Octets copied; null when there is none.</returns>
    public int? ReadError(Span<byte> target, out SocketErrorInfo error)
    {
        error = default;
        if (!HasQueuedErrors) return null;
        int copied = _extras!.Errors.Read(target, out error);
        bool hasNext = _extras.Errors.TryPeek(out SocketErrorInfo next);
        if (hasNext && next.IsRemote) _error = next.Errno;
        else if (error.IsRemote) TakeError();
        return copied;
    }

    /// <summary>SO_TIMESTAMPING.</summary>
    /// <returns>Granted, InvalidOption, NotSupported (SOF_TIMESTAMPING_BIND_PHC).</returns>
    public BindRule SetTimestamping(int flags, bool isNew)
    {
        if ((flags & ~All) != 0 || ((flags & OptionIdTcp) != 0 && (flags & OptionId) == 0)) return BindRule.InvalidOption;
        if ((flags & OptionStatistics) != 0 && (flags & OptionTimeOnly) == 0) return BindRule.InvalidOption;
        if ((flags & OptionId) != 0 && ((_extras?.Timestamping ?? 0) & OptionId) == 0)
        {
            if (Connection is not { } tcb || IsOver) return BindRule.InvalidOption;      // there is no octet to count from
            Extras.FirstStamped = tcb.NumberNow(ofWrites: (flags & OptionIdTcp) != 0);
        }

        if ((flags & BindClock) != 0) return binding.Device == 0 ? BindRule.NotSupported : BindRule.InvalidOption;      // no interface here has one
        (Extras.Timestamping, Extras.HasNewForm) = (flags, isNew);
        FollowStamps();
        return BindRule.Granted;
    }

    /// <summary>SO_TIMESTAMP, SO_TIMESTAMPNS.</summary>
    public BindRule SetStampForm(bool isOn, StampForm form, bool isNew)
    {
        Extras.Form = isOn ? form : StampForm.None;
        if (isOn) Extras.HasNewForm = isNew;
        FollowStamps();
        return BindRule.Granted;
    }

    /// <inheritdoc/>
    /// <remarks>The packet itself comes along, unless SOF_TIMESTAMPING_OPT_TSONLY is set: its headers are zeros here, and its octets as far as they are there.</remarks>
    void ITcpUser.OnMoment(in SendStamp stamp, SendMoments moment, int length, Timestamp now)
    {
        if (Connection is not { } tcb) return;
        StreamExtras extras = Extras;
        byte[] payload = (extras.Timestamping & OptionTimeOnly) == 0 ? new byte[length] : [];
        int octets = Math.Min(Math.Min(stamp.Last + 1 - stamp.First, payload.Length), stamp.Last + 1 - tcb.Written.Una);
        if (octets > 0) tcb.Written.Copy(stamp.Last + 1 - octets, payload.AsSpan(payload.Length - octets));
        var entry = new SocketErrorInfo
        {
            Errno = Errno.ENOMSG,
            Origin = SocketErrorOrigin.Timestamping,
            Info = moment switch { SendMoments.Sent => 0u, SendMoments.Scheduled => 1u, _ => 2u },
            Data = (extras.Timestamping & OptionId) != 0 ? (uint)(stamp.Last - extras.FirstStamped) : 0,
            Offender = NoAddress,
            Arrived = now,
        };
        QueueError(entry, payload);
    }

    /// <inheritdoc/>
    /// <remarks>Linux tells of it over IPv4 whether IP_RECVERR is set or not.</remarks>
    void ITcpUser.OnReported(in ReportedError error, Timestamp now)
    {
        if (error.IsV6 && !Options.ReportsErrors) return;
        var entry = new SocketErrorInfo
        {
            Errno = error.Errno,
            Origin = error.IsV6 ? SocketErrorOrigin.Icmpv6 : SocketErrorOrigin.Icmp,
            Type = error.Type,
            Code = error.Code,
            Info = error.FaultyOctet,
            Offender = binding.IsV6 ? error.Reporter.MapToV6() : error.Reporter,
            Destination = new InetEndpoint(binding.IsV6 ? error.Destination.MapToV6() : error.Destination, binding.RemotePort),
            HopLimit = error.HopLimit,
            TrafficClass = error.TrafficClass,
            Arrived = now,
        };
        QueueError(entry, error.Payload);
    }

    /// <inheritdoc/>
    void ITcpUser.OnReturned(in LentWrites writes) => OnReturned(writes);

    private InetAddress NoAddress => binding.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;

    private void OnReturned(in LentWrites writes)
    {
        if (Extras.Errors.TryExtend(writes.Low, writes.High))
        {
            if (IsWatched) NotifyPollers(ChannelEvents.Error);
            return;
        }

        var entry = new SocketErrorInfo
        {
            Origin = SocketErrorOrigin.ZeroCopy,
            Code = 1,      // SO_EE_CODE_ZEROCOPY_COPIED: the octets lie in the stream's own ring
            Info = writes.Low,
            Data = writes.High,
            Offender = NoAddress,
            Arrived = Core.Now,
        };
        QueueError(entry, default);
    }

    /// <summary>Queues an entry, if there is room.</summary>
    private void QueueError(in SocketErrorInfo error, ReadOnlySpan<byte> payload)
    {
        int room = Number(RawOptionLevel.Socket, RawOption.ReceiveBuffer)!.Value - Available - Extras.Errors.Held;
        if (Extras.Errors.TryAdd(error, payload, room) && IsWatched) NotifyPollers(ChannelEvents.Error);
    }

    /// <summary>Notes when the last of the octets came that are about to be read.</summary>
    private void NoteStamp(Tcb tcb, int room)
    {
        if (_extras is { WantsReceiveStamps: true } extras) extras.LastReceived = tcb.StampOf(Math.Min(room, tcb.Received.Count));
    }

    private void FollowStamps()
    {
        if (Connection is { } tcb) tcb.StampsReceived = _extras is { WantsReceiveStamps: true };
    }
}
