namespace UserNet.Tcp;

/// <summary>What is known of a segment in flight.</summary>
[Flags]
internal enum SegmentMarks : ushort
{
    /// <summary>It was sent once.</summary>
    None = 0,

    /// <summary>It arrived: a SACK block covers it.</summary>
    Sacked = 1,

    /// <summary>It is taken for lost.</summary>
    Lost = 2,

    /// <summary>A retransmission of it is in flight.</summary>
    InFlightAgain = 4,

    /// <summary>It was sent more than once.</summary>
    Retransmitted = 8,

    /// <summary>RACK has to look at it: <see cref="SendOrder"/>.</summary>
    InOrder = 16,

    /// <summary>It ends with a FIN.</summary>
    Fin = 32,

    /// <summary>It had PSH, and has it again.</summary>
    Push = 64,

    /// <summary>It left in one burst with the segment before it, and goes again so.</summary>
    Joined = 128,

    /// <summary>RACK need not look at it as long as it is taken for lost: <see cref="SendOrder"/>.</summary>
    Aside = 256,
}
