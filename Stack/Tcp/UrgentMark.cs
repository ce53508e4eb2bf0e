namespace UserNet.Tcp;

/// <summary>How far the urgent octet has come. RFC 6093.</summary>
internal enum UrgentState : byte
{
    /// <summary>There is none, or it was read over.</summary>
    None,

    /// <summary>A pointer has told of it.</summary>
    Announced,

    /// <summary>It is here, and can be read by itself.</summary>
    Here,

    /// <summary>It was read by itself; in the stream its place is still ahead.</summary>
    Taken,
}

/// <summary>The urgent octet of a stream, of which there is one at a time: Linux's urg_data. Its place is that before RCV.UP.</summary>
/// <param name="State">How far it has come.</param>
/// <param name="Octet">What it is, once it is here.</param>
internal readonly record struct UrgentMark(UrgentState State, byte Octet = 0);
