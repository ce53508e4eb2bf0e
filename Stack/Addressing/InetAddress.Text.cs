using System.Net;

namespace UserNet.Addressing;

public readonly partial struct InetAddress
{
    /// <summary>The address as RFC 5952 writes it.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
