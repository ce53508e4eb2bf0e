using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Core;

// The links of the stack, and what their ports ask of it.
internal sealed partial class StackCore : ILinkHost
{
    private readonly List<LinkPort> _ports = [];
    private volatile bool _isDisposed;

    /// <summary>True once nothing moves any more.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>Who waits for something of this stack. Gate held.</summary>
    public WaitList Waiting { get; } = new();

    /// <summary>Who does not wait, but has to be told when the stack is disposed of.</summary>
    public WaitList Watching { get; } = new();

    /// <summary>Gives an interface a link. Gate held; the link is to be started after leaving.</summary>
    public LinkPort Attach(InterfaceEntry entry, ILink link, MacAddress? address)
    {
        LinkPort port = link.Medium == LinkMedium.Ethernet
            ? new EthernetPort(link, entry.Index, address ?? link.Address ?? RandomAddress(), Context)
            : new IpPort(link, entry.Index, Context);
        if (entry.Port is EthernetPort lost) lost.Forget();
        foreach (InterfaceAddress own in entry.V6Addresses) ListenFor(own, port);      // to be reported with the others
        entry.Port = port;
        _ports.Add(port);
        Groups!.OnAttached(entry);
        return port;
    }

    /// <summary>Begins delivery; a link that can't leaves its port closed. Outside the gate.</summary>
    public void Start(LinkPort port)
    {
        try
        {
            port.Link.Start(new Sink(this, port));
        }
        catch (Exception e)
        {
            OnClosed(port, e);
            throw;
        }

        OnStarted(port);
    }

    /// <summary>
    /// Sends away whoever waits, and closes all links; nobody waits any more from then on. Outside the gate. Twice does
    /// nothing.
    /// </summary>
    public void Dispose() => Dispose(isOrderly: true);

    /// <inheritdoc cref="Dispose()"/>
    /// <param name="isOrderly">False to say nothing more on the links.</param>
    public void Dispose(bool isOrderly)
    {
        LinkPort[] ports;
        using (Enter())
        {
            if (_isDisposed) return;
            if (isOrderly) Discovery?.StopAdvertisingAtOnce(Now);
            _isDisposed = true;
            Waiting.AbandonAll();
            Watching.AbandonAll();
            ports = [.. _ports];
        }

        Volatile.Read(ref _timer)?.Dispose();
        foreach (LinkPort port in ports) port.Link.Dispose();
    }

    // RFC 1122 §3.3.4.2: to the strong host model an address belongs to its interface.
    bool ILinkHost.Answers(InetAddress address, uint device) =>
        Host!.RoleOf(address, device) == AddressRole.Local
        && (Host.Model == HostModel.Weak || Host.Interfaces.Find(address, device) is { } own && !own.Is(AddressTraits.Tentative));

    bool ILinkHost.IsBroadcast(InetAddress address, uint device) => Host!.RoleOf(address, device) == AddressRole.Broadcast;

    InetAddress ILinkHost.AskingAddress(InetAddress neighbor, uint device) =>
        Host!.FindRoute(new RouteQuery(neighbor, InetAddress.AnyV4, device)).Source;

    void ILinkHost.Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station, InetAddress waiting) =>
        Discovery!.Solicit(port, neighbor, station, waiting);

    void ILinkHost.OnUnresolved(PacketBuffer packet, uint device, Timestamp now) => OnUnresolved(packet, device, now);

    /// <summary>A station address of the host's own choosing: locally administered, for one station.</summary>
    private MacAddress RandomAddress() =>
        MacAddress.FromBits((Context.Random.NextUInt64() & 0xFCFF_FFFF_FFFF) | 0x0200_0000_0000);

    private void OnWritable(LinkPort port)
    {
        using (Enter())
        {
            // The link may say so before the drainer has settled what it did not take.
            if (port.IsBlocked) port.Unblock();
            else port.HasRoomAgain = true;
        }
    }

    private void OnClosed(LinkPort port, Exception? failure)
    {
        using (Enter())
        {
            if (_port != port) port.Close(failure);
            else port.CloseAfterSend(failure);
            Tcp?.Resume(Now);
        }
    }

    private sealed class Sink(StackCore core, LinkPort port) : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => core.OnFrames(port, frames, verdicts);

        public void OnWritable() => core.OnWritable(port);

        public void OnClosed(Exception? failure) => core.OnClosed(port, failure);
    }
}
