namespace UserNet.Binding;

/// <summary>What the ports of a <see cref="PortSpace"/> are, and hence who collides on one.</summary>
internal enum PortSpaceKind : byte
{
    /// <summary>TCP's: by the rules of streams.</summary>
    Stream,
    /// <summary>UDP's, and those of protocols like it: by the rules of datagrams.</summary>
    Datagram,
    /// <summary>
    /// Identifiers of ICMP echoes: whatever the addresses and devices, one is for a single socket, unless all of its holders have
    /// SO_REUSEADDR.
    /// </summary>
    Identifier,
    /// <summary>Protocol numbers of raw sockets: nobody collides.</summary>
    Raw,
}
