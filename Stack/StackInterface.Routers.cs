using UserNet.Discovery;
using UserNet.Link;

namespace UserNet;

// The router's side of Neighbor Discovery.
public sealed partial class StackInterface
{
    /// <summary>
    /// Has the interface advertise from now on: hosts of its link learn prefixes, and of this router. Where it does already, it says
    /// something else from now on. RFC 4861 §6.2.
    /// </summary>
    /// <param name="settings">What it says; null for the prefixes of its addresses and what is usual.</param>
    /// <exception cref="ArgumentException">A setting can't be.</exception>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    /// <remarks>
    /// Advertisements are sent from a link-local address, which the interface makes itself unless it has one; while that is tentative,
    /// nothing is sent. That packets are forwarded is
    /// another setting (<see cref="Ip.IpInputSettings.Forwards"/>). Disposing of the stack says that it is no router any more. Any thread.
    /// </remarks>
    public void Advertise(RouterAdvertisementSettings? settings = null)
    {
        settings ??= new RouterAdvertisementSettings();
        settings.Check();
        using (_core.Enter())
        {
            _ = Ethernet;
            _core.Advertise(_entry, settings);
        }
    }

    /// <summary>
    /// Tells the hosts of the link that this is no router any more, at once and twice more; nothing where it does not advertise.
    /// RFC 4861 §6.2.5.
    /// </summary>
    public void StopAdvertising()
    {
        using (_core.Enter()) _core.StopAdvertising(_entry);
    }

    /// <summary>What the interface advertises, and what came of it so far; null where it does not.</summary>
    public RouterAdvertiserStatus? Advertising
    {
        get
        {
            using (_core.Enter()) return _core.Discovery!.AdvertiserOf(Index)?.Status;
        }
    }
}
