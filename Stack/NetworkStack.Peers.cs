namespace UserNet;

// What the stack has learnt of others, and what of old connections is left.
public sealed partial class NetworkStack
{
    /// <summary>
    /// Forgets what it learnt of peers and of the paths to them: Fast Open cookies, what they take, path MTUs. As ip tcp_metrics flush does,
    /// or FreeBSD's net.inet.tcp.hostcache.purgenow.
    /// </summary>
    /// <remarks>Any thread.</remarks>
    public void ForgetPeers()
    {
        using (Core.Enter())
        {
            Core.Tcp?.FastOpenPeers.Clear();
            Core.Output?.PathMtu.Clear();
            Core.OutputV6?.PathMtu.Clear();
        }
    }

    /// <summary>Says by which key listeners without one of their own grant Fast Open cookies: net.ipv4.tcp_fastopen_key. RFC 7413 §4.1.2.</summary>
    /// <param name="key">16 octets: those of four words, each little-endian.</param>
    /// <param name="previous">The key before, whose cookies are still taken; empty for none.</param>
    /// <exception cref="ArgumentException">A key has not 16 octets.</exception>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    /// <remarks>Any thread.</remarks>
    public void SetFastOpenKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous = default)
    {
        using (Core.Enter()) (Core.Tcp ?? throw NoHost()).FastOpenCookies.SetKey(key, previous);
    }

    /// <summary>Ends all connections in TIME-WAIT, without a word to their peers: as tcpdrop -s TIME_WAIT of FreeBSD, or ss -K state time-wait.</summary>
    /// <returns>How many there were.</returns>
    /// <remarks>Any thread.</remarks>
    public int DropTimeWait()
    {
        using (Core.Enter()) return Core.DropTimeWait();
    }
}
