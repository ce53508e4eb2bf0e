using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>How a holder came by its port.</summary>
public enum HolderOrigin : byte
{
    /// <summary>It asked for it: bind, listen, or a datagram socket's implicit bind.</summary>
    Bind,
    /// <summary>A stream's connect chose it; such ports are shared between destinations.</summary>
    Connect,
    /// <summary>It was accepted from a listener, whose port it shares.</summary>
    Accept,
}

/// <summary>One who holds, or may come to hold, a port: its claim, its state and its place in the table.</summary>
/// <remarks>
/// The table links holders themselves, so holding a port allocates nothing. A holder belongs to one
/// <see cref="PortSpace"/> at a time; only the table changes it. Gate held.
/// </remarks>
public class Holder
{
    private byte _state = (byte)TcpState.Closed;      // an octet, since there may be millions of holders

    /// <summary>A holder that holds nothing yet.</summary>
    /// <param name="owner">Whose it is.</param>
    public Holder(object? owner = null)
    {
        Owner = owner;
        Newer = Older = this;
    }

    /// <summary>Whose it is: a socket, usually. The table hands it back and knows no more of it.</summary>
    public object? Owner { get; internal set; }

    /// <summary>What is claimed. While the port is held, this is what others collide with.</summary>
    public ref readonly Claim Claim => ref Claimed;

    /// <summary>
    /// The local address that packets of this holder carry: the claim's, or the one that a connect chose.
    /// </summary>
    public InetAddress LocalAddress { get; internal set; }

    /// <summary>The port, or 0 while none is held.</summary>
    public ushort Port { get; internal set; }

    /// <summary>Where it is connected to; the wildcard while unconnected. Without a remote port it filters by address alone.</summary>
    public InetAddress RemoteAddress { get; internal set; }

    /// <summary>The remote port, 0 while unconnected.</summary>
    public ushort RemotePort { get; internal set; }

    /// <summary>Closed means bound and no more; a datagram socket is Closed or Established.</summary>
    public TcpState State
    {
        get => (TcpState)_state;
        internal set => _state = (byte)value;
    }

    /// <summary>How it came by its port.</summary>
    public HolderOrigin Origin { get; internal set; }

    /// <summary>True while the holder is in a table.</summary>
    public bool IsHeld { get; internal set; }

    /// <summary>True when it has a remote endpoint and is found by the pair of both.</summary>
    public bool IsConnected { get; internal set; }

    /// <summary>Whom else its owner lets share, where the system asks for that; null for nobody.</summary>
    public virtual SecurityDescriptor? Security => null;

    internal Claim Claimed;
    // Kept when the port is released: the next bind mostly finds them right, and writing a reference costs more than a look.
    internal PortSpace? Space;
    internal SharingDomain? Domain;
    internal PortSet? DestinationPorts;               // the set of its destination, only while it is in it
    internal ReuseGroup? Group;
    internal int PlaceInGroup;                        // only while it is in one
    internal Holder Newer, Older;                     // the port's ring of holders; both itself when alone

    internal Holder? NextInBucket, PreviousInBucket;  // the lookup index
    internal uint Hash;
    internal long Sequence;                           // grows with each insertion of the port space
    internal long ConnectSequence;                    // as that, when it was first connected; 0 before
    internal uint ConnectHash;                        // and Hash of then

    /// <summary>True when it is connected to the peer that its <see cref="ConnectSequence"/> is of.</summary>
    internal bool IsWithFirstPeer => ConnectSequence != 0 && ConnectHash == Hash;

    internal bool IsListening => State == TcpState.Listen;

    internal TupleKey Tuple => new(LocalAddress, Port, RemoteAddress, RemotePort);
}
