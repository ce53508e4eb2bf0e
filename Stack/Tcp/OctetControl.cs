using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a FreeBSD sender's congestion control goes by.</summary>
internal readonly ref struct OctetAck
{
    /// <summary>Octets that were acknowledged.</summary>
    public int Acked { get; init; }

    /// <summary>Octets of text in a full segment.</summary>
    public int Mss { get; init; }

    /// <summary>The largest window that the peer can offer, octets.</summary>
    public int Most { get; init; }

    /// <summary>Nothing is being sent again: the sender is at the end of what it sent.</summary>
    public bool IsAtEnd { get; init; }

    /// <summary>The window is no larger than the peer's, so that it may grow.</summary>
    public bool IsLimiting { get; init; }

    /// <summary>The time.</summary>
    public Timestamp Now { get; init; }
}

/// <summary>FreeBSD's NewReno: slow start and congestion avoidance by octets, half the window after a loss. RFC 5681, RFC 3465.</summary>
/// <remarks>Holds nothing, so that all connections share one.</remarks>
internal class OctetControl
{
    /// <summary>NewReno.</summary>
    public static OctetControl NewReno { get; } = new();

    /// <summary>One for a connection.</summary>
    public static OctetControl Of(CongestionAlgorithm algorithm) =>
        algorithm == CongestionAlgorithm.Cubic ? new OctetCubic() : NewReno;

    /// <summary>The handshake is over; the first window is chosen.</summary>
    public virtual void OnStart(OctetSender sender, Timestamp now)
    {
    }

    /// <summary>Octets were acknowledged for the first time.</summary>
    public virtual void OnAck(OctetSender sender, in OctetAck ack, TcpSettings settings)
    {
        if (sender.IsInRecovery || !ack.IsLimiting) return;
        if (sender.Window > sender.Threshold) GrowLinearly(sender, ack, settings);
        else GrowExponentially(sender, ack, settings);
    }

    /// <summary>A duplicate ACK came.</summary>
    public virtual void OnDuplicate(OctetSender sender, Timestamp now)
    {
    }

    /// <summary>Recovery begins: the threshold is cut, once in a round trip.</summary>
    public virtual void OnLoss(OctetSender sender, int mss, TcpSettings settings, Timestamp now)
    {
        if (sender.IsInFastRecovery) return;
        if (!sender.IsInCongestionRecovery) sender.Threshold = Part(sender.Window, settings.NewRenoBeta, mss);
        sender.IsInFastRecovery = sender.IsInCongestionRecovery = true;
    }

    /// <summary>The peer tells of marks. RFC 3168 §6.1.2, RFC 8511.</summary>
    public virtual void OnMark(OctetSender sender, int mss, TcpSettings settings, Timestamp now)
    {
        if (sender.IsInCongestionRecovery) return;
        sender.Window = sender.Threshold = Part(sender.Window, settings.AlternativeBackoff ? settings.NewRenoBetaEcn : settings.NewRenoBeta, mss);
        sender.IsInCongestionRecovery = true;
    }

    /// <summary>The timer expired.</summary>
    /// <param name="sender">The sender.</param>
    /// <param name="limit">What was in flight, or the peer's window if that is less, octets.</param>
    /// <param name="mss">Octets of text in a full segment.</param>
    /// <param name="now">The time.</param>
    public virtual void OnTimeout(OctetSender sender, int limit, int mss, Timestamp now)
    {
        if (sender.Backoff == 1) sender.Threshold = Math.Max(2, limit / 2 / mss) * mss;
        sender.Window = mss;
    }

    /// <summary>The timeout was needless.</summary>
    public virtual void OnTimeoutUndone()
    {
    }

    /// <summary>Recovery is over. RFC 6582 §3.2, step 3: no burst follows.</summary>
    public void OnRecoveryOver(OctetSender sender, int pipe, int mss)
    {
        if (sender.IsInFastRecovery) sender.Window = pipe < sender.Threshold ? Math.Max(pipe, mss) + mss : WindowAfterRecovery(sender, mss);
        EndEpoch();
    }

    /// <summary>Nothing was sent, or came, for a timeout. RFC 5681 §4.1, RFC 2861 §2.</summary>
    /// <param name="sender">The sender.</param>
    /// <param name="restart">The first window of a connection, octets.</param>
    /// <param name="mss">Octets of text in a full segment.</param>
    /// <param name="now">The time.</param>
    public virtual void OnIdle(OctetSender sender, int restart, int mss, Timestamp now)
    {
        sender.Threshold = Math.Max(sender.Threshold, sender.Window - (sender.Window >> 2));
        sender.Window = Math.Min(restart, sender.Window);
    }

    /// <summary>The window as recovery ends while much is in flight.</summary>
    protected virtual int WindowAfterRecovery(OctetSender sender, int mss) => sender.Threshold;

    /// <summary>Recovery is over.</summary>
    protected virtual void EndEpoch()
    {
    }

    /// <summary>By what is acknowledged, and by no more than two segments an ACK; by one after a timeout. RFC 3465 §2.2.</summary>
    protected static void GrowExponentially(OctetSender sender, in OctetAck ack, TcpSettings settings)
    {
        int more = settings.CountsOctets ? Math.Min(ack.Acked, ack.IsAtEnd ? settings.OctetLimit * ack.Mss : ack.Mss) : ack.Mss;
        sender.Window = Math.Min(sender.Window + more, ack.Most);
    }

    // By a segment for each window that is acknowledged. RFC 3465 §2.1.
    private static void GrowLinearly(OctetSender sender, in OctetAck ack, TcpSettings settings)
    {
        int more = Math.Max((int)((long)ack.Mss * ack.Mss / sender.Window), 1);
        if (settings.CountsOctets)
        {
            more = sender.HasWindowOfCredit ? ack.Mss : 0;
            sender.HasWindowOfCredit = false;
        }

        if (more > 0) sender.Window = Math.Min(sender.Window + more, ack.Most);
    }

    private static int Part(int window, int percent, int mss) => (int)Math.Max((long)window * percent / (100L * mss), 2) * mss;
}
