using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Tap;

/// <summary>Whether a TAP or TUN interface is to be there already.</summary>
public enum DeviceCreation : byte
{
    /// <summary>Taken when it is there, else made.</summary>
    OpenOrCreate,
    /// <summary>It is to be there: it was made before, as by <c>ip tuntap add</c>.</summary>
    Open,
    /// <summary>It is to be made, and must not be there.</summary>
    Create,
}

/// <summary>How a device is to be opened. What does not concern its kind is ignored.</summary>
public sealed class DeviceOptions
{
    private const int SmallestRing = 1 << 19, LargestRing = 1 << 30;

    /// <summary>
    /// The station address of the stack behind the device; null for one of its own, locally administered and drawn from
    /// <see cref="Random"/>. A TAP's must differ from the kernel's, which is the station at its other end.
    /// </summary>
    public MacAddress? Address { get; set; }

    /// <summary>Where a station address is drawn from: <c>RandomNumberGenerator.Fill</c> by default.</summary>
    public FillRandom Random { get; set; } = System.Security.Cryptography.RandomNumberGenerator.Fill;

    /// <summary>What the interface's MTU is to be set to, octets; null to leave it. Needs CAP_NET_ADMIN.</summary>
    public int? Mtu { get; set; }

    /// <summary>True to set the interface up. Needs CAP_NET_ADMIN.</summary>
    public bool BringUp { get; set; }

    /// <summary>TAP and TUN: whether the interface is to be there already.</summary>
    public DeviceCreation Creation { get; set; }

    /// <summary>TAP and TUN: whether the interface outlives the device; null to leave that as it is (a new one does not).</summary>
    public bool? Persistent { get; set; }

    /// <summary>
    /// True to take frames whose checksum the kernel left open and frames that stand for many TCP segments or UDP datagrams,
    /// each with its facts, and to let the kernel do the same for frames that are sent, as far as it knows how. False for plain frames: TAP and TUN then
    /// get complete ones from the kernel; packet: still gets those of local senders and of receive offload.
    /// </summary>
    public bool Offload { get; set; } = true;

    /// <summary>packet: and pcap:, true to see all frames and not only those to our address and to groups.</summary>
    public bool Promiscuous { get; set; }

    /// <summary>
    /// packet: and pcap:, octets of the ring that the kernel fills while nobody reads; null for 8 MiB (packet:) and 32 MiB
    /// (pcap:, which keeps the place of a largest frame for each).
    /// </summary>
    public int? RingOctets { get; set; }

    /// <summary>The most frames given to the sink at once, 1 to 1,024.</summary>
    public int BatchFrames { get; set; } = 64;

    internal DeviceOptions Checked()
    {
        ArgumentNullException.ThrowIfNull(Random);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchFrames, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchFrames, 1024);
        if (RingOctets is { } ring and (< SmallestRing or > LargestRing))
            throw new ArgumentOutOfRangeException(nameof(RingOctets), ring, "A ring has 512 KiB to 1 GiB.");
        if (Mtu is { } mtu) ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);    // RFC 791
        if (Address is { } address && (address.IsMulticast || address.Bits == 0))
            throw new ArgumentException($"{address} can't be the address of a station.");
        return this;
    }

    /// <summary>The asked-for address, or a new one that is not <paramref name="kernel"/>.</summary>
    internal MacAddress ChooseAddress(MacAddress kernel)
    {
        if (Address is { } address) return address;
        Span<byte> octets = stackalloc byte[MacAddress.Length];
        while (true)
        {
            Random(octets);
            octets[0] = (byte)((octets[0] & 0xFC) | 0x02);    // IEEE 802-2014 §8.2: one station, local
            var chosen = MacAddress.FromOctets(octets);
            if (chosen != kernel) return chosen;
        }
    }
}
