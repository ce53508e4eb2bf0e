namespace UserNet.Tcp;

/// <summary>By what rule a sender's window grows and shrinks: TCP_CONGESTION.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC, RFC 9438.</summary>
    Cubic,

    /// <summary>NewReno, RFC 5681.</summary>
    NewReno,
}
