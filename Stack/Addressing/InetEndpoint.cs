using System.Net;

namespace UserNet.Addressing;

/// <summary>
/// Where a socket is: an address, a port and, for addresses that need one, the scope id (interface index).
/// </summary>
/// <remarks>A value, unlike IPEndPoint: passing one allocates nothing. Any thread.</remarks>
public readonly partial record struct InetEndpoint(InetAddress Address, ushort Port, uint ScopeId = 0)
{
    /// <summary>The same endpoint, from .NET's heap object.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="endpoint"/> is null.</exception>
    public static InetEndpoint From(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        InetAddress address = InetAddress.From(endpoint.Address);
        uint scope = address.IsV6 ? (uint)endpoint.Address.ScopeId : 0;
        return new InetEndpoint(address, (ushort)endpoint.Port, scope);
    }

    /// <summary>The same endpoint as .NET's heap object.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        IPAddress address = Address.ToIPAddress();
        if (ScopeId != 0 && Address.IsV6) address.ScopeId = ScopeId;
        return new IPEndPoint(address, Port);
    }

    /// <summary>The same endpoint; nothing is lost.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="endpoint"/> is null.</exception>
    public static implicit operator InetEndpoint(IPEndPoint endpoint) => From(endpoint);

    /// <summary>The same endpoint as a heap object.</summary>
    public static explicit operator IPEndPoint(InetEndpoint endpoint) => endpoint.ToIPEndPoint();
}
