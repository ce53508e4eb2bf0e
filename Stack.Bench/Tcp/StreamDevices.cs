using System.IO.Pipelines;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;
using UserNet.Tap;

namespace UserNet.Bench.Tcp;

/// <summary>The kernel as one host, beside each other on networks of their own: itself, once more in another namespace, and UserNet on TAP.</summary>
/// <remarks>
/// <code>
/// near: kernel 127.0.0.1
///       kernel 10.1.0.1 veth ---- veth 10.1.0.2 kernel  :far
///       kernel 10.2.0.1 veth ---- veth 10.2.0.2 kernel  :far, offloads off
///       kernel 10.3.0.1 TAP  ---- tap: 10.3.0.2 UserNet
///       kernel 10.4.0.1 TAP  ---- tap: 10.4.0.2 UserNet, offloads off
///       kernel 10.5.0.1 TAP  ---- tap: 10.5.0.2 UserNet, scheduler inline
/// </code>
/// In IPv6 likewise, with ::1 and fd00:1::1 for 10.1.0.1.
/// </remarks>
internal sealed class StreamDevices : IDisposable
{
    private readonly OwnNamespace _near, _far;
    private readonly List<NetworkStack> _stacks = [];

    /// <exception cref="InvalidOperationException">A namespace or an interface can't be had.</exception>
    /// <exception cref="DeviceException">A device can't be had.</exception>
    public StreamDevices()
    {
        _near = new OwnNamespace();
        _far = new OwnNamespace();
        try
        {
            KernelHost near = new(_near), far = new(_far);
            StreamPath[] loopback = [.. IpFamilies.Both.Select(family => new StreamPath("kernel, loopback", family, near, near, family.Loopback()))];
            StreamPath[] veth = OnVeth(1, "veth: kernel to kernel", near, far), bareVeth = OnVeth(2, "veth, offloads off: kernel to kernel", near, far);
            TurnOffloadsOff(_near, "near2");
            TurnOffloadsOff(_far, "far2");
            (StreamPath[] In, StreamPath[] Out) tap = OnTap(3, "TAP", near, offload: true), bareTap = OnTap(4, "TAP, no offload", near, offload: false);
            StreamPath[] inline = OnTap(5, "TAP", near, offload: true, isInline: true).In;
            Bulk = [.. tap.In, .. tap.Out, .. bareTap.In, .. bareTap.Out, .. veth, .. bareVeth, .. loopback];
            Connects = [.. tap.In, .. tap.Out, .. veth, .. loopback];
            Echoes = [.. tap.In, .. inline, .. tap.Out, .. veth, .. loopback];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<StreamPath> Bulk { get; }

    public IReadOnlyList<StreamPath> Connects { get; }

    public IReadOnlyList<StreamPath> Echoes { get; }

    public void Dispose()
    {
        foreach (NetworkStack stack in _stacks) stack.Dispose();
        _near.Dispose();
        _far.Dispose();
    }

    private StreamPath[] OnVeth(int network, string name, KernelHost near, KernelHost far)
    {
        _near.AddVeth(_far, network, isFarAddressed: true);
        return [.. IpFamilies.Both.Select(family => new StreamPath(name, family, near, far, family.Host(network, 2)))];
    }

    private (StreamPath[] In, StreamPath[] Out) OnTap(int network, string over, KernelHost near, bool offload, bool isInline = false)
    {
        var stack = new NetworkStack(new NetworkStackOptions { Scheduler = isInline ? PipeScheduler.Inline : PipeScheduler.ThreadPool });
        _stacks.Add(stack);
        Device link = _near.Run(() => Device.Open($"tap:near{network}", new DeviceOptions { BringUp = true, Offload = offload }));
        stack.Attach("eth0", link, new InterfaceOptions { Addresses = [.. IpFamilies.Both.Select(family => family.Prefix(network, 2))], DuplicateTransmits = 0 });
        _near.AddAddresses($"near{network}", network, 1);
        var user = new StackHost(stack);
        string suffix = isInline ? ", answered inline" : "";
        return (
            [.. IpFamilies.Both.Select(family => new StreamPath($"{over}: kernel to UserNet{suffix}", family, near, user, family.Host(network, 2)) { IsInline = isInline })],
            [.. IpFamilies.Both.Select(family => new StreamPath($"{over}: UserNet to kernel", family, user, near, family.Host(network, 1)))]);
    }

    private static void TurnOffloadsOff(OwnNamespace where, string device) => where.Run(() =>
    {
        LibC.TurnOffloadsOff(device);
        return true;
    });
}
