using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Ip;
using UserNet.Time;

namespace UserNet;

// Addresses, and what routers said.
public sealed partial class StackInterface
{
    /// <summary>The addresses of both families, with their states and lifetimes: IPv4, then IPv6, each in the order in which a source is looked for.</summary>
    public IReadOnlyList<AddressRow> Addresses
    {
        get
        {
            using (_core.Enter())
            {
                Timestamp now = _core.Now;
                var rows = new List<AddressRow>();
                foreach (InterfaceAddress address in _entry.V4Addresses) rows.Add(RowOf(address, now));
                foreach (InterfaceAddress address in _entry.V6Addresses) rows.Add(RowOf(address, now));
                return rows;
            }
        }
    }

    /// <summary>True for an address of the interface, tentative ones included.</summary>
    internal bool Has(InetAddress address)
    {
        using (_core.Enter()) return _entry.Find(address) is not null;
    }

    /// <summary>The routes that routers of the link advertised, default routers among them, in the order in which they came.</summary>
    public IReadOnlyList<AdvertisedRouteRow> AdvertisedRoutes
    {
        get
        {
            using (_core.Enter())
            {
                if (Learned is not { } its) return [];
                Timestamp now = _core.Now;
                var rows = new List<AdvertisedRouteRow>(its.Routes.Count);
                foreach (AdvertisedRoute route in its.Routes)
                    rows.Add(new AdvertisedRouteRow(route.Prefix, route.Router, route.Preference, Left(route.Until, now), route.IsUnreachable));
                return rows;
            }
        }
    }

    /// <summary>The name servers that routers of the link advertised, in the order in which they came. RFC 8106.</summary>
    public IReadOnlyList<NameServerRow> NameServers
    {
        get
        {
            using (_core.Enter())
            {
                if (Learned is not { } its) return [];
                Timestamp now = _core.Now;
                var rows = new List<NameServerRow>(its.Servers.Count);
                foreach (AdvertisedServer server in its.Servers) rows.Add(new NameServerRow(server.Address, Left(server.Until, now)));
                return rows;
            }
        }
    }

    /// <summary>True when the last router advertisement said that addresses are to be had by DHCPv6: its M flag.</summary>
    public bool IsManaged
    {
        get
        {
            using (_core.Enter()) return Learned is { IsManaged: true };
        }
    }

    /// <summary>True when the last router advertisement said that other settings are to be had by DHCPv6: its O flag.</summary>
    public bool HasOtherConfiguration
    {
        get
        {
            using (_core.Enter()) return Learned is { HasOtherConfiguration: true };
        }
    }

    /// <summary>Largest IPv6 packet that is sent, octets: <see cref="Mtu"/>, or less where a router said so.</summary>
    public int MtuV6
    {
        get
        {
            using (_core.Enter()) return _entry.Port!.MtuV6;
        }
    }

    /// <summary>What is made of what routers advertise; a change holds from now on, and none of it is lost unless it is switched off.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public AutoconfigurationSettings Autoconfiguration
    {
        get
        {
            using (_core.Enter()) return _core.Routers!.SettingsOf(_entry);
        }

        set
        {
            using (_core.Enter()) _core.Routers!.Configure(_entry, value, _core.Now);
        }
    }

    /// <summary>Gives an address of this interface other lifetimes, from now on. RFC 4862 §5.5.4.</summary>
    /// <param name="address">The address.</param>
    /// <param name="preferred">How long it is preferred; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="valid">How long it lives; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <exception cref="ArgumentException">The interface does not have the address.</exception>
    public void SetLifetimes(InetAddress address, TimeSpan preferred, TimeSpan valid)
    {
        using (_core.Enter())
        {
            Timestamp now = _core.Now;
            _core.Host!.SetLifetimes(Name, address, Until(preferred, now), Until(valid, now), now);
        }
    }

    private Autoconfiguration? Learned => _core.Routers!.Find(_entry.Index);

    private static AddressRow RowOf(InterfaceAddress address, Timestamp now) => new(
        address.Address, address.PrefixLength, address.Traits,
        address.Is(AddressTraits.Deprecated) ? TimeSpan.Zero : Left(address.PreferredUntil, now), Left(address.ValidUntil, now));

    private static Timestamp Until(TimeSpan time, Timestamp now) => time == Timeout.InfiniteTimeSpan ? Timestamp.Never : now + time;

    private static TimeSpan Left(Timestamp until, Timestamp now) =>
        until == Timestamp.Never ? Timeout.InfiniteTimeSpan : until > now ? until - now : TimeSpan.Zero;
}
