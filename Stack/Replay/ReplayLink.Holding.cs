using UserNet.Wire;

namespace UserNet.Replay;

// What waits for the stack, and what is let through.
public sealed partial class ReplayLink
{
    private readonly List<ReplayFlow> _holding = [];      // those with frames that wait, in the order in which that began
    private bool _mayRelease;                             // the stack has sent since
    private ReplayFeed _feed;

    // When the first is let through at the latest. Few are held at a time.
    private long NextLimit
    {
        get
        {
            long limit = long.MaxValue;
            foreach (ReplayFlow flow in _holding) limit = Math.Min(limit, flow.Held.Peek().Limit);
            return limit;
        }
    }

    private int CountHeld()
    {
        int count = 0;
        foreach (ReplayFlow flow in _holding) count += flow.Held.Count;
        return count;
    }

    private void Hold(int place, long now)
    {
        ReplayFlow flow = _flowOf[place];
        if (flow.Held.Count == 0) _holding.Add(flow);
        _mayRelease = true;      // there may be something to be acknowledged at once

        flow.Held.Enqueue(new HeldFrame(place, now, now + (_options.HoldLimit.Ticks * 100)));
        _feed = _feed with { Held = _feed.Held + 1 };
    }

    private void Release(long now)
    {
        for (int i = 0; i < _holding.Count && _batch.Count == 0; i++)
        {
            ReplayFlow flow = _holding[i];
            Queue<HeldFrame> queue = flow.Held;
            while (queue.TryPeek(out HeldFrame head) && _batch.Count < LargestBatch)
            {
                bool mayFeed = MayFeed(head.Place);
                // One that is too early for what it says is alone: what is answered to it may let the others through.
                if (!mayFeed && (head.Limit > now || _batch.Count > 0)) break;
                queue.Dequeue();
                var held = TimeSpan.FromTicks((now - head.Since) / 100);
                if (mayFeed && held > _feed.LongestHold) _feed = _feed with { LongestHold = held };
                Take(head.Place, isForced: !mayFeed);
            }

            if (queue.Count == 0) _holding.RemoveAt(i--);
            else if (_batch.Count == 0) TakePart(flow);
        }
    }

    /// <summary>True when the stack has sent what a frame answers and offered what it fills, or never will.</summary>
    private bool MayFeed(int place)
    {
        ReplayFlow flow = _flowOf[place];
        ReplayFlow? replayed = flow.Other;
        FrameView view = ViewOf(_session.Frames[place].Octets);
        switch (flow.Key.Kind)
        {
            case ReplayFlowKind.Tcp:
                if (flow.OurIsn is not { } recordedIsn) return true;      // its beginning was not recorded, or refused
                if (!view.Tcp.Has(TcpFlags.Ack)) return !flow.BeganHere || replayed is not null;
                if (replayed is null) return false;
                uint answered = ReplayRewriting.Greatest(view.Tcp) - recordedIsn;
                if (answered > flow.SentUpTo - recordedIsn) return true;      // of what the recorded host never sent
                if (replayed.OurIsn is not { } isn) return replayed.IsReset;
                return replayed.IsReset || (answered <= replayed.SentUpTo - isn && (!_fitted[place] || replayed.HasRoomFor(view.Tcp)));
            case ReplayFlowKind.Udp or ReplayFlowKind.Echo when flow.BeganHere:
                return replayed is not null && replayed.Outbound.Count >= CountSentBefore(flow, place);
            default:
                return true;
        }
    }

    // How many frames of the conversation the recorded host had sent.
    private static int CountSentBefore(ReplayFlow flow, int place)
    {
        int count = flow.Outbound.BinarySearch(place);
        return count < 0 ? ~count : count;
    }
}

/// <summary>A frame of a session that waits: since when, and until when at most.</summary>
internal readonly record struct HeldFrame(int Place, long Since, long Limit);
