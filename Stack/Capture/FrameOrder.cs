using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>
/// Hands frames to a recorder in the order in which the calls began that carried them: a frame that arrives comes
/// before the answer that is sent from inside its delivery, and before what a wire does to that answer.
/// </summary>
/// <remarks>
/// A frame waits until its call, and those before it, are over: only then is known what became of it. Many links may
/// share one, and have one order then. A recorder that fails gets nothing any more. Any thread; once warm, it allocates
/// nothing.
/// </remarks>
internal sealed class FrameOrder(IFrameRecorder recorder)
{
    private readonly Lock _lock = new();
    private readonly Queue<FrameBatch> _unwritten = new();
    private readonly Stack<FrameBatch> _spare = new();

    /// <summary>True while the recorder is called: what it does itself is told to it when it has returned.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>What the recorder failed with; null while it goes on.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A call begins that carries frames past a point.</summary>
    /// <param name="point">The point's number at the recorder.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="time">The clock, which is read in the same order.</param>
    /// <param name="verdicts">For how many verdicts the batch is to have place.</param>
    public FrameBatch Begin(int point, PacketDirection direction, TimeProvider time, int verdicts = 0)
    {
        lock (_lock)
        {
            FrameBatch batch = _spare.TryPop(out FrameBatch? spare) ? spare : new FrameBatch();
            batch.Begin(point, direction, PcapngWriter.NanosecondsOf(time.GetUtcNow()), verdicts);
            _unwritten.Enqueue(batch);
            return batch;
        }
    }

    /// <summary>The call is over.</summary>
    /// <param name="batch">What <see cref="Begin"/> answered.</param>
    /// <param name="frames">What it carried; lent.</param>
    /// <param name="verdicts">Why they were dropped, as many of them as it is known of.</param>
    /// <param name="remark">What else is to be said of each.</param>
    public void Complete(
        FrameBatch batch, ReadOnlySpan<LinkFrame> frames, ReadOnlySpan<DropReason> verdicts = default, string? remark = null)
    {
        lock (_lock)
        {
            // The first batch is written from the lent frames themselves; one that must wait is copied.
            bool isFirst = !IsWriting && _unwritten.Peek() == batch;
            for (int i = 0; i < frames.Length; i++)
            {
                DropReason verdict = i < verdicts.Length ? verdicts[i] : DropReason.None;
                if (isFirst) Write(batch, frames[i].Octets.Span, frames[i].Offload, verdict, remark);
                else batch.Keep(frames[i], verdict, remark);
            }

            batch.IsOver = true;
            WriteAllThatIsOver();
        }
    }

    /// <summary>Something happened that is no frame.</summary>
    public void Note(TimeProvider time, string who, string what)
    {
        FrameBatch batch = Begin(0, PacketDirection.Unknown, time);
        lock (_lock)
        {
            (batch.Who, batch.What, batch.IsOver) = (who, what, true);
            WriteAllThatIsOver();
        }
    }

    private void WriteAllThatIsOver()
    {
        if (IsWriting) return;
        while (_unwritten.TryPeek(out FrameBatch? first) && first.IsOver)
        {
            for (int i = 0; i < first.Count; i++)
            {
                FrameBatch.Kept kept = first[i];
                Write(first, first.OctetsOf(kept), kept.Offload, kept.Verdict, kept.Remark);
            }

            if (first.Who is not null) WriteNote(first);
            _unwritten.Dequeue();
            first.Clear();
            _spare.Push(first);
        }
    }

    private void Write(FrameBatch batch, ReadOnlySpan<byte> octets, in PacketOffload offload, DropReason verdict, string? remark)
    {
        if (Failure is not null) return;
        IsWriting = true;
        try
        {
            recorder.Record(new RecordedFrame
            {
                Interface = batch.Point,
                Nanoseconds = batch.Nanoseconds,
                Octets = octets,
                Direction = batch.Direction,
                Verdict = verdict,
                Remark = remark,
                Offload = offload,
            });
        }
        catch (Exception failure) when (IsOfRecorder(failure))
        {
            Failure = failure;
        }
        finally
        {
            IsWriting = false;
        }
    }

    private void WriteNote(FrameBatch batch)
    {
        if (Failure is not null) return;
        IsWriting = true;
        try
        {
            recorder.Note(batch.Nanoseconds, batch.Who!, batch.What!);
        }
        catch (Exception failure) when (IsOfRecorder(failure))
        {
            Failure = failure;
        }
        finally
        {
            IsWriting = false;
        }
    }

    private static bool IsOfRecorder(Exception failure) =>
        failure is IOException or ObjectDisposedException or NotSupportedException;
}
