namespace UserNet.Ip;

/// <summary>Whether a packet is dropped when the way back to its source would be another one. RFC 3704 §2.</summary>
public enum ReversePathFilter : byte
{
    /// <summary>Nothing is asked of the way back.</summary>
    Off,
    /// <summary>The best route to the source must lead over the interface that the packet arrived on.</summary>
    Strict,
    /// <summary>There must be a route to the source, over whichever interface.</summary>
    Loose,
}

/// <summary>What a host does with IP packets that arrive.</summary>
/// <remarks>Gate held: change it inside <c>NetworkStack.Configure</c>. Takes effect with the next packet.</remarks>
public sealed class IpInputSettings
{
    /// <summary>The least <see cref="FragmentMemory"/>, octets: what the largest packet needs, three times.</summary>
    public const int MinFragmentMemory = 256 * 1024;

    /// <summary>The most <see cref="FragmentMemory"/>, octets.</summary>
    public const int MaxFragmentMemory = 32 * 1024 * 1024;

    /// <summary>
    /// Filters packets by the way back to their source. Off, since a host with several interfaces may well be reached by one and answer
    /// by another; many Linux distributions have it strict or loose.
    /// </summary>
    public ReversePathFilter ReversePathFilter { get; set; }

    /// <summary>
    /// True to forward packets for other hosts, on the interfaces that do not say otherwise (<see cref="InterfaceEntry.Forwards"/>). A
    /// host does not. RFC 1122 §3.3.4.2.
    /// </summary>
    public bool Forwards { get; set; }

    /// <summary>
    /// How long the fragments of a packet wait for the others, counted from the first that came: 30 seconds, as in Linux, where RFC 1122
    /// §3.3.2 says 60 to 120, written when links were slow and identifications did not repeat within a second.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not longer than nothing, or longer than an hour.</exception>
    public TimeSpan FragmentTimeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(30);

    /// <summary>How long those of an IPv6 packet wait: 60 seconds, as RFC 8200 §4.5 and Linux have it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not longer than nothing, or longer than an hour.</exception>
    public TimeSpan FragmentTimeoutV6
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many extension headers an IPv6 packet may have, its fragment header not counted again: 16, more than any sender has a use for.
    /// Linux has no limit. RFC 8504 §5.3.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxExtensionHeaders
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16;

    /// <summary>How many options an IPv6 extension header may have, padding not counted: 8, as in Linux. RFC 8504 §5.3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxExtensionOptions
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 8;

    /// <summary>
    /// How much memory fragments may take, octets, book-keeping included: 4 MiB, as in Linux. When it is used up, the oldest unfinished
    /// packet makes place.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// Less than <see cref="MinFragmentMemory"/> or more than <see cref="MaxFragmentMemory"/>.
    /// </exception>
    public int FragmentMemory
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, MinFragmentMemory);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxFragmentMemory);
            field = value;
        }
    } = 4 * 1024 * 1024;

    /// <summary>How many unfinished packets there may be at once; the oldest makes place for another one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxFragmentedPackets
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2048;

    /// <summary>
    /// How many of them there may be from one source; its oldest makes place for another one. Sources are counted in 1,024 groups that
    /// nobody outside can tell, and share the limit with those of the same group.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxFragmentedPacketsPerSource
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 256;

    /// <summary>How many fragments a packet may have; as many as it can have, unless it is set lower.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxFragments
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 8192;
}
