using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

// Frames on their way out, in, and back from where they came.
public sealed partial class AddressTranslation
{
    private const int TurnedLimit = 1024;

    private readonly Lock _delivery = new();      // held while the sink is called, by the outer link or the timer; before _lock
    private readonly Queue<PacketBuffer> _turned = new();
    private readonly PacketBuffer[] _turning = new PacketBuffer[AddressTranslationBatch.Size];
    private readonly LinkFrame[] _turningFrames = new LinkFrame[AddressTranslationBatch.Size];
    private readonly ITimer _timer;               // fires at once: a sender's sink is not called from inside its call

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        int done = 0;
        while (done < frames.Length)
        {
            ReadOnlySpan<LinkFrame> some = frames.Slice(done, Math.Min(AddressTranslationBatch.Size, frames.Length - done));
            int taken = SendSome(some);
            done += taken;
            if (taken < some.Length) break;
        }

        return done;
    }

    // A frame that the outer link does not take comes again, and is translated again to the same.
    private int SendSome(ReadOnlySpan<LinkFrame> frames)
    {
        AddressTranslationBatch batch = _outgoing;
        try
        {
            lock (_lock) Translate(frames, batch, isOutbound: true);
            int taken = batch.OnwardCount == 0 ? 0 : _outer.Send(batch.Onward);
            int done = batch.DoneWhenTaken(taken);
            lock (_lock) Count(batch, done, isOutbound: true);
            return done;
        }
        finally
        {
            lock (_lock) batch.Clear();
        }
    }

    private void Receive(IFrameSink sink, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        for (int done = 0; done < frames.Length; done += AddressTranslationBatch.Size)
        {
            int count = Math.Min(AddressTranslationBatch.Size, frames.Length - done);
            ReceiveSome(sink, frames.Slice(done, count), verdicts.IsEmpty ? verdicts : verdicts.Slice(done, count));
        }
    }

    private void ReceiveSome(IFrameSink sink, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        AddressTranslationBatch batch = _incoming;
        try
        {
            lock (_lock)
            {
                Translate(frames, batch, isOutbound: false);
                Count(batch, batch.Count, isOutbound: false);
            }

            if (batch.OnwardCount > 0)
            {
                lock (_delivery) sink.OnFrames(batch.Onward, verdicts.IsEmpty ? default : batch.OnwardVerdicts);
            }

            if (!verdicts.IsEmpty) batch.WriteVerdicts(verdicts);
        }
        finally
        {
            lock (_lock) batch.Clear();
        }
    }

    // Lock held.
    private void Translate(ReadOnlySpan<LinkFrame> frames, AddressTranslationBatch batch, bool isOutbound)
    {
        Timestamp now = Now();
        _engine.Table.Expire(now);
        foreach (ref readonly LinkFrame frame in frames)
        {
            ReadOnlySpan<byte> octets = frame.Octets.Span;
            bool concerns = TryFindPacket(octets, out int start)
                && (isOutbound ? _engine.ConcernsOutbound(octets[start..]) : _engine.ConcernsInbound(octets[start..]));
            if (!concerns)
            {
                batch.Add(frame, null, TranslationWay.Untouched, DropReason.None);
                continue;
            }

            if (octets.Length > PacketPool.LargeSize)
            {
                batch.Add(frame, null, TranslationWay.Dropped, DropReason.FrameTooLong);
                continue;
            }

            PacketBuffer copy = _pool.RentCopy(octets);
            TranslationWay way = isOutbound
                ? _engine.Outbound(copy.Span, start, frame.Offload, now, out DropReason reason)
                : _engine.Inbound(copy.Span, start, frame.Offload, now, out reason);
            if (way == TranslationWay.Hairpinned) SwapStations(copy.Span);
            copy.Offload = frame.Offload;
            batch.Add(frame, copy, way, reason);
        }
    }

    // Lock held.
    private void Count(AddressTranslationBatch batch, int done, bool isOutbound)
    {
        for (int i = 0; i < done; i++)
        {
            switch (batch.WayOf(i))
            {
                case TranslationWay.Untouched:
                    _counts = _counts with { Untouched = _counts.Untouched + 1 };
                    break;
                case TranslationWay.Translated when isOutbound:
                    _counts = _counts with { Outbound = _counts.Outbound + 1 };
                    break;
                case TranslationWay.Translated:
                    _counts = _counts with { Inbound = _counts.Inbound + 1 };
                    break;
                case TranslationWay.Hairpinned when _turned.Count < TurnedLimit:
                    _counts = _counts with { Hairpinned = _counts.Hairpinned + 1 };
                    _turned.Enqueue(batch.TakeCopy(i));
                    _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                    break;
                case TranslationWay.Hairpinned:
                    CountDrop(DropReason.LinkQueueFull);
                    break;
                default:
                    CountDrop(batch.ReasonOf(i));
                    break;
            }
        }
    }

    private void CountDrop(DropReason reason)
    {
        _counts = _counts with { Dropped = _counts.Dropped + 1 };
        _drops.Count(reason);
    }

    private bool TryFindPacket(ReadOnlySpan<byte> frame, out int start)
    {
        start = 0;
        if (Medium == LinkMedium.Ethernet)
        {
            if (!EthernetFrame.TryParse(frame, out EthernetFrame ethernet) || ethernet.Type != EtherType.Ipv4) return false;
            start = ethernet.HeaderLength;
        }

        return start < frame.Length && frame[start] >> 4 == 4;
    }

    // It comes back from the station that it was sent to.
    private void SwapStations(Span<byte> frame)
    {
        if (Medium != LinkMedium.Ethernet) return;
        const int length = 6;
        Span<byte> destination = stackalloc byte[length];
        frame[..length].CopyTo(destination);
        frame.Slice(length, length).CopyTo(frame);
        destination.CopyTo(frame[length..]);
    }

    private void DeliverTurned()
    {
        lock (_delivery)
        {
            while (TakeTurned() is var count and > 0)
            {
                try
                {
                    _sink?.OnFrames(_turningFrames.AsSpan(0, count), default);
                }
                finally
                {
                    lock (_lock)
                    {
                        for (int i = 0; i < count; i++) _turning[i].Return();
                    }
                }
            }
        }
    }

    private int TakeTurned()
    {
        lock (_lock)
        {
            int count = 0;
            for (; count < _turning.Length && _turned.TryDequeue(out PacketBuffer? frame); count++)
            {
                _turning[count] = frame;
                _turningFrames[count] = new LinkFrame(frame.Memory, frame.Offload);
            }

            return count;
        }
    }

    private sealed class OuterSink(AddressTranslation link, IFrameSink sink) : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => link.Receive(sink, frames, verdicts);

        public void OnWritable() => sink.OnWritable();

        public void OnClosed(Exception? failure) => sink.OnClosed(failure);
    }
}
