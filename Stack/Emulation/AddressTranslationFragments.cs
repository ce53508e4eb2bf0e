using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>What the first fragment of a packet said, for those that have no ports.</summary>
/// <param name="Address">What its address is rewritten to.</param>
/// <param name="IsUntouched">True when it is not: it is for the router itself.</param>
/// <param name="Expires">Until when others may follow.</param>
internal readonly record struct TranslatedFragments(uint Address, bool IsUntouched, Timestamp Expires);

/// <summary>The fragmented packets that are on their way. RFC 3022 §6.3, RFC 4787 §11.</summary>
/// <remarks>
/// Bounded, so that fragments without end can't do harm: the packet longest not seen makes place. Lock of the link
/// held.
/// </remarks>
internal sealed class AddressTranslationFragments(AddressTranslationOptions options)
{
    private readonly RecentTable<Key, TranslatedFragments> _packets = new(options.FragmentLimit);

    /// <summary>Notes what becomes of a packet's first fragment.</summary>
    public void Add(in AddressTranslationPacket first, uint address, bool isUntouched, Timestamp now) =>
        _packets.FindOrAdd(KeyOf(first), out _) = new TranslatedFragments(address, isUntouched, now + options.FragmentTimeout);

    /// <summary>Finds what became of the first fragment of a packet; false when it was not seen, or too long ago.</summary>
    public bool TryFind(in AddressTranslationPacket later, Timestamp now, out TranslatedFragments found)
    {
        Key key = KeyOf(later);
        if (!_packets.TryFind(key, out found)) return false;
        if (found.Expires > now) return true;
        _packets.Remove(key);
        return false;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _packets.Clear();

    private static Key KeyOf(in AddressTranslationPacket packet) =>
        new(packet.Source, packet.Destination, packet.Identification, packet.Protocol);

    private readonly record struct Key(uint Source, uint Destination, ushort Identification, IpProtocol Protocol);
}
