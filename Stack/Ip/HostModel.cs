namespace UserNet.Ip;

/// <summary>Whether an address belongs to the host or to its interface. RFC 1122 §3.3.4.2.</summary>
public enum HostModel : byte
{
    /// <summary>Any address of the host may be used on any interface, as in Linux.</summary>
    Weak,
    /// <summary>
    /// A packet leaves only by an interface that has its source address, and is taken only on the one that has its destination, as in
    /// Windows.
    /// </summary>
    Strong,
}
