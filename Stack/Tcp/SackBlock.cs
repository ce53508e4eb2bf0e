namespace UserNet.Tcp;

/// <summary>
/// Octets that lie together in a stream: from the left edge up to, but not with, the right one. RFC 2018 3.
/// </summary>
internal readonly record struct SackBlock(SequenceNumber Left, SequenceNumber Right)
{
    /// <summary>How many octets it holds.</summary>
    public int Length => Right - Left;
}
