using System.IO.Pipelines;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;
using UserNet.Tap;

namespace UserNet.Bench.Wire;

/// <summary>
/// The kernel as one host, and beside each other on networks of their own: the kernel once more in another namespace, and
/// UserNet on devices.
/// </summary>
/// <remarks>
/// <code>
/// near: kernel 10.1.0.1 veth ---- veth   10.1.0.2 kernel  :far
///       kernel 10.2.0.1 TAP  ---- tap:   10.2.0.2 UserNet
///       kernel 10.3.0.1 TAP  ---- tap:   10.3.0.2 UserNet, scheduler inline
///       kernel 10.4.0.1 veth ---- packet: 10.4.0.2 UserNet :far
/// </code>
/// In IPv6 likewise, with fd00:1::1 for 10.1.0.1.
/// </remarks>
internal sealed class DeviceRig : IDisposable
{
    private const int ClientPort = 5000, ServerPort = 7;

    private readonly OwnNamespace _near, _far;
    private readonly List<NetworkStack> _stacks = [];
    private readonly List<WirePath> _back = [];      // from UserNet to the kernel

    /// <exception cref="InvalidOperationException">A namespace or an interface can't be had.</exception>
    /// <exception cref="DeviceException">A device can't be had.</exception>
    public DeviceRig()
    {
        _near = new OwnNamespace();
        _far = new OwnNamespace();
        try
        {
            Echoes = [.. OnVeth(), .. OnTap(2, isInline: false), .. OnTap(3, isInline: true), .. OnPacket()];
        }
        catch
        {
            Dispose();
            throw;
        }

        Floods = [.. Echoes.Where(static path => !path.IsInline), .. _back];
    }

    /// <summary>Where echoes are measured, the kernel's own way first.</summary>
    public IReadOnlyList<WirePath> Echoes { get; }

    /// <summary>Where floods are measured, likewise.</summary>
    public IReadOnlyList<WirePath> Floods { get; }

    public void Dispose()
    {
        foreach (NetworkStack stack in _stacks) stack.Dispose();
        _near.Dispose();
        _far.Dispose();
    }

    private WirePath[] OnVeth()
    {
        _near.AddVeth(_far, 1, isFarAddressed: true);
        return [.. IpFamilies.Both.Select(family =>
        {
            string near = family.Host(1, 1), far = family.Host(1, 2);
            return new WirePath(
                "veth: kernel to kernel", family,
                () => KernelOf(_near, IpFamilies.Endpoint(near, ClientPort), IpFamilies.Endpoint(far, ServerPort)),
                () => KernelOf(_far, IpFamilies.Endpoint(far, ServerPort), null));
        })];
    }

    private WirePath[] OnTap(int network, bool isInline)
    {
        NetworkStack stack = Host(_near, $"tap:near{network}", network, isInline);
        _near.AddAddresses($"near{network}", network, 1);
        return Between("TAP", stack, network, isInline);
    }

    private WirePath[] OnPacket()
    {
        _near.AddVeth(_far, 4, isFarAddressed: false);
        return Between("packet: on veth", Host(_far, "packet:far4", 4, isInline: false), 4, isInline: false);
    }

    private NetworkStack Host(OwnNamespace where, string device, int network, bool isInline)
    {
        var stack = new NetworkStack(new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool });
        _stacks.Add(stack);
        Device link = where.Run(() => Device.Open(device, new DeviceOptions { BringUp = true }));
        stack.Attach("eth0", link, new InterfaceOptions { Addresses = [.. IpFamilies.Both.Select(family => family.Prefix(network, 2))], DuplicateTransmits = 0 });
        return stack;
    }

    private WirePath[] Between(string over, NetworkStack stack, int network, bool isInline) =>
        [.. IpFamilies.Both.Select(family => Between(over, stack, network, isInline, family))];

    private WirePath Between(string over, NetworkStack stack, int network, bool isInline, IpFamily family)
    {
        string kernel = IpFamilies.Endpoint(family.Host(network, 1), ServerPort), user = IpFamilies.Endpoint(family.Host(network, 2), ServerPort);
        string kernelClient = IpFamilies.Endpoint(family.Host(network, 1), ClientPort), userClient = IpFamilies.Endpoint(family.Host(network, 2), ClientPort);
        var back = new WirePath(
            $"{over}: UserNet to kernel", family, () => new StackEnd(stack, userClient, kernel), () => KernelOf(_near, kernel, null));
        if (!isInline) _back.Add(back);
        return new WirePath(
            $"{over}: kernel to UserNet{(isInline ? ", answered inline" : "")}", family,
            () => KernelOf(_near, kernelClient, user), () => new StackEnd(stack, user, null))
        {
            IsInline = isInline,
        };
    }

    private static KernelEnd KernelOf(OwnNamespace where, string local, string? peer) => where.Run(() => new KernelEnd(local, peer));
}
