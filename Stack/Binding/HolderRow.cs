using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>One row of the table as it was at one moment: who holds which port, in which state, sharing what.</summary>
/// <param name="Protocol">Tcp, Udp, ...</param>
/// <param name="State">Closed means bound and no more.</param>
/// <param name="Local">The local endpoint.</param>
/// <param name="Remote">The remote endpoint, or null while unconnected.</param>
/// <param name="Claim">What is claimed, with owner, device and sharing options.</param>
/// <param name="Owner">Whose it is: a socket, usually.</param>
public sealed record HolderRow(
    ProtocolType Protocol, TcpState State, InetEndpoint Local, InetEndpoint? Remote, Claim Claim, object? Owner)
{
    /// <summary>The row of a holder. Gate held.</summary>
    /// <exception cref="ArgumentNullException">The holder is null.</exception>
    /// <exception cref="InvalidOperationException">The holder holds nothing.</exception>
    public static HolderRow Of(Holder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        if (!holder.IsHeld) throw new InvalidOperationException("The holder holds no port.");
        PortSpace space = holder.Space!;
        uint scope = holder.LocalAddress.NeedsScope ? holder.Claim.Device : 0;
        InetEndpoint? remote = null;
        if (holder.IsConnected) remote = new InetEndpoint(holder.RemoteAddress, holder.RemotePort);
        return new HolderRow(
            space.Protocol, holder.State, new InetEndpoint(holder.LocalAddress, holder.Port, scope), remote, holder.Claim, holder.Owner);
    }

    /// <summary>The state as ss names it.</summary>
    public string StateName => (Protocol, State) switch
    {
        (not ProtocolType.Tcp, TcpState.Established) => "ESTAB",
        (_, TcpState.Closed) => "UNCONN",
        (_, TcpState.Listen) => "LISTEN",
        (_, TcpState.SynSent) => "SYN-SENT",
        (_, TcpState.SynReceived) => "SYN-RECV",
        (_, TcpState.Established) => "ESTAB",
        (_, TcpState.FinWait1) => "FIN-WAIT-1",
        (_, TcpState.FinWait2) => "FIN-WAIT-2",
        (_, TcpState.CloseWait) => "CLOSE-WAIT",
        (_, TcpState.Closing) => "CLOSING",
        (_, TcpState.LastAck) => "LAST-ACK",
        (_, TcpState.TimeWait) => "TIME-WAIT",
        _ => State.ToString(),
    };

    /// <summary>Owner and options in a few words: uid 0, SO_REUSEADDR.</summary>
    public string Terms
    {
        get
        {
            string terms = $"uid {Claim.Uid}";
            if (Claim.Device != 0) terms += $", device {Claim.Device}";
            if (Claim.ReusesAddress) terms += ", SO_REUSEADDR";
            if (Claim.ReusesPort) terms += ", SO_REUSEPORT";
            if (Claim.IsExclusive) terms += ", SO_EXCLUSIVEADDRUSE";
            if (Claim.V6Only && Local.Address == InetAddress.AnyV6) terms += ", IPV6_V6ONLY";
            return Claim.Sharing == Sharing.None ? terms + ", shares nothing" : terms;
        }
    }

    /// <summary>As in tcp 0.0.0.0:80 (LISTEN, uid 0, SO_REUSEADDR).</summary>
    public override string ToString()
    {
        string peer = Remote is { } remote ? $" -> {remote}" : "";
        return $"{NameOf(Protocol)} {Local}{peer} ({StateName}, {Terms})";
    }

    internal static string NameOf(ProtocolType protocol) => protocol.ToString().ToLowerInvariant();
}
