using System.Text;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>The ways in which frames get out of the process.</summary>
public enum DeviceKind : byte
{
    /// <summary>A TAP interface: Ethernet frames between this process and the kernel. Linux.</summary>
    Tap,
    /// <summary>A TUN interface: IP packets between this process and the kernel. Linux.</summary>
    Tun,
    /// <summary>A network card, or any other Ethernet interface, by a ring shared with the kernel (AF_PACKET). Linux.</summary>
    Packet,
    /// <summary>A network card, or any other Ethernet interface, by libpcap.</summary>
    Pcap,
}

/// <summary>Which device: a kind and the name of an interface, as in <c>tap:vpn0</c>.</summary>
/// <param name="Kind">How its frames get out.</param>
/// <param name="Name">The interface's name: at most 15 octets, without white space, slash and colon.</param>
public readonly record struct DeviceSpec(DeviceKind Kind, string Name)
{
    private const int LongestName = InterfaceControl.NameRoom - 1;

    /// <summary>Reads <c>tap:NAME</c>, <c>tun:NAME</c>, <c>packet:NAME</c> or <c>pcap:NAME</c>.</summary>
    /// <exception cref="DeviceException">The text is no such thing (BadSpec), or no interface can have the name (BadName).</exception>
    public static DeviceSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        DeviceKind? kind = colon < 0 ? null : text[..colon] switch
        {
            "tap" => DeviceKind.Tap,
            "tun" => DeviceKind.Tun,
            "packet" => DeviceKind.Packet,
            "pcap" => DeviceKind.Pcap,
            _ => null,
        };
        if (kind is null)
        {
            throw new DeviceException(
                DeviceError.BadSpec, text, $"'{text}' names no device: write tap:NAME, tun:NAME, packet:INTERFACE or pcap:INTERFACE.");
        }

        string name = text[(colon + 1)..];
        return FaultOf(name) is { } fault
            ? throw new DeviceException(DeviceError.BadName, text, $"'{text}' can't be opened: no interface can have the name '{name}', {fault}.")
            : new DeviceSpec(kind.Value, name);
    }

    /// <summary>As it is written, for instance <c>tap:vpn0</c>.</summary>
    public override string ToString() => $"{PrefixOf(Kind)}:{Name}";

    private static string PrefixOf(DeviceKind kind) => kind switch
    {
        DeviceKind.Tap => "tap",
        DeviceKind.Tun => "tun",
        DeviceKind.Packet => "packet",
        _ => "pcap",
    };

    // The kernel's own rules for names.
    private static string? FaultOf(string name)
    {
        if (name.Length == 0) return "which is empty";
        int octets = Encoding.UTF8.GetByteCount(name);
        if (octets > LongestName) return $"which has {octets} octets where {LongestName} are allowed";
        if (name is "." or "..") return "which means a folder";
        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
                return $"since it contains {(char.IsControl(c) || c == ' ' ? $"the character U+{(int)c:X4}" : $"'{c}'")}";
        }

        return null;
    }
}
