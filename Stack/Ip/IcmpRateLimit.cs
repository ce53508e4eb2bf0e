using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Ip;

/// <summary>How many ICMP errors are sent: a bucket of tokens for each destination, and one for all. RFC 1812 §4.3.2.8.</summary>
/// <remarks>
/// The common bucket is seen from everywhere: who spoofs sources could count its tokens to learn which of the host's
/// ports are open. So each error takes none, one or two tokens by chance, and the bucket is refilled in steps. Bounded.
/// Gate held.
/// </remarks>
internal sealed class IcmpRateLimit(IcmpSettings settings, RandomBuffer random)
{
    /// <summary>How many destinations have a bucket; one that comes anew takes that of the one longest not used.</summary>
    public const int Capacity = 4096;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20), MostRefill = TimeSpan.FromSeconds(1);

    private readonly RecentTable<InetAddress, Bucket> _destinations = new(Capacity);
    private int _common;
    private Timestamp? _refilled;

    /// <summary>How many destinations have a bucket.</summary>
    public int Count => _destinations.Count;

    /// <summary>Takes a token for an error, or answers that it must not be sent.</summary>
    public bool TryTake(InetAddress destination, Timestamp now)
    {
        // The destination's own bucket first: what it refuses is not to be seen in the common one.
        return TakeOwn(destination, now) && TakeCommon(now);
    }

    private bool TakeOwn(InetAddress destination, Timestamp now)
    {
        TimeSpan interval = settings.ErrorInterval;
        if (interval <= TimeSpan.Zero) return true;
        TimeSpan most = interval * settings.ErrorBurst;
        ref Bucket bucket = ref _destinations.FindOrAdd(destination, out bool isNew);
        if (isNew) bucket.Saved = most;
        else bucket.Saved = Min(bucket.Saved + (now - bucket.Refilled), most);
        bucket.Refilled = now;
        if (bucket.Saved < interval) return false;
        bucket.Saved -= interval;
        return true;
    }

    private bool TakeCommon(Timestamp now)
    {
        if (settings.ErrorsPerSecond <= 0) return true;
        if (_refilled is not { } refilled)
        {
            _refilled = now;
            _common = settings.ErrorsAtOnce;
        }
        else if (now - refilled >= Step)
        {
            long tokens = settings.ErrorsPerSecond * Min(now - refilled, MostRefill).Ticks / TimeSpan.TicksPerSecond;
            if (tokens > 0) _refilled = now;
            _common = (int)Math.Min(_common + tokens, settings.ErrorsAtOnce);
        }

        if (_common <= 0) return false;
        _common = Math.Max(0, _common - (int)random.Below(3));
        return true;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private struct Bucket
    {
        public TimeSpan Saved;      // time not used for errors
        public Timestamp Refilled;
    }
}
