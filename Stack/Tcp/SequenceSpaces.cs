namespace UserNet.Tcp;

/// <summary>The send sequence variables of RFC 9293 §3.3.1: its SND.UNA is <c>Snd.Una</c> here.</summary>
/// <remarks>
/// <code>
///         Una            Nxt          Una + Wnd
///  --------|--------------|--------------|---------
///    acked    in flight      may be sent    not yet
/// </code>
/// </remarks>
internal struct SendSequenceSpace
{
    public SequenceNumber Una, Nxt;      // oldest unacknowledged; next to send
    public int Wnd;                      // octets the peer accepts from Una on, scaled (RFC 7323 §2.3)
    public int MaxWnd;                   // the largest Wnd that was ever offered (RFC 5961 §5.2, RFC 9293 §3.8.6.2.1)
    public SequenceNumber Wl1, Wl2;      // SEG.SEQ and SEG.ACK of the last window update
    public SequenceNumber Up;            // behind the last urgent octet; counts while it is beyond Una
    public SequenceNumber Iss;
    public SequenceNumber SmallEnd;      // behind the last segment that was not full (Minshall's Nagle)
    public SequenceNumber PushEnd;       // where the last write ended

    public readonly int InFlight => Nxt - Una;

    /// <summary>Octets that the peer's window still takes.</summary>
    public readonly int Usable => Math.Max(0, Una + Wnd - Nxt);
}

/// <summary>The receive sequence variables of RFC 9293 §3.3.1.</summary>
/// <remarks>
/// <code>
///       Nxt                    Edge = Nxt + Wnd
///  ------|-----------------------|---------
///   here    beyond Nxt, in holes    not accepted
/// </code>
/// </remarks>
internal struct ReceiveSequenceSpace
{
    public SequenceNumber Nxt;           // next expected
    public SequenceNumber Edge;          // right edge of the window as it was offered; Linux takes more than that, and RCV.NXT passes it then
    public SequenceNumber Up;            // behind the last urgent octet
    public SequenceNumber Irs;
    public SequenceNumber LastAckSent;   // Last.ACK.sent of RFC 7323 §4.3
    public SequenceNumber Fin;           // the number of the peer's FIN, when it came before what it follows

    /// <summary>RCV.WND: what may still come without exceeding what was offered.</summary>
    public readonly int Wnd => Math.Max(0, Edge - Nxt);

    /// <summary>Behind the last number that may come: the edge, or RCV.NXT where more came than was offered.</summary>
    public readonly SequenceNumber End => SequenceNumber.Max(Edge, Nxt);
}
