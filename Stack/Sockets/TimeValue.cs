using System.Buffers.Binary;

namespace UserNet.Sockets;

/// <summary><c>struct timeval</c> as SO_RCVTIMEO and SO_SNDTIMEO have it: seconds and microseconds in 8 octets each.</summary>
/// <remarks>Any thread. socket(7).</remarks>
internal static class TimeValue
{
    /// <summary>sizeof(struct timeval).</summary>
    public const int Length = 16;

    private const int TicksPerSecond = 250;      // of the kernel, as Debian builds it

    /// <summary>Reads a limit of waiting. It is kept to the microsecond, where Linux rounds it up to a tick of its clock.</summary>
    /// <param name="value">At least <see cref="Length"/> octets.</param>
    /// <param name="time">How long; null for ever, zero for not at all, which a negative time is.</param>
    /// <returns>False: the microseconds are none, or a second and more.</returns>
    public static bool TryRead(ReadOnlySpan<byte> value, out TimeSpan? time)
    {
        time = null;
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(value), micros = BinaryPrimitives.ReadInt64LittleEndian(value[8..]);
        if (micros is < 0 or >= 1_000_000) return false;
        if (seconds < 0) time = TimeSpan.Zero;
        else if (seconds != 0 || micros != 0)
            time = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)) + TimeSpan.FromMicroseconds(micros);
        return true;
    }

    /// <summary>SO_LINGER's seconds as they are read again: a negative time is the longest that there is, in ticks of 64 bits.</summary>
    public static int KeptSeconds(int seconds) => seconds >= 0 ? seconds : unchecked((int)(long.MaxValue / TicksPerSecond));

    /// <summary>Writes one; null and zero as zero.</summary>
    public static void Write(TimeSpan? time, Span<byte> value)
    {
        long ticks = time?.Ticks ?? 0;
        BinaryPrimitives.WriteInt64LittleEndian(value, ticks / TimeSpan.TicksPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
    }
}
