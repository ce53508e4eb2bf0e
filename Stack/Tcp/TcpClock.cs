using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>The clock of the timestamps option: milliseconds. RFC 7323 §5.4.</summary>
internal static class TcpClock
{
    public static uint At(Timestamp now) => unchecked((uint)(now.Ticks / TimeSpan.TicksPerMillisecond));
}
