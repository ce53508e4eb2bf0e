using System.Globalization;
using UserNet.Addressing;

namespace UserNet.Facades.Winsock;

/// <summary>The name service of a process: hosts that a rig names, and a few services. Numbers need no entry.</summary>
/// <remarks>Any thread.</remarks>
public sealed class NameTable
{
    private readonly Lock _gate = new();
    private readonly List<(string Name, InetAddress[] Addresses)> _hosts = [("localhost", [InetAddress.LoopbackV6, InetAddress.LoopbackV4])];
    private readonly List<(string Name, ushort Port)> _services =
    [
        ("echo", 7), ("discard", 9), ("daytime", 13), ("ftp", 21), ("ssh", 22), ("telnet", 23), ("smtp", 25), ("time", 37), ("domain", 53),
        ("http", 80), ("pop3", 110), ("ntp", 123), ("imap", 143), ("https", 443),
    ];

    /// <summary>Names a host; one that is there already gets these addresses instead. Letters' case does not matter.</summary>
    /// <param name="name">The name.</param>
    /// <param name="addresses">Its addresses, in the order in which they are tried; none takes the host away.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public void AddHost(string name, params InetAddress[] addresses)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(addresses);
        lock (_gate)
        {
            _hosts.RemoveAll(host => IsSame(host.Name, name));
            if (addresses.Length > 0) _hosts.Add((name, [.. addresses]));
        }
    }

    /// <summary>Names a service; one that is there already gets this port instead. Letters' case does not matter.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public void AddService(string name, ushort port)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_gate)
        {
            _services.RemoveAll(service => IsSame(service.Name, name));
            _services.Add((name, port));
        }
    }

    /// <summary>The addresses of a host that is named, or given by its address; none where it is not known.</summary>
    internal IReadOnlyList<InetAddress> FindHost(string name)
    {
        if (InetAddress.TryParse(name, out InetAddress address)) return [address];
        lock (_gate) return _hosts.Find(host => IsSame(host.Name, name)).Addresses ?? [];
    }

    /// <summary>The port of a service that is named, or given by its port.</summary>
    internal bool TryFindService(string name, out ushort port)
    {
        if (ushort.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out port)) return true;
        lock (_gate)
        {
            int index = _services.FindIndex(service => IsSame(service.Name, name));
            if (index >= 0) port = _services[index].Port;
            return index >= 0;
        }
    }

    private static bool IsSame(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
