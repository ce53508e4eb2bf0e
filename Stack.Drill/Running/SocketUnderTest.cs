namespace UserNet.Drill.Running;

/// <summary>How far a socket of the script has come, as far as its packets and calls tell.</summary>
internal enum SocketPhase : byte
{
    /// <summary>It has no peer.</summary>
    New,
    /// <summary>It listens.</summary>
    Listening,
    /// <summary>connect, or a send that connects, was called.</summary>
    Connecting,
    /// <summary>A listener's child, or who answers for it: a packet of its peer came.</summary>
    Child,
    /// <summary>A child whose SYN-ACK the script had.</summary>
    ChildAnswered,
    /// <summary>A child whose SYN-ACK was acknowledged.</summary>
    ChildOpen,
}

/// <summary>A connection, or what may become one, whose packets the script tells of.</summary>
internal sealed class SocketUnderTest
{
    /// <summary>The script's number of its descriptor; null for a child not yet accepted, or when it is closed.</summary>
    public int? Descriptor { get; set; }

    /// <summary>accept gave it out.</summary>
    public bool IsGivenOut { get; set; }

    /// <summary>How far it has come.</summary>
    public SocketPhase Phase { get; set; }

    /// <summary>The stack's port on the wire; 0 as long as it is not known.</summary>
    public ushort LocalPort { get; set; }

    /// <summary>The peer's port on the wire; 0 as long as there is no peer.</summary>
    public ushort RemotePort { get; set; }

    /// <summary>The ports that the script gave it: the stack's, the peer's.</summary>
    public (ushort Local, ushort Remote)? ScriptPorts { get; set; }

    /// <summary>Its numbers.</summary>
    public SequenceMap Sequence { get; private set; } = new();

    /// <summary>Its timestamps.</summary>
    public TimestampMap Timestamps { get; private set; } = new();

    /// <summary>The stack's initial number is known.</summary>
    public bool LocalIsKnown { get; set; }

    /// <summary>The peer's initial number is known.</summary>
    public bool RemoteIsKnown { get; set; }

    /// <summary>The script had its SYN, and the next one on the wire is it.</summary>
    public bool AwaitsSyn { get; set; }

    /// <summary>connect was called again, so that another SYN may begin another connection.</summary>
    public bool MayBeginAnew { get; set; }

    /// <summary>True for one that a packet from a peer made.</summary>
    public bool IsChild => Phase >= SocketPhase.Child;

    /// <summary>Forgets the connection that it was.</summary>
    public void Forget()
    {
        (LocalPort, RemotePort, ScriptPorts) = (0, 0, null);
        (LocalIsKnown, RemoteIsKnown, AwaitsSyn, MayBeginAnew) = (false, false, false, false);
        (Sequence, Timestamps) = (new SequenceMap(), new TimestampMap());
    }
}
