namespace UserNet.Tcp;

/// <summary>What the two SYNs of a connection have agreed on.</summary>
internal readonly record struct AgreedOptions
{
    /// <summary>What a host takes that does not say. RFC 9293 §3.7.1 (MUST-15).</summary>
    public const int DefaultMssV4 = 536, DefaultMssV6 = 1220;

    /// <summary>The largest segment that the peer takes, octets of text and options.</summary>
    public int Mss { get; init; }

    /// <summary>Windows that the peer says are shifted by so many bits. RFC 7323 §2.3.</summary>
    public byte SendScale { get; init; }

    /// <summary>Windows that are said to the peer are shifted by so many bits.</summary>
    public byte ReceiveScale { get; init; }

    /// <summary>Both have offered to scale windows, be it by 0 bits.</summary>
    public bool Scaling { get; init; }

    /// <summary>SACK options may be sent, and come. RFC 2018.</summary>
    public bool Sack { get; init; }

    /// <summary>Every segment but a reset has timestamps. RFC 7323 §3.2.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Classic ECN: data is sent as ECN-capable, and marks are echoed. RFC 3168 §6.1.</summary>
    public bool Ecn { get; init; }

    /// <summary>Accurate ECN: all is sent as ECN-capable, and marks are counted. RFC 9768.</summary>
    public bool AccurateEcn { get; init; }

    /// <summary>What follows from both offers, in whatever order they were made.</summary>
    /// <param name="own">What this host's SYN or SYN-ACK said.</param>
    /// <param name="peer">What the peer's said.</param>
    /// <param name="silentMss">The largest segment of a peer that does not say.</param>
    public static AgreedOptions Of(in SynOffer own, in SynOffer peer, int silentMss = DefaultMssV4)
    {
        bool scaling = own.WindowScale is not null && peer.WindowScale is not null;
        return new AgreedOptions
        {
            Mss = peer.Mss != 0 ? peer.Mss : silentMss,
            Scaling = scaling,
            SendScale = scaling ? peer.WindowScale!.Value : (byte)0,
            ReceiveScale = scaling ? own.WindowScale!.Value : (byte)0,
            Sack = own.Sack && peer.Sack,
            Timestamps = own.Timestamps && peer.Timestamps,
            Ecn = own.Ecn && peer.Ecn && !(own.AccurateEcn && peer.AccurateEcn),
            AccurateEcn = own.AccurateEcn && peer.AccurateEcn,
        };
    }
}
