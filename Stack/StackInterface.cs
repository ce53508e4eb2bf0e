using UserNet.Addressing;
using UserNet.Core;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet;

/// <summary>An interface of a <see cref="NetworkStack"/> that has a link.</summary>
/// <remarks>Any thread.</remarks>
public sealed partial class StackInterface
{
    private readonly StackCore _core;
    private readonly InterfaceEntry _entry;

    internal StackInterface(StackCore core, InterfaceEntry entry)
    {
        _core = core;
        _entry = entry;
    }

    /// <summary>Its name, as in eth0.</summary>
    public string Name => _entry.Name;

    /// <summary>The number by which sockets and scope ids name it.</summary>
    public uint Index => _entry.Index;

    /// <summary>The link.</summary>
    public ILink Link => _entry.Port!.Link;

    /// <summary>The station address, or null on a medium without stations.</summary>
    public MacAddress? Address => (_entry.Port as EthernetPort)?.Address;

    /// <summary>True to take the frames of all stations and groups, which are counted but not answered.</summary>
    /// <remarks>On a medium without stations false, and setting it changes nothing.</remarks>
    public bool IsPromiscuous
    {
        get
        {
            using (_core.Enter()) return _entry.Port is EthernetPort { IsPromiscuous: true };
        }

        set
        {
            using (_core.Enter())
            {
                if (_entry.Port is EthernetPort port) port.IsPromiscuous = value;
            }
        }
    }

    /// <summary>True once the link is gone for good: closed, lost or broken. What is sent over it is dropped.</summary>
    public bool IsClosed
    {
        get
        {
            using (_core.Enter()) return _entry.Port!.IsClosed;
        }
    }

    /// <summary>What broke the link; null when nothing did.</summary>
    public Exception? Failure
    {
        get
        {
            using (_core.Enter()) return _entry.Port!.Failure;
        }
    }

    /// <summary>Largest IP packet that is sent, octets.</summary>
    public int Mtu
    {
        get
        {
            using (_core.Enter()) return _entry.Port!.Mtu;
        }
    }
}
