using UserNet.Discovery;
using UserNet.Link;

namespace UserNet.Simulation;

// The router's side of IPv6.
public sealed partial class VirtualHost
{
    private readonly List<(string? Device, RouterAdvertisementSettings Settings)> _advertised = [];

    /// <summary>
    /// Has it tell the hosts of its links of prefixes, and of itself as their router: now, on what is connected later, and after each
    /// restart. <see cref="StackInterface.Advertise"/>.
    /// </summary>
    /// <param name="settings">What it says; null for the prefixes of its addresses and what is usual.</param>
    /// <param name="device">The interface, as in eth1; null for each that was connected with an IPv6 address, but those that are named.</param>
    /// <exception cref="ArgumentException">A setting can't be.</exception>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    public void Advertise(RouterAdvertisementSettings? settings = null, string? device = null)
    {
        _network.CheckCall();
        settings ??= new RouterAdvertisementSettings();
        settings.Check();
        _advertised.RemoveAll(one => one.Device == device);
        _advertised.Add((device, settings));
        if (!IsUp) return;
        foreach (Interface entry in _interfaces)
            if (entry.Name == device || (device is null && !_advertised.Exists(one => one.Device == entry.Name))) AdvertiseOn(entry);
    }

    private void AdvertiseOn(Interface entry)
    {
        RouterAdvertisementSettings? settings = _advertised.Find(one => one.Device == entry.Name).Settings;
        bool speaksV6 = entry.Port.Medium == LinkMedium.Ethernet && entry.Options.Addresses.Any(static text => text.Contains(':', StringComparison.Ordinal));
        settings ??= speaksV6 ? _advertised.Find(static one => one.Device is null).Settings : null;
        if (settings is not null) entry.Attached!.Advertise(settings);
    }
}
