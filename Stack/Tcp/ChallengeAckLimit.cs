using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// How many answers are given to segments that no connection can take, challenge ACKs above all. RFC 5961 §7, §10.
/// </summary>
/// <remarks>
/// What all connections share is seen from everywhere: who counts the answers could learn of a connection that is not
/// his. So each second has a budget that is drawn anew, between half of the limit and one and a half. Gate held.
/// </remarks>
internal sealed class ChallengeAckLimit(TcpSettings settings, RandomBuffer random)
{
    private long _second = -1;
    private int _left;

    /// <summary>Asks for leave to send a challenge ACK.</summary>
    /// <param name="last">When this connection sent its last; Zero for never. Set when leave is given.</param>
    /// <param name="now">The time.</param>
    public bool TryTake(ref Timestamp last, Timestamp now) => TryTakeOwn(ref last, now) && TryTakeShared(now);

    /// <summary>
    /// Asks for leave to answer what can't be taken but is no attack: what one connection may send is limited then, not
    /// what all may.
    /// </summary>
    /// <inheritdoc cref="TryTake"/>
    public bool TryTakeOwn(ref Timestamp last, Timestamp now)
    {
        if (last != Timestamp.Zero && now - last < settings.InvalidInterval) return false;
        last = now == Timestamp.Zero ? new Timestamp(1) : now;      // Zero is never
        return true;
    }

    private bool TryTakeShared(Timestamp now)
    {
        int limit = settings.ChallengeAcksPerSecond;
        if (limit is int.MaxValue or <= 0) return true;      // Linux draws a second's budget of 0 from all numbers
        long second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            int half = (int)(((uint)limit + 1) / 2);
            _second = second;
            _left = half + (int)random.Below((uint)limit);
        }

        if (_left <= 0) return false;
        _left--;
        return true;
    }
}
