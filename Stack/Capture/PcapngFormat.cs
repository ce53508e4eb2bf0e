using UserNet.Link;

namespace UserNet.Capture;

// Numbers of the pcapng format, draft-ietf-opsawg-pcapng.
internal static class PcapngFormat
{
    public const uint SectionHeader = 0x0A0D0D0A, InterfaceDescription = 1, ObsoletePacket = 2, SimplePacket = 3, EnhancedPacket = 6, JournalEntry = 9;
    public const uint ByteOrderMagic = 0x1A2B3C4D;

    public const ushort EndOfOptions = 0, Comment = 1;
    public const ushort UserApplication = 4;                                             // of a section
    public const ushort InterfaceName = 2, TimestampResolution = 9, TimestampOffset = 14;      // of an interface
    public const ushort PacketFlags = 2;                                                 // of a packet

    // The type and both lengths.
    public const int BlockOverhead = 12;

    public static ushort LinkTypeOf(LinkMedium medium) => medium == LinkMedium.Ethernet ? (ushort)1 : (ushort)101;

    public static int Padded(int length) => (length + 3) & ~3;
}

/// <summary>Which way a captured packet went, seen from the host whose interface it is.</summary>
public enum PacketDirection : byte
{
    /// <summary>The file does not say.</summary>
    Unknown = 0,
    /// <summary>It arrived.</summary>
    Inbound = 1,
    /// <summary>It was sent.</summary>
    Outbound = 2,
}
