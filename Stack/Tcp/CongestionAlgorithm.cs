namespace UserNet.Tcp;

/// <summary>By what rule a window grows and shrinks.</summary>
internal enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC, RFC 9438.</summary>
    Cubic,

    /// <summary>NewReno, RFC 5681.</summary>
    NewReno,
}
