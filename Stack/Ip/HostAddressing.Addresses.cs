using UserNet.Addressing;

namespace UserNet.Ip;

// What comes and goes with addresses and with interfaces going up and down.
public sealed partial class HostAddressing
{
    /// <summary>Adds an address.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="asked">The address and what there is to say of it.</param>
    /// <exception cref="ArgumentException">
    /// There is no such interface, it has the address already (in IPv4: in the same subnet), the address is no
    /// unicast address, or another one of the same IPv4 subnet has another scope.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The prefix length does not suit the family.</exception>
    /// <remarks>On an interface that is down an IPv6 address is tentative until the interface is up.</remarks>
    public HostAddressing AddAddress(string name, in NewAddress asked)
    {
        InterfaceEntry entry = Require(name);
        InetAddress value = asked.Address;
        if (value.IsV4Mapped || value.IsWildcard || value.IsMulticast || value.IsLimitedBroadcast)
            throw new ArgumentException($"{value} is not an address that an interface can have.", nameof(asked));
        InterfaceAddress address = new(entry, asked);
        if (value.IsV6 ? entry.Find(value) is not null : entry.Find(value, asked.PrefixLength) is not null)
            throw new ArgumentException($"{name} has {address} already.", nameof(asked));
        if (!value.IsV6 && entry.PrimaryOf(address.Subnet) is { } primary && primary.Scope != address.Scope)
            throw new ArgumentException($"{address} and {primary} have different scopes.", nameof(asked));
        if (value.IsV6 && (!entry.IsUp || (entry.DetectsDuplicates && !asked.SkipsDetection)))
            address.Traits |= AddressTraits.Tentative;
        if (!value.IsV6 && entry.DetectsConflicts && !asked.SkipsDetection) address.Traits |= AddressTraits.Tentative;

        Interfaces.Link(address);
        if (value.IsV6) AddRoutesOfV6(address);
        else AddRoutesOfV4(address);
        Observer?.OnAdded(address);
        return this;
    }

    /// <summary>
    /// Ends duplicate address detection: a tentative address is fit for use from now on. RFC 4862 §5.4, RFC 5227 §2.1.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such interface, or it does not have the address.</exception>
    public HostAddressing ConfirmAddress(string name, InetAddress address)
    {
        InterfaceAddress found = Require(name).Find(address)
            ?? throw new ArgumentException($"{name} does not have {address}.", nameof(address));
        if (found.Is(AddressTraits.Tentative)) Confirm(found);
        return this;
    }

    /// <summary>Makes an address fit for use, whatever its prefixes are.</summary>
    internal void ConfirmAll(InterfaceEntry entry, InetAddress address)
    {
        List<InterfaceAddress> all = address.IsV6 ? entry.V6 : entry.V4;
        for (int i = 0; i < all.Count; i++)      // an observer may add others
            if (all[i].Address == address && all[i].Is(AddressTraits.Tentative)) Confirm(all[i]);
    }

    /// <summary>Makes a tentative address fit for use.</summary>
    internal void ConfirmOne(InterfaceAddress address)
    {
        if (address.Is(AddressTraits.Tentative)) Confirm(address);
    }

    /// <summary>A tentative IPv6 address is another host's. RFC 4862 §5.4.5.</summary>
    internal void SetDuplicate(InterfaceAddress address)
    {
        address.Traits |= AddressTraits.Tentative | AddressTraits.Duplicate;
        Observer?.OnDuplicate(address);
    }

    /// <summary>Removes an address, whatever its prefixes are.</summary>
    internal void RemoveAll(InterfaceEntry entry, InetAddress address)
    {
        while (entry.Find(address) is { } own) Remove(own);
    }

    private void Remove(InterfaceAddress address)
    {
        if (address.Address.IsV6) RemoveV6(address);
        else RemoveV4(address);
        if (Interfaces.Find(address.Address) is null) Routes.ForgetSource(address.Address);
        Observer?.OnRemoved(address);
    }

    private void RemoveV4(InterfaceAddress address)
    {
        InterfaceEntry entry = address.Interface;
        if (!address.Is(AddressTraits.Secondary))
        {
            for (int i = entry.V4.Count - 1; i >= 0; i--)
                if (entry.V4[i] is { } other && other != address && other.Subnet == address.Subnet) Remove(other);
        }

        Routes.RemoveOwnedBy(address);
        Interfaces.Unlink(address);
        if (entry.V4.Count == 0) Routes.RemoveOver(entry.Index, isV6: false, localToo: true);
    }

    private void RemoveV6(InterfaceAddress address)
    {
        InterfaceEntry entry = address.Interface;
        Interfaces.Unlink(address);
        if (ConnectedRouteOf(address) is { } connected && connected.Owner == address)
        {
            foreach (InterfaceAddress heir in entry.V6)
                if (heir.Subnet == address.Subnet && !heir.Is(AddressTraits.NoPrefixRoute)) connected.Owner = heir;
        }

        Routes.RemoveOwnedBy(address);
    }

    private void SetUp(InterfaceEntry entry)
    {
        entry.IsUp = true;
        if (entry.IsLoopback)
        {
            if (entry.V4.Count == 0) AddAddress(entry.Name, new NewAddress(InetAddress.LoopbackV4, 8));
            else AddLinkRoutesOfV4(entry);
            if (entry.Find(InetAddress.LoopbackV6) is null)
                AddAddress(entry.Name, new NewAddress(InetAddress.LoopbackV6, 128));
        }
        else
        {
            if (entry.DetectsConflicts) SetTentative(entry);
            AddLinkRoutesOfV4(entry);
            InetPrefix groups = new(InetAddress.FromV6(0xFFUL << 56, 0), 8);
            Routes.Add(new Route(groups, RouteType.Multicast, entry.Index) { Metric = RouteTable.ConnectedMetricV6 });
        }

        for (int i = 0; i < entry.V6.Count; i++)
        {
            InterfaceAddress address = entry.V6[i];
            if (NeedsConnectedRoute(address)) AddConnectedRouteOfV6(address);
            if (address.Is(AddressTraits.Tentative) && (!entry.DetectsDuplicates || address.SkipsDetection)) Confirm(address);
        }

        Observer?.OnUp(entry);
    }

    private void SetDown(InterfaceEntry entry)
    {
        entry.IsUp = entry.IsV6Disabled = false;
        for (int i = entry.V6.Count - 1; i >= 0; i--) Remove(entry.V6[i]);
        Routes.RemoveOver(entry.Index, isV6: true, localToo: true);
        Routes.RemoveOver(entry.Index, isV6: false, localToo: false);
        Observer?.OnDown(entry);
    }

    // Who has its addresses may have changed while it was down.
    private void SetTentative(InterfaceEntry entry)
    {
        foreach (InterfaceAddress address in entry.V4)
        {
            if (address.SkipsDetection) continue;
            address.Traits |= AddressTraits.Tentative;
            Routes.RemoveOwnedBy(address);
        }
    }

    private void Confirm(InterfaceAddress address)
    {
        address.Traits &= ~(AddressTraits.Tentative | AddressTraits.Duplicate);
        if (address.Address.IsV6)
        {
            AddLocalRouteOf(address, address.Address);
        }
        else
        {
            Routes.SetSourceOfOwned(address, SourceOf(address));
            AddLocalRouteOf(address, SourceOf(address));
        }

        Observer?.OnConfirmed(address);
    }

    private void AddRoutesOfV6(InterfaceAddress address)
    {
        if (!address.Is(AddressTraits.Tentative)) AddLocalRouteOf(address, address.Address);
        if (address.Interface.IsUp && NeedsConnectedRoute(address)) AddConnectedRouteOfV6(address);
    }

    private bool NeedsConnectedRoute(InterfaceAddress address) =>
        !address.Is(AddressTraits.NoPrefixRoute) && ConnectedRouteOf(address) is null;

    private void AddRoutesOfV4(InterfaceAddress address)
    {
        if (!address.Is(AddressTraits.Tentative)) AddLocalRouteOf(address, SourceOf(address));
        if (address.Interface.IsUp) AddLinkRoutesOfV4(address);
    }

    private void AddLinkRoutesOfV4(InterfaceEntry entry)
    {
        foreach (InterfaceAddress address in entry.V4) AddLinkRoutesOfV4(address);
    }

    /// <summary>
    /// Adds what an IPv4 address brings along while its interface is up: broadcast addresses and the connected route.
    /// </summary>
    private void AddLinkRoutesOfV4(InterfaceAddress address)
    {
        InetPrefix subnet = address.Subnet;
        if (address.Broadcast is { IsLimitedBroadcast: false } given)
            AddV4(address, new InetPrefix(given, 32), RouteType.Broadcast);
        if (address.Is(AddressTraits.Secondary) || subnet.Address.IsWildcard || subnet.Length == 32) return;
        AddV4(address, subnet, address.Interface.IsLoopback ? RouteType.Local : RouteType.Unicast);
        if (subnet.Broadcast is { } last) AddV4(address, new InetPrefix(last, 32), RouteType.Broadcast);
    }

    private void AddV4(InterfaceAddress owner, InetPrefix prefix, RouteType type) =>
        AddOwned(owner, prefix, type, SourceOf(owner), metric: 0);

    private void AddLocalRouteOf(InterfaceAddress address, InetAddress? source) =>
        AddOwned(address, new InetPrefix(address.Address, address.Address.IsV6 ? 128 : 32), RouteType.Local, source, metric: 0);

    private void AddConnectedRouteOfV6(InterfaceAddress address) =>
        AddOwned(address, address.Subnet, RouteType.Unicast, source: null, RouteTable.ConnectedMetricV6);

    private void AddOwned(
        InterfaceAddress owner, InetPrefix prefix, RouteType type, InetAddress? source, uint metric) =>
        Routes.Add(new Route(prefix, type, owner.Interface.Index) { PreferredSource = source, Metric = metric, Owner = owner });

    private Route? ConnectedRouteOf(InterfaceAddress address) =>
        Routes.FindExact(address.Subnet, RouteType.Unicast, null, address.Interface.Index, RouteTable.ConnectedMetricV6);

    // Null while it is tentative; its primary address may be tentative when a secondary one no longer is.
    private static InetAddress? SourceOf(InterfaceAddress address)
    {
        if (address.Is(AddressTraits.Tentative)) return null;
        InterfaceAddress source = address.Is(AddressTraits.Secondary) ? address.Interface.PrimaryOf(address.Subnet)! : address;
        return source.Is(AddressTraits.Tentative) ? address.Address : source.Address;
    }
}
