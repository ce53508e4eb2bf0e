using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// The extension headers of IPv6 and their options.
public static partial class PacketPrinter
{
    // False when the header is such that the rest can't be said.
    private static bool PrintExtension(StringBuilder line, in Ipv6Extensions header, int left, PrintDetails details)
    {
        bool isVerbose = details.HasFlag(PrintDetails.Verbose);
        switch (header.Current)
        {
            case IpProtocol.HopByHop:
                line.Append("HBH ");
                return PrintV6Options(line, header, isVerbose);
            case IpProtocol.DestinationOptions:
                line.Append("DSTOPT ");
                return !isVerbose || PrintV6Options(line, header, isVerbose);
            case IpProtocol.Routing:
                return PrintRouting(line, header, isVerbose);
            default:
                string name = isVerbose ? Invariant($"0x{ReadUInt32BigEndian(header.Octets[4..]):x8}:") : "";
                line.Append(Invariant($"frag ({name}{header.FragmentOffset}|{left - header.Octets.Length}) "));
                return true;
        }
    }

    // Hop-by-hop options that can't be are shown even where the others are not.
    private static bool PrintV6Options(StringBuilder line, in Ipv6Extensions header, bool isVerbose)
    {
        ReadOnlySpan<byte> options = header.Options;
        while (!options.IsEmpty)
        {
            int length = options[0] == 0 ? 1 : options.Length < 2 ? 2 : options[1] + 2;
            if (length <= options.Length && TextOfOption(options[..length], header.Current) is var (text, isRight))
            {
                if (isVerbose || !isRight) line.Append(text);
                if (isRight)
                {
                    options = options[length..];
                    continue;
                }
            }

            line.Append(NameOfCutOff(header.Current));
            return false;
        }

        if (isVerbose) line.Append(' ');
        return true;
    }

    private static (string Text, bool IsRight) TextOfOption(ReadOnlySpan<byte> option, IpProtocol header)
    {
        const byte pad1 = 0, padN = 1, jumbo = 0xC2;
        switch (option[0])
        {
            case pad1:
                return ("(pad1)", true);
            case padN:
                return ("(padn)", true);
            case Ipv6RouterAlert.OptionType:
                return option[1] == 2
                    ? (Invariant($"(rtalert: 0x{ReadUInt16BigEndian(option[2..]):x4}) "), true)
                    : (Invariant($"(rtalert: invalid len {option[1]})"), false);
            case jumbo:
                string trouble = header == IpProtocol.HopByHop ? "payload len != 0" : "not a hop-by-hop option";
                return option[1] == 4
                    ? (Invariant($"(jumbo: {ReadUInt32BigEndian(option[2..])} - {trouble}) "), true)
                    : (Invariant($"(jumbo: invalid len {option[1]})"), false);
            default:
                return (Invariant($"(opt_type 0x{option[0]:x2}: len={option[1]})"), true);
        }
    }

    private static bool PrintRouting(StringBuilder line, in Ipv6Extensions header, bool isVerbose)
    {
        const int sourceRoute = 0, mobility = 2, segments = 4;
        ReadOnlySpan<byte> octets = header.Octets;
        int type = octets[2];
        string name = type == sourceRoute ? " [Deprecated]" : "";
        line.Append(Invariant($"RT6 (len={octets[1]}, type={type}{name}, segleft={octets[3]}"));
        if (type is not (sourceRoute or mobility or segments))
        {
            line.Append(" (unknown type) (invalid)");
            return false;
        }

        uint reserved = ReadUInt32BigEndian(octets[4..]);
        if (type != segments && (isVerbose || reserved != 0)) line.Append(Invariant($", rsv=0x{reserved:x}"));
        if (type == segments)
        {
            line.Append(Invariant($", last-entry={octets[4]}"));
            if (isVerbose || octets[5] != 0) line.Append(Invariant($", flags=0x{octets[5]:x}"));
            line.Append(Invariant($", tag={ReadUInt16BigEndian(octets[6..]):x}"));
        }

        if (octets[1] % 2 != 0)
        {
            line.Append(Invariant($" (invalid length {octets[1]}) (invalid)"));
            return false;
        }

        for (int i = 0; i < octets[1] / 2; i++)
            line.Append(Invariant($", [{i}]{InetAddress.FromOctets(octets.Slice(8 + (16 * i), 16))}"));
        line.Append(") ");
        return true;
    }

    private static string NameOfCutOff(IpProtocol protocol) => protocol switch
    {
        IpProtocol.HopByHop => " [|hbhopt]",
        IpProtocol.DestinationOptions => " [|dstopt]",
        IpProtocol.Routing => " [|rthdr]",
        _ => " [|frag]",
    };
}
