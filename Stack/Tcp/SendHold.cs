namespace UserNet.Tcp;

/// <summary>What keeps a connection from sending what it has.</summary>
internal enum SendHold : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The congestion window.</summary>
    Congestion,

    /// <summary>The peer's window. RFC 9293 §3.8.6.</summary>
    Window,

    /// <summary>A small segment is unacknowledged. RFC 9293 §3.7.4.</summary>
    Nagle,

    /// <summary>TCP_CORK, or a write that said that more is to come.</summary>
    Cork,

    /// <summary>The queue of the link.</summary>
    Link,

    /// <summary>The host itself drops what is sent.</summary>
    Drop,

    /// <summary>It was sent too little a while ago: <see cref="Pacer"/>.</summary>
    Pacing,

    /// <summary>A larger burst is expected to be possible soon.</summary>
    Deferral,
}
