namespace UserNet.Tcp;

/// <summary>Why no data went with a SYN, or went in vain: the values of tcpi_fastopen_client_fail. linux/tcp.h.</summary>
internal enum FastOpenFailure : byte
{
    /// <summary>It did not, or none was to go.</summary>
    None = 0,
    /// <summary>There was no cookie.</summary>
    CookieUnavailable = 1,
    /// <summary>The SYN-ACK did not acknowledge it.</summary>
    DataNotAcknowledged = 2,
    /// <summary>The SYN was sent again, without it.</summary>
    SynRetransmitted = 3,
}
