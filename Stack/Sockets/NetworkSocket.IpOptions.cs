using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Wire;

namespace UserNet.Sockets;

// IP_OPTIONS: what stands between the IP header and the datagram. RFC 791 §3.1.
public sealed partial class NetworkSocket
{
    /// <summary>Sets the options that each packet carries; none takes them away. Gate held.</summary>
    /// <returns>
    /// Granted, InvalidOption (more than 40 octets, lengths or pointers that can't be, a source route, or an option that
    /// is not known of a caller without the right to send anything).
    /// </returns>
    /// <remarks>Linux lets source routes pass, which few networks do (RFC 7126 §4.3).</remarks>
    private BindRule SetIpOptions(ReadOnlySpan<byte> value, in Caller caller)
    {
        if (ReadIpOptions(value, caller) is not { } options) return BindRule.InvalidOption;
        Channel.SetIpOptions(options);
        return BindRule.Granted;
    }

    /// <summary>Options padded to a multiple of 4, with nothing behind their end; null for what can't be sent.</summary>
    internal static byte[]? ReadIpOptions(ReadOnlySpan<byte> value, in Caller caller)
    {
        if (value.Length > Ipv4Options.MaxLength) return null;
        byte[] options = new byte[(value.Length + 3) & ~3];
        value.CopyTo(options);
        if (Ipv4OptionProcessing.Check(options, out _) != DropReason.None) return null;
        if (!caller.MayAdministerNetwork && HasUnknown(options)) return null;
        options.AsSpan(LengthOf(options)).Clear();
        return options;
    }

    private BindRule GetIpOptions(Span<byte> value, out int length)
    {
        length = 0;
        if (_binding.IsStream) return BindRule.UnknownOption;
        ReadOnlySpan<byte> options = _channel is null ? default : _channel.IpOptions;
        length = Math.Min(value.Length, options.Length);
        options[..length].CopyTo(value);
        return BindRule.Granted;
    }

    private static bool HasUnknown(ReadOnlySpan<byte> options)
    {
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
        {
            if (walk.Current.Type is not (Ipv4OptionType.RecordRoute or Ipv4OptionType.Timestamp or Ipv4OptionType.RouterAlert))
                return true;
        }

        return false;
    }

    /// <summary>Octets up to the end of the list; what is behind it is nothing.</summary>
    private static int LengthOf(ReadOnlySpan<byte> options)
    {
        int at = 0;
        while (at < options.Length && options[at] != (byte)Ipv4OptionType.EndOfList)
            at += options[at] == (byte)Ipv4OptionType.NoOperation ? 1 : options[at + 1];
        return at;
    }
}
