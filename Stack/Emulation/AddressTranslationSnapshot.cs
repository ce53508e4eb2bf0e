using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;

namespace UserNet.Emulation;

/// <summary>A mapping and a peer outside, as they were at one moment.</summary>
/// <param name="Protocol">Tcp, Udp or Icmp.</param>
/// <param name="State">
/// Of TCP, as far as one in between can tell: SynSent, SynReceived, Established, FinWait1 (one end has sent FIN),
/// TimeWait (both have) or Closed (by a reset). Null of others.
/// </param>
/// <param name="TimeLeft">When it ends if nothing more is seen of it.</param>
/// <param name="Inside">The inside host and its port; of ICMP, its identifier.</param>
/// <param name="Outer">What the world sees in its place.</param>
/// <param name="Peer">The other end; of ICMP without a port.</param>
/// <param name="IsAnswered">The peer has sent something.</param>
public sealed record TranslatedSession(
    ProtocolType Protocol, TcpState? State, TimeSpan TimeLeft, InetEndpoint Inside, InetEndpoint Outer, InetEndpoint Peer, bool IsAnswered)
{
    /// <summary>In a line, as <c>conntrack -L</c> prints it: which way it goes, and which way its answers come.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        CultureInfo culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"{Protocol.ToString().ToLowerInvariant(),-8} {(int)Protocol} {(long)TimeLeft.TotalSeconds} ");
        if (State is { } state) text.Append(NameOf(state)).Append(' ');
        text.Append(culture, $"src={Inside.Address} dst={Peer.Address} {PortsOf(8, Inside.Port, Peer.Port)} ");
        if (!IsAnswered) text.Append("[UNREPLIED] ");
        text.Append(culture, $"src={Peer.Address} dst={Outer.Address} {PortsOf(0, Peer.Port, Outer.Port)}");
        return text.ToString();
    }

    private string PortsOf(int icmpType, ushort source, ushort destination) => Protocol == ProtocolType.Icmp
        ? string.Create(CultureInfo.InvariantCulture, $"type={icmpType} code=0 id={Math.Max(source, destination)}")
        : string.Create(CultureInfo.InvariantCulture, $"sport={source} dport={destination}");

    private static string NameOf(TcpState state) => state switch
    {
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived => "SYN_RECV",
        TcpState.FinWait1 => "FIN_WAIT",
        TcpState.TimeWait => "TIME_WAIT",
        TcpState.Closed => "CLOSE",
        _ => "ESTABLISHED",
    };
}

/// <summary>
/// All sessions of an <see cref="AddressTranslation"/> as they were at one moment: by protocol, outer port and age.
/// </summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed class TranslationSnapshot
{
    internal TranslationSnapshot(IReadOnlyList<TranslatedSession> rows) => Rows = rows;

    /// <summary>One row a session.</summary>
    public IReadOnlyList<TranslatedSession> Rows { get; }

    /// <summary>One line a session, as <c>conntrack -L</c> prints them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (TranslatedSession row in Rows) text.Append(row).Append('\n');
        return text.ToString();
    }
}
