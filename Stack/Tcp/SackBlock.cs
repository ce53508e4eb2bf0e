namespace UserNet.Tcp;

/// <summary>Octets [Left, Right) that a receiver says it has. RFC 2018 §3.</summary>
internal readonly record struct SackBlock(SequenceNumber Left, SequenceNumber Right);
