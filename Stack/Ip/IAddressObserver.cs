namespace UserNet.Ip;

/// <summary>Who is told when addresses of a host come and go, and its interfaces go up and down.</summary>
/// <remarks>Gate held; called when the tables have changed.</remarks>
internal interface IAddressObserver
{
    /// <summary>An interface has an address more.</summary>
    void OnAdded(InterfaceAddress address);

    /// <summary>A tentative address is fit for use from now on.</summary>
    void OnConfirmed(InterfaceAddress address);

    /// <summary>The lifetimes of an address are others.</summary>
    void OnLifetimesChanged(InterfaceAddress address);

    /// <summary>An interface has lost an address.</summary>
    void OnRemoved(InterfaceAddress address);

    /// <summary>A tentative IPv6 address turned out to be another host's; it stays, and is never used. RFC 4862 §5.4.5.</summary>
    void OnDuplicate(InterfaceAddress address);

    /// <summary>An interface went up.</summary>
    void OnUp(InterfaceEntry entry);

    /// <summary>An interface went down.</summary>
    void OnDown(InterfaceEntry entry);
}
