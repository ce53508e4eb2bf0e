using System.Net;
using UserNet.Addressing;

namespace UserNet;

// Keys for signatures of TCP, as an administrator of FreeBSD gives them by setkey(8).
public sealed partial class NetworkStack
{
    /// <summary>Adds a key for segments from one address to another, of sockets that sign with FreeBSD's rules: TCP_MD5SIG of tcp(4). RFC 2385.</summary>
    /// <param name="source">Who sends.</param>
    /// <param name="destination">Who receives.</param>
    /// <param name="key">The key, of any length.</param>
    /// <returns>False when there is one for the two.</returns>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    /// <remarks>Any thread.</remarks>
    public bool AddSignatureKey(IPAddress source, IPAddress destination, ReadOnlySpan<byte> key)
    {
        byte[] octets = key.ToArray();
        using (Core.Enter()) return (Core.Tcp ?? throw NoHost()).Keys.TryAdd(InetAddress.From(source), InetAddress.From(destination), octets);
    }

    /// <summary>Forgets a key that <see cref="AddSignatureKey"/> has added.</summary>
    /// <param name="source">Who sends.</param>
    /// <param name="destination">Who receives.</param>
    /// <returns>False when there is none for the two.</returns>
    /// <remarks>Any thread.</remarks>
    public bool RemoveSignatureKey(IPAddress source, IPAddress destination)
    {
        using (Core.Enter()) return Core.Tcp?.Keys.Remove(InetAddress.From(source), InetAddress.From(destination)) ?? false;
    }

    /// <summary>Forgets all keys that <see cref="AddSignatureKey"/> has added.</summary>
    /// <remarks>Any thread.</remarks>
    public void ClearSignatureKeys()
    {
        using (Core.Enter()) Core.Tcp?.Keys.Clear();
    }
}
