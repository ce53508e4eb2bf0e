using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A hop-by-hop header with the router alert option: every router on the way looks at the packet. RFC 2711.</summary>
public static class Ipv6RouterAlert
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 8;

    /// <summary>The type of the option.</summary>
    public const byte OptionType = 5;

    /// <summary>What a packet is about that carries MLD. §2.1.</summary>
    public const ushort AboutListeners = 0;

    /// <summary>Puts the header in front of what the packet carries.</summary>
    /// <param name="packet">The packet without its IP header.</param>
    /// <param name="next">What it carries.</param>
    /// <param name="about">What the alert is about.</param>
    public static void PrependTo(PacketBuffer packet, IpProtocol next, ushort about = AboutListeners)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Prepend(Length);
        header[0] = (byte)next;
        header[1] = 0;      // no more than 8 octets
        header[2] = OptionType;
        header[3] = sizeof(ushort);
        WriteUInt16BigEndian(header[4..], about);
        header[6] = 1;      // PadN, of nothing
        header[7] = 0;
    }

    /// <summary>True when a packet has the option in a hop-by-hop header, and it is about this.</summary>
    public static bool IsIn(in Ipv6Packet packet, ushort about = AboutListeners)
    {
        var walk = new Ipv6Extensions(packet);
        // The hop-by-hop header is the first one. RFC 8200 §4.1.
        if (!walk.MoveNext() || walk.Current != IpProtocol.HopByHop) return false;
        Ipv6Options.Enumerator options = Ipv6Options.Walk(walk.Options);
        while (options.MoveNext())
        {
            Ipv6Option option = options.Current;
            if (option.Type == OptionType && option.Data.Length == sizeof(ushort)) return ReadUInt16BigEndian(option.Data) == about;
        }

        return false;
    }
}
